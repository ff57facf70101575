import { type RawBuilder, sql } from 'kysely';

/** Longer than any schedule waits: what is still configured was tried again since. */
const TRIED_WITHIN_HOURS = 26;

/**
 * Whether a row of `source` only stood for a subscription of Azure that could not be listed, and does so no longer: a vault
 * of that subscription has answered since, or the vaults of others were read for more than a day while nobody tried this one
 * any more, as after its id was corrected. It has no data, and its last run stays failed for ever.
 */
export const isOutlivedPlaceholder: RawBuilder<boolean> = sql<boolean>`(
  source.kind = 'azure' and source.upstream_id is null and source.source_id like 'azure:subscription:%' and (
    exists (select from source vault
             where vault.kind = 'azure'
               and vault.upstream_id like '/subscriptions/' || lower(split_part(source.source_id, ':', 3)) || '/%')
    or exists (select from source vault join run on run.source_id = vault.source_id
                where vault.kind = 'azure' and run.status in ('succeeded', 'partial')
                  and run.started_at > ${sql.lit(TRIED_WITHIN_HOURS)} * interval '1 hour' + coalesce(
                        (select max(tried.started_at) from run tried where tried.source_id = source.source_id),
                        source.first_seen_at))))`;
