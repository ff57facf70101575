import * as z from 'zod';
import { EFFICIENCY_STATUSES } from '../../../queries/efficiency-filter.ts';
import { everyTool, name, tier } from '../../questions.ts';

const EXTRAS = ['anomalies', 'reclaimable', 'repositories', 'history'] as const;
export type Extra = (typeof EXTRAS)[number];

const window = z.string().max(20);

/** The arguments of get_efficiency_metrics. */
export const efficiencyInput = z.strictObject({
  job: name.describe('Job id, exact name, or pattern with *').optional(),
  workload: name.describe('Machine: id, name or pattern').optional(),
  repository: name.describe('Repository: id, name or pattern').optional(),
  tier: tier.describe('Only what holds machines of this tier').optional(),
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
  ...everyTool,
});

export type EfficiencyQuestion = z.output<typeof efficiencyInput>;
