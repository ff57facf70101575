import { promisedHours } from '../../src/analysis/health/schedule.ts';
import type { ProtectingJob } from '../../src/analysis/recovery/hidden-breach.ts';
import type { Immutability } from '../../src/analysis/recovery/immutability.ts';
import type { RecoveryPool } from '../../src/analysis/recovery/pool.ts';
import {
  compareRecords,
  type RecoveryRecord,
  type RecoveryTarget,
  recoveryRecord,
} from '../../src/analysis/recovery/workload.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import { targetsOf } from '../../src/business/targets.ts';
import { type TierAnswer, tierOf } from '../../src/business/tier.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { readDeletedWorkloads } from './azure-points.ts';
import { azureReasons } from './azure-reasons.ts';
import { homeOf, type Joined, type JoinedRecord, judgeSides, poolOf } from './joined.ts';
import { readProtectingJobs } from './read-jobs.ts';
import type { Place } from './read-places.ts';
import { type ReplicaState, readPoints, readReplicas } from './read-points.ts';
import type { KnownWorkload } from './read-workloads.ts';
import { immutabilityOf } from './result-rows.ts';

/** Workloads whose points are in memory at a time. */
const BATCH = 500;

/** One workload with everything that is concluded of it. */
export type Assessed = {
  workload: KnownWorkload;
  tier: TierAnswer;
  record: RecoveryRecord;
  replicas: ReplicaState[];
  immutability: Immutability;
  lastFailureReason: string | null;
  /** What else has to be said of it, beside what the record says. */
  reasons: string[];
  /** Its other protections, in other sources; absent: it has none. */
  joined?: Pick<JoinedRecord, 'sides' | 'alone'> & { home: ReturnType<typeof homeOf> };
};

export type Given = {
  workloads: KnownWorkload[];
  places: ReadonlyMap<string, Place>;
  pool: RecoveryPool;
  messages: ReadonlyMap<string, string>;
  /** Whether all points of a workload are known. */
  arePointsComplete: (workload: KnownWorkload) => boolean;
  business: BusinessContext;
  joined: Joined;
};

/** Every workload, tested or not: the untested first. */
export async function assessWorkloads(trx: Trx, context: Context, given: Given): Promise<Assessed[]> {
  const jobs = await readProtectingJobs(trx, context);
  const replicas = await readReplicas(trx, context);
  const isAzure = context.source.kind === 'azure';
  const deleted: ReadonlyMap<string, Date | null> = isAzure
    ? await readDeletedWorkloads(trx, context)
    : new Map();
  const assessed: Assessed[] = [];
  for (let start = 0; start < given.workloads.length; start += BATCH) {
    const batch = given.workloads.slice(start, start + BATCH);
    const ids = batch.map(({ workloadId }) => workloadId);
    const points = await readPoints(trx, context, ids);
    const sidesOf = await given.joined.readSides(ids);
    for (const workload of batch) {
      const { tier, target } = toTarget(workload, given.business, context.source.kind);
      const sides = sidesOf.get(workload.workloadId) ?? [];
      const own = points.get(workload.workloadId) ?? [];
      const isComplete = given.arePointsComplete(workload) && !workload.hasAmbiguousPoints;
      const together = recoveryRecord({
        target,
        pool: poolOf(given.pool, workload.workloadId, sides),
        points: sides.length === 0 ? own : [...own, ...sides.flatMap((side) => side.points)],
        // What another source may have and was not read could be what keeps the RPO.
        arePointsComplete: isComplete && sides.every(({ areAllKnown }) => areAllKnown !== 'maybe'),
        jobs: protectingJobs(workload, jobs),
      });
      const { record, alone, reasons } = judgeSides(
        together,
        sides,
        { points: own, isComplete },
        given.pool.now,
      );
      const home = homeOf({ sourceId: context.sourceId, kind: context.source.kind }, sides);
      assessed.push({
        workload,
        tier,
        record,
        replicas: replicas.get(workload.workloadId) ?? [],
        immutability: bestImmutability(record, given.places, given.pool.now),
        lastFailureReason: given.messages.get(record.lastFailure?.trial.trialId ?? '') ?? null,
        reasons: [
          ...(isAzure ? azureReasons(workload, record, deleted.get(workload.workloadId)) : []),
          ...reasons,
        ],
        ...(sides.length > 0 && { joined: { sides, alone, home } }),
      });
    }
  }
  return assessed.toSorted((a, b) => compareRecords(a.record, b.record));
}

function toTarget(
  workload: KnownWorkload,
  business: BusinessContext,
  kind: Context['source']['kind'],
): { tier: TierAnswer; target: RecoveryTarget } {
  const jobs = workload.holdings.filter(({ jobId }) => jobId !== null);
  const named = {
    id: workload.workloadId,
    name: workload.name,
    tags: workload.tags,
    jobIds: jobs.map(({ jobId }) => jobId ?? ''),
    jobNames: jobs.map(({ jobName }) => jobName ?? ''),
  };
  const tier = tierOf(business, named);
  const policyHours = kind === 'azure' ? promisedBy(workload) : null;
  const targets = targetsOf(business, { ...named, tier: tier.tier }, policyHours);
  return {
    tier,
    target: {
      workloadId: workload.workloadId,
      name: workload.name,
      sizeBytes: workload.sizeBytes,
      tier: tier.tier,
      tierWeight: tier.weight,
      repositoryIds: [...new Set(workload.holdings.flatMap(({ repositoryId }) => repositoryId ?? []))],
      rtoMinutes: targets.rtoMinutes,
      rtoBasis: upper(targets.rtoBasis),
      rpoHours: targets.rpoHours,
      rpoBasis: upper(targets.rpoBasis),
    },
  };
}

const upper = <T extends string>(basis: T) => basis.toUpperCase() as Uppercase<T>;

/** What the policies of its items promise, the strictest where there are several; null: none says when backups are made. */
function promisedBy({ holdings }: KnownWorkload): number | null {
  const promised = holdings.flatMap(({ isCopy, schedule }) =>
    isCopy ? [] : (promisedHours(schedule) ?? []),
  );
  return promised.length > 0 ? Math.min(...promised) : null;
}

function protectingJobs(
  { holdings }: KnownWorkload,
  jobs: ReadonlyMap<string, ProtectingJob>,
): ProtectingJob[] {
  const ids = new Set(holdings.filter(({ isCopy }) => !isCopy).flatMap(({ jobId }) => jobId ?? []));
  return [...ids].flatMap((id) => jobs.get(id) ?? []);
}

const RANK_WITHOUT_END: Readonly<Record<Immutability['basis'], number>> = {
  NONE: Number.NEGATIVE_INFINITY,
  UNKNOWN: -2,
  ESTIMATED: -2,
  EXPIRY: -2,
  UNLOCKED: -1,
};

/** Of the newest points in all places the one that is held longest; what is not known is worse than nothing else known. */
function bestImmutability(
  { points }: RecoveryRecord,
  places: ReadonlyMap<string, Place>,
  now: number,
): Immutability {
  const all = points.locations.map((location) => immutabilityOf(location, places, now));
  const rank = ({ until, basis }: Immutability) => until ?? RANK_WITHOUT_END[basis];
  const none: Immutability = { until: null, isImmutableNow: false, basis: 'NONE', reasons: [] };
  return all.reduce((best, one) => (rank(one) > rank(best) ? one : best), none);
}
