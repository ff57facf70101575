import { sql } from 'kysely';
import type { RiskReader } from '../../db/connect.ts';

/** Risk of one source by its newest assessment. */
export type RiskState = {
  sourceId: string;
  /** Listed risks; each severity is there, also with 0. */
  bySeverity: Record<'critical' | 'high' | 'medium' | 'low', number>;
};

type Row = { sourceId: string; category: string | null; items: number };

/** The newest assessment of each source that could be assessed; of the others nothing is known. */
export async function readRisks(db: RiskReader, sourceIds: readonly string[]): Promise<RiskState[]> {
  if (sourceIds.length === 0) return [];
  const newest = sql<Row>`(
    select r.source_id as "sourceId", i.category, count(i.item_id) as items
      from unnest(${[...sourceIds]}::text[]) as s (source_id)
      cross join lateral (select source_id, run_id, status from risk_summary
                           where risk_summary.source_id = s.source_id order by concluded_at desc limit 1) r
      left join risk_item i on i.source_id = r.source_id and i.run_id = r.run_id and i.is_listed
     where r.status = 'ASSESSED' group by r.source_id, i.category)`;
  const rows = await db
    .selectFrom(newest.as('r'))
    .select(['sourceId', 'category', 'items'])
    .orderBy('sourceId')
    .limit(100_000)
    .execute();
  return [...Map.groupBy(rows, ({ sourceId }) => sourceId)].map(([sourceId, own]) => {
    const of = (severity: string) =>
      own.find(({ category }) => category?.toLowerCase() === severity)?.items ?? 0;
    const bySeverity = { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') };
    return { sourceId, bySeverity };
  });
}
