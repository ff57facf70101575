import { sql } from 'kysely';
import { getJob } from '../../src/azure/jobs.ts';
import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { notRead } from '../../src/reading.ts';
import { storeFacts } from '../shared/facts.ts';
import { whyEnough } from './enough.ts';
import { type RestoreSession, type TrialRow, toRestoreTrial } from './restore-rows.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;

/** Restores older than this are settled, whatever is known of them. */
const DAYS = 400;
const OF_ONE_JOB = new Set(['server-error', 'bad-answer', 'rejected']);

/**
 * What each restore brought back, and from which point: only the job by itself tells. A restore is asked for once it is known,
 * while it runs, and once more when it has ended.
 */
export const azureRestores = defineCollection<AzureSource, TrialRow, TrialRow>('rto', {
  endpoint: 'backupJobs (restores)',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { source } = context;
    const failures: string[] = [];
    const sessions = await listUnsettled(context);
    for (const session of sessions) {
      try {
        const job = await getJob(source.client, source.ref, session.session_id, { reading });
        yield { rows: [toRestoreTrial(session, job)] };
      } catch (error) {
        const enough = whyEnough(error);
        if (enough === null && !(error instanceof SourceError && OF_ONE_JOB.has(error.code))) throw error;
        failures.push(`restore of ${session.name}: ${enough ?? (error as SourceError).code}`);
        if (enough !== null) break;
      }
    }
    reading.rowsTotal = sessions.length;
    reading.complete = failures.length === 0;
    if (failures.length > 0) reading.reason = notRead(failures);
  },
  transform: (rows) => rows,
  // Which item and which point it was is found from the tables, later than here.
  load: (trx, rows, context) =>
    storeFacts(trx, 'restore_trial', 'trial_id', rows, context, [
      'workload_id',
      'mapped_by',
      'job_name',
      'restore_point_id',
      'repository_id',
      'size_bytes',
      'excluded',
    ]),
});

async function listUnsettled({ db, sourceId, sourceNow }: Context): Promise<RestoreSession[]> {
  const since = new Date(sourceNow.getTime() - DAYS * 86_400_000);
  const { rows } = await sql<RestoreSession>`
    select s.session_id, s.session_type, s.job_id, s.name, s.created_at, s.ended_at, s.state, s.result,
           nullif(s.message, '') as message, s.is_canceled
      from session s
      left join restore_trial t on t.source_id = s.source_id and t.trial_id = s.session_id
     where s.source_id = ${sourceId} and s.session_type = 'AzureRestore' and s.created_at >= ${since}
       and (t.trial_id is null or t.ended_at is distinct from s.ended_at or t.detail ->> 'result' is distinct from s.result)
     order by s.created_at desc, s.session_id`.execute(db);
  return rows;
}
