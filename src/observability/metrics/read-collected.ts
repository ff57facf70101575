import { sql } from 'kysely';
import type { MetricsReader } from '../../db/connect.ts';

/** What the newest forecasts say of the repositories of one source. */
type RepositoryState = {
  sourceId: string;
  /** Pessimistic and likely day on which the first of them is full; null: none has such a day. */
  earlyAt: Date | null;
  likelyAt: Date | null;
  /** Use of the fullest; null: of none a capacity is known. */
  fullestShare: number | null;
};
export type CollectedState = readonly RepositoryState[];

/** What the last capacity run of each source says of its repositories; extents count as the whole they are part of. */
export async function readRepositories(
  db: MetricsReader,
  sourceIds: readonly string[],
): Promise<CollectedState> {
  if (sourceIds.length === 0) return [];
  const day = (of: string) => sql`min(case when f.status_100 = 'EXCEEDED' then f.made_on
    else f.made_on + f.${sql.ref(of)} end)`;
  const rows = sql<{
    sourceId: string;
    early: string | null;
    likely: string | null;
    fullest: number | null;
  }>`(
    select r.source_id as "sourceId", ${day('early_100')}::text as early, ${day('mid_100')}::text as likely,
           max(f.use_share) as fullest
      from unnest(${[...sourceIds]}::text[]) as s (source_id)
      cross join lateral (select source_id, run_id from capacity_summary c where c.source_id = s.source_id
                           order by c.concluded_at desc limit 1) r
      join capacity_forecast f on f.source_id = r.source_id and f.run_id = r.run_id and f.kind <> 'EXTENT'
     group by r.source_id)`;
  const found = await db.selectFrom(rows.as('r')).selectAll().orderBy('sourceId').limit(100_000).execute();
  return found.map(({ sourceId, early, likely, fullest }) => ({
    sourceId,
    earlyAt: early === null ? null : new Date(`${early}T00:00:00Z`),
    likelyAt: likely === null ? null : new Date(`${likely}T00:00:00Z`),
    fullestShare: fullest,
  }));
}
