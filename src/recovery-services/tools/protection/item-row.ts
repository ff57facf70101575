import * as z from 'zod';
import { type AzureProtectedItem, sourceKeyOf } from '../../../azure/protected-items.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { asWritten } from '../../read-lists.ts';
import { isoOrNull } from '../../window.ts';

/** The worst first. */
export const HEALTH = ['ActionRequired', 'ActionSuggested', 'Unknown', 'Passed'] as const;
type Health = (typeof HEALTH)[number];

/** A protected item as lists show it. Times and figures that are null: Azure does not say, or there was no backup yet. */
export const itemRow = z.object({
  id: z.string(),
  name: z.string(),
  friendly_name: z.string(),
  source_id: z.string().nullable(),
  type: z.string().nullable(),
  policy: z.string().nullable(),
  protection_state: z.string().nullable(),
  health: z.enum(HEALTH),
  last_backup_status: z.string().nullable(),
  last_backup_time: z.string().nullable(),
  last_recovery_point: z.string().nullable(),
  rpo_minutes: z.number().nullable(),
  soft_deleted: z.boolean(),
  container_name: z.string().nullable(),
  vault: z.string(),
});

export function toItemRow(item: AzureProtectedItem, vault: string, now: Date): z.infer<typeof itemRow> {
  const point = item.lastRecoveryPoint;
  return {
    id: cleanText(item.id, 600),
    name: cleanText(item.name, 200),
    friendly_name: cleanText(item.friendlyName ?? item.name, 120),
    source_id: cleanOrNull(sourceOf(item), 300),
    type: cleanOrNull(item.workloadType ?? item.protectedItemType, 60),
    policy: cleanOrNull(policyOf(item), 150),
    protection_state: cleanOrNull(item.protectionState, 40),
    health: healthOf(item),
    last_backup_status: cleanOrNull(item.lastBackupStatus, 40),
    last_backup_time: isoOrNull(item.lastBackupTime),
    last_recovery_point: isoOrNull(point),
    rpo_minutes: point && Math.max(0, Math.floor((now.getTime() - point.getTime()) / 60_000)),
    soft_deleted: item.isScheduledForDeferredDelete ?? false,
    container_name: cleanOrNull(item.parts.container ?? item.containerName, 200),
    vault,
  };
}

/** Name of the policy; undefined: it has none, which is so when protection is stopped. */
export const policyOf = (item: AzureProtectedItem): string | undefined =>
  item.policyName ?? asWritten(item, 'policyId')?.split('/').at(-1);

/** The id of what an item protects, as Azure wrote it. */
export const sourceOf = (item: AzureProtectedItem): string | undefined =>
  asWritten(item, 'sourceResourceId') ?? asWritten(item, 'virtualMachineId') ?? sourceKeyOf(item);

const WORDS: Record<string, Health> = {
  passed: 'Passed',
  healthy: 'Passed',
  actionsuggested: 'ActionSuggested',
  actionrequired: 'ActionRequired',
  unhealthy: 'ActionRequired',
  notreachable: 'ActionRequired',
};

/** Azure has several words for health, and they may differ: the worst one counts. */
export function healthOf({
  healthStatus,
  protectedItemHealthStatus,
  protectionStatus,
}: AzureProtectedItem): Health {
  const said = [healthStatus, protectedItemHealthStatus, protectionStatus].map(
    (word) => WORDS[word?.toLowerCase() ?? ''],
  );
  return HEALTH.find((health) => said.includes(health)) ?? 'Unknown';
}
