import * as z from 'zod';
import { listPolicies } from '../../../azure/policies.ts';
import { PAGE_ARGS, VAULT_ARGS } from '../../arguments.ts';
import { momentOf, pageRows, pageShape } from '../../paging.ts';
import { readVaultList, shortKey } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { managementType, workloadType } from '../../workload-arguments.ts';
import { policyRow, toPolicyRow } from './policy-row.ts';

export const listPoliciesTool = defineRead({
  name: 'list_policies',
  category: 'policy',
  title: 'Backup policies',
  description:
    'The backup policies of a vault in plain terms: when backups are made, how long copies are kept, how many items have it, the longest planned time between two backups. Times are local to tz.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    backup_management_type: managementType.default('AzureIaasVM'),
    workload_type: workloadType.optional(),
    ...PAGE_ARGS,
  }),
  data: z.object({ ...pageShape, policies: z.array(policyRow) }),
  answer: async (args, context) => {
    const target = context.vault(args);
    const { limit, cursor, ...filters } = args;
    const page = { tool: context.tool, filters };
    const moment = momentOf(args, page, context.now);
    const filter = { backupManagementType: args.backup_management_type, workloadType: args.workload_type };
    const { all } = await context.readOnce({ page, cursor, moment }, async () => {
      const found = await readVaultList('policies', target, context, (reading) =>
        listPolicies(context.azure, target, filter, { reading }),
      );
      return { all: found.map(toPolicyRow) };
    });
    const { rows, ...paged } = pageRows(
      all,
      { limit, cursor },
      {
        page,
        now: moment,
        order: ({ name, id }) => [name.toLowerCase(), shortKey(id)],
      },
    );
    return {
      summary: `${paged.count} of ${paged.total} policies for ${args.backup_management_type}.`,
      data: { ...paged, policies: rows },
    };
  },
});
