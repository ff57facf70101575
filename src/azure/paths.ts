export type VaultRef = { subscriptionId: string; resourceGroup: string; vault: string };
/** `fabric` is `Azure` for all that Azure itself runs. */
export type ItemRef = VaultRef & { fabric?: string | undefined; container: string; item: string };

const PATH = /^(\/(?!\.|%2e)[^/?#\\\s]+)+$/i;
const PROVIDER = 'Microsoft.RecoveryServices';

/** Below a vault. Each part is one name, encoded here. */
export function vaultPath({ subscriptionId, resourceGroup, vault }: VaultRef, ...parts: string[]): string {
  return joined(
    'subscriptions',
    subscriptionId,
    'resourceGroups',
    resourceGroup,
    'providers',
    PROVIDER,
    'vaults',
    vault,
    ...parts,
  );
}

export function vaultsPath(subscriptionId: string, resourceGroup?: string): string {
  const group = resourceGroup === undefined ? [] : ['resourceGroups', resourceGroup];
  return joined('subscriptions', subscriptionId, ...group, 'providers', PROVIDER, 'vaults');
}

/** Below a protected item. */
export function itemPath(
  { fabric = 'Azure', container, item, ...vault }: ItemRef,
  ...parts: string[]
): string {
  const place = ['backupFabrics', fabric, 'protectionContainers', container, 'protectedItems', item];
  return vaultPath(vault, ...place, ...parts);
}

/** Below a region. @param region as Azure writes it anywhere: `westeurope` or `West Europe` */
export function regionPath(subscriptionId: string, region: string, ...parts: string[]): string {
  const location = region.replaceAll(/\s/g, '').toLowerCase();
  return joined('Subscriptions', subscriptionId, 'providers', PROVIDER, 'locations', location, ...parts);
}

export const virtualMachinesPath = (subscriptionId: string): string =>
  joined('subscriptions', subscriptionId, 'providers', 'Microsoft.Compute', 'virtualMachines');

export const virtualMachinePath = (subscriptionId: string, resourceGroup: string, name: string): string =>
  joined(
    'subscriptions',
    subscriptionId,
    'resourceGroups',
    resourceGroup,
    'providers',
    'Microsoft.Compute',
    'virtualMachines',
    name,
  );

export const RESOURCE_GRAPH_PATH = '/providers/Microsoft.ResourceGraph/resources';

/** @throws Error if a path has parts that lead elsewhere, or a query of its own */
export function assertPlainPath(path: string): void {
  if (!PATH.test(path)) throw new Error(`${path} is no path of Azure`);
}

function joined(...segments: string[]): string {
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..')
      throw new Error(`"${segment}" is no name that can be in a path of Azure`);
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}
