import * as z from 'zod';
import { everyTool, source } from '../../questions.ts';

export const WORKERS = ['health', 'capacity', 'efficiency', 'rto', 'mounts', 'risk', 'remediation'] as const;

/** The arguments of get_data_freshness. */
export const freshnessInput = z.strictObject({
  source,
  worker: z.enum(WORKERS).optional(),
  status: z
    .enum(['ALL', 'PROBLEM', 'FAILED', 'STALE', 'NEVER_RAN', 'PARTIAL', 'FRESH'])
    .describe('PROBLEM: all but FRESH')
    .default('ALL'),
  ...everyTool,
});

export type FreshnessQuestion = z.output<typeof freshnessInput>;
