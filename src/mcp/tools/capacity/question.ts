import * as z from 'zod';
import type { CapacityPriority } from '../../../analysis/capacity/priority.ts';
import type { CapacityStatus } from '../../../queries/capacity.ts';
import { chart, everyTool, name, source, whatIfInput } from '../../questions.ts';

export const STATUSES = [
  'EXCEEDED',
  'FILLS',
  'NOT_WITHIN_HORIZON',
  'PRELIMINARY',
  'CURRENT_ONLY',
  'UNBOUNDED',
  'OFFLINE',
  'NO_DATA',
] as const satisfies CapacityStatus[];

export const PRIORITIES = [
  'URGENT',
  'HIGH',
  'MEDIUM',
  'LOW',
  'UNKNOWN',
] as const satisfies CapacityPriority[];

const EXTRAS = ['history', 'attribution', 'ledger', 'accuracy', 'events'] as const;
export type Extra = (typeof EXTRAS)[number];

const KINDS = [
  'more_space',
  'fewer_restore_points',
  'move_job',
  'new_machines',
  'extent_maintenance',
  'lead_time',
] as const;
type PlanKind = (typeof KINDS)[number];

const PLAN = {
  kind: z.enum(KINDS),
  repository: name.optional(),
  job: name.optional(),
  to: name.describe('move_job').optional(),
  extent: name.optional(),
  add_tb: z.number().min(0.001).max(1_000_000).describe('more_space').optional(),
  keep_points: z.number().int().min(1).max(9_999).describe('fewer_restore_points').optional(),
  share: z.number().gt(0).lt(1).describe('or share to drop').optional(),
  count: z.number().int().min(1).max(1_000_000).describe('new_machines').optional(),
  bytes_each: z.number().positive().max(1e15).optional(),
  bytes_per_day_each: z
    .number()
    .min(0)
    .max(1e15)

    .optional(),
  days: z.number().int().min(1).max(365).describe('lead_time').optional(),
};

export type WhatIf = z.output<z.ZodObject<typeof PLAN>>;
type Field = Exclude<keyof WhatIf, 'kind'>;

/** What each kind of plan takes: needed, then allowed. */
const FIELDS: Record<PlanKind, { needs: Field[]; takes: Field[] }> = {
  more_space: { needs: ['add_tb'], takes: ['repository'] },
  fewer_restore_points: { needs: [], takes: ['repository', 'job', 'keep_points', 'share'] },
  move_job: { needs: ['job', 'to'], takes: ['repository'] },
  new_machines: { needs: ['count', 'bytes_each'], takes: ['repository', 'bytes_per_day_each'] },
  extent_maintenance: { needs: ['extent'], takes: [] },
  lead_time: { needs: ['days'], takes: ['repository'] },
};

const whatIf = whatIfInput(PLAN, FIELDS, {
  more: ({ kind, keep_points, share }) =>
    kind === 'fewer_restore_points' && (keep_points === undefined) === (share === undefined)
      ? [`${kind} needs keep_points or share, one of them`]
      : [],
});

/** The arguments of get_capacity_forecast. */
export const capacityInput = z.strictObject({
  repository: name.describe('Or extent: id, exact name, or pattern with *').optional(),
  source,
  status: z
    .enum(['ALL', ...STATUSES, ...PRIORITIES])
    .describe('FILLS: a date within the horizon')
    .optional(),
  include: z
    .array(z.enum(EXTRAS))
    .max(EXTRAS.length)

    .optional(),
  history: z.string().max(20).describe('90d: use per day of one repository').optional(),
  what_if: whatIf.optional(),
  chart,
  ...everyTool,
});

export type CapacityQuestion = z.output<typeof capacityInput>;
