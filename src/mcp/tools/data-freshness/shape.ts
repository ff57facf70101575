import * as z from 'zod';
import { answerShape, incompleteEndpoint, sourceFreshness } from '../../answer.ts';
import { STATES } from '../../states.ts';

const number = z.number().nullable();
const text = z.string().nullable();

const dataRow = sourceFreshness.extend({
  kind: z.string(),
  state: z.enum(STATES),
  endpoints: z.number(),
  endpoints_complete: z.number(),
  every_hours: z.number(),
  next_run_at: text,
  next_run_basis: z.enum(['observed', 'default']).nullable(),
  overdue_hours: number,
});

const endpointRow = incompleteEndpoint.extend({
  worker: z.string(),
  run_id: z.string(),
  rows_rejected: z.number(),
  unread_since: text,
  last_read_at: text,
});

export const freshnessShape = z.object({
  ...answerShape,
  sources: z.array(dataRow),
  completeness: answerShape.completeness.extend({ not_complete: z.array(endpointRow) }),
  estate: z.object({
    sources: z.number(),
    data_sets: z.number(),
    by_state: z.record(z.string(), z.number()),
    by_worker: z.record(z.string(), z.record(z.string(), z.number())),
    by_outcome: z.record(z.string(), z.number()),
    oldest_age_hours: number,
    running: z.number(),
  }),
  database: z.object({ metrics_revision: text, risk_revision: text }),
});

export type FreshnessAnswer = z.infer<typeof freshnessShape>;
export type DataRow = FreshnessAnswer['sources'][number];
export type EndpointAnswer = FreshnessAnswer['completeness']['not_complete'][number];
