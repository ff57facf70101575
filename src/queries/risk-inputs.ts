import type { MetricsReader } from '../db/connect.ts';
import { listSourceRuns, type SourceRuns } from './freshness.ts';

/** What an endpoint gave in a run. */
type EndpointOfRun = {
  runId: string;
  endpoint: string;
  outcome: string;
  rowsFetched: number;
  rowsTotal: number | null;
  rowsRejected: number;
};

export type CollectorRuns = SourceRuns & {
  worker: string;
  /** Start of the newest concluded run by the clock of the source; null: not recorded. */
  sourceTime: Date | null;
  endpoints: EndpointOfRun[];
};

/** The runs of each collector on a source as known at `asOf`, and how completely the newest that concluded has read. */
export async function listCollectorRuns(
  db: MetricsReader,
  { sourceId, workers, asOf }: { sourceId: string; workers: readonly string[]; asOf: Date },
): Promise<CollectorRuns[]> {
  const found: CollectorRuns[] = [];
  for (const worker of workers) {
    const [runs] = await listSourceRuns(db, { worker, sourceIds: [sourceId], asOf });
    const known = runs ?? { sourceId, name: sourceId, concluded: [], latest: null, runningSince: null };
    const runId = known.concluded[0]?.runId;
    found.push({
      ...known,
      worker,
      sourceTime: runId ? await getSourceTime(db, sourceId, runId) : null,
      endpoints: runId ? await listEndpoints(db, sourceId, runId) : [],
    });
  }
  return found;
}

async function getSourceTime(db: MetricsReader, sourceId: string, runId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('run')
    .select('source_time')
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row?.source_time ?? null;
}

function listEndpoints(db: MetricsReader, sourceId: string, runId: string): Promise<EndpointOfRun[]> {
  return db
    .selectFrom('run_endpoint')
    .select([
      'run_id as runId',
      'endpoint',
      'outcome',
      'rows_fetched as rowsFetched',
      'rows_total as rowsTotal',
      'rows_rejected as rowsRejected',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .orderBy('endpoint')
    .limit(1_000)
    .execute();
}
