import * as z from 'zod';
import { everyTool, name, rows } from '../../questions.ts';

const STATUSES = ['OPEN', 'REOPENED', 'VERIFIED', 'SUPERSEDED', 'WITHDRAWN', 'ALL'] as const;

/** The arguments of get_remediation_plan. */
export const planInput = z.strictObject({
  risk: name
    .describe('item_id or plan_id, or id, exact name or pattern with * of what is at risk; default all')
    .optional(),
  source: name.describe('Backup server: source id, name or pattern; default all').optional(),
  status: z
    .enum(STATUSES)
    .describe('Default OPEN and REOPENED; SUPERSEDED: versions that were replaced')
    .optional(),
  urgency: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']).optional(),
  risk_type: z
    .enum(['gap', 'capacity', 'integrity', 'recover', 'evidence'])
    .describe('evidence: measure first')
    .optional(),
  history: z
    .string()
    .max(20)
    .describe('Window such as 30d: what became of plans, promised and measured')
    .optional(),
  ...everyTool,
  detail: z
    .enum(['concise', 'detailed'])
    .default('concise')
    .describe('detailed: all steps, risks, roll-back and cited numbers'),
  limit: rows.default(5).describe('Plans, of history events; 1: the first plan in full'),
});

export type PlanQuestion = z.output<typeof planInput>;
