import * as z from 'zod';

const STATUSES = ['OPEN', 'REOPENED', 'VERIFIED', 'SUPERSEDED', 'WITHDRAWN', 'ALL'] as const;
const name = z.string().min(1).max(200);

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
  as_of: z
    .string()
    .max(60)
    .describe('Answer from what was known then: 2026-10-01, ISO time, 24h, 7d, yesterday, last friday')
    .optional(),
  detail: z
    .enum(['concise', 'detailed'])
    .default('concise')
    .describe('detailed: all steps, risks, roll-back and cited numbers'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(50)
    .default(5)
    .describe('Plans, of history events; 1: the first plan in full'),
  cursor: z
    .string()
    .max(2000)
    .describe('next_cursor of the answer before, with the same arguments')
    .optional(),
});

export type PlanQuestion = z.output<typeof planInput>;
