import * as z from 'zod';
import { VAULT_ARGS, waitArg } from '../../arguments.ts';
import { refreshContainers, refreshRequest } from '../../refresh.ts';
import { defineWrite } from '../../registry.ts';
import { managementType } from '../../workload-arguments.ts';

/** Azure often asks for a minute before the first look; then the answer comes at once, with how to ask later. */
const WAIT_SECONDS = 60;

export const refreshContainersTool = defineWrite({
  name: 'refresh_containers',
  category: 'protection',
  title: 'Look for new resources',
  description:
    'Makes a vault look around for machines and accounts that it could protect; changes nothing but what list_protectable_items shows. A new machine has to be found so before it can be protected.',
  role: 'Backup Contributor',
  isDestructive: false,
  isIdempotent: true,
  input: z.object({
    ...VAULT_ARGS,
    backup_management_type: managementType.default('AzureIaasVM'),
    wait_seconds: waitArg(WAIT_SECONDS),
  }),
  data: z.object({ state: z.enum(['refreshed', 'refreshing']) }),
  prepare: async (args, context) => {
    const vault = context.vault(args);
    const { backup_management_type: backupManagementType, wait_seconds: waitSeconds } = args;
    const request = refreshRequest(vault);
    return {
      plan: {
        action: `make vault ${vault.vault} look around for what it could protect`,
        target: request.path,
        requests: [request],
        effects: ['list_protectable_items shows new resources afterwards, and no longer those that are gone'],
        dangers: [],
        reversible: true,
      },
      run: async (running) => {
        const { status, operation } = await refreshContainers(running, running.write, {
          vault,
          backupManagementType,
          waitSeconds,
        });
        const isDone = status === 'done';
        return {
          status,
          operation,
          summary: isDone ? 'The vault has looked around.' : 'The vault is still looking around.',
          data: { state: isDone ? ('refreshed' as const) : ('refreshing' as const) },
        };
      },
    };
  },
});
