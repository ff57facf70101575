import { createIds, type Ids } from '../ids.ts';
import type { Settings } from '../options.ts';
import { hash, hashText } from '../random.ts';
import { DAY } from '../zone.ts';
import { type Containers, createContainers } from './containers.ts';
import { buildVaults, numbersIn, seededItem, subscriptionsOf, usualState } from './estate.ts';
import { containerName, itemName } from './ids.ts';
import { type Operation, settle, usualWrites, type Writes } from './operations.ts';
import { createPolicies, type VaultPolicies } from './policy-store.ts';
import { createRuns, type Runs } from './runs.ts';
import { createStartedJobs, type StartedJobs } from './started-jobs.ts';
import type { Item, ItemState, Machine, NewItem, Vault } from './types.ts';

type Identity = { name: string; group: string };
/** Backup Reader, Backup Operator, Backup Contributor. */
export type Account = 'reader' | 'operator' | 'contributor';

/** Everything that the Azure half answers from. Only what differs from the seed is stored. */
export type AzureWorld = {
  settings: Settings;
  tenantId: string;
  clientId: string;
  subscriptions: string[];
  vaults: Vault[];
  /** What the account may do. */
  account: Account;
  /** The time of Azure in milliseconds; its clock is right whatever that of the backup server shows. */
  now: () => number;
  start: number;
  historyStart: number;
  runs: Runs;
  /** How many items a vault has ever had. */
  count: (vault: Vault) => number;
  /** How many it has now. */
  countListed: (vault: Vault, now: number) => number;
  item: (vault: Vault, index: number) => Item;
  findItem: (vault: Vault, container: string, item: string) => Item | undefined;
  /** Something happens to an item, or is undone (undefined). */
  change: (vault: Vault, index: number, change: StateChange) => void;
  /** The number of an item that was not there before. */
  add: (vault: Vault, item: NewItem) => number;
  /** The machine of an item is called this, as one is that the backup server protects. */
  rename: (vault: Vault, index: number, identity: Identity) => void;
  /** Items to which something happened. */
  changed: () => Item[];
  policies: VaultPolicies;
  /** Machines that no vault protects, or none did when the simulator started. */
  unprotected: Machine[];
  /** The firmware's UUID and the guest's own name, where they are not those of the seed. */
  identities: Map<string, Pick<Machine, 'vmId' | 'computerName'>>;
  containers: Containers;
  writes: Writes;
  /** Items, by id in lower case, that a second person has allowed to be deleted, and until when. */
  unlockedUntil: Map<string, number>;
  operations: Map<string, Operation>;
  jobs: StartedJobs;
  /** Ends what has come to its end. */
  settle: () => void;
  /** Ids of jobs of a vault. */
  ids: (vault: Vault) => Ids;
};

type StateChange = { [name in keyof ItemState]?: ItemState[name] | undefined };

export const keyOf = (vault: Vault, index: number): string => `${vault.index}/${index}`;

/** From now on the item has another policy, or one again; what was before stays as it was. */
export function nextEra({ policy, state }: Item, at: number): Pick<ItemState, 'eras' | 'since'> {
  const { eras = [], since = state.protectedSince, stoppedAt = at, deletedAt = at, purgedAt = at } = state;
  return {
    eras: [...eras, { policy, from: since, to: Math.min(stoppedAt, deletedAt, purgedAt) }],
    since: at,
  };
}

/** Whether an item is gone, with its data: at once, or when soft delete gave it up. */
export const isGone = ({ state: { deletedAt, purgedAt }, vault }: Item, now: number): boolean =>
  (purgedAt ?? now + 1) <= now || (deletedAt ?? now) + vault.softDeleteDays * DAY < now;

export function createAzureWorld(settings: Settings, now: () => number): AzureWorld {
  const { seed, azureDays, azureItems } = settings;
  const start = settings.now.getTime();
  const subscriptions = subscriptionsOf(settings);
  const vaults = buildVaults(settings, subscriptions);
  const states = new Map<string, ItemState>();
  const names = new Map<string, Identity>();
  const byPath = new Map<string, number>();
  const added = new Map<Vault, NewItem[]>();
  const policies = createPolicies();
  const own = createIds(hash(seed, hashText('azure')));

  const count = (vault: Vault) => azureItems + (added.get(vault)?.length ?? 0);
  const item = (vault: Vault, index: number): Item => {
    const key = keyOf(vault, index);
    const more = added.get(vault)?.[index - azureItems];
    const state = states.get(key) ?? more?.state ?? usualState(seed, vault.index, index, start, azureDays);
    const made = more ? { ...more, vault, index, state } : seededItem(seed, vault, index, state);
    // A policy that it was given may be one of the seed, too.
    const given = state.policy === undefined ? undefined : policies.find(vault, state.policy);
    const policy = given ?? policies.current(vault, made.policy.name) ?? made.policy;
    const identity = names.get(key);
    return identity
      ? { ...made, policy, name: identity.name, holder: identity.name, group: identity.group }
      : { ...made, policy };
  };
  const pathOf = (made: Item) => `${made.vault.index}/${containerName(made)}/${itemName(made)}`.toLowerCase();
  const findItem = (vault: Vault, container: string, name: string): Item | undefined => {
    const wanted = `${vault.index}/${container}/${name}`.toLowerCase();
    const index = byPath.get(wanted) ?? numbersIn(container)?.index;
    if (index === undefined || index >= count(vault)) return undefined;
    const found = item(vault, index);
    return pathOf(found) === wanted ? found : undefined;
  };
  const changed = () =>
    [...states.keys()].map((key) => {
      const [vault = 0, index = 0] = key.split('/').map(Number);
      return item(vaults[vault] as Vault, index);
    });
  const world: AzureWorld = {
    settings,
    tenantId: own.of('proxy', 1),
    clientId: own.of('proxy', 2),
    subscriptions,
    vaults,
    account: 'contributor',
    now,
    start,
    historyStart: start - azureDays * DAY,
    runs: createRuns(hash(seed, hashText('azure runs')), start),
    count,
    countListed: (vault, at) =>
      count(vault) - changed().filter((one) => one.vault === vault && isGone(one, at)).length,
    item,
    findItem,
    change: (vault, index, change) => {
      states.set(keyOf(vault, index), withChange(item(vault, index).state, change));
    },
    add: (vault, made) => {
      const list = added.get(vault) ?? [];
      added.set(vault, [...list, made]);
      const index = azureItems + list.length;
      states.set(keyOf(vault, index), made.state);
      byPath.set(pathOf(item(vault, index)), index);
      return index;
    },
    rename: (vault, index, identity) => {
      names.set(keyOf(vault, index), identity);
      byPath.set(pathOf(item(vault, index)), index);
    },
    changed,
    policies,
    unprotected: [],
    identities: new Map(),
    containers: createContainers(),
    writes: usualWrites(),
    unlockedUntil: new Map(),
    operations: new Map(),
    jobs: createStartedJobs(),
    settle: () => {
      settle(world, now());
      world.jobs.settle(now());
    },
    ids: (vault) => createIds(hash(seed, hashText('azure jobs'), vault.index)),
  };
  return world;
}

/** What is undone is absent afterwards. */
function withChange(state: ItemState, change: StateChange): ItemState {
  const next = { ...state, ...change };
  for (const [name, value] of Object.entries(next))
    if (value === undefined) delete next[name as keyof ItemState];
  return next as ItemState;
}
