import * as z from 'zod';
import type { RecoveryStatus } from '../../../queries/recovery.ts';
import { chart, everyTool, name, source, tier, whatIfInput } from '../../questions.ts';

export const STATUSES = [
  'COMPLIANT',
  'AT_RISK',
  'NON_COMPLIANT',
  'UNPROVEN',
  'UNTESTED',
  'RPO_MET',
  'RPO_AT_RISK',
  'RPO_BREACHED',
  'RPO_NEVER',
  'RPO_UNKNOWN',
  'TEST_FRESH',
  'TEST_CURRENT',
  'TEST_STALE',
  'TEST_CRITICAL',
  'NEVER_TESTED',
  'NEVER_RESTORED',
  'HIDDEN_BREACH',
  'NO_SAFE_POINT',
  'CRITICAL_ISSUE',
] as const satisfies RecoveryStatus[];

const EXTRAS = ['coverage', 'trials', 'locations', 'next_tests', 'mass_restore'] as const;
export type Extra = (typeof EXTRAS)[number];

const KINDS = ['mass_restore', 'target'] as const;
type PlanKind = (typeof KINDS)[number];

const PLAN = {
  kind: z.enum(KINDS),
  machines: z.number().int().min(1).max(100_000).describe('mass_restore: so many, by tier').optional(),
  workloads: z.array(name).min(1).max(200).describe('or these').optional(),
  tier: tier.optional(),
  slots: z.number().int().min(0).max(100_000).optional(),
  bandwidth_gib_per_minute: z
    .number()
    .positive()
    .max(1e6)

    .optional(),
  rto_minutes: z.number().positive().max(525_600).optional(),
  rpo_hours: z.number().positive().max(87_600).optional(),
};

export type WhatIf = z.output<z.ZodObject<typeof PLAN>>;
type Field = Exclude<keyof WhatIf, 'kind'>;

/** What each kind of plan takes: needed, then allowed. */
const FIELDS: Record<PlanKind, { needs: Field[]; takes: Field[] }> = {
  mass_restore: {
    needs: [],
    takes: ['machines', 'workloads', 'tier', 'slots', 'bandwidth_gib_per_minute', 'rto_minutes'],
  },
  target: { needs: [], takes: ['rto_minutes', 'rpo_hours', 'tier'] },
};

const whatIf = whatIfInput(PLAN, FIELDS, {
  more: ({ kind, rto_minutes, rpo_hours, machines, workloads }) => [
    ...(kind === 'target' && rto_minutes === undefined && rpo_hours === undefined
      ? ['target needs rto_minutes or rpo_hours, or both']
      : []),
    ...(machines !== undefined && workloads !== undefined
      ? ['mass_restore takes machines or workloads, not both']
      : []),
  ],
});

/** The arguments of get_recovery_performance. */
export const recoveryInput = z.strictObject({
  workload: name.describe('Id, exact name, or pattern with *').optional(),
  job: name.optional(),
  repository: name.optional(),
  tier: tier.optional(),
  source,
  status: z
    .enum(['ALL', ...STATUSES])
    .describe(
      'COMPLIANT to UNTESTED: restore within RTO; RPO_*: newest point; TEST_*: last test; CRITICAL_ISSUE: grade D, F or NON_COMPLIANT',
    )
    .optional(),
  include: z.array(z.enum(EXTRAS)).max(EXTRAS.length).optional(),
  what_if: whatIf.optional(),
  chart,
  ...everyTool,
});

export type RecoveryQuestion = z.output<typeof recoveryInput>;
