import * as z from 'zod';

const number = z.number().nullable();
const text = z.string().nullable();
const counts = z.record(z.string(), z.number());

const relief = z.object({ limit: z.string(), change: z.string(), minutes: number, saved_minutes: number });

/** Many restores that start at one moment. */
export const massResult = z.object({
  source_id: z.string(),
  scenario: z.string(),
  machines: z.number(),
  minutes: number,
  at_best_minutes: number,
  within_targets: z.boolean().nullable(),
  late: z.number(),
  bottleneck: text,
  bottleneck_share: number,
  relief: relief.nullable(),
  unknown_sizes: z.number(),
});

const limits = z.object({
  slots: number,
  slots_basis: z.string(),
  gib_per_minute: number,
  rate_basis: z.string(),
  overhead_minutes: number,
  bandwidth_gib_per_minute: number,
  bandwidth_basis: z.string(),
});

const massAnswer = massResult.extend({
  asked_machines: number,
  bytes: z.number(),
  bytes_display: z.string(),
  limits,
  /** The same machines with the limits as they are; only where the plan changes a limit. */
  before_minutes: number.optional(),
  median_size_minutes: number.optional(),
  target_minutes: number,
  most_within_target: number,
  reliefs: z.array(relief),
  finishes: z.array(
    z.object({
      workload_id: z.string(),
      workload_name: z.string(),
      tier: number,
      start_minutes: number,
      finish_minutes: number,
      target_minutes: z.number(),
      late: z.boolean().nullable(),
    }),
  ),
});

const side = z.object({
  rto_target_minutes: z.number(),
  sla_status: z.string(),
  p_mean: number,
  p_low: number,
  p_high: number,
  basis: z.string(),
  rpo_target_hours: z.number(),
  rpo_status: z.string(),
});

const targetAnswer = z.object({
  rto_minutes: number,
  rpo_hours: number,
  workloads: z.number(),
  sla_before: counts,
  sla_after: counts,
  basis_after: counts,
  likely_in_time: z.number(),
  rpo_before: counts,
  rpo_after: counts,
  least_likely: z.array(
    z.object({
      source_id: z.string(),
      workload_id: z.string(),
      workload_name: z.string(),
      tier: number,
      q50_minutes: number,
      q90_minutes: number,
      rpo_age_hours: number,
      before: side,
      after: side,
    }),
  ),
});

/** A plan: what many restores at once take, or what another target would mean. */
export const whatIf = z.object({
  kind: z.string(),
  mass_restore: z.array(massAnswer).optional(),
  target: targetAnswer.optional(),
  assumptions: z.array(z.string()),
});

export type MassResult = z.infer<typeof massResult>;
export type MassAnswer = z.infer<typeof massAnswer>;
export type TargetAnswer = z.infer<typeof targetAnswer>;
export type WhatIfAnswer = z.infer<typeof whatIf>;
