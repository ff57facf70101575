import * as z from 'zod';
import { answerShape, dataState } from '../../answer.ts';
import { size, threshold } from './shape-parts.ts';
import { whatIf } from './what-if-shape.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const counts = z.record(z.string(), z.number());

const growth = z.object({
  growth_rate_bytes_per_day: number,
  low_bytes_per_day: number,
  high_bytes_per_day: number,
  growth_rate_gb_per_day: number,
  display: text,
  growth_pattern: text,
  model_type: text,
});

const trackRecord = z.object({
  scored: z.number(),
  unscored: z.number(),
  coverage: number,
  median_signed_error_bytes: number,
  median_signed_error_display: text,
  bias: text,
  by_distance: z.array(z.object({ ahead_days: z.number(), scored: z.number(), coverage: number })),
});

const price = {
  price_per_tib_year: z.number(),
  price_basis: z.enum(['CONFIGURED', 'DEFAULT']),
};

const cost = z.object({
  currency: z.string(),
  now_per_year: z.number(),
  growth_per_year: number,
  ...price,
  display: z.string(),
  ahead: z
    .array(z.object({ days: z.number(), low: z.number(), mid: z.number(), high: z.number() }))
    .optional(),
});

const costTotal = z.object({
  currency: z.string(),
  repositories: z.number(),
  now_per_year: z.number(),
  growth_per_year: number,
  growth_known_of: z.number(),
  ...price,
});

const repositoryRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string(),
  repository_type: z.string(),
  kind: z.string(),
  priority: z.string(),
  status: z.string(),
  quality: z.string(),
  confidence: z.string(),
  capacity: size,
  forecast: z.object({
    counted_from: z.string(),
    horizon_days: z.number(),
    days_to_80_percent: number,
    days_to_90_percent: number,
    days_to_100_percent: number,
    confidence_interval_80: z.object({ lower: number, upper: number }),
    thresholds: z.array(threshold),
    probability_full: z.array(z.object({ within_days: z.number(), probability: z.number() })),
    no_date_because: text,
  }),
  growth_analysis: growth,
  purchase_bytes: number,
  purchase_display: text,
  age_days: number,
  cost: cost.optional(),
  shared_volume_with: z.array(z.string()).optional(),
  worst_extent_id: text.optional(),
  worst_extent_utilization_pct: number.optional(),
  reasons: z.array(z.string()).optional(),
  scored_forecasts: z.number().optional(),
  scored_inside_share: number.optional(),
});

const card = repositoryRow.extend({
  online: z.boolean().nullable(),
  counted_in_estate: z.boolean(),
  scale_out_repository_id: text,
  backup_bytes: number,
  other_bytes: number,
  stored_display: text,
  quality_metadata: z.object({
    run_id: z.string(),
    concluded_at: z.string(),
    history_days: z.number(),
    skill: number,
    backtest_coverage: number,
    model_weights: counts,
  }),
  band: z.array(
    z.object({
      ahead_days: z.number(),
      low_bytes: z.number(),
      mid_bytes: z.number(),
      high_bytes: z.number(),
    }),
  ),
  weekly_effect_bytes: z.array(z.number()).nullable().describe('Sunday first'),
  purchase_goal: z.object({ lead_days: z.number(), last_days: z.number(), stay_under_pct: z.number() }),
  track_record: trackRecord,
  recommendation: z.string(),
});

const extentRow = z.object({
  repository_id: z.string(),
  repository_name: z.string(),
  priority: z.string(),
  status: z.string(),
  capacity: size,
  days_to_80_percent: number,
});

const eventRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string(),
  event_id: z.string(),
  kind: z.string(),
  day: z.string(),
  bytes: z.number(),
  display: z.string(),
  days: number,
});

const attributionRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string().optional(),
  kind: z.string(),
  job_id: text,
  backup_id: text.optional(),
  name: text,
  bytes_after: number,
  delta_7_days_bytes: number,
  delta_30_days_bytes: number,
  delta_7_days_display: text,
  delta_30_days_display: text,
});

const attributionTotal = z.object({
  period_days: z.number(),
  since: z.string(),
  until: z.string(),
  total_bytes: number,
  jobs_bytes: z.number(),
  other_data_bytes: number,
  display: text,
  reason: text,
});

const ledgerRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string().optional(),
  job_id: text,
  job_name: text,
  basis: z.string(),
  release_on: text,
  due_on: text,
  held_until: text,
  files: z.number(),
  stored_bytes: z.number(),
  display: z.string(),
  unsized_files: z.number(),
});

const ledgerSum = z.object({
  counted_from: z.string(),
  stored_bytes: z.number(),
  overdue_bytes: z.number(),
  within_7_days_bytes: z.number(),
  within_7_days_display: z.string(),
  within_30_days_bytes: z.number(),
  held_by_immutability_bytes: z.number(),
  without_date_bytes: z.number(),
  active_chain_bytes: z.number(),
  no_job_bytes: z.number(),
  unknown_retention_bytes: z.number(),
  unsized_files: z.number(),
});

const accuracyRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string().optional(),
  made_on: z.string(),
  ahead_days: z.number(),
  target_on: z.string(),
  low_bytes: z.number(),
  mid_bytes: z.number(),
  high_bytes: z.number(),
  actual_bytes: number,
  inside: z.boolean().nullable(),
  signed_error_bytes: number,
  display: text,
});

const historyRow = z.object({
  day: z.string(),
  used_bytes: number,
  total_bytes: number,
  utilization_pct: number,
  display: text,
  offline: z.boolean(),
});

const sourceRow = z.object({
  source_id: z.string(),
  source_name: z.string(),
  data_state: dataState,
  run_id: text,
  concluded_at: text,
  capacity: size,
  repositories_by_priority: counts,
  track_record: trackRecord.nullable(),
});

/** The answer of get_capacity_forecast: the estate, or with one repository its card; with what_if the dates of a plan. */
export const capacityShape = z.object({
  ...answerShape,
  estate: z
    .object({
      total_repositories: z.number(),
      urgent: z.number(),
      high: z.number(),
      medium: z.number(),
      low: z.number(),
      unknown: z.number(),
      no_limit: z.number(),
      by_status: counts,
      capacity: size,
      unbounded_bytes: z.number(),
      unbounded_display: z.string(),
      unbounded_cost: z.array(costTotal).optional(),
      not_counted: z.number(),
    })
    .optional()
    .describe('Extents count with their scale-out repository, each volume once'),
  per_source: z.array(sourceRow).optional(),
  repositories_matching: z.number().optional(),
  repositories: z
    .array(repositoryRow)
    .optional()
    .describe('Most pressing first; days count from counted_from, a local day; gb are 2^30 bytes'),
  repository: card.optional(),
  extents: z.array(extentRow).optional(),
  events: z.array(eventRow).optional(),
  attribution_totals: z.array(attributionTotal).optional(),
  attribution: z.array(attributionRow).optional(),
  ledger_summary: ledgerSum.optional(),
  ledger: z.array(ledgerRow).optional(),
  accuracy: z.array(accuracyRow).optional(),
  history: z.array(historyRow).optional(),
  history_step_days: z.number().optional(),
  what_if: whatIf.optional(),
});

export type CapacityAnswer = z.input<typeof capacityShape>;
export type RepositoryRow = z.infer<typeof repositoryRow>;
export type RepositoryCard = z.infer<typeof card>;
export type CostAnswer = z.infer<typeof cost>;
export type CostTotal = z.infer<typeof costTotal>;
export type TrackRecordAnswer = z.infer<typeof trackRecord>;
