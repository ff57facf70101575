import * as z from 'zod';
import { answerShape } from '../../answer.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const scalar = z.union([z.string(), z.number(), z.boolean()]).nullable();

const compared = z.object({
  source_id: z.string(),
  worker: z.string(),
  basis: z.enum(['COMPARED', 'SAME_RUN', 'NO_EARLIER_RUN', 'NO_RUN']),
  before_run_id: text,
  before_at: text,
  run_id: text,
  at: text,
  unread_now: z.array(z.string()),
  unread_before: z.array(z.string()),
});

const score = z.object({
  source_id: z.string(),
  worker: z.string(),
  metric: z.string(),
  change: z.string(),
  before: number,
  before_low: number,
  before_high: number,
  now: number,
  now_low: number,
  now_high: number,
  difference: number,
  before_run_id: z.string(),
  run_id: z.string(),
  because: text,
});

const space = z.object({
  source_id: z.string(),
  repository_id: z.string(),
  name: z.string(),
  change: z.string(),
  priority_before: text,
  priority: text,
  use_bytes_before: number,
  use_bytes: number,
  use_change_bytes: number,
  capacity_bytes_before: number,
  capacity_bytes: number,
  early_80_percent_on_before: text,
  early_80_percent_on: text,
  before_run_id: z.string(),
  run_id: z.string(),
  because: text,
});

const setting = z.object({
  source_id: z.string(),
  entity_kind: z.string(),
  entity_id: z.string(),
  name: z.string(),
  change: z.string(),
  field: text,
  before: scalar,
  after: scalar,
  seen_at: z.string(),
});

const finding = z.object({
  source_id: z.string(),
  run_id: z.string(),
  finding_id: z.string(),
  kind: z.string(),
  change: z.string(),
  severity: text,
  severity_before: text,
  entity_kind: z.string(),
  entity_id: z.string(),
  entity_name: z.string(),
  since_at: text,
  because: text,
});

const risk = z.object({
  source_id: z.string(),
  item_id: z.string(),
  name: z.string(),
  change: z.string(),
  risk_category_before: text,
  risk_category: text,
  impact_score_before: number,
  impact_score: number,
  moved: z.array(z.object({ hazard: z.string(), points_before: number, points: number })),
  reasons: z.array(z.string()),
  because: text,
});

const plan = z.object({
  source_id: z.string(),
  plan_id: z.string(),
  version: z.number(),
  item_id: z.string(),
  name: z.string(),
  title: z.string(),
  change: z.string(),
  at: z.string(),
  reason: z.string(),
});

export const changesShape = z.object({
  ...answerShape,
  since: z.string(),
  until: z.string(),
  counts: z.record(z.string(), z.record(z.string(), z.number())),
  scores: z.array(score).optional(),
  capacity: z.array(space).optional(),
  configuration: z.array(setting).optional(),
  findings: z.array(finding).optional(),
  risks: z.array(risk).optional(),
  plans: z.array(plan).optional(),
  compared: z.array(compared).optional(),
});

export type ChangesAnswer = z.infer<typeof changesShape>;
export type Rows = {
  scores: z.infer<typeof score>;
  capacity: z.infer<typeof space>;
  configuration: z.infer<typeof setting>;
  findings: z.infer<typeof finding>;
  risks: z.infer<typeof risk>;
  plans: z.infer<typeof plan>;
  compared: z.infer<typeof compared>;
};
