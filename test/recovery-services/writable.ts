import assert from 'node:assert/strict';
import { machineId } from '../../src/simulator/azure/ids.ts';
import type { Item, Machine, Vault } from '../../src/simulator/azure/types.ts';
import { type Estate, startEstate } from './estate.ts';
import { ALLOWED, neverLeaves, type SessionOptions } from './session.ts';

type Args = Record<string, unknown>;
export type Writable = Estate & {
  vault: Vault;
  /** Machines that the vault protects. */
  machines: Item[];
  /** A machine that no vault protects, and that the vault knows. */
  bare: Machine;
  /** A machine that was made after the vault looked around. */
  fresh: Machine;
  /** A call that has to succeed, on the first vault. */
  done: (tool: string, args: Args) => Promise<any>; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of all tools
  /** Requests since the last look that change something. */
  changes: () => { method: string; path: string }[];
};

/** POSTs that ask something and change nothing. */
const QUESTIONS = /\/(backupStatus|backupPreValidateProtection|backupValidateOperation)$/i;

/** A simulated Azure that takes all writes, and the server with all that is allowed. */
export async function startWritable(
  scenario = 'azure-writable',
  options: Partial<SessionOptions> = {},
): Promise<Writable> {
  const estate = await startEstate(scenario, { settings: ALLOWED, ...options });
  const { world, requests } = estate.azure;
  const [vault] = world.vaults;
  const [bare] = world.unprotected;
  assert.ok(vault && bare);
  const fresh = { ...bare, name: 'fresh-01', computerName: 'fresh-01' };
  world.unprotected.push(fresh);
  neverLeavesLater(world.writes.secrets);
  return {
    ...estate,
    vault,
    bare,
    fresh,
    machines: estate.items(vault).filter(({ kind }) => kind === 'vm'),
    done: (tool, args) => estate.session.ask(tool, { vault_name: vault.name, ...args }),
    changes: () => {
      const found = requests
        .list()
        .filter(({ method, path }) => method !== 'GET' && !(method === 'POST' && QUESTIONS.test(path)));
      requests.clear();
      return found.map(({ method, path }) => ({ method, path: decodeURIComponent(path).toLowerCase() }));
    },
  };
}

export const idOf = (machine: Machine): string => machineId(machine);

/** Scripts and passwords come into being during the tests. */
function neverLeavesLater(secrets: Set<string>): void {
  const add = secrets.add.bind(secrets);
  secrets.add = (secret) => {
    neverLeaves(secret);
    return add(secret);
  };
}

export const STORAGE =
  '/subscriptions/0/resourceGroups/rg-staging/providers/Microsoft.Storage/storageAccounts/ststaging';
export const NET = '/subscriptions/0/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vn';
