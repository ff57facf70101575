import { expectedHours, staleAfterHours, usualHours } from '../analysis/health/rhythm.ts';
import type { RunReader } from '../db/connect.ts';
import { countEndpoints, listWorkerRuns, type WorkerRuns } from '../queries/data-freshness.ts';

const HOUR_MS = 3_600_000;

/** How one worker stands with one source, by the same rules as `get_data_freshness`. */
export type Standing = {
  sourceId: string;
  name: string;
  worker: string;
  /** End of the last run that concluded; null: none ever did. */
  lastSuccessAt: Date | null;
  /** The last run that ended did so without a conclusion. */
  lastFailed: boolean;
  errorCode: string | null;
  /** Late: older than the rhythm of its runs allows, or known for so long and never concluded on. */
  isStale: boolean;
  /** Start of a run that goes on; null: none does. */
  runningSince: Date | null;
  /** Share of the endpoints that the last run that concluded read in full; null: not known. */
  completeness: number | null;
};

export type SourceToWatch = { sourceId: string; name: string; firstSeenAt: Date };

/** How each worker stands with each source. @param records where the runs of these workers are recorded */
export async function readStandings(
  records: RunReader,
  { workers, sources, now }: { workers: readonly string[]; sources: readonly SourceToWatch[]; now: Date },
): Promise<Standing[]> {
  const runs = await listWorkerRuns(records, { workers, sources, asOf: now });
  const counts = await countEndpoints(
    records,
    runs.flatMap(({ sourceId, concluded: [last] }) => (last ? [{ sourceId, runId: last.runId }] : [])),
  );
  const countsOf = Map.groupBy(counts, ({ runId }) => runId);
  const firstSeen = new Map(sources.map(({ sourceId, firstSeenAt }) => [sourceId, firstSeenAt]));
  return runs.map((one) =>
    toStanding(one, {
      counts: countsOf.get(one.concluded[0]?.runId ?? '') ?? [],
      since: firstSeen.get(one.sourceId) ?? now,
      now,
    }),
  );
}

function toStanding(
  { sourceId, name, worker, concluded, latest, runningSince }: WorkerRuns,
  { counts, since, now }: { counts: readonly Count[]; since: Date; now: Date },
): Standing {
  const last = concluded[0]?.finishedAt ?? null;
  const ends = concluded.map(({ finishedAt }) => finishedAt.getTime());
  const staleAfter = staleAfterHours(expectedHours(ends, usualHours(worker))) * HOUR_MS;
  const failed = latest?.status === 'failed' || latest?.status === 'abandoned';
  return {
    sourceId,
    name,
    worker,
    lastSuccessAt: last,
    lastFailed: failed,
    errorCode: failed ? (latest.errorCode ?? latest.status) : null,
    isStale: now.getTime() - (last ?? since).getTime() > staleAfter,
    runningSince,
    completeness: toShare(counts),
  };
}

type Count = { outcome: string; endpoints: number };

function toShare(counts: readonly Count[]): number | null {
  const all = counts.reduce((sum, { endpoints }) => sum + endpoints, 0);
  const complete = counts.reduce(
    (sum, { outcome, endpoints }) => sum + (outcome === 'complete' ? endpoints : 0),
    0,
  );
  return all > 0 ? complete / all : null;
}
