import { observedBandwidth, type RestoreBandwidth } from './bandwidth.ts';
import { type Bottleneck, massRestoreBottleneck } from './bottleneck.ts';
import { type RecoveryCoverage, recoveryCoverage } from './coverage.ts';
import { type MassRestore, type MassRestoreItem, massRestore, mostWithin } from './mass.ts';
import { type NextTest, nextTests } from './next-tests.ts';
import type { RpoStatus } from './points.ts';
import type { RecoveryPool } from './pool.ts';
import type { PooledTrials, SlaStatus } from './probability.ts';
import type { MassRestoreLimits } from './simulation.ts';
import type { Throughput } from './throughput.ts';
import type { RecoveryRecord } from './workload.ts';

export interface EstateInput {
  records: readonly RecoveryRecord[];
  pool: RecoveryPool;
  /** Task limits of proxies and repositories that restores can use; null: not known. */
  slots: number | null;
  /** Agreed or measured elsewhere; null takes what was observed. */
  bandwidthGibPerMinute: number | null;
  /** Sizes of the mass restores, in machines; all of them and each tier come on top. */
  counts?: readonly number[];
  /** Longest list of next tests. */
  mostTests?: number;
}

export interface MassRestoreScenario {
  /** N:10 the first ten in order, TIER:1 the tier, ALL. */
  scenario: string;
  machines: number;
  restore: MassRestore;
  bottleneck: Bottleneck | null;
}

/** Null in what depends on slots where these are not known. */
export interface RecoveryEstate {
  coverage: RecoveryCoverage;
  bySla: Record<SlaStatus, number>;
  byRpo: Record<RpoStatus, number>;
  hiddenBreaches: number;
  withoutSafePoint: number;
  pool: PooledTrials;
  throughput: Throughput;
  bandwidth: Omit<RestoreBandwidth, 'basis'> & { basis: RestoreBandwidth['basis'] | 'CONFIGURED' };
  slots: number | null;
  massRestores: MassRestoreScenario[] | null;
  /** Within the shortest target: machines in order of restore, largest first; and at best, the smallest ones first. */
  mostWithinRto: { machines: number; smallestFirst: number; rtoMinutes: number } | null;
  nextTests: NextTest[];
  reasons: string[];
}

const COUNTS = [1, 2, 5, 10, 20, 50, 100];
const MOST_TESTS = 20;

/** Recoverability of an estate (METHODS 3.4, Outputs) from the records of all its workloads, tested or not. */
export function recoveryEstate(input: EstateInput): RecoveryEstate {
  const { records, pool, slots } = input;
  const throughput = pool.throughput.fleet;
  const bandwidth = bandwidthOf(input, throughput);
  const items = records.map(toItem);
  const limits: MassRestoreLimits | null =
    slots === null
      ? null
      : {
          slots,
          streamGibPerMinute: throughput.gibPerMinute,
          bandwidthGibPerMinute: bandwidth.gibPerMinute ?? Number.POSITIVE_INFINITY,
          overheadMinutes: throughput.overheadMinutes,
        };
  return {
    coverage: recoveryCoverage(records.map(toCoverage), pool.now),
    bySla: countBy(records, SLA, ({ slaStatus }) => slaStatus),
    byRpo: countBy(records, RPO, ({ points }) => points.status),
    hiddenBreaches: records.filter(({ isHiddenBreach }) => isHiddenBreach).length,
    withoutSafePoint: records.filter(({ safePoint }) => safePoint === null).length,
    pool: pool.success,
    throughput,
    bandwidth,
    slots,
    massRestores: limits === null ? null : scenarios(items, limits, input.counts ?? COUNTS),
    mostWithinRto: limits === null ? null : withinShortestTarget(items, limits),
    nextTests: nextTests(records, input.mostTests ?? MOST_TESTS),
    reasons: reasonsOf(input, bandwidth, throughput),
  };
}

const SLA: readonly SlaStatus[] = ['COMPLIANT', 'AT_RISK', 'NON_COMPLIANT', 'UNPROVEN', 'UNTESTED'];
const RPO: readonly RpoStatus[] = ['MET', 'AT_RISK', 'BREACHED', 'NEVER', 'UNKNOWN'];

function bandwidthOf(
  { bandwidthGibPerMinute, pool }: EstateInput,
  throughput: Throughput,
): RecoveryEstate['bandwidth'] {
  const observed = observedBandwidth(pool.byMethod.RESTORE, throughput);
  if (bandwidthGibPerMinute === null) return observed;
  return { ...observed, gibPerMinute: bandwidthGibPerMinute, basis: 'CONFIGURED', reasons: [] };
}

function toItem({ target }: RecoveryRecord): MassRestoreItem {
  const { workloadId, sizeBytes, tier, rtoMinutes } = target;
  return { workloadId, sizeBytes, priority: tier, rtoMinutes };
}

function toCoverage({ target, lastTestAt, lastPassedAt }: RecoveryRecord) {
  const { workloadId, sizeBytes, tier, tierWeight } = target;
  return { workloadId, sizeBytes, tier, tierWeight, lastTestAt, lastPassedAt };
}

/** The largest machines first within a tier, so the first N are also the hardest N. */
function scenarios(
  items: readonly MassRestoreItem[],
  limits: MassRestoreLimits,
  counts: readonly number[],
): MassRestoreScenario[] {
  const ordered = massRestore(items, limits).finishes.map(({ workloadId }) => workloadId);
  const byId = new Map(items.map((item) => [item.workloadId, item]));
  const first = (count: number) => ordered.slice(0, count).flatMap((id) => byId.get(id) ?? []);
  const scenario = (name: string, members: readonly MassRestoreItem[]): MassRestoreScenario => ({
    scenario: name,
    machines: members.length,
    restore: massRestore(members, limits),
    bottleneck: massRestoreBottleneck(members, limits),
  });
  const tiers = [...new Set(items.map(({ priority }) => priority))].filter((tier) => tier !== null);
  return [
    ...counts.filter((count) => count <= ordered.length).map((count) => scenario(`N:${count}`, first(count))),
    ...tiers
      .toSorted((a, b) => a - b)
      .map((tier) =>
        scenario(
          `TIER:${tier}`,
          items.filter(({ priority }) => priority === tier),
        ),
      ),
    scenario('ALL', items),
  ];
}

function withinShortestTarget(
  items: readonly MassRestoreItem[],
  limits: MassRestoreLimits,
): RecoveryEstate['mostWithinRto'] {
  const targets = items.flatMap(({ rtoMinutes }) => rtoMinutes ?? []);
  if (targets.length === 0) return null;
  const rtoMinutes = targets.reduce((least, minutes) => Math.min(least, minutes));
  const smallest = items.toSorted((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0));
  return {
    machines: mostWithin(items, limits, rtoMinutes),
    smallestFirst: mostWithin(smallest, limits, rtoMinutes, 'GIVEN'),
    rtoMinutes,
  };
}

function countBy<Key extends string>(
  records: readonly RecoveryRecord[],
  keys: readonly Key[],
  of: (record: RecoveryRecord) => Key,
): Record<Key, number> {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
  for (const record of records) counts[of(record)]++;
  return counts;
}

function reasonsOf(
  { records, slots }: EstateInput,
  bandwidth: RecoveryEstate['bandwidth'],
  throughput: Throughput,
): string[] {
  const reasons: string[] = [];
  if (records.length === 0) reasons.push('no protected workload is known');
  if (slots === null) reasons.push('the number of restores that can run at once is not known');
  if (bandwidth.gibPerMinute === null)
    reasons.push(`bandwidth is taken as unlimited: ${bandwidth.reasons.join(', ')}`);
  if (throughput.basis === 'ASSUMED')
    reasons.push('the speed of a restore is assumed: too few restores of known size');
  if (throughput.isRough)
    reasons.push('the speed of a restore is a rough estimate: too few restores for more');
  const unknown = records.filter(({ target }) => target.sizeBytes === null).length;
  if (unknown > 0) reasons.push(`${unknown} workloads of unknown size are not in the mass restores`);
  return reasons;
}
