import * as z from 'zod';
import { answerShape, dataState } from '../../answer.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const counts = z.record(z.string(), z.number());

const trend = z.object({
  classification: z.string(),
  percent_per_30_days: number,
  low: number.optional(),
  high: number.optional(),
  points: z.number().optional(),
  factor_30_days_ago: number.optional(),
});

const combined = z.object({
  factor: number,
  reduction_pct: number,
  score: number,
  rating: z.string(),
  reference_factor: number,
  reference_basis: text,
  reference_peers: number.optional(),
  not_measurable_reason: text,
});

const optimization = z.object({
  waste_bytes: number,
  waste_annual_cost: number,
  reclaimable_bytes: number,
  potential_bytes: number,
  potential_gb: number.optional(),
});

const jobRow = z.object({
  source_id: z.string(),
  job_id: z.string(),
  job_name: z.string(),
  has_job: z.boolean(),
  priority: z.string(),
  data_bytes: number,
  stored_bytes: number,
  display: z.string(),
  combined_efficiency: combined,
  trend,
  open_anomalies: number,
  optimization,
  resolved_anomalies: z.number().optional(),
  platform: text.optional(),
  change_rate: number.optional(),
  quality: z.object({ files: z.number(), excluded_files: counts, mismatched_files: z.number() }).optional(),
});

const kindRow = z.object({
  kind: z.string(),
  files: z.number(),
  data_bytes: number,
  stored_bytes: number,
  display: z.string(),
  combined_efficiency: combined,
  trend,
  potential_bytes: number,
});

const card = jobRow.extend({
  repository_ids: z.array(z.string()),
  kinds: z.array(kindRow),
  recommendation: z.string(),
});

const anomalyRow = z.object({
  source_id: z.string(),
  anomaly_id: z.string(),
  type: z.string(),
  open: z.boolean(),
  job_id: text,
  job_name: text,
  workload_names: z.array(z.string()),
  workloads: z.number(),
  happened_at: z.string(),
  /** null: one backup only, a notice. */
  confirmed_at: text,
  resolved_at: text,
  score: z.number(),
  factor: number,
  usual_factor: number,
  data_bytes: number,
  usual_bytes: number,
  display: z.string(),
  malware_status: text,
  malware_events: z.number(),
  speaks_for_ransomware: z.array(z.string()),
  speaks_against_ransomware: z.array(z.string()),
  kind: text.optional(),
  z_ratio: number.optional(),
  z_volume: number.optional(),
  backup_id: text.optional(),
  backup_file_id: text.optional(),
  workload_ids: z.array(z.string()).optional(),
  malware_event_ids: z.array(z.string()).optional(),
  reasons: z.array(z.string()).optional(),
});

const reclaimableRow = z.object({
  source_id: z.string(),
  item_id: z.string(),
  category: z.string(),
  owner_id: z.string(),
  owner_name: z.string(),
  about: z.string(),
  workload_name: text,
  repository_id: text,
  repository_name: text,
  files: z.number(),
  bytes: number,
  counted_bytes: z.number(),
  annual_cost: number,
  display: z.string(),
  newest_at: text,
  reason: z.string(),
  oldest_at: text.optional(),
  backup_id: text.optional(),
  workload_id: text.optional(),
});

const repositoryRow = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  repository_name: z.string(),
  repository_type: z.string(),
  files: z.number(),
  unsized_files: z.number(),
  data_bytes: number,
  stored_bytes: number,
  reported_bytes: number,
  used_bytes: number,
  factor: number,
  clone_saving_bytes: number,
  display: z.string(),
  not_measurable_reason: text,
});

const changeRow = z.object({
  source_id: z.string(),
  job_id: z.string(),
  job_name: z.string(),
  kind: z.string(),
  factor_before: z.number(),
  factor: z.number(),
  change_pct: z.number(),
  stored_bytes_before: z.number(),
  stored_bytes: z.number(),
  extra_bytes: z.number(),
  display: z.string(),
});

const state = z.object({
  factor: number,
  score: number,
  stored_bytes: number,
  reclaimable_bytes: number,
  open_anomalies: number,
  display: z.string(),
});

const comings = z.object({ jobs: z.number(), stored_bytes: number, display: z.string() });

const comparison = z.object({
  compared: z.array(
    z.object({ source_id: z.string(), run_id: z.string(), at: z.string(), days: z.number() }),
  ),
  before: state,
  now: state,
  new_jobs: comings,
  gone_jobs: comings,
  extra_bytes: number,
  extra_display: text,
});

const category = z.object({
  items: z.number(),
  bytes: number,
  counted_bytes: number,
  annual_cost: number,
  display: z.string(),
});

const price = z.object({ per_tb_year: z.number(), currency: z.string(), basis: z.string() });

const sourceRow = z.object({
  source_id: z.string(),
  source_name: z.string(),
  data_state: dataState,
  run_id: text,
  concluded_at: text,
  jobs: number,
  factor: number,
  score: number,
  stored_bytes: number,
  vault_bytes: number.optional(),
  reclaimable_bytes: number,
  open_anomalies: number,
  display: z.string(),
  files_read_at: text,
  files_age_hours: number,
  points_read_at: text,
  points_age_hours: number,
});

const historyRow = z.object({
  day: z.string(),
  data_bytes: number,
  stored_bytes: number,
  factor: number,
  score: number,
  display: z.string(),
  reclaimable_bytes: number.optional(),
  open_anomalies: number.optional(),
});

/** The answer of get_efficiency_metrics: the estate, or with one job its card; with changes what is other than before. */
export const efficiencyShape = z.object({
  ...answerShape,
  estate: z
    .object({
      total_jobs: z.number(),
      not_measurable: z.number(),
      excellent: z.number(),
      good: z.number(),
      fair: z.number(),
      poor: z.number(),
      critical: z.number(),
      by_trend: counts,
      data_bytes: number,
      stored_bytes: number,
      vaults: z.number().optional(),
      vault_bytes: number.optional(),
      not_measurable_bytes: number,
      not_measurable_display: z.string(),
      factor: number,
      score: number,
      display: z.string(),
      total_optimization_potential_gb: number,
      reclaimable: z.object({
        bytes: number,
        total_annual_cost_savings: number,
        display: z.string(),
        by_category: z.record(z.string(), category),
      }),
      open_anomalies: number,
      anomalies_by_type: z.record(z.string(), z.object({ open: z.number(), resolved: z.number() })),
      excluded_files: counts,
      malware: z.object({
        infected_points: z.number(),
        suspicious_points: z.number(),
        machines_of_points: z.number(),
        machines_of_events: number,
      }),
    })
    .optional()
    .describe('factor: data per stored byte; reclaimable: no byte twice'),
  price: price
    .nullable()
    .optional()
    .describe('Basis DEFAULT: nobody has set one; null: the sources have different ones'),
  per_source: z
    .array(sourceRow)
    .optional()
    .describe('With the age of the backup files and restore points read'),
  jobs_matching: z.number().optional(),
  jobs: z.array(jobRow).optional().describe('gb are 2^30 bytes; null: not known'),
  job: card.optional(),
  anomalies: z.array(anomalyRow).optional(),
  anomaly_meanings: z.record(z.string(), z.string()).optional(),
  reclaimable: z.array(reclaimableRow).optional(),
  reclaimable_total: z
    .object({ items: z.number(), counted_bytes: number, annual_cost: number, display: z.string() })
    .optional(),
  reclaimable_cautions: z.record(z.string(), z.string()).optional(),
  repositories: z.array(repositoryRow).optional(),
  comparison: comparison.optional(),
  changes: z.array(changeRow).optional(),
  history: z.array(historyRow).optional(),
  history_step_days: z.number().optional(),
});

export type EfficiencyAnswer = z.input<typeof efficiencyShape>;
export type JobRow = z.infer<typeof jobRow>;
export type JobCard = z.infer<typeof card>;
export type KindRow = z.infer<typeof kindRow>;
export type AnomalyAnswer = z.infer<typeof anomalyRow>;
export type Comparison = z.infer<typeof comparison>;
export type Row<List extends keyof EfficiencyAnswer> =
  NonNullable<EfficiencyAnswer[List]> extends (infer One)[] ? One : never;
