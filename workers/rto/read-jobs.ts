import { sql } from 'kysely';
import { classifySession } from '../../src/analysis/health/protection-session.ts';
import type { ProtectingJob } from '../../src/analysis/recovery/hidden-breach.ts';
import type { Context, Trx } from '../shared/facts.ts';

type Row = {
  job_id: string;
  name: string;
  type: string;
  last_run_at: Date | null;
  last_result: string | null;
  session_type: string | null;
  created_at: Date | null;
  ended_at: Date | null;
  result: string | null;
};

const MINUTE_MS = 60_000;
const LOOK_BACK_DAYS = 90;
/** Of a job, newest first: enough to find the last that ended well. */
const MOST_SESSIONS = 40;
const GIVE_POINTS = new Set(['backup', 'agent', 'file', 'snapshot']);

/**
 * How the last runs of jobs went that should give machines new points; copies are left out, as their points keep the time of
 * the source, and disabled ones, which nobody expects anything of. From the sessions, or where the list of jobs is ahead of them, from that.
 */
export async function readProtectingJobs(
  trx: Trx,
  { sourceId, sourceNow }: Context,
): Promise<Map<string, ProtectingJob>> {
  const since = new Date(sourceNow.getTime() - LOOK_BACK_DAYS * 86_400_000);
  const { rows } = await sql<Row>`
    select j.job_id, j.name, j.type, j.last_run_at, j.last_result, s.session_type, s.created_at, s.ended_at, s.result
      from job j
      left join lateral (
        select session_type, created_at, ended_at, result from session
         where source_id = j.source_id and job_id = j.job_id and created_at >= ${since} and ended_at is not null
           and result in ('Success', 'Warning', 'Failed')
         order by created_at desc limit ${MOST_SESSIONS}) s on true
     where j.source_id = ${sourceId} and j.vanished_at is null and j.is_disabled is not true and j.type !~* 'copy|replica|surebackup'
     order by j.job_id, s.created_at desc`.execute(trx);
  const jobs = new Map<string, ProtectingJob>();
  for (const [jobId, own] of Map.groupBy(rows, ({ job_id }) => job_id)) jobs.set(jobId, toJob(own));
  return jobs;
}

function toJob(rows: Row[]): ProtectingJob {
  const { job_id, name, last_run_at, last_result } = rows[0] as Row;
  const runs = rows.filter(
    (row) => row.session_type !== null && GIVE_POINTS.has(classifySession(row.session_type, row.name, true)),
  );
  const [last] = runs;
  const ok = runs.find(({ result }) => result !== 'Failed');
  const isAhead =
    last_run_at !== null && last_run_at.getTime() > (last?.created_at?.getTime() ?? 0) + MINUTE_MS;
  if (isAhead && (last_result === 'Success' || last_result === 'Warning'))
    return {
      jobId: job_id,
      name,
      lastOkStartedAt: last_run_at.getTime(),
      lastOkEndedAt: last_run_at.getTime(),
      isGreen: last_result === 'Success',
    };
  return {
    jobId: job_id,
    name,
    lastOkStartedAt: ok?.created_at?.getTime() ?? null,
    lastOkEndedAt: ok?.ended_at?.getTime() ?? null,
    isGreen: last?.result === 'Success',
  };
}
