import { sql } from 'kysely';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { storeTrials } from './place-trials.ts';
import { type RecoverySession, type TrialRow, toSessionTrial } from './trial-rows.ts';

/** Sessions older than this are settled, whatever is known of them. */
const DAYS = 400;

/**
 * Brings the trials forward with what the run has learnt: sessions without objects get one of their own, and those that are
 * under way or not placed yet are looked at again.
 */
export async function settleTrials(trx: Trx, context: Context): Promise<void> {
  await retireSessionTrials(trx, context);
  const sessions = await sessionsWithoutObjects(trx, context);
  await storeTrials(trx, context, sessions.map(toSessionTrial));
  await storeTrials(trx, context, await unsettled(trx, context));
}

/**
 * Sessions that are no trials of their own: objects of theirs are restored or imported, or sessions are below them, so that parents and
 * children are not counted both. Scans of objects count for a session only where scanning is all it does.
 */
const divided = (sourceId: string) => sql`
  select session_id from restore_trial
   where source_id = ${sourceId} and trial_id <> session_id and origin = 'SESSION'
     and (class <> 'CONTENT_SCAN' or session_type in ('SureBackup', 'SureBackupContentScan'))
   union
  select session_id from restore_trial where source_id = ${sourceId} and origin = 'IMPORT' and session_id is not null
   union
  select parent_session_id from session
   where source_id = ${sourceId} and parent_session_id is not null and session_type = any(${RECOVERY_SESSION_TYPES})`;

async function retireSessionTrials(trx: Trx, { sourceId, seenAt }: Context): Promise<void> {
  await sql`
    update restore_trial t set vanished_at = ${seenAt}, known_from = ${seenAt}
      from (${divided(sourceId)}) d
     where t.source_id = ${sourceId} and t.origin = 'SESSION' and t.trial_id = t.session_id and t.vanished_at is null
       and d.session_id = t.session_id`.execute(trx);
}

async function sessionsWithoutObjects(
  trx: Trx,
  { sourceId, sourceNow }: Context,
): Promise<RecoverySession[]> {
  const since = new Date(sourceNow.getTime() - DAYS * 86_400_000);
  const { rows } = await sql<RecoverySession>`
    with divided as (${divided(sourceId)})
    select s.session_id, s.session_type, s.name, s.created_at, s.ended_at, s.state, s.result, nullif(s.message, '') as message,
           s.is_canceled
      from session s
      left join restore_trial t on t.source_id = s.source_id and t.trial_id = s.session_id
      left join divided d on d.session_id = s.session_id
     where s.source_id = ${sourceId} and s.session_type = any(${RECOVERY_SESSION_TYPES}) and s.created_at >= ${since}
       and d.session_id is null
       and (t.trial_id is null or t.ended_at is distinct from s.ended_at or t.vanished_at is not null
            or t.detail ->> 'result' is distinct from s.result)`.execute(trx);
  return rows;
}

/** Trials that may be placed better now: not placed by an id, under way, with a mount that was watched, or of a point whose machine is known better. */
async function unsettled(trx: Trx, { sourceId, sourceNow }: Context): Promise<TrialRow[]> {
  const since = new Date(sourceNow.getTime() - DAYS * 86_400_000);
  const { rows } = await sql<TrialRow>`
    select t.trial_id, t.origin, t.session_id, t.session_type, t.class, t.workload_id, t.mapped_by, t.object_name, t.job_name,
           t.started_at, t.ended_at, t.ready_at, t.ready_since, t.outcome, t.scan_result, t.message, t.restore_point_id,
           t.point_created_at, t.repository_id, t.size_bytes, t.boot_seconds, t.purpose, t.excluded, t.detail
      from restore_trial t
     where t.source_id = ${sourceId} and t.origin = 'SESSION' and t.vanished_at is null and t.started_at >= ${since}
       and (t.mapped_by in ('NONE', 'NAME') or t.outcome = 'RUNNING' or t.class = 'INSTANT' and t.ready_at is null
            or exists (select from restore_point p
                        where p.source_id = t.source_id and p.restore_point_id = t.restore_point_id
                          and p.workload_id <> t.workload_id))`.execute(trx);
  return rows;
}
