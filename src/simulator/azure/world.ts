import { createIds, type Ids } from '../ids.ts';
import type { Settings } from '../options.ts';
import { hash, hashText } from '../random.ts';
import { DAY } from '../zone.ts';
import { buildVaults, numbersIn, seededItem, subscriptionsOf, usualState } from './estate.ts';
import { containerName, itemName } from './ids.ts';
import { createRuns, type Runs } from './runs.ts';
import type { Item, ItemState, Machine, Vault } from './types.ts';

/** What the operation that a request started has come to. */
type Operation = {
  status: 'InProgress' | 'Succeeded' | 'Failed';
  startedAt: number;
  endedAt?: number;
  jobId?: string;
  error?: { code: string; message: string };
};

type Identity = { name: string; group: string };

/** Everything that the Azure half answers from. Only what differs from the seed is stored. */
export type AzureWorld = {
  settings: Settings;
  tenantId: string;
  clientId: string;
  subscriptions: string[];
  vaults: Vault[];
  /** The time of Azure in milliseconds; its clock is right whatever that of the backup server shows. */
  now: () => number;
  start: number;
  historyStart: number;
  runs: Runs;
  item: (vault: Vault, index: number) => Item;
  findItem: (vault: Vault, container: string, item: string) => Item | undefined;
  /** Something happens to an item, or is undone (undefined). */
  change: (vault: Vault, index: number, change: Partial<ItemState>) => void;
  /** The machine of an item is called this, as one is that the backup server protects. */
  rename: (vault: Vault, index: number, identity: Identity) => void;
  /** Items to which something happened. */
  changed: () => Item[];
  /** Machines that no vault protects. */
  unprotected: Machine[];
  /** The firmware's UUID and the guest's own name, where they are not those of the seed. */
  identities: Map<string, Pick<Machine, 'vmId' | 'computerName'>>;
  operations: Map<string, Operation>;
  /** Ids of jobs of a vault. */
  ids: (vault: Vault) => Ids;
};

export const keyOf = (vault: Vault, index: number): string => `${vault.index}/${index}`;

export function createAzureWorld(settings: Settings, now: () => number): AzureWorld {
  const { seed, azureDays } = settings;
  const start = settings.now.getTime();
  const subscriptions = subscriptionsOf(settings);
  const vaults = buildVaults(settings, subscriptions);
  const states = new Map<string, ItemState>();
  const names = new Map<string, Identity>();
  const renamed = new Map<string, number>();
  const own = createIds(hash(seed, hashText('azure')));

  const item = (vault: Vault, index: number): Item => {
    const key = keyOf(vault, index);
    const state = states.get(key) ?? usualState(seed, vault.index, index, start, azureDays);
    const made = seededItem(seed, vault, index, state);
    const identity = names.get(key);
    return identity ? { ...made, name: identity.name, holder: identity.name, group: identity.group } : made;
  };
  const findItem = (vault: Vault, container: string, name: string): Item | undefined => {
    const wanted = `${container}/${name}`.toLowerCase();
    const numbers = numbersIn(container);
    const index = renamed.get(`${vault.index}/${wanted}`) ?? numbers?.index;
    if (index === undefined || index >= settings.azureItems) return undefined;
    const found = item(vault, index);
    return `${containerName(found)}/${itemName(found)}`.toLowerCase() === wanted ? found : undefined;
  };
  return {
    settings,
    tenantId: own.of('proxy', 1),
    clientId: own.of('proxy', 2),
    subscriptions,
    vaults,
    now,
    start,
    historyStart: start - azureDays * DAY,
    runs: createRuns(hash(seed, hashText('azure runs')), start),
    item,
    findItem,
    change: (vault, index, change) => {
      const state = { ...item(vault, index).state, ...change };
      states.set(keyOf(vault, index), state);
    },
    rename: (vault, index, identity) => {
      names.set(keyOf(vault, index), identity);
      const made = item(vault, index);
      const path = `${containerName(made)}/${itemName(made)}`.toLowerCase();
      renamed.set(`${vault.index}/${path}`, index);
    },
    changed: () =>
      [...states.keys()].map((key) => {
        const [vault = 0, index = 0] = key.split('/').map(Number);
        return item(vaults[vault] as Vault, index);
      }),
    unprotected: [],
    identities: new Map(),
    operations: new Map(),
    ids: (vault) => createIds(hash(seed, hashText('azure jobs'), vault.index)),
  };
}
