import * as z from 'zod';
import { EFFICIENCY_STATUSES } from '../../../queries/efficiency-filter.ts';

const EXTRAS = ['anomalies', 'reclaimable', 'repositories', 'history'] as const;
export type Extra = (typeof EXTRAS)[number];

const name = z.string().min(1).max(200);
const window = z.string().max(20);

/** The arguments of get_efficiency_metrics. */
export const efficiencyInput = z.strictObject({
  job: name.describe('Job id, exact name, or pattern with *').optional(),
  workload: name.describe('Machine: id, name or pattern').optional(),
  repository: name.describe('Repository: id, name or pattern').optional(),
  tier: z.coerce.number().int().min(1).max(4).describe('Only what holds machines of this tier').optional(),
  source: name.describe('Backup server: source id, name or pattern; default all').optional(),
  status: z
    .enum(['ALL', ...EFFICIENCY_STATUSES])
    .describe('Only jobs with such an anomaly, trend or reclaimable space, and those anomalies or that space')
    .optional(),
  include: z
    .array(z.enum(EXTRAS))
    .max(EXTRAS.length)
    .describe('Lists beside the jobs; default anomalies, with one job reclaimable too')
    .optional(),
  changes: window.describe('Window such as 30d: what changed since, instead of the list of jobs').optional(),
  history: window.describe('Window such as 90d: per day, of the source or of one job').optional(),
  order: z
    .enum(['waste', 'factor', 'trend'])
    .describe('Jobs by bytes to be had back (default), lowest factor, or steepest fall')
    .optional(),
  as_of: z
    .string()
    .max(60)
    .describe('Answer from what was known then: 2026-10-01, ISO time, 24h, 7d, yesterday, last friday')
    .optional(),
  detail: z.enum(['concise', 'detailed']).default('concise'),
  limit: z.coerce.number().int().min(1).max(50).default(8).describe('Rows per list'),
  cursor: z
    .string()
    .max(2000)
    .describe('next_cursor of the answer before, with the same arguments')
    .optional(),
});

export type EfficiencyQuestion = z.output<typeof efficiencyInput>;
