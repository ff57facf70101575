import type { OtherProtection } from '../../src/analysis/risk/facts.ts';
import type { Signal } from '../../src/analysis/risk/signals.ts';
import { assessInput } from '../../src/analysis/risk/staleness.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { listRiskJobs, type RiskJobRow } from '../../src/queries/risk-jobs.ts';
import {
  listJoined,
  listOtherRecovery,
  listVaultItems,
  type OtherRecoveryRow,
  type VaultItemRow,
} from '../../src/queries/risk-machines.ts';
import { listRiskRepositories, type RiskRepositoryRow } from '../../src/queries/risk-repositories.ts';
import {
  listNewestPoints,
  listRiskHoldings,
  listTrials,
  type RecoveryRow,
  type RiskHoldingRow,
  type TrialRow,
} from '../../src/queries/risk-workloads.ts';
import { type Input, readInputs } from './inputs.ts';
import { toJobs } from './jobs.ts';
import { readSignals } from './signals.ts';
import { type VaultPlace, vaultPlace } from './vaults.ts';

/** What other sources know of the machines of this one. */
export type Machines = {
  /** Workloads that are listed and counted with another source, and with which. */
  elsewhere: ReadonlyMap<string, string>;
  /** Other protections of those that are listed here. */
  others: ReadonlyMap<string, readonly OtherProtection[]>;
  /** Restores and verifications of theirs, with the workload of this source, by its clock. */
  trials: TrialRow[];
  signals: ReadonlyMap<string, readonly Signal[]>;
  /** With the newest point that anybody has seen since this source was read. */
  freshen: (row: RecoveryRow) => RecoveryRow;
  /** Repositories and vaults of the other sources, under the id of the source and their own. */
  repositories: RiskRepositoryRow[];
  vaults: ReadonlyMap<string, VaultPlace>;
  /** Whether every other source that protects the workload was read to its end and lately. */
  areOthersWhole: (workloadId: string) => boolean;
};

type Asked = { sourceId: string; now: Date; business: BusinessContext; rto: Input; sourceSeenAt: number };

/** Reads what concerns machines that several sources protect; where there are none it asks one question. */
export async function readMachines(metrics: MetricsReader, asked: Asked): Promise<Machines> {
  const { sourceId, now, rto } = asked;
  const joined = await listJoined(metrics, { sourceId, rtoRunId: rto.runId, asOf: now });
  const elsewhere = new Map(
    joined.flatMap(({ workloadId, homeSourceId }) =>
      homeSourceId === null ? [] : [[workloadId, homeSourceId] as const],
    ),
  );
  const here = joined.filter(({ homeSourceId }) => homeSourceId === null);
  const bySource = Map.groupBy(
    here.flatMap(({ workloadId, others }) => others.map((other) => ({ own: workloadId, ...other }))),
    (one) => one.sourceId,
  );
  const sides: Side[] = [];
  for (const [otherId, links] of bySource) sides.push(await readSide(metrics, asked, otherId, links));
  const notWhole = new Set(
    sides.filter(({ isWhole }) => !isWhole).flatMap(({ links }) => links.map(({ own }) => own)),
  );
  return {
    elsewhere,
    others: groupOthers(sides),
    trials: sides.flatMap(({ trials }) => trials),
    signals: groupSignals(sides),
    freshen: freshener(sides, rto),
    repositories: sides.flatMap(({ repositories }) => repositories),
    vaults: new Map(sides.flatMap(({ vaults }) => vaults)),
    areOthersWhole: (workloadId) => !notWhole.has(workloadId),
  };
}

type Link = { own: string; sourceId: string; workloadId: string };
type Side = {
  sourceId: string;
  links: readonly Link[];
  isWhole: boolean;
  others: [own: string, other: OtherProtection][];
  trials: TrialRow[];
  signals: [own: string, signals: readonly Signal[]][];
  recovery: { own: string; row: OtherRecoveryRow }[];
  repositories: RiskRepositoryRow[];
  vaults: [string, VaultPlace][];
};

async function readSide(
  metrics: MetricsReader,
  asked: Asked,
  sourceId: string,
  links: readonly Link[],
): Promise<Side> {
  const { now } = asked;
  const inputs = await readInputs(metrics, sourceId, now);
  const { health, efficiency, rto } = inputs;
  const wanted = new Map(links.map((link) => [link.workloadId, link.own]));
  const holdings = (await listRiskHoldings(metrics, sourceId)).filter(({ workloadId }) =>
    wanted.has(workloadId),
  );
  const jobs = await listRiskJobs(metrics, { sourceId, healthRunId: health.runId });
  const items = await listVaultItems(metrics, sourceId);
  const vault = await vaultPlace(metrics, sourceId);
  const known: Known = {
    holdings: Map.groupBy(holdings, ({ workloadId }) => workloadId),
    jobs: new Map(jobs.map((job) => [job.jobId, job])),
    items: Map.groupBy(items, ({ workloadId }) => workloadId),
    health,
    asked,
  };
  const shift = asked.rto.skewMs - rto.skewMs;
  const trials = (await listTrials(metrics, sourceId)).flatMap((trial) => {
    const own = wanted.get(trial.workloadId);
    return own ? [{ ...trial, workloadId: own, at: new Date(trial.at.getTime() + shift) }] : [];
  });
  const repositories = await listRiskRepositories(metrics, { sourceId, capacityRunId: null });
  const recovery = await listOtherRecovery(metrics, { sourceId, workloadIds: [...wanted.keys()], asOf: now });
  return {
    sourceId,
    links,
    isWhole: rto.runId !== null && assessInput(rto, now.getTime()).status === 'FRESH',
    others: links.map((link) => [link.own, toOther(link, known)]),
    trials,
    signals: vault ? [] : await signalsOf(metrics, sourceId, now, { efficiency, health, holdings }, wanted),
    recovery: recovery.flatMap((row) => {
      const own = wanted.get(row.workloadId);
      return own ? [{ own, row }] : [];
    }),
    repositories: repositories.map((row) => under(sourceId, row)),
    vaults: vault ? repositories.map(({ repositoryId }) => [`${sourceId}/${repositoryId}`, vault]) : [],
  };
}

type Known = {
  holdings: ReadonlyMap<string, readonly RiskHoldingRow[]>;
  jobs: ReadonlyMap<string, RiskJobRow>;
  items: ReadonlyMap<string, readonly VaultItemRow[]>;
  health: Input;
  asked: Asked;
};

function toOther({ sourceId, workloadId }: Link, known: Known): OtherProtection {
  const { health, asked } = known;
  const held = known.holdings.get(workloadId) ?? [];
  const ids = new Set(held.flatMap(({ jobId }) => jobId ?? []));
  const rows = [...ids].flatMap((id) => known.jobs.get(id) ?? []);
  const about = {
    business: asked.business,
    health,
    now: asked.now.getTime(),
    sourceSeenAt: asked.sourceSeenAt,
  };
  const jobs = toJobs(rows, held, about).filter(
    ({ createsPoints, isDeleted }) => createsPoints && !isDeleted,
  );
  const items = known.items.get(workloadId) ?? [];
  const isDeleted = items.length > 0 && items.every(({ isSoftDeleted }) => isSoftDeleted === true);
  const working = jobs.filter(({ isEnabled }) => isEnabled === true);
  const isUnsure = jobs.length === 0 || jobs.some(({ isEnabled }) => isEnabled === null);
  return {
    sourceId,
    workloadId,
    isWorking: isDeleted ? false : working.length > 0 ? true : isUnsure ? null : false,
    gaps: isDeleted ? [] : working.flatMap(({ gap }) => gap ?? []),
    troubles: [...items.flatMap(troublesOfItem), ...rows.flatMap(troublesOfJob)],
  };
}

const UNHEALTHY = new Set(['ActionRequired', 'Unhealthy', 'NotReachable']);
const STOPPED = new Set(['ProtectionStopped', 'ProtectionPaused', 'BackupsSuspended']);

function troublesOfItem(item: VaultItemRow): OtherProtection['troubles'] {
  const { itemId, isSoftDeleted, protectionState, healthStatus, lastPointAt } = item;
  const text = isSoftDeleted
    ? 'its backups were deleted, and can be brought back for some days only'
    : STOPPED.has(protectionState ?? '')
      ? 'protection was stopped and its backups are kept'
      : lastPointAt === null
        ? 'no backup was ever made'
        : protectionState === 'ProtectionError' || UNHEALTHY.has(healthStatus ?? '')
          ? 'it is called unhealthy'
          : null;
  return text === null ? [] : [{ text, ref: { table: 'azure_item', id: itemId } }];
}

function troublesOfJob({ jobId, isDisabled, freshness, lastFailureAt, lastGoodEnd }: RiskJobRow) {
  const hasFailed = lastFailureAt !== null && lastFailureAt.getTime() > (lastGoodEnd?.getTime() ?? 0);
  const isLate = freshness === 'BREACHED' || freshness === 'LATE' || freshness === 'NEVER';
  const text = isDisabled ? null : hasFailed ? 'its last run failed' : isLate ? 'its backups are late' : null;
  return text === null ? [] : [{ text, ref: { table: 'job', id: jobId } }];
}

async function signalsOf(
  metrics: MetricsReader,
  sourceId: string,
  now: Date,
  known: { efficiency: Input; health: Input; holdings: readonly RiskHoldingRow[] },
  wanted: ReadonlyMap<string, string>,
): Promise<Side['signals']> {
  const newest = await listNewestPoints(metrics, sourceId);
  const { byWorkload } = await readSignals(metrics, sourceId, now, { ...known, newest });
  return [...byWorkload].flatMap(([id, signals]) => {
    const own = wanted.get(id);
    return own ? [[own, signals] as [string, readonly Signal[]]] : [];
  });
}

/** Hosts and volumes of another source are not those of this one, whatever they are called. */
function under(sourceId: string, row: RiskRepositoryRow): RiskRepositoryRow {
  const prefixed = (id: string | null) => (id === null ? null : `${sourceId}/${id}`);
  return {
    ...row,
    repositoryId: `${sourceId}/${row.repositoryId}`,
    hostId: prefixed(row.hostId),
    extentHosts: row.extentHosts.map(prefixed),
    sharedVolumeWith: row.sharedVolumeWith?.map((id) => `${sourceId}/${id}`) ?? null,
  };
}

function groupOthers(sides: readonly Side[]): Map<string, OtherProtection[]> {
  const grouped = new Map<string, OtherProtection[]>();
  for (const [own, other] of sides.flatMap(({ others }) => others))
    grouped.set(own, [...(grouped.get(own) ?? []), other]);
  return grouped;
}

function groupSignals(sides: readonly Side[]): Map<string, Signal[]> {
  const grouped = new Map<string, Signal[]>();
  for (const [own, signals] of sides.flatMap((side) => side.signals))
    grouped.set(own, [...(grouped.get(own) ?? []), ...signals]);
  return grouped;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * Who looked later may have seen a newer point; then that one counts, as it was then. That no newer one was seen says nothing,
 * as this source may have made one that nobody has read yet.
 */
function freshener(sides: readonly Side[], rto: Input): Machines['freshen'] {
  const later = new Map<string, { at: number; pointId: string | null; lookedAt: number }>();
  for (const { own, row } of sides.flatMap(({ recovery }) => recovery)) {
    const skew = row.sourceTime ? row.sourceTime.getTime() - row.startedAt.getTime() : 0;
    const at = row.newestPointAt && row.newestPointAt.getTime() - Math.round(skew / MINUTE_MS) * MINUTE_MS;
    const lookedAt = row.startedAt.getTime();
    if (at === null || lookedAt <= (rto.lookedAt ?? 0) || at <= (later.get(own)?.at ?? 0)) continue;
    later.set(own, { at, pointId: row.newestPointId, lookedAt });
  }
  return (row) => {
    const found = later.get(row.workloadId);
    const known = row.newestPointAt ? row.newestPointAt.getTime() - rto.skewMs : Number.NEGATIVE_INFINITY;
    if (!found || found.at <= known) return row;
    const ageHours = Math.max(0, found.lookedAt - found.at) / HOUR_MS;
    return {
      ...row,
      newestPointAt: new Date(found.at + rto.skewMs),
      newestPointId: found.pointId,
      rpoAgeHours: ageHours,
      rpoStatus: ageHours > row.rpoHours ? 'BREACHED' : 'MET',
    };
  };
}
