import { DOMAIN } from '../estate/names.ts';
import { createIds } from '../ids.ts';
import { hash, hashText, pick } from '../random.ts';
import { machineId } from './ids.ts';
import { machineOf } from './machines.ts';
import type { Item, Machine } from './types.ts';
import { type AzureWorld, keyOf } from './world.ts';

/** A computer with an agent, as the backup server knows it. */
export type Computer = { name: string; biosUuid: string };

type Variant =
  | 'same-id'
  | 'other-case'
  | 'renamed'
  | 'swapped-id'
  | 'full-name-only'
  | 'other-id'
  | 'other-domain'
  | 'similar-name';

/** A computer and a machine of Azure, and whether they are one. */
export type Pair = {
  variant: Variant;
  same: boolean;
  veeam: Computer;
  azure: { id: string; name: string; vmId: string | null; computerName: string | null };
};

type Look = { same: boolean; look: (computer: Computer, other: Pick<Machine, 'name' | 'vmId'>) => Shown };
type Shown = { name: string; vmId: string | undefined; computerName: string | undefined };

const full = (name: string, domain = DOMAIN) => `${name}.${domain}`;

/** Ways in which a machine of Azure is, or only seems to be, a computer that the backup server protects. */
const VARIANTS: Record<Variant, Look> = {
  'same-id': {
    same: true,
    look: ({ name, biosUuid }) => ({ name, vmId: biosUuid, computerName: full(name) }),
  },
  'other-case': {
    same: true,
    look: ({ name, biosUuid }) => ({
      name: name.toUpperCase(),
      vmId: biosUuid.toUpperCase(),
      computerName: full(name.toUpperCase()),
    }),
  },
  renamed: {
    same: true,
    look: ({ name, biosUuid }, other) => ({ name: other.name, vmId: biosUuid, computerName: full(name) }),
  },
  'swapped-id': {
    same: true,
    look: ({ name, biosUuid }) => ({ name, vmId: swapped(biosUuid), computerName: full(name) }),
  },
  'full-name-only': {
    same: true,
    look: ({ name }) => ({ name, vmId: undefined, computerName: full(name) }),
  },
  'other-id': {
    same: false,
    look: ({ name }, other) => ({ name, vmId: other.vmId, computerName: full(name, 'lab.example') }),
  },
  'other-domain': {
    same: false,
    look: ({ name }) => ({ name, vmId: undefined, computerName: full(name, 'lab.example') }),
  },
  'similar-name': {
    same: false,
    look: ({ name }, other) => ({ name: `${name}-2`, vmId: other.vmId, computerName: full(`${name}-2`) }),
  },
};
const NAMES = Object.keys(VARIANTS) as Variant[];

/** Lets machines of Azure be, or look like, computers of the backup server: at most `count`, of the variants given. */
export function pairMachines(
  world: AzureWorld,
  computers: readonly Computer[],
  count: number,
  variants: readonly Variant[] = NAMES,
): Pair[] {
  const usable = computers.filter(({ name }) => /^[\w-]+$/.test(name)).slice(0, count);
  const pairs: Pair[] = [];
  for (const item of machineItems(world)) {
    const computer = usable[pairs.length];
    if (!computer) break;
    pairs.push(pairUp(world, item, computer, pick(variants, world.settings.seed, 751, pairs.length)));
  }
  return pairs;
}

const ROLES = ['sql', 'erp', 'web', 'file', 'dc', 'app'];

/** Pairs of machines that are in no estate, for whoever wants to measure a way to tell them apart. */
export function generatePairs(seed: number, count: number): Pair[] {
  const ids = createIds(hash(seed, hashText('azure pairs')));
  return Array.from({ length: count }, (_, index) => {
    const veeam = {
      name: `${pick(ROLES, seed, 752, index)}-${1000 + index}`,
      biosUuid: ids.of('bios', index),
    };
    const variant = pick(NAMES, seed, 753, index);
    const vmId = ids.of('workload', index);
    const { same, look } = VARIANTS[variant];
    const shown = look(veeam, { name: `vm-${9000 + index}`, vmId });
    const group = same ? 'rg-servers' : 'rg-lab';
    const id = machineId({ subscription: ids.of('group', index % 3), group, name: shown.name });
    return { variant, same, veeam, azure: toAzure(id, shown) };
  });
}

const toAzure = (id: string, { name, vmId, computerName }: Shown): Pair['azure'] => ({
  id,
  name,
  vmId: vmId ?? null,
  computerName: computerName ?? null,
});

function pairUp(world: AzureWorld, item: Item, veeam: Computer, variant: Variant): Pair {
  const { vault, index } = item;
  const { same, look } = VARIANTS[variant];
  const shown = look(veeam, machineOf(world, item));
  const { name, vmId, computerName } = shown;
  world.rename(vault, index, { name, group: same ? 'rg-servers' : 'rg-lab' });
  world.identities.set(keyOf(vault, index), { vmId, computerName });
  const azure = toAzure(machineId(machineOf(world, world.item(vault, index))), shown);
  return { variant, same, veeam, azure };
}

/** Machines of all vaults in turn, so that each vault has some of the pairs. */
function* machineItems({ vaults, settings, item }: AzureWorld): Generator<Item> {
  for (let index = 0; index < settings.azureItems; index += 1) {
    for (const vault of vaults) {
      const found = item(vault, index);
      if (found.kind === 'vm') yield found;
    }
  }
}

/** Firmware of some hosts tells the first three parts of its UUID with the bytes the other way round. */
function swapped(uuid: string): string {
  const reversed = (part: string) => part.match(/../g)?.toReversed().join('') ?? part;
  return uuid
    .split('-')
    .map((part, index) => (index < 3 ? reversed(part) : part))
    .join('-');
}
