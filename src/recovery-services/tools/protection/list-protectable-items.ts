import * as z from 'zod';
import { parseArmId } from '../../../azure/ids.ts';
import { parseItemName } from '../../../azure/naming.ts';
import { type AzureProtectableItem, listProtectableItems } from '../../../azure/protectable-items.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { PAGE_ARGS, VAULT_ARGS } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { momentOf, pageRows, pageShape } from '../../paging.ts';
import { asWritten, readVaultList, shortKey } from '../../read-lists.ts';
import { refreshContainers } from '../../refresh.ts';
import { defineRead, operationSchema } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { hasPart, isSame, managementType, namePart, workloadType } from '../../workload-arguments.ts';

/** Many clients give a call up after a minute. */
const WAIT_SECONDS = 50;

const row = z.object({
  name: z.string(),
  friendly_name: z.string(),
  resource_group: z.string().nullable(),
  resource_id: z.string().nullable(),
  type: z.string().nullable(),
  protection_state: z.string().nullable(),
  /** Of databases. */
  server: z.string().optional(),
  parent: z.string().optional(),
});

export const listProtectableItemsTool = defineRead({
  name: 'list_protectable_items',
  category: 'protection',
  title: 'What could be protected',
  description:
    'What a vault could protect, as it knew when it looked around last: a new machine shows only after refresh = true (a change, so it needs allow_writes) or refresh_containers.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    backup_management_type: managementType.default('AzureIaasVM'),
    workload_type: workloadType.optional(),
    name_contains: namePart.optional(),
    refresh: z
      .boolean()
      .default(false)
      .describe('Make the vault look around first, which takes about a minute'),
    ...PAGE_ARGS,
  }),
  data: z.object({
    ...pageShape,
    cache_note: z.string(),
    /** Of a refresh that goes on: for track_async_operation. */
    refresh: operationSchema.optional(),
    items: z.array(row),
  }),
  answer: async (args, context) => {
    const target = context.vault(args);
    // A later page is of the same look around.
    const wantsRefresh = args.refresh && args.cursor === undefined;
    const refreshed = wantsRefresh
      ? await refresh(target, args.backup_management_type, context)
      : { cache_note: KNOWN_BEFORE };
    const { limit, cursor, refresh: _refresh, ...filters } = args;
    const page = { tool: context.tool, filters };
    const moment = momentOf(args, page, context.now);
    const filter = { backupManagementType: args.backup_management_type, workloadType: args.workload_type };
    const { all } = await context.readOnce({ page, cursor, moment }, async () => {
      const found = await readVaultList('protectable items', target, context, (reading) =>
        listProtectableItems(context.azure, target, filter, { reading }),
      );
      return {
        all: found.filter((one) => isWanted(one, args)).map((one) => ({ key: one.key, row: toRow(one) })),
      };
    });
    const { rows, ...paged } = pageRows(
      all,
      { limit, cursor },
      {
        page,
        now: moment,
        order: ({ key, row: { friendly_name } }) => [friendly_name.toLowerCase(), shortKey(key)],
      },
    );
    return {
      summary: `${paged.count} of ${paged.total} items that the vault could protect.`,
      data: { ...paged, ...refreshed, items: rows.map((one) => one.row) },
    };
  },
});

const KNOWN_BEFORE =
  'As the vault knew when it looked around last, which Azure does not date; a new resource shows after a refresh.';

async function refresh(vault: VaultTarget, backupManagementType: string, context: ReadContext) {
  const write = context.writer();
  const wanted = { vault, backupManagementType, waitSeconds: WAIT_SECONDS };
  const settled = await refreshContainers(context, write, wanted);
  if (settled.status === 'done') return { cache_note: 'The vault has just looked around.' };
  context.warn(
    'The vault is still looking around: what is new is missing. Ask again in a minute, without refresh.',
  );
  const { operation } = settled;
  return {
    cache_note: 'As the vault knew before it began to look around.',
    ...(operation ? { refresh: operation } : {}),
  };
}

/** Looked at again here: Azure leaves out a filter that it cannot read. */
const isWanted = (
  { workloadType, friendlyName, name }: AzureProtectableItem,
  args: { workload_type?: string | undefined; name_contains?: string | undefined },
) =>
  (args.workload_type === undefined ||
    workloadType === undefined ||
    isSame(workloadType, args.workload_type)) &&
  hasPart([friendlyName, name], args.name_contains);

function toRow(item: AzureProtectableItem): z.infer<typeof row> {
  const id = asWritten(item, 'virtualMachineId');
  const { serverName: server, parentName: parent } = item;
  return {
    name: cleanText(item.name, 200),
    friendly_name: cleanText(item.friendlyName ?? item.name, 120),
    resource_group: cleanOrNull(groupOf(item), 90),
    resource_id: cleanOrNull(id, 300),
    type: cleanOrNull(item.protectableItemType ?? item.workloadType, 60),
    protection_state: cleanOrNull(item.protectionState, 40),
    ...(server ? { server: cleanText(server, 120) } : {}),
    ...(parent ? { parent: cleanText(parent, 120) } : {}),
  };
}

/** Some ids have no group, and some answers say it apart. */
function groupOf({ virtualMachineId, resourceGroup, name }: AzureProtectableItem): string | undefined {
  const named = parseItemName(name);
  const written = named?.kind === 'machine' ? named.resourceGroup : undefined;
  return resourceGroup ?? written ?? (virtualMachineId && parseArmId(virtualMachineId).parts.resourceGroup);
}
