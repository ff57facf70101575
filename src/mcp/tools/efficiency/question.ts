import * as z from 'zod';
import { EFFICIENCY_STATUSES } from '../../../queries/efficiency-filter.ts';
import { everyTool, name, source, tier } from '../../questions.ts';

const EXTRAS = ['anomalies', 'reclaimable', 'repositories', 'history'] as const;
export type Extra = (typeof EXTRAS)[number];

const window = z.string().max(20);

/** The arguments of get_efficiency_metrics. */
export const efficiencyInput = z.strictObject({
  job: name.describe('Id, exact name, or pattern with *').optional(),
  workload: name.optional(),
  repository: name.optional(),
  tier: tier.optional(),
  source,
  status: z
    .enum(['ALL', ...EFFICIENCY_STATUSES])
    .describe('Jobs that have it, and those anomalies or that space')
    .optional(),
  include: z
    .array(z.enum(EXTRAS))
    .max(EXTRAS.length)

    .optional(),
  changes: window.describe('30d: compared with then').optional(),
  history: window.describe('90d: per day').optional(),
  order: z
    .enum(['waste', 'factor', 'trend'])

    .optional(),
  ...everyTool,
});

export type EfficiencyQuestion = z.output<typeof efficiencyInput>;
