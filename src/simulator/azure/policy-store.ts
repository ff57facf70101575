import { POLICIES, type Policy } from './policies.ts';
import type { Vault } from './types.ts';

/** The policies of each vault: those that all begin with, and what was written since. */
export type VaultPolicies = {
  /** In the order of their making. */
  of: (vault: Vault) => Policy[];
  find: (vault: Vault, name: string) => Policy | undefined;
  /** What stands in place of a policy of the seed; undefined: nothing does. */
  current: (vault: Vault, name: string) => Policy | undefined;
  put: (vault: Vault, policy: Omit<Policy, 'index'>) => Policy;
  remove: (vault: Vault, name: string) => void;
};

export function createPolicies(): VaultPolicies {
  const written = new Map<string, Policy>();
  const removed = new Set<string>();
  let count: number = POLICIES.length;
  const keyOf = (vault: Vault, name: string) => `${vault.index}/${name.toLowerCase()}`;
  const of = (vault: Vault) => {
    const prefix = `${vault.index}/`;
    const kept = POLICIES.filter(({ name }) => {
      const key = keyOf(vault, name);
      return !removed.has(key) && !written.has(key);
    });
    return [...kept, ...[...written].filter(([key]) => key.startsWith(prefix)).map(([, policy]) => policy)];
  };
  return {
    of,
    find: (vault, name) => of(vault).find((one) => one.name.toLowerCase() === name.toLowerCase()),
    current: (vault, name) => (written.size === 0 ? undefined : written.get(keyOf(vault, name))),
    put: (vault, policy) => {
      const made = { ...policy, index: count };
      count += 1;
      removed.delete(keyOf(vault, policy.name));
      written.set(keyOf(vault, policy.name), made);
      return made;
    },
    remove: (vault, name) => {
      written.delete(keyOf(vault, name));
      removed.add(keyOf(vault, name));
    },
  };
}
