import * as z from 'zod';

const number = z.number().nullable();
const text = z.string().nullable();

const outlook = z.object({
  composite_score: z.number(),
  score_low: z.number(),
  score_high: z.number(),
  business_impact_score: z.number(),
  risk_category: z.string(),
  points: z.record(z.string(), z.number()),
});

export const whatIfAnswer = z.object({
  source_id: z.string(),
  run_id: z.string(),
  changes: z.array(
    z.object({
      kind: z.string(),
      subjects: z.array(z.object({ id: z.string(), name: z.string() })),
      subjects_all: z.number(),
    }),
  ),
  estate: z.object({
    score_before: number,
    score_after: number,
    points_removed: number,
    by_category_before: z.record(z.string(), z.number()),
    by_category_after: z.record(z.string(), z.number()),
  }),
  items_changed: z.number(),
  items: z.array(
    z.object({
      item_id: z.string(),
      scope_type: z.string(),
      name: z.string(),
      points_removed: z.number(),
      before: outlook.nullable(),
      after: outlook.nullable(),
      mostly: text,
    }),
  ),
  assumptions: z.array(z.string()),
});

export type WhatIfAnswer = z.infer<typeof whatIfAnswer>;
export type WhatIfItem = WhatIfAnswer['items'][number];
