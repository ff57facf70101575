import * as z from 'zod';
import { FINDING_KINDS, type FindingKind } from '../../../analysis/health/finding.ts';
import type { JobStatus } from '../../../analysis/health/job-status.ts';
import { chart, everyTool, name, source } from '../../questions.ts';
import { nearestNames } from '../../suggest.ts';

export const STATUSES = [
  'FAILING',
  'LATE',
  'BREACHED',
  'NEVER',
  'WARNING',
  'OK',
  'DISABLED',
  'UNKNOWN',
] as const satisfies JobStatus[];

/** Jobs that need no attention. */
export const HEALTHY: readonly string[] = ['OK', 'DISABLED'] satisfies JobStatus[];

/** One of the kinds; they are too many to be listed with the tool, so the error names them. */
const findingKind = z.string().transform((given, context): FindingKind => {
  const wanted = given
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, '_');
  const known = FINDING_KINDS.find((kind) => kind === wanted);
  if (known) return known;
  const [nearest] = nearestNames(wanted.slice(0, 60), FINDING_KINDS, 1);
  context.addIssue({
    code: 'custom',
    message: `there is no such kind of finding; did you mean ${nearest}? There are ${FINDING_KINDS.join(', ')}`,
  });
  return z.NEVER;
});

/** The arguments of get_health_status. */
export const healthInput = z.strictObject({
  job: name.describe('Id, exact name, or pattern with *').optional(),
  source,
  status: z
    .enum(['PROBLEM', 'ALL', ...STATUSES])
    .describe('PROBLEM (default): all but OK and DISABLED')
    .optional(),
  finding: findingKind.describe('Kind, such as JOB_FAILING or VAULT_IMMUTABILITY_OFF').optional(),
  history: z.string().max(20).describe('30d: score and runs per day; with one job, its runs').optional(),
  chart,
  ...everyTool,
});

export type HealthQuestion = z.output<typeof healthInput>;
