import * as z from 'zod';
import type { AzureRecoveryPoint } from '../../../azure/recovery-points.ts';
import { nameArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';

const armId = (provider: string, what: string) =>
  z
    .string()
    .trim()
    .max(500)
    .refine(
      (text) =>
        new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${provider}/[^/?#]+$`, 'i').test(
          text,
        ),
      `it has to be the ARM id of ${what}`,
    );

export const restoreInput = z.object({
  recovery_point_id: z
    .string()
    .trim()
    .refine((text) => /^[\w-]{1,80}$/.test(text), 'it has to be the id of a point, or latest')
    .describe('As list_recovery_points shows it; or latest'),
  restore_type: z
    .enum(['AlternateLocation', 'OriginalLocation', 'RestoreDisks'])
    .describe('A new machine; the disks of the existing one are replaced; disks only'),
  staging_storage_account_id: armId(
    'Microsoft\\.(?:Classic)?Storage/storageAccounts',
    'a storage account',
  ).describe('ARM id of a storage account in the region of the vault, not zone-redundant'),
  target_vm_name: nameArg(64).optional().describe('AlternateLocation: name of the new machine'),
  target_resource_group: nameArg(90)
    .optional()
    .describe('Of the new machine or the disks; not OriginalLocation'),
  virtual_network_id: armId('Microsoft\\.(?:Classic)?Network/virtualNetworks', 'a virtual network')
    .optional()
    .describe('AlternateLocation only'),
  subnet_id: armId('Microsoft\\.(?:Classic)?Network/virtualNetworks/[^/]+/subnets', 'a subnet')
    .optional()
    .describe('AlternateLocation only'),
  region: nameArg(60).optional().describe('default: that of the vault'),
  disk_luns: z
    .array(z.number().int().min(0).max(63))
    .min(1)
    .max(64)
    .optional()
    .describe('RestoreDisks: the only data disks that are restored'),
  identity: z
    .string()
    .trim()
    .max(500)
    .refine(
      (text) =>
        text === 'system' || /^\/subscriptions\/[^/]+\/.*\/userAssignedIdentities\/[^/]+$/i.test(text),
      'it has to be system, or the ARM id of a user-assigned identity',
    )
    .optional()
    .describe('Identity of the vault that restores: system, or ARM id'),
  rehydration_priority: z.enum(['Standard', 'High']).optional().describe('For points in the archive only'),
});
export type RestoreArgs = z.output<typeof restoreInput>;

const TARGETS = ['target_vm_name', 'target_resource_group', 'virtual_network_id', 'subnet_id'] as const;
/** How long a copy that was fetched from the archive stays where it can be restored from. */
const REHYDRATED_FOR = 'P10D';

/** @throws ToolError `validation` for what is missing for a kind of restore, or means nothing to it */
export function assertTargets(args: RestoreArgs): void {
  const { restore_type: type } = args;
  const missing = type === 'AlternateLocation' ? TARGETS.filter((name) => args[name] === undefined) : [];
  if (missing.length > 0)
    throw wrong(
      `AlternateLocation lacks ${missing.join(', ')}`,
      'Give all of them: a new machine needs a name, a group and a network.',
    );
  const foreign = [
    ...TARGETS.filter((name) => args[name] !== undefined && !ALLOWED[type].includes(name)),
    ...(args.disk_luns && type !== 'RestoreDisks' ? ['disk_luns'] : []),
  ];
  if (foreign.length > 0)
    throw wrong(
      `${foreign.join(', ')} mean nothing to ${type}${type === 'OriginalLocation' ? ', which replaces the disks of the existing machine' : ''}`,
      'Leave them out, or take another restore_type.',
    );
  const { virtual_network_id: net, subnet_id: subnet } = args;
  if (net && subnet && !subnet.toLowerCase().startsWith(`${net.toLowerCase()}/`))
    throw wrong('subnet_id is not in virtual_network_id', 'Give a subnet of that network.');
}

const ALLOWED: Record<RestoreArgs['restore_type'], readonly string[]> = {
  AlternateLocation: TARGETS,
  OriginalLocation: [],
  RestoreDisks: ['target_resource_group'],
};

export type Target = { subscriptionId: string; region: string; sourceId: string; isArchived: boolean };

/** The body of a restore. Keys of encrypted machines are never part of it: Azure has them. */
export function toRestoreProperties(
  args: RestoreArgs,
  point: AzureRecoveryPoint,
  { subscriptionId, region, sourceId, isArchived }: Target,
): Record<string, unknown> {
  const group =
    args.target_resource_group &&
    `/subscriptions/${subscriptionId}/resourceGroups/${args.target_resource_group}`;
  const isNew = args.restore_type === 'AlternateLocation';
  return {
    objectType: isArchived ? 'IaasVMRestoreWithRehydrationRequest' : 'IaasVMRestoreRequest',
    recoveryPointId: point.name,
    recoveryType: args.restore_type,
    sourceResourceId: sourceId,
    ...(isNew
      ? {
          targetVirtualMachineId: `${group}/providers/Microsoft.Compute/virtualMachines/${args.target_vm_name}`,
          virtualNetworkId: args.virtual_network_id,
          subnetId: args.subnet_id,
        }
      : {}),
    ...(group === undefined ? {} : { targetResourceGroupId: group }),
    storageAccountId: args.staging_storage_account_id,
    region,
    createNewCloudService: false,
    originalStorageAccountOption: false,
    ...(point.isSourceVMEncrypted === true ? {} : { encryptionDetails: { encryptionEnabled: false } }),
    ...(args.disk_luns ? { restoreDiskLunList: [...new Set(args.disk_luns)] } : {}),
    ...identityOf(args),
    ...(isArchived
      ? {
          recoveryPointRehydrationInfo: {
            rehydrationRetentionDuration: REHYDRATED_FOR,
            rehydrationPriority: args.rehydration_priority,
          },
        }
      : {}),
  };
}

function identityOf({ identity }: RestoreArgs): { identityInfo?: Record<string, unknown> } {
  if (identity === undefined) return {};
  if (identity === 'system') return { identityInfo: { isSystemAssignedIdentity: true } };
  return { identityInfo: { isSystemAssignedIdentity: false, managedIdentityResourceId: identity } };
}

const wrong = (message: string, hint: string) =>
  new ToolError('validation', message, { code: 'restore-arguments', hint });
