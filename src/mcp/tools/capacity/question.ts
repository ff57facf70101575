import * as z from 'zod';
import type { CapacityPriority } from '../../../analysis/capacity/priority.ts';
import type { CapacityStatus } from '../../../queries/capacity.ts';
import { chart, everyTool, name, whatIfInput } from '../../questions.ts';

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
  repository: name.describe('Where; the argument repository if left out').optional(),
  job: name.describe('Job id, name or pattern').optional(),
  to: name.describe('move_job: the repository it goes to').optional(),
  extent: name.describe('extent_maintenance: the extent that is taken out').optional(),
  add_tb: z.number().min(0.001).max(1_000_000).describe('more_space: TB of 2^40 bytes').optional(),
  keep_points: z.number().int().min(1).max(9_999).describe('fewer_restore_points: kept per chain').optional(),
  share: z.number().gt(0).lt(1).describe('fewer_restore_points: or the share of them to drop').optional(),
  count: z.number().int().min(1).max(1_000_000).describe('new_machines').optional(),
  bytes_each: z.number().positive().max(1e15).describe('new_machines: stored bytes of one').optional(),
  bytes_per_day_each: z
    .number()
    .min(0)
    .max(1e15)
    .describe('new_machines: growth of one; default as what is there')
    .optional(),
  days: z.number().int().min(1).max(365).describe('lead_time: days from order to use').optional(),
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
  repository: name
    .describe('Repository, scale-out repository or extent: id, exact name, or pattern with *')
    .optional(),
  source: name.describe('Backup server: source id, name or pattern; default all').optional(),
  status: z
    .enum(['ALL', ...STATUSES, ...PRIORITIES])
    .describe('Repositories to list; FILLS: a date within the horizon; URGENT to UNKNOWN: by priority')
    .optional(),
  include: z
    .array(z.enum(EXTRAS))
    .max(EXTRAS.length)
    .describe('More lists; default none, with one repository all but history')
    .optional(),
  history: z.string().max(20).describe('Window such as 90d: use per day of one repository').optional(),
  what_if: whatIf.describe('A plan: new dates beside the old ones').optional(),
  chart,
  ...everyTool,
});

export type CapacityQuestion = z.output<typeof capacityInput>;
