import { sql } from 'kysely';
import type { MetricsReader, RunReader } from '../db/connect.ts';
import { isOutlivedPlaceholder } from './placeholders.ts';

export type SourceName = {
  sourceId: string;
  kind: string;
  name: string;
  firstSeenAt: Date;
  /** From then on it is not there for anybody; null: it is. */
  retiredAt: Date | null;
};
type ConcludedRun = { runId: string; status: string; startedAt: Date; finishedAt: Date };
type EndedStatus = 'succeeded' | 'partial' | 'failed' | 'abandoned';
type LatestRun = {
  runId: string;
  status: EndedStatus;
  startedAt: Date;
  finishedAt: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
};
export type SourceRuns = {
  sourceId: string;
  name: string;
  /** Runs that concluded something that is still stored, newest first. */
  concluded: ConcludedRun[];
  /** The run that ended last, however it ended. */
  latest: LatestRun | null;
  /** Start of the run that was under way; null: none was. */
  runningSince: Date | null;
};

/** Enough runs for a median gap that a few manual runs do not move. */
const RUNS = 12;
const MOST_SOURCES = 1_000;

/** All sources known now, by id, retired ones too; those that only stood for others until these answered are left out. */
export function listSources(db: MetricsReader): Promise<SourceName[]> {
  return db
    .selectFrom('source')
    .select([
      'source_id as sourceId',
      'kind',
      'name',
      'first_seen_at as firstSeenAt',
      'retired_at as retiredAt',
    ])
    .where(sql<boolean>`not ${isOutlivedPlaceholder}`)
    .orderBy('source_id')
    .limit(MOST_SOURCES)
    .execute();
}

/** Whether a source was retired by a moment. */
export const isRetired = ({ retiredAt }: Pick<SourceName, 'retiredAt'>, at: Date): boolean =>
  retiredAt !== null && retiredAt <= at;

/** Whether there is anything to say of a source at a moment: it was known by then, and not retired yet. */
export const countsAt = (source: Pick<SourceName, 'firstSeenAt' | 'retiredAt'>, at: Date): boolean =>
  source.firstSeenAt <= at && !isRetired(source, at);

/** The sources that there is anything to say of at a moment. */
export async function listSourcesAt(db: MetricsReader, at: Date): Promise<SourceName[]> {
  return (await listSources(db)).filter((source) => countsAt(source, at));
}

/** Time zone of each backup server, as known now, by source. */
export async function listTimeZones(db: MetricsReader): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('backup_server')
    .select(['source_id as sourceId', 'time_zone as timeZone'])
    .orderBy('source_id')
    .limit(MOST_SOURCES)
    .execute();
  return new Map(rows.map(({ sourceId, timeZone }) => [sourceId, timeZone]));
}

/**
 * The last runs of a worker on each source, as known at `asOf`: what finished later was still running then, and a run is
 * known to be abandoned only since the next one began.
 * @param records where the runs of the worker are recorded, if that is not the metrics database
 */
export async function listSourceRuns(
  db: MetricsReader,
  { worker, sourceIds, asOf }: { worker: string; sourceIds: string[]; asOf: Date },
  records: RunReader = db,
): Promise<SourceRuns[]> {
  if (sourceIds.length === 0) return [];
  const sources = await db
    .selectFrom('source')
    .select(['source_id as sourceId', 'name'])
    .where('source_id', 'in', sourceIds)
    .where('first_seen_at', '<=', asOf)
    .orderBy('source_id')
    .limit(MOST_SOURCES)
    .execute();
  const found: SourceRuns[] = [];
  for (const { sourceId, name } of sources) {
    const concluded = await listConcluded(records, worker, sourceId, asOf);
    found.push({ sourceId, name, concluded, ...(await getLatest(records, worker, sourceId, asOf)) });
  }
  return found;
}

async function listConcluded(
  db: RunReader,
  worker: string,
  sourceId: string,
  asOf: Date,
): Promise<ConcludedRun[]> {
  const rows = await db
    .selectFrom('run')
    .select(['run_id as runId', 'status', 'started_at as startedAt', 'finished_at as finishedAt'])
    .where('worker', '=', worker)
    .where('source_id', '=', sourceId)
    .where('status', 'in', ['succeeded', 'partial'])
    .where('finished_at', '<=', asOf)
    .where(sql<boolean>`results_dropped_at is null`)
    .orderBy('finished_at', 'desc')
    .orderBy('run_id')
    .limit(RUNS)
    .execute();
  return rows.flatMap((row) => (row.finishedAt ? [{ ...row, finishedAt: row.finishedAt }] : []));
}

async function getLatest(
  db: RunReader,
  worker: string,
  sourceId: string,
  asOf: Date,
): Promise<Pick<SourceRuns, 'latest' | 'runningSince'>> {
  const [newest, before] = await db
    .selectFrom('run')
    .select([
      'run_id as runId',
      'status',
      'started_at as startedAt',
      'finished_at as finishedAt',
      'error_code as errorCode',
      'error_message as errorMessage',
    ])
    .where('worker', '=', worker)
    .where('source_id', '=', sourceId)
    .where('started_at', '<=', asOf)
    .orderBy('started_at', 'desc')
    .orderBy('run_id')
    .limit(2)
    .execute();
  if (!newest) return { latest: null, runningSince: null };
  const isOver = (run: typeof newest) => run.finishedAt !== null && run.finishedAt <= asOf;
  if (isOver(newest))
    return { latest: { ...newest, status: newest.status as EndedStatus }, runningSince: null };
  const runningSince = newest.startedAt;
  if (!before) return { latest: null, runningSince };
  // A run without an end before another one began is one whose process died.
  const status = isOver(before) ? (before.status as EndedStatus) : 'abandoned';
  return { latest: { ...before, status }, runningSince };
}
