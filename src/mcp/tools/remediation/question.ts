import * as z from 'zod';
import { everyTool, name, rows, source } from '../../questions.ts';

const STATUSES = ['OPEN', 'REOPENED', 'VERIFIED', 'SUPERSEDED', 'WITHDRAWN', 'ALL'] as const;

/** The arguments of get_remediation_plan. */
export const planInput = z.strictObject({
  risk: name.describe('item_id, plan_id, or id, name, pattern of what is at risk').optional(),
  source,
  status: z.enum(STATUSES).describe('Default OPEN and REOPENED').optional(),
  urgency: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']).optional(),
  risk_type: z
    .enum(['gap', 'capacity', 'integrity', 'recover', 'evidence'])

    .optional(),
  history: z.string().max(20).describe('30d: what became of plans').optional(),
  ...everyTool,
  detail: z.enum(['concise', 'detailed']).default('concise'),
  limit: rows.default(5).describe('1: the first plan in full'),
});

export type PlanQuestion = z.output<typeof planInput>;
