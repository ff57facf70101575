import * as z from 'zod';
import { threshold } from './shape-parts.ts';

const number = z.number().nullable();
const text = z.string().nullable();

const outlook = z.object({
  total_bytes: number,
  used_bytes: number,
  utilization_pct: number,
  display: z.string(),
  priority: z.string(),
  quality: z.string(),
  growth_rate_bytes_per_day: number,
  growth_display: text,
  purchase_bytes: number,
  purchase_display: text,
  thresholds: z.array(threshold),
});

/** A plan: what it changes, and the dates with and without it. */
export const whatIf = z.object({
  kind: z.string(),
  repositories: z.array(
    z.object({
      source_id: z.string(),
      repository_id: z.string(),
      repository_name: z.string(),
      before: outlook,
      after: outlook,
      change: z.array(z.object({ percent: z.number(), days_gained: number, becomes: z.string() })),
      added_capacity_bytes: number,
      added_use_bytes: number,
      added_growth_bytes_per_day: number,
      display: z.string(),
    }),
  ),
  job: z.object({ job_id: z.string(), job_name: z.string() }).optional(),
  extent: z.object({ repository_id: z.string(), repository_name: z.string() }).optional(),
  order: z
    .object({
      lead_days: z.number(),
      last_days: z.number(),
      stay_under_pct: z.number(),
      purchase_bytes: number,
      purchase_display: text,
      order_by: text,
      order_in_days: number,
    })
    .optional(),
  assumptions: z.array(z.string()),
});

export type Outlook = z.infer<typeof outlook>;
export type WhatIfAnswer = z.infer<typeof whatIf>;
