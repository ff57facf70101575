import * as z from 'zod';

const number = z.number().nullable();
const text = z.string().nullable();

export const comparison = z.object({
  since: z.string(),
  sources: z.array(
    z.object({ source_id: z.string(), run_id: z.string(), before_run_id: z.string(), before_at: z.string() }),
  ),
  counts: z.record(z.string(), z.number()),
  changed_from_points: z.number(),
});

export const changeRow = z.object({
  source_id: z.string(),
  item_id: z.string(),
  scope_type: z.string(),
  name: z.string(),
  change: z.string(),
  risk_category: text,
  category_before: text,
  composite_score: number,
  score_before: number,
  business_impact_score: number,
  impact_before: number,
  impact_change: z.number(),
  moved: z.array(
    z.object({
      hazard: z.string(),
      q_before: number,
      q: number,
      points_before: number,
      points: number,
    }),
  ),
  reasons: z.array(z.string()),
  part_of: z.array(z.string()).optional(),
});

export type ChangeRow = z.infer<typeof changeRow>;
