import type { Metrics } from '../db/connect.ts';

/** Makes the source known. What the server calls itself is stored when it has said so. */
export async function ensureSource(
  db: Metrics,
  source: { sourceId: string; kind: 'veeam' | 'azure'; name: string; upstreamId?: string | undefined },
  seenAt: Date,
): Promise<void> {
  const { sourceId, kind, name, upstreamId } = source;
  await db
    .insertInto('source')
    .values({ source_id: sourceId, kind, name, upstream_id: upstreamId ?? null, first_seen_at: seenAt })
    .onConflict((conflict) =>
      conflict.column('source_id').doUpdateSet(upstreamId ? { name, upstream_id: upstreamId } : { name }),
    )
    .execute();
}

/** Whether the source ever answered. */
export async function isKnownSource(db: Metrics, sourceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('source')
    .select('source_id')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  return row !== undefined;
}
