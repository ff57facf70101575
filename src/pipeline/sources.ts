import type { Metrics } from '../db/connect.ts';

/**
 * Makes the source known, with the tenant that the configuration gives it now. What the server calls itself is stored when it
 * has said so; one that was retired counts again then.
 */
export async function ensureSource(
  db: Metrics,
  source: {
    sourceId: string;
    kind: 'veeam' | 'azure';
    name: string;
    /** Whose it is; undefined: nobody's. */
    tenant?: string | undefined;
    upstreamId?: string | undefined;
    /** Just now, so that it is there. */
    hasAnswered?: boolean;
  },
  seenAt: Date,
): Promise<void> {
  const { sourceId, kind, name, upstreamId, hasAnswered } = source;
  const tenant = source.tenant ?? null;
  await db
    .insertInto('source')
    .values({
      source_id: sourceId,
      kind,
      name,
      tenant,
      upstream_id: upstreamId ?? null,
      first_seen_at: seenAt,
    })
    .onConflict((conflict) =>
      conflict.column('source_id').doUpdateSet({
        name,
        tenant,
        ...(upstreamId && { upstream_id: upstreamId }),
        ...(hasAnswered && { retired_at: null }),
      }),
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

/** Gives sources that are known the tenants of the configuration, also those whose turn to be read is hours away. */
export async function labelSources(
  db: Metrics,
  sources: readonly { sourceId: string; tenant?: string | undefined }[],
): Promise<void> {
  for (const { sourceId, tenant = null } of sources)
    await db
      .updateTable('source')
      .set({ tenant })
      .where('source_id', '=', sourceId)
      .where('tenant', 'is distinct from', tenant)
      .execute();
}
