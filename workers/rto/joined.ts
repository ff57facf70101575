import { judgeAlone, togetherAtBest } from '../../src/analysis/machines/joined-points.ts';
import type { PointsRecord, RestorePoint } from '../../src/analysis/recovery/points.ts';
import type { RecoveryPool } from '../../src/analysis/recovery/pool.ts';
import type { AssessedTrial } from '../../src/analysis/recovery/trial.ts';
import type { RecoveryRecord } from '../../src/analysis/recovery/workload.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Counterpart, Matches, OtherSource } from './matches.ts';
import { type OtherSide, openSide, prefixOf } from './other-side.ts';
import type { Place } from './read-places.ts';
import type { ReplicaState } from './read-points.ts';

/** One other protection of a machine with all that is known of it; times by the clock of this source. */
export type Side = {
  counterpart: Counterpart;
  source: OtherSource;
  state: OtherSide['state'];
  areAllKnown: ReturnType<OtherSide['areAllKnown']>;
  points: readonly RestorePoint[];
  replicas: readonly ReplicaState[];
  trials: readonly AssessedTrial[];
};

/** Machines that other sources protect too. */
export type Joined = {
  /** The other protections of some workloads, by workload. */
  readSides: (workloadIds: readonly string[]) => Promise<ReadonlyMap<string, readonly Side[]>>;
  /** Places of the other sources, under the id of the source and their own. */
  places: ReadonlyMap<string, Place>;
  /** What the other sources said of trials that failed or warned, by trial. */
  messages: ReadonlyMap<string, string>;
};

/** Opens what other sources know of the machines that are the same as ours. */
export async function openJoined(trx: Trx, context: Context, { same, sources }: Matches): Promise<Joined> {
  const counterparts = Map.groupBy([...same.values()].flat(), ({ sourceId }) => sourceId);
  const open = new Map<string, OtherSide>();
  for (const [sourceId, all] of counterparts) {
    const source = sources.get(sourceId);
    const ids = all.map(({ workloadId }) => workloadId);
    if (source) open.set(sourceId, await openSide(trx, context, source, ids));
  }
  return {
    places: new Map([...open.values()].flatMap((side) => [...side.places])),
    messages: new Map([...open.values()].flatMap((side) => [...side.messages])),
    readSides: async (workloadIds) => {
      const wanted = workloadIds.flatMap((id) => same.get(id) ?? []);
      const points = new Map<string, Map<string, RestorePoint[]>>();
      for (const [sourceId, all] of Map.groupBy(wanted, (one) => one.sourceId)) {
        const side = open.get(sourceId);
        if (side) points.set(sourceId, await side.readPoints(all.map(({ workloadId }) => workloadId)));
      }
      const sideOf = (counterpart: Counterpart): Side[] => {
        const side = open.get(counterpart.sourceId);
        if (!side) return [];
        const id = counterpart.workloadId;
        return [
          {
            counterpart,
            source: side.source,
            state: side.state,
            areAllKnown: side.areAllKnown(id),
            points: points.get(counterpart.sourceId)?.get(id) ?? [],
            replicas: side.replicas.get(id) ?? [],
            trials: side.trials.get(id) ?? [],
          },
        ];
      };
      return new Map(
        workloadIds.flatMap((id) => {
          const all = same.get(id);
          return all ? [[id, all.flatMap(sideOf)] as const] : [];
        }),
      );
    },
  };
}

/** In which of the other sources a place of a machine is; undefined: in this one. */
export const sourceOfPlace = (sides: readonly Side[], locationId: string | null): string | undefined =>
  sides.find(({ source }) => locationId?.startsWith(prefixOf(source.sourceId)))?.source.sourceId;

/** The pool for one machine: its own tests are those of all its protections, what others showed is of this source alone. */
export function poolOf(pool: RecoveryPool, workloadId: string, sides: readonly Side[]): RecoveryPool {
  const others = sides.flatMap(({ trials }) =>
    trials.map((one) => ({ ...one, trial: { ...one.trial, workloadId } })),
  );
  if (others.length === 0) return pool;
  const own = pool.byWorkload.get(workloadId) ?? [];
  const newestFirst = [...own, ...others].toSorted(
    (a, b) => b.finishedAt - a.finishedAt || (a.trial.trialId < b.trial.trialId ? -1 : 1),
  );
  return { ...pool, byWorkload: new Map([[workloadId, newestFirst]]) };
}

/** A machine with several protections, each of which was judged by itself as well. */
export type JoinedRecord = {
  record: RecoveryRecord;
  sides: readonly Side[];
  alone: readonly PointsRecord[];
  reasons: string[];
};

/** A record of all protections, and what has to be said of them. `own`: the points of this source. */
export function judgeSides(
  record: RecoveryRecord,
  sides: readonly Side[],
  own: { points: readonly RestorePoint[]; isComplete: boolean },
  now: number,
): JoinedRecord {
  if (sides.length === 0) return { record, sides, alone: [], reasons: [] };
  const protections = [
    own,
    ...sides.map(({ points, areAllKnown }) => ({ points, isComplete: areAllKnown === true })),
  ];
  const [ownAlone, ...alone] = judgeAlone(protections, { rpoHours: record.target.rpoHours, now });
  const points = togetherAtBest(record.points, [...(ownAlone ? [ownAlone] : []), ...alone]);
  return { record: { ...record, points }, sides, alone, reasons: reasonsOf(points, ownAlone, sides) };
}

function reasonsOf(points: PointsRecord, own: PointsRecord | undefined, sides: readonly Side[]): string[] {
  const isOthers =
    points.newest !== null && sides.some(({ points: all }) => all.some((point) => point === points.newest));
  const stale = sides.filter(({ state }) => state.isStale);
  return [
    ...(isOthers ? ['its newest usable restore point is that of another source: see its protections'] : []),
    ...(own && own.status !== points.status
      ? [`by the restore points of this source alone its RPO is ${own.status}`]
      : []),
    ...stale.map(({ state }) =>
      state.ageHours === null
        ? 'another source that protects it has never been judged: its points count as far as they are known'
        : `another source that protects it was last judged ${Math.round(state.ageHours)} hours ago: its points count with their age`,
    ),
  ];
}

/**
 * Where the machine is listed and counted: with Veeam before Azure, then with the source whose id comes first; but here, if
 * nobody reads that source any more, as what it says of the machine stands still. null: here.
 */
export function homeOf(
  own: { sourceId: string; kind: OtherSource['kind'] },
  sides: readonly Side[],
): { sourceId: string; workloadId: string } | null {
  const rank = (kind: OtherSource['kind'], sourceId: string) => `${kind === 'veeam' ? 0 : 1} ${sourceId}`;
  const [first] = sides.toSorted((a, b) =>
    rank(a.source.kind, a.source.sourceId) < rank(b.source.kind, b.source.sourceId) ? -1 : 1,
  );
  if (!first || rank(own.kind, own.sourceId) < rank(first.source.kind, first.source.sourceId)) return null;
  // Of those that are read the one that concluded last is this one: it concludes now.
  if (first.state.isStale) return null;
  return { sourceId: first.counterpart.sourceId, workloadId: first.counterpart.workloadId };
}

const iso = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

/** The other protections as the table has them. */
export function toProtections({ sides, alone }: Pick<JoinedRecord, 'sides' | 'alone'>) {
  return sides.map(({ counterpart, source, state, trials }, at) => {
    const points = alone[at];
    return {
      source_id: counterpart.sourceId,
      kind: source.kind,
      workload_id: counterpart.workloadId,
      name: counterpart.name,
      basis: counterpart.basis,
      probability: counterpart.probability,
      restore_points: points?.points ?? 0,
      newest_point_id: points?.newest?.pointId ?? null,
      newest_point_at: iso(points?.newest?.createdAt),
      rpo_age_hours: points?.ageHours ?? null,
      rpo_status: points?.status ?? 'UNKNOWN',
      trials: trials.length,
      last_test_at: iso(trials.find(({ passed }) => passed !== null)?.finishedAt),
      concluded_at: iso(state.concludedAt),
      age_hours: state.ageHours,
      is_stale: state.isStale,
    };
  });
}
