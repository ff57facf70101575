import { sql } from 'kysely';
import type { Metrics } from '../../src/db/connect.ts';
import type { TestDatabase } from './database.ts';

const DAY_MS = 86_400_000;

export const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

/** What a run of the worker leaves in the smallest of its tables. */
const RESULTS: Record<string, string> = {
  health: `insert into health_incident (source_id, run_id, incident_id, started_at, ended_at, failed_jobs, active_jobs, tail_probability, job_ids)
           select source_id, run_id, 'i' || n, finished_at, finished_at, 3, 4, 0.01, '{a}' from made cross join generate_series(1, 3) n`,
  // Files are read by every fourth run: it has the ledger that the next three refer to.
  capacity: `insert into capacity_summary (source_id, run_id, concluded_at, time_zone, repositories, capacity_bytes, use_bytes,
                                           unbounded_bytes, not_counted, by_priority, ledger_run_id, track_record, completeness, not_known)
             select m.source_id, m.run_id, m.finished_at, 'UTC', 1, 1, 1, 0, 0, '{}',
                    (array_agg(m.run_id) over (order by m.finished_at))[(row_number() over (order by m.finished_at) - 1) / 4 * 4 + 1],
                    '{}', '{}', '{}' from made m`,
  rto: `insert into mass_restore (source_id, run_id, scenario, machines, minutes, bottleneck, detail)
        select source_id, run_id, 'all', 1, 1, 'SLOTS', '{}' from made`,
  risk: `insert into risk_facts (source_id, run_id, kind, part, facts)
         select source_id, run_id, 'SOURCE', 0, '{}' from made`,
};

/** Runs that concluded, one each `everyHours` from so many days ago to so many, with results, an endpoint and an event each. */
export async function addRuns(
  databases: Pick<TestDatabase, 'metrics' | 'risk'>,
  {
    worker,
    sourceId = 'vbr',
    from,
    to,
    everyHours,
    results = RESULTS[worker],
  }: { worker: string; sourceId?: string; from: number; to: number; everyHours: number; results?: string },
): Promise<void> {
  const db = (worker in { risk: 1, remediation: 1 } ? databases.risk.db : databases.metrics.db) as Metrics;
  const runs = sql`
    insert into run (source_id, run_id, worker, status, started_at, finished_at, program_version)
    select ${sourceId}, gen_random_uuid(), ${worker}, 'succeeded', at - interval '1 minute', at, 'test'
      from generate_series(${daysAgo(from)}::timestamptz, ${daysAgo(to)}::timestamptz, ${everyHours} * interval '1 hour') at
    returning source_id, run_id, finished_at`;
  await sql`
    with made as (${runs}),
    endpoints as (insert into run_endpoint (source_id, run_id, endpoint, outcome) select source_id, run_id, 'jobs', 'complete' from made),
    events as (insert into run_event (source_id, run_id, seq, at, action) select source_id, run_id, 1, finished_at, 'started' from made)
    ${sql.raw(results ?? 'select')}`.execute(db);
}

export type RunState = { run_id: string; finished_at: Date; dropped: boolean; rows: number };

/** Runs of a worker, the oldest first, with how many rows of `table` they have. */
export async function runStates(db: Metrics, worker: string, table: string): Promise<RunState[]> {
  const { rows } = await sql<RunState>`
    select r.run_id, r.finished_at, r.results_dropped_at is not null as dropped,
           (select count(*)::int from ${sql.table(table)} t where t.source_id = r.source_id and t.run_id = r.run_id) as rows
      from run r where r.worker = ${worker} order by r.finished_at`.execute(db);
  return rows;
}

/** Monday of the week (UTC) of a time, as a number. */
export const weekOf = (time: Date) => Math.floor((time.getTime() / DAY_MS + 3) / 7);
export const dayOf = (time: Date) => Math.floor(time.getTime() / DAY_MS);
