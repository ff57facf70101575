import type { AzureJob } from '../../src/azure/jobs.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { Trx } from '../shared/facts.ts';
import type { ItemLookup } from './item-lookup.ts';
import type { JobRows } from './job-rows.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;

const runs = new WeakMap<Context, { lookup: ItemLookup; seen: Set<string> }>();

/** What a run knows while it reads jobs: which items there are, and which jobs it has seen. */
export const seenJobs = {
  begin: async (context: Context, lookup: ItemLookup): Promise<void> => {
    const known = runs.get(context);
    if (!known) runs.set(context, { lookup, seen: new Set() });
  },
  add: (context: Context, sessionId: string) => runs.get(context)?.seen.add(sessionId),
  has: (context: Context, sessionId: string) => runs.get(context)?.seen.has(sessionId) ?? false,
  itemOf: (context: Context, job: AzureJob) => runs.get(context)?.lookup(job) ?? null,
};

/** Jobs as sessions, with their errors and why they failed. */
export const storeJobs = {
  prepare: (rows: JobRows[], { db }: Context) =>
    ensurePartitions(
      db,
      'session',
      rows.map(({ session }) => new Date(session.created_at as Date)),
    ),
  load: async (trx: Trx, rows: JobRows[]): Promise<number> => {
    const known = await knownMessages(trx, rows);
    const sessions = rows.map(({ session }) => ({
      ...session,
      message: session.message ?? known.get(session.session_id) ?? null,
    }));
    const errors = rows.flatMap((row) => row.errors);
    const reasons = rows.flatMap(({ reason }) => reason ?? []);
    return (
      (await upsertRows(trx, 'session', sessions, { key: ['source_id', 'session_id', 'created_at'] })) +
      (await upsertRows(trx, 'azure_job_error', errors, { key: ['source_id', 'session_id', 'seq'] })) +
      (await upsertRows(trx, 'session_reason', reasons, { key: ['source_id', 'session_id'] }))
    );
  },
};

/** What jobs said of their failure by themselves, where the list says nothing. */
async function knownMessages(trx: Trx, rows: readonly JobRows[]): Promise<Map<string, string>> {
  const silent = rows.flatMap(({ session }) =>
    session.message === null && session.result !== 'Success' && session.result !== 'None' ? session : [],
  );
  const [first] = silent;
  if (!first) return new Map();
  const reasons = await trx
    .selectFrom('session_reason')
    .select(['session_id', 'message'])
    .where('source_id', '=', first.source_id)
    .where(
      'session_id',
      'in',
      silent.map(({ session_id }) => session_id),
    )
    .execute();
  return new Map(
    reasons.flatMap(({ session_id, message }) => (message === null ? [] : [[session_id, message]])),
  );
}
