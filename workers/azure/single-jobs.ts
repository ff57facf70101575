import { type AzureJob, getJob } from '../../src/azure/jobs.ts';
import { SourceError } from '../../src/errors.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { readItemLookup } from './item-lookup.ts';
import type { JobRows } from './job-rows.ts';
import { seenJobs, storeJobs } from './job-store.ts';
import { toRows } from './jobs.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;

const DAY_MS = 86_400_000;
/** Details are read of failures of this long ago at most, and of so many in one run: one request each. */
const DETAIL_DAYS = 30;
const MOST_DETAILS = 200;

/** Jobs that had not ended when they were last seen and that the list did not give again. */
export const azureOpenJobs = defineCollection<AzureSource, AzureJob, JobRows>('health', {
  endpoint: 'backupJobs open',
  optional: true,
  extract: async function* (context, _since, reading) {
    await seenJobs.begin(context, await readItemLookup(context.db, context.sourceId));
    const open = (await listOpen(context)).filter((id) => !seenJobs.has(context, id));
    const unreadable: string[] = [];
    for (const id of open) {
      const job = await jobOf(context, id, reading);
      if (job === 'unreadable') unreadable.push(id);
      else if (job) yield { rows: [job] };
      else await markVanished(context, id);
    }
    reading.rowsRejected += unreadable.length;
    if (unreadable.length > 0) reading.reason = `${unreadable.length} open jobs could not be read`;
    reading.complete = true;
  },
  transform: toRows,
  prepare: storeJobs.prepare,
  load: storeJobs.load,
});

type Detailed = { sessionId: string; job: AzureJob | null };

/** Failures of which the list gave no error: the job by itself may. What it does not say either is not asked for again. */
export const azureJobDetails = defineCollection<AzureSource, Detailed, Detailed & { rows: JobRows[] }>(
  'health',
  {
    endpoint: 'backupJobs details',
    optional: true,
    extract: async function* (context, _since, reading) {
      await seenJobs.begin(context, await readItemLookup(context.db, context.sourceId));
      const sessions = await listUnexplained(context);
      for (const sessionId of sessions.slice(0, MOST_DETAILS)) {
        const job = await jobOf(context, sessionId, reading);
        yield { rows: [{ sessionId, job: job === 'unreadable' ? null : job }] };
      }
      reading.complete = sessions.length <= MOST_DETAILS;
      if (!reading.complete)
        reading.reason = `errors of more than the newest ${MOST_DETAILS} failures are left for the next run`;
    },
    transform: (jobs, context) =>
      jobs.map((one) => ({ ...one, rows: one.job ? toRows([one.job], context) : [] })),
    load: async (trx, jobs, { sourceId, seenAt }) => {
      const stored = await storeJobs.load(
        trx,
        jobs.flatMap(({ rows }) => rows),
      );
      const silent = jobs.filter(({ rows }) => rows.every(({ errors }) => errors.length === 0));
      const nothing = { seq: 0, item_id: null, code: null, title: null, message: null, recommendations: [] };
      return (
        stored +
        (await upsertRows(
          trx,
          'azure_job_error',
          silent.map(({ sessionId }) => ({
            source_id: sourceId,
            session_id: sessionId,
            ...nothing,
            known_from: seenAt,
          })),
          { key: ['source_id', 'session_id', 'seq'] },
        ))
      );
    },
  },
);

const OF_ONE_JOB: string[] = ['server-error', 'bad-answer', 'rejected', 'forbidden'];

async function jobOf(
  { source, recorder }: Context,
  sessionId: string,
  reading: Parameters<typeof getJob>[3] extends { reading?: infer R } | undefined ? R : never,
): Promise<AzureJob | null | 'unreadable'> {
  try {
    return await getJob(source.client, source.ref, sessionId, { reading });
  } catch (error) {
    if (!(error instanceof SourceError && OF_ONE_JOB.includes(error.code))) throw error;
    await recorder.event('job-not-read', { sessionId, code: error.code });
    return 'unreadable';
  }
}

async function listOpen({ db, sourceId }: Context): Promise<string[]> {
  const rows = await db
    .selectFrom('session')
    .select('session_id')
    .where('source_id', '=', sourceId)
    .where('ended_at', 'is', null)
    .where('state', '=', 'Working')
    .where('vanished_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(({ session_id }) => session_id);
}

async function listUnexplained({ db, sourceId, sourceNow }: Context): Promise<string[]> {
  const rows = await db
    .selectFrom('session')
    .select('session_id')
    .where('source_id', '=', sourceId)
    .where('result', '=', 'Failed')
    .where('vanished_at', 'is', null)
    .where('created_at', '>=', new Date(sourceNow.getTime() - DETAIL_DAYS * DAY_MS))
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('azure_job_error as e')
            .select('e.seq')
            .whereRef('e.source_id', '=', 'session.source_id')
            .whereRef('e.session_id', '=', 'session.session_id'),
        ),
      ),
    )
    .orderBy('created_at', 'desc')
    .limit(MOST_DETAILS + 1)
    .execute();
  return rows.map(({ session_id }) => session_id);
}

async function markVanished({ db, sourceId, seenAt }: Context, sessionId: string): Promise<void> {
  await db
    .updateTable('session')
    .set({ vanished_at: seenAt, known_from: seenAt })
    .where('source_id', '=', sourceId)
    .where('session_id', '=', sessionId)
    .execute();
}
