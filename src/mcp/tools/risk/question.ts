import * as z from 'zod';
import { chart, everyTool, name, source } from '../../questions.ts';
import { whatIf } from './what-if-question.ts';

const CATEGORIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
const SCOPES = ['WORKLOAD', 'JOB', 'REPOSITORY', 'INCIDENT', 'ESTATE'] as const;
const HAZARDS = ['gap', 'capacity', 'integrity', 'recover'] as const;
const FLAGS = [
  'NOT_ASSESSED',
  'TIER_ASSUMED',
  'STALE_INPUT',
  'PARTIAL_INPUT',
  'MISSING_INPUT',
  'UNPROTECTED',
  'NEW',
  'NOT_TESTED',
  'SHARED_CAUSE',
] as const;
const EXTRAS = ['compliance', 'inputs', 'unprotected'] as const;

/** The arguments of analyze_risks. */
export const riskInput = z.strictObject({
  item: name.describe('item_id, or id, exact name or pattern with *').optional(),
  source,
  category: z.enum(CATEGORIES).optional(),
  tier: z.coerce.number().int().min(0).max(4).describe('0: no rule gave one').optional(),
  scope: z.enum(SCOPES).optional(),
  hazard: z.enum(HAZARDS).describe('The largest part').optional(),
  flag: z.enum(FLAGS).optional(),
  changed_since: z.string().max(60).describe('A moment, as as_of').optional(),
  include: z.array(z.enum(EXTRAS)).max(EXTRAS.length).optional(),
  what_if: whatIf.optional(),
  chart,
  ...everyTool,
});

export type RiskQuestion = z.output<typeof riskInput>;
