import type { MetricsReader } from '../db/connect.ts';
import { toAgedRun } from '../queries/aged-runs.ts';
import { listSourceRuns } from '../queries/freshness.ts';
import { listElsewhere, type OtherProtection } from '../queries/machines.ts';
import { foldName } from './suggest.ts';

/** Workloads that another of the sources lists as a protection of its machine, by what was known at a moment. */
export async function readElsewhere(
  db: MetricsReader,
  { sourceIds, asOf }: { sourceIds: string[]; asOf: Date },
): Promise<OtherProtection[]> {
  if (sourceIds.length < 2) return [];
  const found = await listSourceRuns(db, { worker: 'rto', sourceIds, asOf });
  return listElsewhere(
    db,
    found.flatMap((runs) => toAgedRun(runs, { worker: 'rto', asOf }) ?? []),
  );
}

/** Item ids of workloads, as the risk worker makes them. */
export const itemOfWorkload = (workloadId: string): string => `workload:${workloadId}`;

/** The items of workloads that are listed with another source. */
export const itemsElsewhere = (elsewhere: readonly OtherProtection[]) =>
  elsewhere.map(({ sourceId, workloadId }) => ({ sourceId, itemId: itemOfWorkload(workloadId) }));

/** The item under which a machine is listed that somebody names by another of its protections; undefined: no such one. */
export function itemAtHome(elsewhere: readonly OtherProtection[], wanted: string): string | undefined {
  const id = wanted.trim().toLowerCase();
  const byId = elsewhere.find(
    ({ workloadId }) => workloadId.toLowerCase() === id || itemOfWorkload(workloadId).toLowerCase() === id,
  );
  const name = foldName(wanted);
  const found = byId ?? elsewhere.find((one) => one.name !== null && foldName(one.name) === name);
  return found && itemOfWorkload(found.homeWorkloadId);
}
