import type { Metrics } from '../../src/db/connect.ts';
import type { AnyCollection } from '../../src/pipeline/worker.ts';

/**
 * The same collection, read only where no run of any worker has read its endpoint completely within so many hours: what
 * several workers need is asked for once.
 */
export function whenStale<Source>(collection: AnyCollection<Source>, hours: number): AnyCollection<Source> {
  const { endpoint } = collection;
  return {
    ...collection,
    collect: async (context) => {
      const { db, sourceId, seenAt, log } = context;
      const since = new Date(seenAt.getTime() - hours * 3_600_000);
      if (await wasRead(db, { sourceId, endpoint, since })) log.debug({ endpoint }, 'read lately, not again');
      else await collection.collect(context);
    },
  };
}

/** Whether a run that began since then has read the endpoint to its end. */
async function wasRead(
  db: Metrics,
  { sourceId, endpoint, since }: { sourceId: string; endpoint: string; since: Date },
): Promise<boolean> {
  const row = await db
    .selectFrom('run_endpoint')
    .innerJoin('run', (join) =>
      join
        .onRef('run.source_id', '=', 'run_endpoint.source_id')
        .onRef('run.run_id', '=', 'run_endpoint.run_id'),
    )
    .select('run.run_id')
    .where('run_endpoint.source_id', '=', sourceId)
    .where('run_endpoint.endpoint', '=', endpoint)
    .where('run_endpoint.outcome', '=', 'complete')
    .where('run.started_at', '>=', since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
