import { type RawBuilder, sql } from 'kysely';
import type { MetricsReader, RiskReader, RunReader } from '../db/connect.ts';
import type { SourceRuns } from './freshness.ts';

/** Runs of one worker on one source. */
export type WorkerRuns = SourceRuns & {
  worker: string;
  /** End of a newer run whose results are not stored any more, as older runs are thinned out; null: there is none. */
  thinnedAt: Date | null;
};

type PairRow = {
  sourceId: string;
  worker: string;
  concluded: { runId: string; status: string; startedAt: string; finishedAt: string }[] | null;
  newest:
    | {
        runId: string;
        status: string;
        startedAt: string;
        finishedAt: string | null;
        errorCode: string | null;
        errorMessage: string | null;
      }[]
    | null;
  thinnedAt: Date | null;
};

/** Enough runs for a median gap that a few manual runs do not move. */
const RUNS = 12;
const MOST_PAIRS = 10_000;

const STATE = sql`r.run_id, r.status, r.started_at, r.finished_at, r.error_code, r.error_message`;

/**
 * The last runs of each worker on each source as known at `asOf`, in one question however many there are. What finished later
 * was still running then, and a run is known to be abandoned only since the next one began.
 * @param records where the runs of these workers are recorded
 */
export async function listWorkerRuns(
  records: RunReader,
  {
    workers,
    sources,
    asOf,
  }: { workers: readonly string[]; sources: readonly { sourceId: string; name: string }[]; asOf: Date },
): Promise<WorkerRuns[]> {
  if (sources.length === 0 || workers.length === 0) return [];
  const pairs = sql<PairRow>`(
    select s.source_id as "sourceId", w.worker, c.runs as concluded, n.runs as newest, t.thinned_at as "thinnedAt"
      from unnest(${sources.map(({ sourceId }) => sourceId)}::text[]) as s (source_id)
      cross join unnest(${[...workers]}::text[]) as w (worker)
      left join lateral (${concludedBy(asOf)}) c on true
      left join lateral (${newestBy(asOf)}) n on true
      left join lateral (${thinnedBy(asOf)}) t on true)`;
  const rows = await records
    .selectFrom(pairs.as('pair'))
    .selectAll()
    .orderBy('sourceId')
    .orderBy('worker')
    .limit(MOST_PAIRS)
    .execute();
  const names = new Map(sources.map(({ sourceId, name }) => [sourceId, name]));
  return rows.map((row) => toWorkerRuns(row, names.get(row.sourceId) ?? row.sourceId, asOf));
}

const concludedBy = (asOf: Date): RawBuilder<unknown> => sql`
  select jsonb_agg(jsonb_build_object('runId', r.run_id, 'status', r.status, 'startedAt', r.started_at,
           'finishedAt', r.finished_at) order by r.finished_at desc, r.run_id) as runs
    from (select ${STATE} from run r
           where r.worker = w.worker and r.source_id = s.source_id and r.status in ('succeeded', 'partial')
             and r.finished_at <= ${asOf} and r.results_dropped_at is null
           order by r.finished_at desc, r.run_id limit ${sql.lit(RUNS)}) r`;

/** Of today there is none: the newest run always has its results. */
const thinnedBy = (asOf: Date): RawBuilder<unknown> => sql`
  select r.finished_at as thinned_at from run r
   where r.worker = w.worker and r.source_id = s.source_id and r.results_dropped_at is not null
     and r.finished_at <= ${asOf} and r.finished_at > (c.runs -> 0 ->> 'finishedAt')::timestamptz
   order by r.finished_at desc limit 1`;

/** Of the two that began last only the ends are looked at, since that is what the index holds. */
const newestBy = (asOf: Date): RawBuilder<unknown> => {
  // What was under way has ended within a month; of a moment long ago all runs since would be read for one that is not there.
  const endedBy = new Date(asOf.getTime() + 31 * 86_400_000);
  const one = (condition: RawBuilder<unknown>, order: RawBuilder<unknown>) => sql`
    (select ${STATE} from run r
      where r.worker = w.worker and r.source_id = s.source_id and r.started_at <= ${asOf} and ${condition}
      order by ${order}, r.run_id limit 2)`;
  return sql`
    select jsonb_agg(jsonb_build_object('runId', r.run_id, 'status', r.status, 'startedAt', r.started_at,
             'finishedAt', r.finished_at, 'errorCode', r.error_code, 'errorMessage', r.error_message)
             order by r.started_at desc, r.run_id) as runs
      from (select * from (${one(sql`r.finished_at <= ${asOf}`, sql`r.finished_at desc`)}
              union all ${one(sql`r.finished_at > ${asOf} and r.finished_at < ${endedBy}`, sql`r.finished_at`)}
              union all ${one(sql`r.finished_at is null`, sql`r.started_at desc`)}) r
             order by r.started_at desc, r.run_id limit 2) r`;
};

function toWorkerRuns(
  { sourceId, worker, concluded, newest, thinnedAt }: PairRow,
  name: string,
  asOf: Date,
): WorkerRuns {
  const ended = (concluded ?? []).map((run) => ({
    ...run,
    startedAt: new Date(run.startedAt),
    finishedAt: new Date(run.finishedAt),
  }));
  return { sourceId, worker, name, concluded: ended, thinnedAt, ...toLatest(newest ?? [], asOf) };
}

function toLatest(
  newest: NonNullable<PairRow['newest']>,
  asOf: Date,
): Pick<SourceRuns, 'latest' | 'runningSince'> {
  const [first, before] = newest.map((run) => ({
    ...run,
    startedAt: new Date(run.startedAt),
    finishedAt: run.finishedAt === null ? null : new Date(run.finishedAt),
  }));
  if (!first) return { latest: null, runningSince: null };
  type Latest = NonNullable<SourceRuns['latest']>;
  const isOver = (run: typeof first) => run.finishedAt !== null && run.finishedAt <= asOf;
  if (isOver(first))
    return { latest: { ...first, status: first.status as Latest['status'] }, runningSince: null };
  if (!before) return { latest: null, runningSince: first.startedAt };
  // A run without an end before another one began is one whose process died.
  const status = isOver(before) ? (before.status as Latest['status']) : 'abandoned';
  return { latest: { ...before, status }, runningSince: first.startedAt };
}

/** End of the oldest run of a worker on some sources whose results are stored; null: there is none. */
export async function getHistoryStart(
  records: RunReader,
  { worker, sourceIds }: { worker: string; sourceIds: readonly string[] },
): Promise<Date | null> {
  if (sourceIds.length === 0) return null;
  const row = await records
    .selectFrom('run')
    .select('finished_at')
    .where('worker', '=', worker)
    .where('source_id', 'in', [...sourceIds])
    .where('status', 'in', ['succeeded', 'partial'])
    .where('results_dropped_at', 'is', null)
    .orderBy('finished_at')
    .limit(1)
    .executeTakeFirst();
  return row?.finished_at ?? null;
}

export type EndpointRow = {
  sourceId: string;
  runId: string;
  endpoint: string;
  outcome: string;
  rowsFetched: number;
  rowsTotal: number | null;
  rowsRejected: number;
  reason: string | null;
};

/** How bad an outcome is: what could not be read at all comes before what was read in part. */
const BADNESS = sql`array_position(array['failed', 'forbidden', 'incomplete'], outcome)`;

/** Endpoints that the runs could not read in full, the worst first. */
export function listUnreadEndpoints(
  records: RunReader,
  runs: readonly { sourceId: string; runId: string }[],
  limit: number,
): Promise<EndpointRow[]> {
  if (runs.length === 0) return Promise.resolve([]);
  return endpointsOf(records, runs)
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'endpoint',
      'outcome',
      'rows_fetched as rowsFetched',
      'rows_total as rowsTotal',
      'rows_rejected as rowsRejected',
      'message as reason',
    ])
    .where('outcome', '<>', 'complete')
    .orderBy(BADNESS)
    .orderBy('source_id')
    .orderBy('endpoint')
    .orderBy('run_id')
    .limit(limit)
    .execute();
}

/** How many endpoints each run read, and with which outcome. */
export function countEndpoints(
  records: RunReader,
  runs: readonly { sourceId: string; runId: string }[],
): Promise<{ sourceId: string; runId: string; outcome: string; endpoints: number }[]> {
  if (runs.length === 0) return Promise.resolve([]);
  return endpointsOf(records, runs)
    .select((eb) => [
      'source_id as sourceId',
      'run_id as runId',
      'outcome',
      eb.fn.countAll<number>().as('endpoints'),
    ])
    .groupBy(['source_id', 'run_id', 'outcome'])
    .orderBy('source_id')
    .orderBy('run_id')
    .orderBy('outcome')
    .limit(4 * MOST_PAIRS)
    .execute();
}

function endpointsOf(records: RunReader, runs: readonly { sourceId: string; runId: string }[]) {
  return records
    .selectFrom('run_endpoint')
    .where('source_id', 'in', [...new Set(runs.map(({ sourceId }) => sourceId))])
    .where(
      'run_id',
      'in',
      runs.map(({ runId }) => runId),
    );
}

export type Unread = { sourceId: string; worker: string; endpoint: string };
export type UnreadSince = Unread & {
  /** End of the first run that could not read it, of those in a row up to now. */
  since: Date;
  /** End of the last run before that read it in full; null: none within the days that are looked at. */
  lastReadAt: Date | null;
};

/** Since when each endpoint has not been read in full, over runs that ended in the last `days` before `asOf`. */
export async function listUnreadSince(
  records: RunReader,
  { endpoints, asOf, days }: { endpoints: readonly Unread[]; asOf: Date; days: number },
): Promise<UnreadSince[]> {
  if (endpoints.length === 0) return [];
  const from = new Date(asOf.getTime() - days * 86_400_000);
  const found = sql<UnreadSince>`(
    select u.source_id as "sourceId", u.worker, u.endpoint, l.read_at as "lastReadAt", f.since
      from unnest(${endpoints.map(({ sourceId }) => sourceId)}::text[], ${endpoints.map(({ worker }) => worker)}::text[],
                  ${endpoints.map(({ endpoint }) => endpoint)}::text[]) as u (source_id, worker, endpoint)
      left join lateral (${sightings(from, asOf, sql`e.outcome = 'complete'`, sql`max(r.finished_at) as read_at`)}) l on true
      left join lateral (${sightings(from, asOf, sql`r.finished_at > coalesce(l.read_at, ${from})`, sql`min(r.finished_at) as since`)}) f on true
     where f.since is not null)`;
  return records
    .selectFrom(found.as('found'))
    .selectAll()
    .orderBy('sourceId')
    .orderBy('worker')
    .orderBy('endpoint')
    .limit(MOST_PAIRS)
    .execute();
}

const sightings = (from: Date, asOf: Date, which: RawBuilder<unknown>, what: RawBuilder<unknown>) => sql`
  select ${what} from run r
    join run_endpoint e on e.source_id = r.source_id and e.run_id = r.run_id and e.endpoint = u.endpoint
   where r.worker = u.worker and r.source_id = u.source_id and r.finished_at > ${from} and r.finished_at <= ${asOf}
     and ${which}`;

/** The migrations that each database had at a moment, the newest of each; null: none is on record by then. */
export async function getRevisions(
  metrics: MetricsReader,
  risk: RiskReader,
  asOf: Date,
): Promise<{ metrics: string | null; risk: string | null }> {
  return { metrics: await revisionOf(metrics, asOf), risk: await revisionOf(risk, asOf) };
}

async function revisionOf(db: MetricsReader | RiskReader, asOf: Date): Promise<string | null> {
  const applied = sql<{ name: string }>`(
    select name from kysely_migration where timestamp::timestamptz <= ${asOf}::timestamptz order by name desc limit 1)`;
  const [newest] = await (db as RiskReader)
    .selectFrom(applied.as('applied'))
    .select('name')
    .orderBy('name')
    .limit(1)
    .execute();
  return newest?.name ?? null;
}
