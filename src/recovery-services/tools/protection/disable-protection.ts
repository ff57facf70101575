import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { itemPath } from '../../../azure/paths.ts';
import { type AzureProtectedItem, getProtectedItem } from '../../../azure/protected-items.ts';
import { type AzureVault, getVault } from '../../../azure/vaults.ts';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { isSoftDeleted, isStopped, shownName } from '../../items.ts';
import { noSuchVault } from '../../not-found.ts';
import { readAfter, settle } from '../../operations.ts';
import { type Plan, type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { type FoundItem, findItem } from '../../vm-reference.ts';
import { sourceOf } from './item-row.ts';
import { itemTypeOf } from './protection-request.ts';

export const disableProtectionTool = defineWrite({
  name: 'disable_protection',
  category: 'protection',
  title: 'Stop protection',
  description:
    'Stops the backups of a machine. Its recovery points are kept, unless delete_backup_data = true: then they are deleted, and soft delete (if the vault has it on) keeps them for some days more.',
  role: 'Backup Contributor',
  isDestructive: true,
  isIdempotent: true,
  input: z.object({
    ...VAULT_ARGS,
    ...VM_ARGS,
    delete_backup_data: z.boolean().default(false).describe('Also delete all recovery points'),
    wait_seconds: waitArg(),
  }),
  data: z.object({
    item_name: z.string(),
    mode: z.enum(['retained', 'deleted']),
    soft_deleted_until: z.string().optional(),
  }),
  prepare: async (args, context) => {
    const { delete_backup_data: deletes, wait_seconds: waitSeconds } = args;
    const { azure, settings, now } = context;
    const vault = context.vault(args);
    const found = await findItem(args, vault, context);
    const { item, ref } = found;
    const facts = (state: AzureProtectedItem) => ({
      item_name: shownName(state),
      mode: deletes || isSoftDeleted(state) ? ('deleted' as const) : ('retained' as const),
      ...untilOf(state, now),
    });
    if (isSoftDeleted(item) || (isStopped(item) && !deletes)) {
      const summary = isSoftDeleted(item)
        ? 'The item is deleted already, and still kept by soft delete.'
        : 'Protection is stopped already.';
      context.warn(`${summary} Nothing was changed.`);
      return { summary, unchanged: facts(item) };
    }
    const state = await getVault(azure, vault);
    if (!state) throw noSuchVault(vault, settings);
    if (deletes) assertDeletable(item, state);
    const request = deletes ? deletion(found) : stop(found);
    const read = () => getProtectedItem(azure, ref);
    const isDone = (after: AzureProtectedItem | null) =>
      deletes ? after === null || isSoftDeleted(after) : after !== null && isStopped(after);
    return {
      plan: toPlan(found, request, state),
      run: async (running) => {
        const tookEffect = async () => isDone(await read());
        const answer = await running.write.send({ ...toWrite(request), tookEffect });
        const { status, operation, job_id } = await settle(running, answer, { vault, waitSeconds });
        const after = status === 'done' ? await readAfter(running, read) : null;
        return {
          status,
          operation,
          job_id,
          summary: summaryOf(status, deletes),
          data: facts(after ?? item),
        };
      },
    };
  },
});

const common = (method: 'PUT' | 'DELETE', { ref }: FoundItem) => ({
  method,
  path: itemPath(ref),
  api_version: API_VERSIONS.protectedItems,
});
const deletion = (found: FoundItem): PlannedRequest => common('DELETE', found);
const stop = (found: FoundItem): PlannedRequest => ({
  ...common('PUT', found),
  body: {
    properties: {
      protectedItemType: itemTypeOf(found.item),
      sourceResourceId: sourceOf(found.item),
      protectionState: 'ProtectionStopped',
    },
  },
});

/** @throws ToolError `conflict` for what an immutable vault refuses, so that nobody is asked to agree to it */
function assertDeletable(item: AzureProtectedItem, { securitySettings }: AzureVault): void {
  const { state = 'Disabled' } = securitySettings?.immutabilitySettings ?? {};
  if (state === 'Disabled' || item.lastRecoveryPoint === null) return;
  throw new ToolError('conflict', `the vault is immutable (${state}): recovery points cannot be deleted`, {
    code: 'immutable-vault',
    hint: 'Call with delete_backup_data = false: backups stop, and the recovery points are kept until they expire.',
  });
}

function toPlan({ item, ref }: FoundItem, request: PlannedRequest, vault: AzureVault): Plan {
  const deletes = request.method === 'DELETE';
  const { softDeleteSettings: soft, multiUserAuthorization: mua } = vault.securitySettings ?? {};
  const isSoft = soft?.softDeleteState === 'Enabled' || soft?.softDeleteState === 'AlwaysON';
  const days = soft?.softDeleteRetentionPeriodInDays ?? 14;
  const points = item.lastRecoveryPoint === null ? 'there is none yet' : 'all of them';
  return {
    action: `stop the protection of ${shownName(item)} and ${deletes ? 'DELETE its recovery points' : 'keep its recovery points'}`,
    target: itemPath(ref),
    requests: [request],
    before: {
      protection_state: item.protectionState ?? null,
      last_recovery_point: item.lastRecoveryPoint?.toISOString() ?? null,
    },
    effects: [
      deletes
        ? `recovery points are deleted (${points})`
        : `recovery points are kept (${points}) and cost on until they are deleted`,
      ...(mua === 'Enabled'
        ? [
            'a resource guard protects the vault: Azure may refuse this until the owner of the guard has approved (which operations it covers is set at the guard)',
          ]
        : []),
    ],
    dangers: [
      'No more backups are made of the machine.',
      ...(deletes && isSoft ? [`The recovery points can be got back for ${days} days only.`] : []),
      ...(deletes && !isSoft
        ? ['Soft delete is not known to be on: the recovery points may be GONE AT ONCE AND FOR GOOD.']
        : []),
    ],
    reversible: !deletes || isSoft,
  };
}

function untilOf(item: AzureProtectedItem, now: Date): { soft_deleted_until?: string } {
  const left = item.deferredDeleteTimeRemaining;
  if (!isSoftDeleted(item) || left === null) return {};
  return { soft_deleted_until: new Date(now.getTime() + left * 1000).toISOString() };
}

function summaryOf(status: 'done' | 'accepted', deletes: boolean): string {
  if (status === 'accepted')
    return `Azure accepted it and goes on: list_protected_items shows when the item is ${deletes ? 'deleted' : 'stopped'}.`;
  return deletes
    ? 'Protection is stopped, and the recovery points are deleted.'
    : 'Protection is stopped, and the recovery points are kept.';
}
