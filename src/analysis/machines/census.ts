import { isWorldwideInstance, normaliseKey, splitName } from './keys.ts';
import { type KeyKind, type KnownMachine, keyOf } from './machine.ts';
import { nameBlocks } from './names.ts';

export const KINDS: readonly KeyKind[] = ['AZURE_RESOURCE', 'BIOS_UUID', 'INSTANCE_ID', 'FQDN', 'HOST_NAME'];

/** A machine with its keys as they are compared. */
export interface Profile {
  machine: KnownMachine;
  key: string;
  values: Readonly<Record<KeyKind, readonly string[]>>;
  /** What it calls itself (full and host names), then what its source calls it. */
  hosts: readonly string[];
  names: readonly string[];
  domains: readonly string[];
}

/** All machines, and who has what in common with whom. */
export interface Census {
  profiles: readonly Profile[];
  byKey: ReadonlyMap<string, Profile>;
  /** Machines of each source. */
  sizes: ReadonlyMap<string, number>;
  /** Whoever has a key, by kind and value. */
  holders: ReadonlyMap<string, readonly Profile[]>;
  /** Whoever meets under a name. */
  called: ReadonlyMap<string, readonly Profile[]>;
}

/** Machines that may be one with others: whole ones. In the order of `keyOf`, so that the answer does not depend on that given. */
export function takeCensus(machines: readonly KnownMachine[]): Census {
  const profiles = machines
    .filter(({ isWhole }) => isWhole)
    .map(toProfile)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const sizes = new Map<string, number>();
  const holders = new Map<string, Profile[]>();
  const called = new Map<string, Profile[]>();
  for (const profile of profiles) {
    const { sourceId } = profile.machine;
    sizes.set(sourceId, (sizes.get(sourceId) ?? 0) + 1);
    for (const kind of KINDS)
      for (const value of profile.values[kind]) add(holders, holderKey(kind, value), profile);
    for (const block of new Set(profile.names.flatMap(nameBlocks))) add(called, block, profile);
  }
  return { profiles, byKey: new Map(profiles.map((one) => [one.key, one])), sizes, holders, called };
}

const holderKey = (kind: KeyKind, value: string): string => `${kind}|${value}`;

/** How many machines of the source have the key. */
export function countIn({ holders }: Census, kind: KeyKind, value: string, sourceId: string): number {
  return (holders.get(holderKey(kind, value)) ?? []).filter(({ machine }) => machine.sourceId === sourceId)
    .length;
}

function toProfile(machine: KnownMachine): Profile {
  const values: Record<KeyKind, string[]> = {
    AZURE_RESOURCE: [],
    BIOS_UUID: [],
    INSTANCE_ID: [],
    FQDN: [],
    HOST_NAME: [],
  };
  for (const { kind, value } of machine.keys) {
    const normal = normaliseKey(kind, value);
    if (normal !== null && !values[kind].includes(normal)) values[kind].push(normal);
  }
  for (const kind of KINDS) values[kind].sort();
  const hosts = [...values.FQDN, ...values.HOST_NAME];
  const names = [...new Set([...hosts, machine.name.trim().toLowerCase()])].filter((name) => name !== '');
  const domains = new Set(names.flatMap((name) => splitName(name).domain ?? []));
  return { machine, key: keyOf(machine), values, hosts, names, domains: [...domains].sort() };
}

/** Ids that two machines can be told apart by: those of inventories that number their own are none. */
export function idsOf({ values }: Profile, kind: KeyKind): readonly string[] {
  return kind === 'INSTANCE_ID' ? values.INSTANCE_ID.filter(isWorldwideInstance) : values[kind];
}

function add(map: Map<string, Profile[]>, key: string, profile: Profile): void {
  const known = map.get(key);
  if (!known) map.set(key, [profile]);
  else if (known.at(-1) !== profile) known.push(profile);
}
