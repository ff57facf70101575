import * as z from 'zod';
import { type AzureRecoveryPoint, listRecoveryPoints } from '../../../azure/recovery-points.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { PAGE_ARGS, VAULT_ARGS, VM_ARGS } from '../../arguments.ts';
import { momentOf, pageRows, pageShape } from '../../paging.ts';
import { readList } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { findItem } from '../../vm-reference.ts';
import { toWindow, windowArgs } from '../../window.ts';
import { pointRow, toPointRow } from './point-row.ts';

const USUAL_DAYS = 30;
/** Copies can be kept for 99 years. */
const MOST_DAYS = 99 * 366;
const TIERS = ['InstantRP', 'HardenedRP', 'ArchivedRP'] as const;

export const listRecoveryPointsTool = defineRead({
  name: 'list_recovery_points',
  category: 'recovery',
  title: 'Recovery points of a machine',
  description:
    'The recovery points of a machine in a window, newest first, with consistency, tiers and expiry. InstantRP: snapshot, fast; HardenedRP: vault; ArchivedRP: has to be rehydrated first. Points have no size.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    ...VM_ARGS,
    ...windowArgs(USUAL_DAYS),
    tier: z.enum(TIERS).optional().describe('Only points with a usable copy there'),
    include_soft_deleted: z.boolean().default(false),
    ...PAGE_ARGS,
  }),
  data: z.object({
    ...pageShape,
    item_name: z.string(),
    window: z.object({ from: z.string(), to: z.string() }),
    newest: z.string().nullable(),
    oldest: z.string().nullable(),
    points: z.array(pointRow),
  }),
  answer: async (args, context) => {
    const { limit, cursor, ...filters } = args;
    const page = { tool: context.tool, filters };
    const moment = momentOf(args, page, context.now);
    const window = toWindow(args, { now: moment, usualDays: USUAL_DAYS, mostDays: MOST_DAYS });
    const target = context.vault(args);
    const { all, itemName } = await context.readOnce({ page, cursor, moment }, async () => {
      const { item, ref } = await findItem(args, target, context);
      const found = await readList('recovery points', context, (reading) =>
        listRecoveryPoints(context.azure, ref, window, { reading }),
      );
      const kept = args.include_soft_deleted ? found : found.filter((point) => !isSoftDeleted(point));
      if (kept.length < found.length)
        context.warn(
          `${found.length - kept.length} points are soft-deleted and left out; include_soft_deleted = true shows them.`,
        );
      const wanted = kept.filter((point) => isIn(point, args.tier));
      return { all: wanted.map(toPointRow), itemName: cleanText(item.name, 200) };
    });
    const { rows, ...paged } = pageRows(
      all,
      { limit, cursor },
      { page, now: moment, order: ({ time, id }) => [time === null ? 0 : -Date.parse(time), id] },
    );
    const times = all.flatMap(({ time }) => time ?? []).sort();
    return {
      summary: `${paged.count} of ${paged.total} recovery points, newest first.`,
      data: {
        ...paged,
        item_name: itemName,
        window: { from: window.from.toISOString(), to: window.to.toISOString() },
        newest: times.at(-1) ?? null,
        oldest: times[0] ?? null,
        points: rows,
      },
    };
  },
});

const isSoftDeleted = ({ recoveryPointProperties: facts }: AzureRecoveryPoint) =>
  facts?.isSoftDeleted === true;

/** Entries of tiers stay after their copy is gone. */
const isIn = ({ recoveryPointTierDetails: tiers = [] }: AzureRecoveryPoint, wanted: string | undefined) =>
  wanted === undefined ||
  tiers.some(({ type, status }) => type === wanted && (status === 'Valid' || status === 'Rehydrated'));
