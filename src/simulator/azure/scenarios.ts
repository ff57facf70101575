import { hash } from '../random.ts';
import { DAY, HOUR } from '../zone.ts';
import { type Computer, generatePairs, type Pair, pairMachines } from './pairs.ts';
import { longestGap } from './policies.ts';
import { PROBLEM_COUNT } from './problems.ts';
import type { Item, OddItem } from './types.ts';
import type { AzureWorld } from './world.ts';
import { WRITE_SCENARIOS } from './write-scenarios.ts';

/** The estate while a scenario works on it. */
export type AzureDraft = {
  world: AzureWorld;
  computers: Computer[];
  faults: string[];
  pairs: Pair[];
  /** Of machines that are in no estate. */
  examplePairs: Pair[];
  taken: Set<string>;
};

type AzureScenario = { name: string; summary: string; inject: (draft: AzureDraft) => void };

/** Protected in both halves in every scenario, without doubt. */
const PLAIN_PAIRS = 12;
const EXAMPLE_PAIRS = 600;
/** Most of them are one machine without doubt; of some only a name says it, and it is another domain's. */
const DEMO_PAIRS = ['same-id', 'swapped-id', 'other-case', 'same-id', 'other-domain'] as const;
const ODD: OddItem[] = ['no-fabric', 'upper-case', 'malformed-source', 'nulls', 'numbers', 'sentinels'];

const failing: AzureScenario = {
  name: 'azure-failing-item',
  summary: 'backups of three items have failed for days, each with its error code and recommendations',
  inject: ({ world, taken }) => {
    for (const [i, { vault, index, policy }] of takeItems(world, taken, 3).entries())
      world.change(vault, index, {
        failing: { from: world.start - (i + 2) * longestGap(policy), error: i % PROBLEM_COUNT },
      });
  },
};
const stopped: AzureScenario = {
  name: 'azure-stopped-keep-data',
  summary: 'protection of two items was stopped 20 days ago, their copies are kept',
  inject: ({ world, taken }) => {
    for (const { vault, index } of takeItems(world, taken, 2))
      world.change(vault, index, {
        stoppedAt: world.start - Math.min(20, world.settings.azureDays / 2) * DAY,
      });
  },
};
const softDeleted: AzureScenario = {
  name: 'azure-soft-deleted',
  summary: 'two items were deleted with their copies 3 days ago; soft delete keeps them for 11 more',
  inject: ({ world, taken }) => {
    for (const { vault, index } of takeItems(world, taken, 2))
      world.change(vault, index, { deletedAt: world.start - 3 * DAY });
  },
};
const neverBackedUp: AzureScenario = {
  name: 'azure-never-backed-up',
  summary: 'two items were protected ten days ago and no backup has ever been made',
  inject: ({ world, taken }) => {
    for (const { vault, index } of takeItems(world, taken, 2))
      world.change(vault, index, { isPending: true, protectedSince: world.start - 10 * DAY });
  },
};
const softDeleteOff: AzureScenario = {
  name: 'azure-soft-delete-off',
  summary: 'a vault has no soft delete, no immutability and no second person for critical operations',
  inject: ({ world }) => {
    const vault = world.vaults.at(-1);
    if (vault) Object.assign(vault, { softDelete: 'Disabled', immutability: 'Disabled', hasGuard: false });
  },
};
const rpoBreach: AzureScenario = {
  name: 'azure-rpo-breach',
  summary: 'backups of three items are not started any more; nothing has failed',
  inject: ({ world, taken }) => {
    for (const { vault, index, policy } of takeItems(world, taken, 3))
      world.change(vault, index, { silentFrom: world.start - 4 * longestGap(policy) - HOUR });
  },
};
const throttled: AzureScenario = {
  name: 'azure-throttled-vault',
  summary: 'a vault answers 429 with Retry-After again and again, another one without',
  inject: ({ world, faults }) => {
    const [first, second] = world.vaults;
    if (first) faults.push(`throttle:path=/vaults/${first.name}/,retryAfter=1,probability=0.3`);
    if (second) faults.push(`throttle:path=/vaults/${second.name}/,probability=0.2`);
  },
};
const forbidden: AzureScenario = {
  name: 'azure-forbidden-vault',
  summary: 'a vault is listed and may not be read (403); Resource Graph leaves it out without a word',
  inject: ({ world }) => {
    const vault = world.vaults.at(-1);
    if (vault) vault.isForbidden = true;
  },
};
const unprotected: AzureScenario = {
  name: 'azure-unprotected-vms',
  summary: 'five virtual machines are in no vault',
  inject: ({ world }) => {
    for (let i = 0; i < 5; i += 1) {
      const { subscription = '', location = '' } = world.vaults[i % world.vaults.length] ?? {};
      const name = `bare-${String(i + 1).padStart(2, '0')}`;
      const vmId = world.ids(world.vaults[0] ?? fail()).of('bios', i);
      const group = 'rg-unmanaged';
      world.unprotected.push({
        name,
        subscription,
        group,
        location,
        vmId,
        computerName: name,
        isLinux: i % 2 === 0,
      });
    }
  },
};
const mixed: AzureScenario = {
  name: 'azure-mixed-machines',
  summary: 'machines that the backup server protects, too, and others that only seem to be those',
  inject: (draft) => {
    draft.pairs = pairMachines(draft.world, draft.computers, draft.computers.length);
    draft.examplePairs = generatePairs(draft.world.settings.seed, EXAMPLE_PAIRS);
  },
};
const oddRows: AzureScenario = {
  name: 'azure-odd-rows',
  summary:
    'ids without a fabric or in another case, malformed ones, nulls, numbers for words, times that mean never',
  inject: ({ world, taken }) => {
    for (const [i, { vault, index }] of takeItems(world, taken, ODD.length * 2, 'vm').entries()) {
      const odd = ODD[i % ODD.length];
      if (odd) world.change(vault, index, { odd });
    }
  },
};
const healthy: AzureScenario = { name: 'azure-healthy', summary: 'nothing is wrong', inject: () => {} };
const parts = [failing, stopped, softDeleted, neverBackedUp, softDeleteOff, rpoBreach, unprotected];
const all: AzureScenario = {
  name: 'azure-all',
  summary:
    'failing, stopped, deleted, pending and silent items, a vault without soft delete and bare machines, side by side',
  inject: (draft) => {
    for (const { inject } of parts) inject(draft);
  },
};
const demo: AzureScenario = {
  name: 'azure-demo',
  summary:
    'the same troubles, and machines that the backup server protects, too: the one to try the product with',
  inject: (draft) => {
    draft.pairs = pairMachines(draft.world, draft.computers, PLAIN_PAIRS, DEMO_PAIRS);
    for (const key of draft.world.identities.keys()) draft.taken.add(key);
    all.inject(draft);
  },
};

const writes: AzureScenario[] = WRITE_SCENARIOS.map(({ name, summary, prepare }) => ({
  name,
  summary,
  inject: (draft) => {
    unprotected.inject(draft);
    prepare(draft.world);
  },
}));

export const AZURE_SCENARIOS: readonly AzureScenario[] = [
  healthy,
  ...parts,
  throttled,
  forbidden,
  mixed,
  oddRows,
  ...writes,
  all,
  demo,
];

/** What happens in the Azure half: in the demo a bit of all, in scenarios about the backup server nothing. */
export function azureScenario(name: string): AzureScenario {
  if (name === 'demo') return demo;
  return AZURE_SCENARIOS.find((one) => one.name === name) ?? healthy;
}

/** Lets the scenario happen. */
export function inject(name: string, world: AzureWorld, computers: Computer[]): AzureDraft {
  const draft: AzureDraft = { world, computers, faults: [], pairs: [], examplePairs: [], taken: new Set() };
  azureScenario(name).inject(draft);
  if (draft.pairs.length === 0) draft.pairs = pairMachines(world, computers, PLAIN_PAIRS, ['same-id']);
  return draft;
}

/** Items that no other part of the scenario uses, the same ones for the same seed. */
function takeItems(world: AzureWorld, taken: Set<string>, count: number, kind?: Item['kind']): Item[] {
  const { settings, vaults } = world;
  const total = vaults.length * settings.azureItems;
  const found: Item[] = [];
  for (let draw = 0; found.length < count && draw < total * 20; draw += 1) {
    const place = hash(settings.seed, 761, draw, count) % total;
    const vault = vaults[place % vaults.length] ?? fail();
    const item = world.item(vault, Math.floor(place / vaults.length));
    const key = `${vault.index}/${item.index}`;
    if (taken.has(key) || (kind && item.kind !== kind)) continue;
    taken.add(key);
    found.push(item);
  }
  return found;
}

function fail(): never {
  throw new RangeError('an Azure half has a vault at least');
}
