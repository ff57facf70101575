import * as z from 'zod';
import { answerShape, dataState } from '../../answer.ts';
import { runFactsShape } from '../../run-facts.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** Flat facts whose members depend on the kind of finding. */
const facts = z.record(z.string(), z.union([scalar, z.array(scalar)]));
const counts = z.record(z.string(), z.number());

const component = z.object({
  score: number,
  low: z.number(),
  high: z.number(),
  weight: z.number(),
  points_lost: number,
  known: z.boolean(),
  reason: text,
});

const overall = z.object({
  score: z.number(),
  score_low: z.number(),
  score_high: z.number(),
  coverage: z.number(),
  grade: z.string(),
  risk_level: z.string(),
  recommendation: z.string(),
});

const jobRow = z.object({
  source_id: z.string(),
  job_id: z.string(),
  job_name: z.string(),
  status: z.string(),
  priority: z.string(),
  failure_streak: z.number(),
  failing_since: text,
  reason: text,
  cause: text,
  last_good_end: text,
  last_good_age_hours: number,
  rpo_hours: z.number(),
  success_rate: number,
  success_rate_low: z.number(),
  success_rate_high: z.number(),
  job_type: z.string().optional(),
  total_runs: z.number().optional(),
  failure_count: z.number().optional(),
  expected_interval_hours: number.optional(),
  missed_runs: number.optional(),
  trend: z.string().optional(),
  pattern: z.string().optional(),
  repository_id: text.optional(),
  repository_name: text.optional(),
});

const findingRow = z.object({
  source_id: z.string(),
  finding_id: z.string(),
  kind: z.string(),
  severity: z.string(),
  level: text,
  entity_kind: z.string(),
  entity_id: z.string(),
  entity_name: z.string(),
  since: text,
  cause: facts.nullable(),
  evidence: facts,
});

const incidentRow = z.object({
  source_id: z.string(),
  incident_id: z.string(),
  start: z.string(),
  end: z.string(),
  failed_jobs: z.number(),
  active_jobs: z.number(),
  chance: z.number().describe('Probability of as many failures by chance'),
  suspected_cause: facts.nullable(),
  job_ids: z.array(z.string()),
});

const runRow = z.object({
  ...runFactsShape,
  reason: text,
  cause: text,
  last_session_id: z.string(),
});

const historyRow = z.object({
  day: z.string(),
  score: number,
  score_low: number,
  score_high: number,
  success: number,
  warning: number,
  failed: number,
  recovered: number,
  canceled: number,
});

const jobCard = z.object({
  source_id: z.string(),
  job_id: z.string(),
  job_name: z.string(),
  job_type: z.string(),
  status: z.string(),
  priority: z.string(),
  enabled: z.boolean().nullable(),
  deleted_at: text,
  repository_id: text,
  repository_name: text,
  freshness: z.object({
    class: z.string(),
    last_good_end: text,
    last_good_age_hours: number,
    rpo_hours: z.number(),
    expected_interval_hours: number,
    interval_basis: z.string(),
    missed_runs: number,
  }),
  reliability: z.object({
    success_rate: number,
    low: z.number(),
    high: z.number(),
    effective_runs: number,
    total_runs: z.number(),
    success: z.number(),
    warning: z.number(),
    failed: z.number(),
    canceled: z.number(),
    running: z.number(),
    clean_rate: number,
    usable_rate: number,
    attempts_per_run: number,
    recovered_share: number,
  }),
  failure: z.object({ streak: z.number(), since: text, last_at: text, reason: text, cause: text }),
  trend: z.object({ classification: z.string(), difference: number, low: number, high: number }),
  pattern: facts,
  top_messages: z.array(
    z.object({ fingerprint: z.string(), template: z.string(), cause: text, n: z.number(), last_at: text }),
  ),
  median_duration_minutes: number,
  schedule: z
    .object({
      scheduled: z.boolean().nullable(),
      kind: text,
      starts_at: text.describe('By the clock of time_zone'),
      all_starts_at: z.array(z.string()).optional().describe('Of several a day'),
      time_zone: text,
      weekdays: z.array(z.string()),
      interval_minutes: number,
      next_run_at: text,
      after_job_id: text,
      retry_count: number,
      retry_wait_minutes: number,
      objects: number,
    })
    .nullable(),
  recommendation: z.string(),
});

const sourceHealth = z.object({
  source_id: z.string(),
  source_name: z.string(),
  data_state: dataState,
  overall_health: overall.nullable(),
  jobs_by_status: counts,
  findings_by_severity: counts,
});

const backupServer = z.object({
  name: text,
  build_version: text,
  platform: text,
  time_zone: z.string(),
  clock_skew_minutes: z.number(),
  certificate_expires_at: text,
  analyzer_ran_at: text,
  license: z
    .object({
      status: text,
      edition: text,
      expires_at: text,
      licensed_instances: number,
      used_instances: number,
    })
    .nullable(),
  config_backup: z
    .object({ enabled: z.boolean().nullable(), encrypted: z.boolean().nullable(), last_success_at: text })
    .nullable(),
});

/** The answer of get_health_status: the estate, or with one job its card. */
export const healthShape = z.object({
  ...answerShape,
  overall_health: overall.optional().describe('Score 0-100; the grade is from score_low'),
  component_scores: z
    .object({
      failure_rate: component,
      trend_analysis: component.extend({
        classification: z.string(),
        difference: number,
        difference_low: number,
        difference_high: number,
      }),
      pattern_recognition: component,
      protected_objects: component,
      repository_health: component,
    })
    .optional(),
  quality_metadata: z
    .object({
      run_id: z.string(),
      concluded_at: z.string(),
      sample_count: z.number(),
      date_range_days: z.number(),
      average_frequency: number,
      coverage: z.number(),
      success_rate: number,
      retry_dependence: number,
      last_session_at: text,
    })
    .optional(),
  per_source: z
    .array(sourceHealth)
    .optional()
    .describe('Instead of overall_health when there are several sources, worst first'),
  jobs_enabled: z.number().optional(),
  jobs_problem: z.number().optional(),
  jobs_by_status: counts.optional(),
  findings_by_kind: counts.optional(),
  jobs_matching: z.number().optional(),
  findings_matching: z.number().optional(),
  jobs: z.array(jobRow).optional(),
  findings: z.array(findingRow).optional(),
  incidents: z.array(incidentRow).optional(),
  history: z.array(historyRow).optional(),
  backup_server: backupServer.optional(),
  job: jobCard.optional(),
  runs: z.array(runRow).optional(),
  runs_in_window: z.number().optional(),
  window_hours: z.number().optional(),
});

export type HealthAnswer = z.input<typeof healthShape>;
export type OverallHealth = z.infer<typeof overall>;
export type JobCard = z.infer<typeof jobCard>;
export type Component = z.infer<typeof component>;
