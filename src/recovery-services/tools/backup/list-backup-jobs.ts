import * as z from 'zod';
import { listJobs } from '../../../azure/jobs.ts';
import { PAGE_ARGS, VAULT_ARGS } from '../../arguments.ts';
import { momentOf, pageRows, pageShape } from '../../paging.ts';
import { readVaultList, readVaults } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { toWindow, windowArgs } from '../../window.ts';
import {
  hasPart,
  jobOperation,
  jobStatus,
  managementType,
  namePart,
  tally,
} from '../../workload-arguments.ts';
import { jobRow, toJobRow } from './job-row.ts';

const USUAL_DAYS = 1;
const MOST_DAYS = 366;

export const listBackupJobsTool = defineRead({
  name: 'list_backup_jobs',
  category: 'backup',
  title: 'Backup jobs',
  description:
    'Jobs that ran at some time in a window, newest first: backups, restores, changes of protection. summary counts all that match. A running job has no end. Azure forgets old jobs.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    vault_name: VAULT_ARGS.vault_name.describe('Alias or name of a vault; default: all configured vaults'),
    status: jobStatus.optional(),
    operation: jobOperation.optional(),
    backup_management_type: managementType.optional(),
    ...windowArgs(USUAL_DAYS),
    entity_contains: namePart.optional().describe('Part of the name of the machine, database or share'),
    ...PAGE_ARGS,
  }),
  data: z.object({
    ...pageShape,
    window: z.object({ from: z.string(), to: z.string() }),
    summary: z.object({ by_outcome: z.record(z.string(), z.number()) }),
    jobs: z.array(jobRow),
  }),
  answer: async (args, context) => {
    const { limit, cursor, ...filters } = args;
    const page = { tool: context.tool, filters };
    const moment = momentOf(args, page, context.now);
    const window = toWindow(args, { now: moment, usualDays: USUAL_DAYS, mostDays: MOST_DAYS });
    const { status, operation, backup_management_type: backupManagementType } = args;
    const filter = { ...window, status, operation, backupManagementType };
    const { all, vaults } = await context.readOnce({ page, cursor, moment }, async () => {
      const found = await readVaults(args, context, (target) =>
        readVaultList('jobs', target, context, (reading) =>
          listJobs(context.azure, target, filter, { reading }),
        ),
      );
      const wanted = found.rows.filter(({ row }) => hasPart([row.entityFriendlyName], args.entity_contains));
      return { all: wanted.map(({ row, vault }) => toJobRow(row, vault)), vaults: found.vaults.length };
    });
    const { rows, ...paged } = pageRows(
      all,
      { limit, cursor },
      {
        page,
        now: moment,
        order: ({ start, vault, id }) => [start === null ? 0 : -Date.parse(start), vault, id],
      },
    );
    return {
      summary: `${paged.count} of ${paged.total} jobs of ${vaults} vault${vaults === 1 ? '' : 's'}, newest first.`,
      data: {
        ...paged,
        window: { from: window.from.toISOString(), to: window.to.toISOString() },
        summary: { by_outcome: tally(all, ({ outcome }) => outcome) },
        jobs: rows,
      },
    };
  },
});
