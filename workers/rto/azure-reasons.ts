import type { RecoveryRecord } from '../../src/analysis/recovery/workload.ts';
import type { KnownWorkload } from './read-workloads.ts';

/**
 * Whether the items of a workload of a vault are deleted, and from which tier its newest point would be restored.
 *
 * @param deletedUntil until when they can be brought back; null: Azure does not say, undefined: they are not deleted
 */
export function azureReasons(
  { sizeBytes }: KnownWorkload,
  { points }: RecoveryRecord,
  deletedUntil: Date | null | undefined,
): string[] {
  return [
    ...(deletedUntil === undefined ? [] : [deletedReason(deletedUntil)]),
    ...tierReasons(points.newest?.tiers ?? null),
    ...(sizeBytes === null ? ['Azure Backup tells no size of machines and databases'] : []),
  ];
}

const deletedReason = (until: Date | null) =>
  `deleted, restorable by undelete until ${until === null ? 'a time that Azure does not say' : until.toISOString().replace('.000Z', 'Z')}`;

function tierReasons(tiers: readonly string[] | null): string[] {
  if (tiers === null) return [];
  if (tiers.length === 0) return ['its newest point does not say which tier holds it'];
  const isSnapshot = tiers.includes('InstantRP');
  const isInVault = tiers.includes('HardenedRP');
  if (isSnapshot && isInVault)
    return [
      'its newest point is in the vault and also a snapshot beside the machine (InstantRP), from which a restore is faster',
    ];
  if (isSnapshot)
    return ['its newest point is only a snapshot beside what it protects (InstantRP), and not in the vault'];
  if (isInVault)
    return ['its newest point is in the vault tier only: a restore copies all data out of the vault'];
  return [`its newest point is in the tier ${tiers.join(', ')}`];
}
