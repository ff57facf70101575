import * as z from 'zod';
import { answerShape } from '../../answer.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const range = z.object({ low: number, high: number });
const of = { source_id: z.string(), workload_id: z.string() };

const point = z.object({
  point_id: z.string(),
  created_at: text,
  age_hours: number,
  malware_status: text,
  backup_name: text,
  repository_name: text,
});

const proof = z.object({
  kind: text,
  verified_at: text,
  trial_id: text,
  used_point_id: text,
  scope: text,
  reason: text,
  clean_by: text,
});

/** What one source knows of the machine. */
const protection = z.object({
  ...of,
  source_name: z.string(),
  source_kind: z.string(),
  /** ASKED: it has the id or the name that was asked for; SAME_MACHINE: shown to be the same; SAME_NAME: not shown to be. */
  relation: z.enum(['ASKED', 'SAME_MACHINE', 'SAME_NAME']),
  /** The machine is listed and counted here; its targets, points and tests are those of all its protections. */
  is_home: z.boolean().optional(),
  /** Sources that protect the machine besides. */
  other_sources: z.array(z.string()).optional(),
  workload_name: z.string(),
  platform: text,
  first_seen_at: z.string(),
  gone_at: text,
  /** Its backups were deleted and can be brought back by an undelete; `until` null: Azure does not say. */
  deleted: z.object({ until: text }).optional(),
  size_bytes: number,
  size_display: text,
  tier: number,
  tier_basis: text,
  concluded_at: text,
  rpo: z
    .object({
      status: z.string(),
      target_hours: z.number(),
      target_basis: z.string(),
      age_hours: number,
      newest_point_at: text,
      breached_share_30_days: number,
      hidden_by_job: text,
      restore_points: z.number(),
    })
    .nullable(),
  rto: z
    .object({
      status: z.string(),
      target_minutes: z.number(),
      target_basis: z.string(),
      p_in_time: z.object({ mean: number, low: number, high: number }),
      basis: z.string(),
      q50_minutes: number,
      q50_range_95: range,
      q90_minutes: number,
      q90_range_95: range,
      q90_status: z.string(),
      quantile_basis: z.string(),
    })
    .nullable(),
  tests: z
    .object({
      recency: z.string(),
      last_test_at: text,
      last_test_class: text,
      restores: z.number(),
      restores_ok: z.number(),
      verifications: z.number(),
      verifications_ok: z.number(),
      last_failure_at: text,
      last_failure_reason: text,
    })
    .nullable(),
  points: z
    .object({
      safe: point.extend({ proof }).nullable(),
      why_not_safe: text,
      newest_clean: point.nullable(),
      newest: point.nullable(),
    })
    .nullable(),
  risk: z
    .object({
      item_id: z.string(),
      category: z.string(),
      score: z.number(),
      score_low: z.number(),
      score_high: z.number(),
      priority: z.number(),
      flags: z.array(z.string()),
      part_of: z.array(z.string()),
      hazards: z.array(
        z.object({
          hazard: z.string(),
          points: z.number(),
          q: z.number(),
          q_low: z.number(),
          q_high: z.number(),
          basis: z.string(),
        }),
      ),
      reasons: z.array(z.string()),
    })
    .nullable(),
  compliance: z
    .object({
      verdict: z.string(),
      copies: z.string(),
      media: z.string(),
      offsite: z.string(),
      immutable: z.string(),
      zero_errors: z.string(),
      first_expires_at: text,
      why: z.array(z.string()),
    })
    .nullable(),
  reasons: z.array(z.string()).optional(),
});

const jobRow = z.object({
  ...of,
  job_id: z.string(),
  job_name: text,
  status: z.string(),
  failure_streak: number,
  failing_since: text,
  reason: text,
  cause: text,
  last_good_end: text,
});

const backupRow = z.object({
  ...of,
  backup_id: z.string(),
  backup_name: z.string(),
  job_id: text,
  repository_id: text,
  repository_name: text,
  restore_points: number,
  last_run_failed: z.boolean().nullable(),
});

const placeRow = z.object({
  ...of,
  location_id: z.string(),
  location_name: text,
  kind: z.string(),
  repository_type: text,
  is_copy: z.boolean().nullable(),
  points: z.number(),
  newest_point_id: text,
  newest_point_at: text,
  age_hours: number,
  rpo_status: z.string(),
  malware_status: text,
  immutable_until_estimated: text,
  immutable_basis: text,
});

const malwareRow = z.object({
  ...of,
  event_id: z.string(),
  type: z.string(),
  severity: text,
  state: text,
  engine: text,
  detected_at: z.string(),
  matched_by: z.string(),
});

const anomalyRow = z.object({
  ...of,
  anomaly_id: z.string(),
  type: z.string(),
  job_name: z.string(),
  happened_at: z.string(),
  score: z.number(),
  malware_status: text,
  confirmed_at: text,
});

const planRow = z.object({
  source_id: z.string(),
  plan_id: z.string(),
  item_id: z.string(),
  title: z.string(),
  urgency: z.string(),
  risk_type: z.string(),
  status: z.string(),
  rank: number,
  about: z.enum(['MACHINE', 'CAUSE']),
});

/** A workload that may be the same machine: not sure enough to be taken as one. */
const maybeRow = z.object({
  ...of,
  other_source_id: z.string(),
  other_workload_id: z.string(),
  other_name: text,
  probability: z.number(),
  basis: z.string(),
});

const candidate = z.object({
  ...of,
  workload_name: z.string(),
  other_sources: z.array(z.string()).optional(),
  platform: text,
  state: z.string(),
  gone_at: text,
});

/** The answer of get_workload: what each source knows of one machine, or the machines that fit. */
export const workloadShape = z.object({
  ...answerShape,
  workloads: z.array(candidate).optional(),
  workloads_matching: z.number().optional(),
  protections: z.array(protection).optional(),
  protections_known: z.number().optional(),
  maybe_same: z.array(maybeRow).optional(),
  jobs: z.array(jobRow).optional(),
  places: z.array(placeRow).optional(),
  backups: z.array(backupRow).optional(),
  malware_events: z.array(malwareRow).optional(),
  anomalies: z.array(anomalyRow).optional(),
  plans: z.array(planRow).optional(),
});

export type WorkloadAnswer = z.input<typeof workloadShape>;
export type Protection = z.infer<typeof protection>;
export type MaybeSame = z.infer<typeof maybeRow>;
export type Candidate = z.infer<typeof candidate>;
export type ListRow<L extends ListName> = NonNullable<WorkloadAnswer[L]>[number];
export type ListName = 'jobs' | 'places' | 'backups' | 'malware_events' | 'anomalies' | 'plans';
/** The lists about the machine, with rows of all protections that are shown. */
export type MachineLists = { [L in ListName]: ListRow<L>[] };
