import type { Vault } from './types.ts';

/** A machine with databases, or a storage account, that somebody registered. */
export type Container = {
  vault: Vault;
  name: string;
  kind: 'sql' | 'files';
  sourceId: string;
  friendlyName: string;
  workloadType: string | null;
  /** Its databases or shares are known since then. */
  inquiredAt?: number;
};

export type Containers = {
  of: (vault: Vault) => Container[];
  find: (vault: Vault, name: string) => Container | undefined;
  put: (container: Container) => unknown;
  remove: (vault: Vault, name: string) => unknown;
  /** Ids, in lower case, of what a vault has found by itself so far. */
  discovered: (vault: Vault) => Set<string>;
};

export function createContainers(): Containers {
  const registered = new Map<string, Container>();
  const discovered = new Map<Vault, Set<string>>();
  const keyOf = (vault: Vault, name: string) => `${vault.index}/${name.toLowerCase()}`;
  return {
    of: (vault) => [...registered.values()].filter((one) => one.vault === vault),
    find: (vault, name) => registered.get(keyOf(vault, name)),
    put: (container) => registered.set(keyOf(container.vault, container.name), container),
    remove: (vault, name) => registered.delete(keyOf(vault, name)),
    discovered: (vault) => {
      const found = discovered.get(vault) ?? new Set<string>();
      discovered.set(vault, found);
      return found;
    },
  };
}
