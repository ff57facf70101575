import { expectedHours, staleAfterHours, usualHours } from '../../src/analysis/health/rhythm.ts';
import type { RestorePoint } from '../../src/analysis/recovery/points.ts';
import { type AssessedTrial, assessTrials, type RestoreTrial } from '../../src/analysis/recovery/trial.ts';
import { asReader } from '../../src/db/connect.ts';
import { listSourceRuns } from '../../src/queries/freshness.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { readUnreadWorkloads } from './azure-points.ts';
import type { OtherSource } from './matches.ts';
import { type Place, readPlaces } from './read-places.ts';
import { type ReplicaState, readPoints, readReplicas } from './read-points.ts';
import { readTrials } from './read-trials.ts';

/** What another source knows of its machines that are the same as ours; times by the clock of the source that asks. */
export type OtherSide = {
  source: OtherSource;
  state: {
    /** Of its own newest run of the worker that concluded, by our clock; null: there is none. */
    lookedAt: number | null;
    concludedAt: number | null;
    ageHours: number | null;
    isStale: boolean;
  };
  /** Whether all points of a workload were read; `maybe`: not, and what was not read could be used. */
  areAllKnown: (workloadId: string) => boolean | 'maybe';
  replicas: ReadonlyMap<string, readonly ReplicaState[]>;
  trials: ReadonlyMap<string, readonly AssessedTrial[]>;
  messages: ReadonlyMap<string, string>;
  /** Under the id of the source and their own. */
  places: ReadonlyMap<string, Place>;
  readPoints: (workloadIds: string[]) => Promise<Map<string, RestorePoint[]>>;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Places and tests of another source are in other tables' rows under this, as their own ids may be those of this source. */
export const prefixOf = (sourceId: string) => `${sourceId}/`;

/** What the tables hold of some workloads of another source. It is as old as that source's own runs. */
export async function openSide(
  trx: Trx,
  context: Context,
  source: OtherSource,
  workloadIds: readonly string[],
): Promise<OtherSide> {
  const { state, skewMs, runId } = await readState(trx, context, source.sourceId);
  const shift = toMinutes(context.sourceNow.getTime() - context.seenAt.getTime()) - skewMs;
  const other: Context = {
    ...context,
    sourceId: source.sourceId,
    sourceNow: new Date(context.sourceNow.getTime() - shift),
    source: { ...context.source, kind: source.kind },
  };
  const prefix: Prefix = (id) => `${prefixOf(source.sourceId)}${id ?? 'unknown'}`;
  const wanted = new Set(workloadIds);
  const replicas =
    source.kind === 'azure' ? new Map<string, ReplicaState[]>() : await readReplicas(trx, other);
  const known = await readTrials(trx, other);
  const trials = known.trials
    .filter(({ workloadId }) => workloadId !== null && wanted.has(workloadId))
    .map((trial) => shiftTrial(trial, shift, prefix));
  return {
    source,
    state,
    areAllKnown: await readKnown(trx, other, state.lookedAt === null ? null : state.lookedAt + skewMs, runId),
    replicas: mapValues(pick(replicas, wanted), (replica) => shiftReplica(replica, shift, prefix)),
    trials: Map.groupBy(
      assessTrials(trials, context.sourceNow.getTime()).toSorted((a, b) => b.finishedAt - a.finishedAt),
      ({ trial }) => trial.workloadId ?? '',
    ),
    messages: new Map([...known.messages].map(([id, message]) => [prefix(id), message])),
    places: new Map(
      [...(await readPlaces(trx, other))].map(([id, place]) => [prefix(id), { ...place, id: prefix(id) }]),
    ),
    readPoints: async (ids) =>
      mapValues(await readPoints(trx, other, ids), (point) => shiftPoint(point, shift, prefix)),
  };
}

async function readState(
  trx: Trx,
  { seenAt }: Context,
  sourceId: string,
): Promise<{ state: OtherSide['state']; skewMs: number; runId: string | null }> {
  const reader = asReader(trx);
  const [runs] = await listSourceRuns(reader, { worker: 'rto', sourceIds: [sourceId], asOf: seenAt });
  const newest = runs?.concluded[0];
  if (!newest)
    return {
      state: { lookedAt: null, concludedAt: null, ageHours: null, isStale: true },
      skewMs: 0,
      runId: null,
    };
  const expected = expectedHours(
    (runs?.concluded ?? []).map(({ finishedAt }) => finishedAt.getTime()),
    usualHours('rto'),
  );
  const ageHours = Math.max(0, seenAt.getTime() - newest.finishedAt.getTime()) / HOUR_MS;
  const run = await trx
    .selectFrom('run')
    .select('source_time')
    .where('source_id', '=', sourceId)
    .where('run_id', '=', newest.runId)
    .executeTakeFirst();
  const ahead = run?.source_time ? run.source_time.getTime() - newest.startedAt.getTime() : 0;
  return {
    state: {
      lookedAt: newest.startedAt.getTime(),
      concludedAt: newest.finishedAt.getTime(),
      ageHours,
      isStale: ageHours > staleAfterHours(expected),
    },
    skewMs: toMinutes(ahead),
    runId: newest.runId,
  };
}

/** As it was when the source was looked at last, by its own clock: that this was long ago is told by the state. */
async function readKnown(
  trx: Trx,
  other: Context,
  lookedAt: number | null,
  runId: string | null,
): Promise<OtherSide['areAllKnown']> {
  if (other.source.kind === 'azure') {
    const then =
      lookedAt === null ? other.sourceNow : new Date(Math.min(lookedAt, other.sourceNow.getTime()));
    const unread = await readUnreadWorkloads(trx, { ...other, sourceNow: then });
    return (workloadId) => {
      const isUsable = unread.get(workloadId);
      return isUsable === undefined ? lookedAt !== null : isUsable && 'maybe';
    };
  }
  const row =
    runId === null
      ? undefined
      : await trx
          .selectFrom('run_endpoint')
          .select('outcome')
          .where('source_id', '=', other.sourceId)
          .where('run_id', '=', runId)
          .where('endpoint', '=', 'restorePoints')
          .executeTakeFirst();
  const isWhole = row?.outcome === 'complete';
  return () => isWhole || 'maybe';
}

/** Clocks are told apart by whole minutes: the rest is the time that the question took. */
const toMinutes = (ms: number) => Math.round(ms / MINUTE_MS) * MINUTE_MS;

type Prefix = (id: string | null) => string;

const later = <T extends number | null | undefined>(at: T, shift: number): T =>
  (typeof at === 'number' ? at + shift : at) as T;

const shiftPoint = (point: RestorePoint, shift: number, prefix: Prefix): RestorePoint => ({
  ...point,
  locationId: prefix(point.locationId),
  createdAt: point.createdAt + shift,
  vanishedAt: point.vanishedAt === null ? null : point.vanishedAt + shift,
  ...(point.expiresAt !== undefined && { expiresAt: later(point.expiresAt, shift) }),
});

const shiftReplica = (replica: ReplicaState, shift: number, prefix: Prefix): ReplicaState => ({
  ...replica,
  replicaId: prefix(replica.replicaId),
  newestAt: replica.newestAt && new Date(replica.newestAt.getTime() + shift),
  oldestAt: replica.oldestAt && new Date(replica.oldestAt.getTime() + shift),
});

const shiftTrial = (trial: RestoreTrial, shift: number, prefix: Prefix): RestoreTrial => ({
  ...trial,
  trialId: prefix(trial.trialId),
  startedAt: trial.startedAt + shift,
  endedAt: later(trial.endedAt, shift),
  readyAt: later(trial.readyAt, shift),
  readySince: later(trial.readySince, shift),
  pointCreatedAt: later(trial.pointCreatedAt, shift),
  repositoryId: trial.repositoryId === null ? null : prefix(trial.repositoryId),
});

const pick = <T>(map: ReadonlyMap<string, T>, wanted: ReadonlySet<string>): Map<string, T> =>
  new Map([...map].filter(([id]) => wanted.has(id)));

const mapValues = <T>(map: ReadonlyMap<string, readonly T[]>, change: (value: T) => T): Map<string, T[]> =>
  new Map([...map].map(([id, values]) => [id, values.map(change)]));
