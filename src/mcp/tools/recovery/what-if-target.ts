import { setImmediate } from 'node:timers/promises';
import { pointsRecord, type RestorePoint } from '../../../analysis/recovery/points.ts';
import { type RecoveryPool, recoveryPool } from '../../../analysis/recovery/pool.ts';
import { THROUGHPUT_DEFAULTS } from '../../../analysis/recovery/throughput.ts';
import { assessTrials } from '../../../analysis/recovery/trial.ts';
import { type RecoveryTarget, recoveryRecord } from '../../../analysis/recovery/workload.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import type { Recovery } from '../../../queries/recovery.ts';
import { listPointTimes, listTrials, type PointTimes } from '../../../queries/recovery-facts.ts';
import type { RecoverySummary } from '../../../queries/recovery-lists.ts';
import { arrayOf, objectOf } from '../../json.ts';
import type { ScopeRun } from '../../scope.ts';
import { tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { toTrial } from './list-rows.ts';
import { TRIAL_DAYS } from './lists.ts';
import type { WhatIf } from './question.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import { share, time } from './rows.ts';
import { assumptionsOf, type Given, simulateAll } from './what-if-mass.ts';
import type { TargetAnswer, WhatIfAnswer } from './what-if-shape.ts';

/** Trials of one server that are read; a pool takes the newest 500 of each method. */
const MOST_TRIALS = 200_000;
/** Workloads judged in one go. */
const TURN = 200;
/** Back within the target rather than not. */
const LIKELY = 0.8;

type Least = TargetAnswer['least_likely'][number];
type Judged = Least & { p: number | null };

/**
 * What another target would mean: each workload judged anew on the trials and points that the run knew, and with an RTO all
 * of them restored at once.
 */
export async function answerTarget(
  db: MetricsReader,
  scope: RecoveryScope,
  given: Given,
): Promise<WhatIfAnswer> {
  const judged: Judged[] = [];
  for (const summary of given.summaries) judged.push(...(await judgeSource(db, scope, given, summary)));
  judged.sort((a, b) => (a.p ?? 0) - (b.p ?? 0) || (a.workload_id < b.workload_id ? -1 : 1));
  const { plan } = given;
  const mass = plan.rto_minutes === undefined ? [] : simulateAll(scope, given);
  return {
    kind: 'target',
    target: toTarget(judged, plan, scope.question.limit),
    ...(mass.length > 0 ? { mass_restore: mass } : {}),
    assumptions: assumptions(judged, plan, mass),
  };
}

async function judgeSource(
  db: MetricsReader,
  scope: RecoveryScope,
  { machines, plan }: Given,
  summary: RecoverySummary,
): Promise<Judged[]> {
  const own = machines.filter(({ sourceId }) => sourceId === summary.sourceId);
  const run = scope.runs.find(({ sourceId }) => sourceId === summary.sourceId) as ScopeRun;
  const pool = plan.rto_minutes === undefined ? null : await readPool(db, run, summary);
  const times = plan.rpo_hours === undefined ? null : await readTimes(db, run, summary, own);
  const alike = new Map<string, InTime>();
  const judged: Judged[] = [];
  for (const [index, machine] of own.entries()) {
    // Each is compared with all trials of the pool: other questions get their turn in between.
    if (index % TURN === TURN - 1) await setImmediate();
    judged.push(judge(machine, { plan, pool, times, alike, summary }));
  }
  return judged;
}

/** The pool that the run had: its trials, by the clock of the source when it concluded. */
async function readPool(db: MetricsReader, run: ScopeRun, summary: RecoverySummary): Promise<RecoveryPool> {
  const now = summary.concludedAt.getTime();
  const since = new Date(now - TRIAL_DAYS * 86_400_000);
  const rows = await listTrials(db, { ...run, workloadIds: undefined, since, limit: MOST_TRIALS });
  const { rateBasis, overheadMinutes, gibPerMinute } = summary;
  // What was configured shows only where nothing else says how fast restores are, which is where it counts.
  const defaults =
    rateBasis === 'ASSUMED' && overheadMinutes !== null && gibPerMinute !== null
      ? { overheadMinutes, gibPerMinute }
      : THROUGHPUT_DEFAULTS;
  return recoveryPool(assessTrials(rows.map(toTrial), now), now, defaults);
}

async function readTimes(
  db: MetricsReader,
  run: ScopeRun,
  { concludedAt }: RecoverySummary,
  own: Recovery[],
): Promise<Map<string, PointTimes>> {
  const workloadIds = own.map(({ workloadId }) => workloadId);
  const rows = await listPointTimes(db, { ...run, now: concludedAt, workloadIds });
  return new Map(rows.map((row) => [row.workloadId, row]));
}

type Judging = {
  plan: WhatIf;
  pool: RecoveryPool | null;
  times: Map<string, PointTimes> | null;
  alike: Map<string, InTime>;
  summary: RecoverySummary;
};

function judge(machine: Recovery, judging: Judging): Judged {
  const before: Least['before'] = {
    rto_target_minutes: machine.rtoMinutes,
    sla_status: machine.slaStatus,
    p_mean: share(machine.pMean),
    p_low: share(machine.pLow),
    p_high: share(machine.pHigh),
    basis: machine.basis,
    rpo_target_hours: machine.rpoHours,
    rpo_status: machine.rpoStatus,
  };
  const back = judgeTime(machine, judging);
  return {
    source_id: machine.sourceId,
    workload_id: cleanText(machine.workloadId, 100),
    workload_name: cleanText(machine.name),
    tier: machine.tier,
    q50_minutes: time(machine.q50),
    q90_minutes: time(machine.q90),
    rpo_age_hours: time(machine.rpoAgeHours),
    before,
    after: { ...before, ...back?.side, ...judgeAge(machine, judging) },
    p: back ? back.p : machine.pMean,
  };
}

type InTime = { side: Partial<Least['after']>; p: number };

/** Machines without a trial of their own differ by size and place alone, so equal ones are judged once. */
function judgeTime(machine: Recovery, { plan, pool, alike }: Judging): InTime | undefined {
  if (pool === null || plan.rto_minutes === undefined) return undefined;
  const hasOwn = pool.byWorkload.has(machine.workloadId);
  const key = JSON.stringify([machine.sizeBytes, machine.repositoryIds]);
  const known = hasOwn ? undefined : alike.get(key);
  if (known) return known;
  const target = { ...toRecoveryTarget(machine), rtoMinutes: plan.rto_minutes };
  const { inTime, basis, slaStatus } = recoveryRecord({ target, pool, points: [], jobs: [] });
  const judged = {
    side: {
      rto_target_minutes: plan.rto_minutes,
      sla_status: slaStatus,
      p_mean: share(inTime.mean),
      p_low: share(inTime.low),
      p_high: share(inTime.high),
      basis,
    },
    p: inTime.mean,
  };
  if (!hasOwn) alike.set(key, judged);
  return judged;
}

const toRecoveryTarget = (machine: Recovery): RecoveryTarget => ({
  workloadId: machine.workloadId,
  name: machine.name,
  sizeBytes: machine.sizeBytes,
  tier: machine.tier,
  tierWeight: machine.tierWeight,
  repositoryIds: machine.repositoryIds,
  rtoMinutes: machine.rtoMinutes,
  rtoBasis: machine.rtoBasis as RecoveryTarget['rtoBasis'],
  rpoHours: machine.rpoHours,
  rpoBasis: machine.rpoBasis as RecoveryTarget['rpoBasis'],
});

function judgeAge(machine: Recovery, { plan, times, summary }: Judging): Partial<Least['after']> {
  if (times === null || plan.rpo_hours === undefined) return {};
  const known = times.get(machine.workloadId);
  const newest = machine.newestPointAt?.getTime() ?? null;
  const now = summary.concludedAt.getTime();
  const states = (known?.times ?? []).map((seconds) => Math.round(seconds * 1000));
  // Those before the newest one count for the usual gap alone, so it does not matter which of them are still there.
  const points = [
    ...states.filter((at) => at !== newest).map((at) => toPoint(`${at}`, at, at)),
    ...(newest === null ? [] : [toPoint(machine.newestPointId ?? '', newest, null)]),
  ];
  const isComplete = machine.rpoStatus !== 'UNKNOWN' && !known?.isAmbiguous && werePointsReadWhole(summary);
  const { status } = pointsRecord({ points, rpoHours: plan.rpo_hours, now, isComplete });
  return { rpo_target_hours: plan.rpo_hours, rpo_status: status };
}

const toPoint = (pointId: string, createdAt: number, vanishedAt: number | null): RestorePoint => ({
  pointId,
  backupId: null,
  locationId: null,
  createdAt,
  type: null,
  malwareStatus: null,
  isCorrupted: null,
  vanishedAt,
});

/**
 * The newest point of an item of a vault is in the list of items as well, which another worker may have read shortly before; of
 * an item whose points are behind that list the run itself says UNKNOWN.
 */
const POINT_LISTS = { vault: ['recoveryPoints', 'backupProtectedItems'], server: ['restorePoints'] };

const werePointsReadWhole = ({ sourceId, completeness }: RecoverySummary) =>
  arrayOf(completeness)
    .map(objectOf)
    .some(
      ({ endpoint, outcome }) =>
        outcome === 'complete' &&
        POINT_LISTS[isVault(sourceId) ? 'vault' : 'server'].includes(String(endpoint)),
    );

function toTarget(judged: Judged[], plan: WhatIf, limit: number): TargetAnswer {
  const count = (of: (one: Judged) => string) => tally(judged.map((one) => [of(one), 1]));
  return {
    rto_minutes: plan.rto_minutes ?? null,
    rpo_hours: plan.rpo_hours ?? null,
    workloads: judged.length,
    sla_before: count(({ before }) => before.sla_status),
    sla_after: count(({ after }) => after.sla_status),
    basis_after: count(({ after }) => after.basis),
    likely_in_time: judged.filter(({ p }) => p !== null && p >= LIKELY).length,
    rpo_before: count(({ before }) => before.rpo_status),
    rpo_after: count(({ after }) => after.rpo_status),
    least_likely: judged.slice(0, limit).map(({ p: _exact, ...one }) => one),
  };
}

function assumptions(
  judged: Judged[],
  plan: WhatIf,
  mass: NonNullable<WhatIfAnswer['mass_restore']>,
): string[] {
  const inherited = judged.some(({ after }) => after.basis !== 'OWN');
  return [
    ...(plan.rto_minutes === undefined
      ? []
      : ['Probabilities are of each workload restored alone; all at once is a question of its own, below.']),
    ...(plan.rto_minutes !== undefined && inherited
      ? [
          'Workloads without a restore of their own inherit the pessimistic end of what others showed; a test of their own would say.',
        ]
      : []),
    ...(plan.rpo_hours === undefined ? [] : ['Ages of points are those when the run concluded.']),
    ...(mass.length > 0 ? assumptionsOf(mass, plan) : []),
    ...(plan.rto_minutes !== undefined && mass.length === 0
      ? ['How long all of them take at once is not known: the number of restores at once is not.']
      : []),
  ];
}
