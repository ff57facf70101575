import * as z from 'zod';
import type { RecoveryStatus } from '../../../queries/recovery.ts';
import { nearestNames } from '../../suggest.ts';
import { cleanText } from '../../untrusted.ts';

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

const name = z
  .string('it has to be a text: an id, a name or a pattern with *')
  .min(1, 'it is empty; give an id, a name or a pattern with *, or leave it out')
  .max(200, 'it has more than 200 characters; a pattern with * can be shorter');
const TIERS = 'there are the tiers 1, 2, 3 and 4';
const tier = z.coerce.number(TIERS).int(TIERS).min(1, TIERS).max(4, TIERS);

/** Flat, since clients fill a flat object with fewer mistakes than one of two shapes. */
const PLAN = {
  kind: z.enum(KINDS),
  machines: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .describe('mass_restore: the first so many, by tier, largest first')
    .optional(),
  workloads: z
    .array(name)
    .min(1)
    .max(200)
    .describe('mass_restore: or these: ids, names, patterns')
    .optional(),
  tier: tier.describe('Only this tier').optional(),
  slots: z.number().int().min(0).max(100_000).describe('mass_restore: restores at a time').optional(),
  bandwidth_gib_per_minute: z
    .number()
    .positive()
    .max(1e6)
    .describe('mass_restore: of all together')
    .optional(),
  rto_minutes: z.number().positive().max(525_600).describe('Target for all of them').optional(),
  rpo_hours: z.number().positive().max(87_600).describe('target').optional(),
};

/** One plan. A field that does not exist is an error of ours, since the one of a strict object would name other arguments. */
const whatIf = z
  .looseObject(PLAN)
  .meta({ additionalProperties: false })
  .superRefine((plan, context) => {
    for (const message of [...unknownIn(plan), ...wrongIn(plan)])
      context.addIssue({ code: 'custom', message });
  });

export type WhatIf = z.output<z.ZodObject<typeof PLAN>>;
type Field = Exclude<keyof WhatIf, 'kind'>;

const FIELDS: Record<PlanKind, Field[]> = {
  mass_restore: ['machines', 'workloads', 'tier', 'slots', 'bandwidth_gib_per_minute', 'rto_minutes'],
  target: ['rto_minutes', 'rpo_hours', 'tier'],
};

function unknownIn(plan: object): string[] {
  const known = Object.keys(PLAN);
  return Object.keys(plan)
    .filter((field) => !known.includes(field))
    .map(
      (field) =>
        `unknown field ${cleanText(field, 64)} (did you mean ${nearestNames(field, known, 1)[0]}?); a plan takes: ${known.join(', ')}`,
    );
}

function wrongIn({ kind, ...given }: WhatIf): string[] {
  const takes = FIELDS[kind];
  const fields = Object.keys(given).filter((field) => given[field as Field] !== undefined) as Field[];
  const extra = fields.filter((field) => field in PLAN && !takes.includes(field));
  const wrong: string[] = [];
  if (extra.length > 0) wrong.push(`${kind} does not take ${extra.join(', ')}; it takes ${takes.join(', ')}`);
  if (kind === 'target' && given.rto_minutes === undefined && given.rpo_hours === undefined)
    wrong.push('target needs rto_minutes or rpo_hours, or both');
  if (given.machines !== undefined && given.workloads !== undefined)
    wrong.push('mass_restore takes machines or workloads, not both');
  return wrong;
}

const ROWS = 'it has to be a whole number from 1 to 50';

/** The arguments of get_recovery_performance. */
export const recoveryInput = z.strictObject({
  workload: name.describe('Machine: id, exact name, or pattern with *').optional(),
  job: name.describe('Machines of this job: id, name or pattern').optional(),
  repository: name.describe('Machines with points there: id, name or pattern').optional(),
  tier: tier.optional(),
  source: name.describe('Backup server: source id, name or pattern; default all').optional(),
  status: z
    .enum(['ALL', ...STATUSES])
    .describe(
      'COMPLIANT to UNTESTED: restore within the RTO; RPO_*: age of the newest point; TEST_*: age of the last test; NEVER_RESTORED: no restore succeeded; CRITICAL_ISSUE: grade D or F, or NON_COMPLIANT',
    )
    .optional(),
  include: z
    .array(z.enum(EXTRAS))
    .max(EXTRAS.length)
    .describe(
      'More lists; default coverage, with tier mass_restore too, with one workload trials and locations',
    )
    .optional(),
  what_if: whatIf.describe('Another target, or many restores at once').optional(),
  as_of: z
    .string()
    .max(60)
    .describe('Answer from what was known then: 2026-10-01, ISO time, 24h, 7d, yesterday, last friday')
    .optional(),
  detail: z.enum(['concise', 'detailed']).default('concise'),
  limit: z.coerce.number(ROWS).int(ROWS).min(1, ROWS).max(50, ROWS).default(8).describe('Rows per list'),
  cursor: z
    .string()
    .max(2000)
    .describe('next_cursor of the answer before, with the same arguments')
    .optional(),
});

export type RecoveryQuestion = z.output<typeof recoveryInput>;
