import { sql } from 'kysely';
import type { RiskReader } from '../../db/connect.ts';

/** Risk of one source by its newest assessment. */
export type RiskState = {
  sourceId: string;
  /** Listed risks; each severity is there, also with 0. */
  bySeverity: Record<'critical' | 'high' | 'medium' | 'low', number>;
  /** null: there was nothing to assess. */
  estateScore: number | null;
};

type Row = { sourceId: string; byCategory: Record<string, number> | null; estateScore: number | null };

/** The newest assessment of each source. */
export async function readRisks(db: RiskReader, sourceIds: readonly string[]): Promise<RiskState[]> {
  if (sourceIds.length === 0) return [];
  const newest = sql<Row>`(
    select r.source_id as "sourceId", r.by_category as "byCategory", r.estate_score as "estateScore"
      from unnest(${[...sourceIds]}::text[]) as s (source_id)
      cross join lateral (select source_id, by_category, estate_score from risk_summary
                           where risk_summary.source_id = s.source_id order by concluded_at desc limit 1) r)`;
  const rows = await db.selectFrom(newest.as('r')).selectAll().orderBy('sourceId').limit(100_000).execute();
  return rows.map(({ sourceId, byCategory, estateScore }) => ({
    sourceId,
    bySeverity: {
      critical: byCategory?.CRITICAL ?? 0,
      high: byCategory?.HIGH ?? 0,
      medium: byCategory?.MEDIUM ?? 0,
      low: byCategory?.LOW ?? 0,
    },
    estateScore,
  }));
}
