import * as z from 'zod';
import { type AzureProtectedItem, listProtectedItems } from '../../../azure/protected-items.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { isSoftDeleted, shownName } from '../../items.ts';
import { settle } from '../../operations.ts';
import { toWrite } from '../../plan.ts';
import { readVaultList } from '../../read-lists.ts';
import { defineWrite } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { isSame } from '../../workload-arguments.ts';
import { containerRequest, findContainer, readContainer } from './workload-container.ts';
import { vmWorkloadType } from './workload-type.ts';

const MOST_NAMES = 10;

export const unregisterVmTool = defineWrite({
  name: 'unregister_vm',
  category: 'registration',
  title: 'Remove a registration',
  description:
    'Removes the registration of a machine for its databases; all of their items have to be deleted before. Azure virtual machines as such are not registered: for them use disable_protection with delete_backup_data.',
  role: 'Backup Contributor',
  isDestructive: true,
  isIdempotent: true,
  input: z.object({ ...VAULT_ARGS, ...VM_ARGS, workload_type: vmWorkloadType, wait_seconds: waitArg() }),
  data: z.object({ container_name: z.string(), state: z.enum(['unregistered', 'unregistering']) }),
  prepare: async (args, context) => {
    if (args.workload_type === 'VM') throw noContainer();
    const vault = context.vault(args);
    const { machine, name, known } = await findContainer(args, vault, context);
    const facts = { container_name: cleanText(name, 200) };
    const unregistered = { ...facts, state: 'unregistered' as const };
    if (!known) return { summary: 'The machine is not registered with the vault.', unchanged: unregistered };
    assertEmpty(await itemsOf(name, vault, context));
    const request = containerRequest(vault, name, { method: 'DELETE' });
    return {
      plan: {
        action: `remove the registration of ${cleanText(machine.name, 120)} from vault ${vault.vault}`,
        target: request.path,
        requests: [request],
        effects: ['databases of the machine can be protected by another vault'],
        dangers: ['No database of the machine can be protected by this vault until it is registered again.'],
        reversible: true,
      },
      run: async (running) => {
        const tookEffect = async () => (await readContainer(name, vault, running)) === null;
        const answer = await running.write.send({ ...toWrite(request), tookEffect });
        const settled = await settle(running, answer, { vault, waitSeconds: args.wait_seconds });
        const isDone = settled.status === 'done';
        return {
          status: settled.status,
          operation: settled.operation,
          summary: isDone ? 'The registration is removed.' : 'Azure is removing the registration.',
          data: isDone ? unregistered : { ...facts, state: 'unregistering' as const },
        };
      },
    };
  },
});

const noContainer = (): ToolError =>
  new ToolError('validation', 'Azure VMs have no container; use disable_protection with delete_backup_data', {
    code: 'no-container',
    hint: 'For the registration of databases in a machine give workload_type.',
  });

async function itemsOf(
  container: string,
  vault: VaultTarget,
  context: ReadContext,
): Promise<AzureProtectedItem[]> {
  const filter = { backupManagementType: 'AzureWorkload' };
  const all = await readVaultList('protected items', vault, context, (reading) =>
    listProtectedItems(context.azure, vault, filter, { reading }),
  );
  return all.filter(({ parts }) => isSame(parts.container, container));
}

/** @throws ToolError `conflict` that lists what is still protected */
function assertEmpty(items: AzureProtectedItem[]): void {
  if (items.length === 0) return;
  const names = items
    .slice(0, MOST_NAMES)
    .map((item) => `${shownName(item)}${isSoftDeleted(item) ? ' (soft-deleted)' : ''}`);
  const more = items.length > names.length ? ` and ${items.length - names.length} more` : '';
  throw new ToolError('conflict', `the vault still keeps ${names.join(', ')}${more} of this machine`, {
    code: 'items-still-protected',
    hint: 'Their protection has to be stopped with deletion of the data first (in the portal of Azure: this server protects machines, not databases); what is soft-deleted has to be gone, too.',
  });
}
