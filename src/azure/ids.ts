import type { ItemRef, VaultRef } from './paths.ts';

/** The named parts of an id, as they were written; those that the id does not have are absent. */
export type ArmParts = {
  subscriptionId?: string;
  resourceGroup?: string;
  provider?: string;
  vault?: string;
  fabric?: string;
  container?: string;
  item?: string;
  policy?: string;
  job?: string;
  recoveryPoint?: string;
};
/** `key` is equal for all ways in which Azure writes the id of one thing. */
export type ArmId = { key: string; parts: ArmParts };

const PARTS: Record<string, keyof ArmParts> = {
  subscriptions: 'subscriptionId',
  resourcegroups: 'resourceGroup',
  providers: 'provider',
  vaults: 'vault',
  backupfabrics: 'fabric',
  protectioncontainers: 'container',
  protecteditems: 'item',
  backuppolicies: 'policy',
  backupjobs: 'job',
  recoverypoints: 'recoveryPoint',
};

/**
 * Reads an id by the names of its segments, whatever their case: Azure writes `/Subscriptions/` and `/subscriptions/`,
 * `vaults` and `Vaults`, and leaves out the fabric in some lists. Odd ids (a group without a name, other forms) give the
 * parts that are there.
 */
export function parseArmId(id: string): ArmId {
  const segments = withFabric(id.split('/').filter((segment) => segment !== ''));
  const parts: ArmParts = {};
  for (let index = 0; index < segments.length; ) {
    const name = segments[index]?.toLowerCase() ?? '';
    const value = segments[index + 1];
    const nameless = name === 'resourcegroups' && value?.toLowerCase() === 'providers';
    const part = PARTS[name];
    if (part && value !== undefined && !nameless) parts[part] ??= value;
    index += nameless ? 1 : 2;
  }
  return { key: `/${segments.join('/').toLowerCase()}`, parts };
}

/** Where the vault is that an id lies in; null if the id does not say it. */
export function toVaultRef({ subscriptionId, resourceGroup, vault }: ArmParts): VaultRef | null {
  if (!subscriptionId || !resourceGroup || !vault) return null;
  return { subscriptionId, resourceGroup, vault };
}

/** Where the protected item is that an id names; null if the id does not say it. */
export function toItemRef(parts: ArmParts): ItemRef | null {
  const vault = toVaultRef(parts);
  const { fabric = 'Azure', container, item } = parts;
  return vault && container && item ? { ...vault, fabric, container, item } : null;
}

/** The key of the vault that an id lies in; null if the id does not say it. */
export function toVaultKey({ parts }: ArmId): string | null {
  const ref = toVaultRef(parts);
  if (!ref) return null;
  const { subscriptionId, resourceGroup, vault } = ref;
  const provider = 'microsoft.recoveryservices';
  return `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/${provider}/vaults/${vault}`.toLowerCase();
}

function withFabric(segments: string[]): string[] {
  const names = segments.map((segment) => segment.toLowerCase());
  const container = names.indexOf('protectioncontainers');
  if (container < 0 || names.includes('backupfabrics') || !names.includes('vaults')) return segments;
  return segments.toSpliced(container, 0, 'backupFabrics', 'Azure');
}
