import * as z from 'zod';
import { answerShape } from '../../answer.ts';
import { runFactsShape } from '../../run-facts.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const VERDICTS = [
  'FAILING',
  'NOT_STARTING',
  'NOT_FAILING',
  'FAILS_FOR_OTHERS',
  'NEVER_RAN',
  'NOT_MEASURED',
] as const;

const job = z.object({
  source_id: z.string(),
  job_id: z.string(),
  job_name: z.string(),
  job_type: z.string(),
  status: z.string(),
  enabled: z.boolean().nullable(),
  repository_id: text,
  repository_name: text,
  failed_runs_in_a_row: z.number(),
  failing_since: text,
  last_good_end: text,
  last_good_run_id: text,
  health_run_id: z.string(),
});

const machine = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  workload_name: z.string(),
  /** null: which objects failed is not known. */
  failed_itself: z.boolean().nullable(),
  jobs: z.array(
    z.object({ job_id: z.string(), job_name: z.string(), status: z.string(), last_failed_at: text }),
  ),
});

const run = z.object({
  ...runFactsShape,
  session_class: z.string(),
  made_good_at: text,
});

const reason = z.object({
  text,
  basis: z.string(),
  cause: z.string(),
  cause_rule: text,
  session_id: z.string(),
  fingerprint: text,
  template: text,
});

const attempt = z.object({
  attempt: z.number(),
  session_id: z.string(),
  started_at: z.string(),
  ended_at: text,
  outcome: z.string(),
  basis: text,
  cause: text,
  reason: text,
  same_reason: z.boolean().nullable(),
});

const failedObject = z.object({
  task_session_id: z.string(),
  session_id: z.string(),
  object_name: text,
  result: text,
  reason: text,
});

const logLine = z.object({ session_id: z.string(), log_id: z.number(), at: text, line: z.string() });

const azureError = z.object({
  code: text,
  title: text,
  message: text,
  recommendations: z.array(z.string()),
});

const use = z.object({ jobs: z.number(), sessions: z.number(), first_at: text, last_at: text });

const around = z.object({
  job_id: z.string(),
  job_name: z.string(),
  session_id: z.string(),
  ended_at: z.string(),
  outcome: z.string(),
  same_repository: z.boolean().nullable(),
  same_host: z.boolean().nullable(),
  same_reason: z.boolean().nullable(),
  in_incident: z.boolean(),
  cause: text,
});

const suspect = z.object({
  kind: z.string(),
  id: z.string(),
  name: text,
  basis: z.array(z.string()),
  state: text,
  others_failed: number,
  others_well: number,
  same_reason_elsewhere: number,
  speaks: z.enum(['FOR', 'AGAINST', 'MIXED', 'LITTLE', 'NOTHING', 'NOT_RECORDED']),
});

const plan = z.object({
  plan_id: z.string(),
  item_id: z.string(),
  title: z.string(),
  urgency: z.string(),
  status: z.string(),
  rank: number,
});

/** The answer of explain_failure. */
export const failureShape = z.object({
  ...answerShape,
  verdict: z.enum(VERDICTS),
  job: job.optional(),
  machine: machine.optional(),
  run: run.optional(),
  reason: reason.optional(),
  attempts: z.array(attempt).optional(),
  failed_objects: z.array(failedObject).optional(),
  log_lines: z.array(logLine).optional(),
  azure_errors: z.array(azureError).optional(),
  same_reason: z.object({ window_days: z.number(), this_job: use, other_jobs: use }).optional(),
  incident: z
    .object({
      incident_id: z.string(),
      start: z.string(),
      end: z.string(),
      failed_jobs: z.number(),
      active_jobs: z.number(),
      chance: z.number(),
      suspected_cause: z.record(z.string(), z.union([scalar, z.array(scalar)])).nullable(),
    })
    .optional(),
  at_that_time: z
    .object({ from: z.string(), to: z.string(), others_failed: z.number(), others_well: z.number() })
    .optional(),
  suspects: z.array(suspect).optional(),
  also_failed: z.array(around).optional(),
  ran_well: z.array(around).optional(),
  plans: z.array(plan).optional(),
});

export type FailureAnswer = z.input<typeof failureShape>;
export type Verdict = (typeof VERDICTS)[number];
export type Suspect = z.infer<typeof suspect>;
export type AroundRow = z.infer<typeof around>;
export type Row<L extends 'attempts' | 'azure_errors' | 'failed_objects' | 'log_lines' | 'plans'> =
  NonNullable<FailureAnswer[L]>[number];
