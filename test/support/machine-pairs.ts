import { createHash } from 'node:crypto';
import { swapBytes } from '../../src/analysis/machines/keys.ts';
import type { KnownMachine, MachineKey } from '../../src/analysis/machines/machine.ts';

/** A machine of one source beside one of another that looks like it, and whether they are one. */
export type LabelledPair = {
  variant: string;
  same: boolean;
  a: KnownMachine;
  b: KnownMachine;
};

/** Numbers from 0 to below 1 by a seed: the same every time. */
export function seeded(seed: number) {
  let count = 0;
  return () => {
    count += 1;
    return createHash('sha256').update(`${seed} ${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}

type Draw = { random: () => number; index: number; sources: readonly string[]; uuid: () => string };
type Maker = { same: boolean; make: (draw: Draw, name: string) => [Side, Side] };
type Side = { name: string; keys: MachineKey[]; isWhole?: boolean; osFamily?: 'windows' | 'linux' };

const key = (kind: MachineKey['kind'], value: string): MachineKey => ({ kind, value });
const resource = (name: string, group = 'rg-prod') =>
  `/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
const full = (name: string, domain = 'acme-corp.net') => `${name}.${domain}`;

/** Harder than what a simulator would think of: what really goes wrong with names and ids of machines. */
const VARIANTS: Record<string, Maker> = {
  'same id, name with a typo': {
    same: true,
    make: ({ uuid }, name) => {
      const id = uuid();
      return [
        { name, keys: [key('BIOS_UUID', id)] },
        { name: `${name.slice(0, 2)}x${name.slice(3)}`, keys: [key('BIOS_UUID', swapBytes(id))] },
      ];
    },
  },
  'typo and no id': {
    same: true,
    make: (_, name) => [
      { name, keys: [key('HOST_NAME', name)] },
      { name: `${name.slice(0, 2)}x${name.slice(3)}`, keys: [] },
    ],
  },
  'short name here, full name there, same id in capitals': {
    same: true,
    make: ({ uuid }, name) => {
      const id = uuid();
      return [
        { name: name.toUpperCase(), keys: [key('BIOS_UUID', id.toUpperCase()), key('HOST_NAME', name)] },
        { name: full(name), keys: [key('BIOS_UUID', id), key('FQDN', full(name))] },
      ];
    },
  },
  'full name alone': {
    same: true,
    make: ({ uuid }, name) => [
      { name, keys: [key('FQDN', full(name)), key('BIOS_UUID', uuid())] },
      { name, keys: [key('FQDN', full(name.toUpperCase()))] },
    ],
  },
  'no ids, one name': {
    same: true,
    make: (_, name) => [
      { name, keys: [] },
      { name, keys: [key('HOST_NAME', name)] },
    ],
  },
  'resource id on both sides': {
    same: true,
    make: ({ uuid }, name) => {
      const id = uuid();
      return [
        { name: `${name} (cloud)`, keys: [key('AZURE_RESOURCE', resource(name))] },
        { name, keys: [key('AZURE_RESOURCE', resource(name).toUpperCase()), key('BIOS_UUID', id)] },
      ];
    },
  },
  'rebuilt under the old name': {
    same: false,
    make: ({ uuid }, name) => [
      { name, keys: [key('FQDN', full(name)), key('BIOS_UUID', uuid())] },
      { name, keys: [key('FQDN', full(name)), key('BIOS_UUID', uuid())] },
    ],
  },
  'rebuilt under the old resource id': {
    same: false,
    make: ({ uuid }, name) => [
      { name, keys: [key('AZURE_RESOURCE', resource(name)), key('BIOS_UUID', uuid())] },
      { name, keys: [key('AZURE_RESOURCE', resource(name)), key('BIOS_UUID', uuid())] },
    ],
  },
  'clone with the id of its template': {
    same: false,
    make: (_, name) => [
      { name, keys: [key('BIOS_UUID', '564d0000-aaaa-bbbb-cccc-000000000001')] },
      { name: `${name}-b`, keys: [key('BIOS_UUID', '564d0000-aaaa-bbbb-cccc-000000000001')] },
    ],
  },
  'copy that kept the id, with its own full name': {
    same: false,
    make: ({ uuid }, name) => {
      const id = uuid();
      return [
        { name, keys: [key('BIOS_UUID', id), key('FQDN', full(name))] },
        { name: `${name}-copy`, keys: [key('BIOS_UUID', id), key('FQDN', full(`${name}-copy`))] },
      ];
    },
  },
  'firmware without an id of its own': {
    same: false,
    make: (_, name) => [
      { name, keys: [key('BIOS_UUID', '03000200-0400-0500-0006-000700080009')] },
      { name: `${name}-z`, keys: [key('BIOS_UUID', '03000200-0400-0500-0006-000700080009')] },
    ],
  },
  'one name, two domains': {
    same: false,
    make: (_, name) => [
      { name, keys: [key('FQDN', full(name))] },
      { name, keys: [key('FQDN', full(name, 'globex.org'))] },
    ],
  },
  'web-01 of another customer, in a domain of the same name': {
    same: false,
    make: () => [
      { name: 'web-01', keys: [key('FQDN', 'web-01.corp.local')] },
      { name: 'web-01', keys: [key('FQDN', 'web-01.corp.local')] },
    ],
  },
  'number of an inventory': {
    same: false,
    make: ({ index }, name) => [
      { name, keys: [key('INSTANCE_ID', `vmware/vm-${index}`)] },
      { name: `${name}-q`, keys: [key('INSTANCE_ID', `vmware/vm-${index}`)] },
    ],
  },
  'database on the machine': {
    same: false,
    make: ({ uuid }, name) => {
      const id = uuid();
      return [
        { name, keys: [key('BIOS_UUID', id), key('AZURE_RESOURCE', resource(name))] },
        {
          name: `master (${name})`,
          isWhole: false,
          keys: [key('AZURE_RESOURCE', resource(name)), key('HOST_NAME', name), key('BIOS_UUID', id)],
        },
      ];
    },
  },
  'next in a row of numbers': {
    same: false,
    make: (_, name) => [
      { name: `${name}-1`, keys: [] },
      { name: `${name}-2`, keys: [] },
    ],
  },
  'one full name, two systems': {
    same: false,
    make: (_, name) => [
      { name, osFamily: 'windows', keys: [key('FQDN', full(name))] },
      { name, osFamily: 'linux', keys: [key('FQDN', full(name))] },
    ],
  },
};

const ROLES = ['sql', 'erp', 'web', 'files', 'dc', 'app', 'mes', 'crm', 'hr', 'cad'];
const LETTERS = 'bcdfghklmnprstvw';

/** So many pairs of machines between some sources, all in one estate, where they get in each other's way. */
export function generateHardPairs(
  seed: number,
  count: number,
  sources: readonly string[] = ['vbr-a', 'vbr-b', 'azure:vault-1:aaaaaa', 'azure:vault-2:bbbbbb'],
): LabelledPair[] {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const hex = (length: number) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
  const variants = Object.keys(VARIANTS);
  return Array.from({ length: count }, (_, index) => {
    const variant = variants[index % variants.length] as string;
    const { same, make } = VARIANTS[variant] as Maker;
    const letters = Array.from({ length: 3 }, () => pick(LETTERS.split(''))).join('');
    const name = `${pick(ROLES)}${letters}${100 + index}`;
    const [left, right] = make({ random, index, sources, uuid }, name);
    const first = Math.floor(random() * sources.length);
    const second = (first + 1 + Math.floor(random() * (sources.length - 1))) % sources.length;
    return {
      variant,
      same,
      a: toMachine(sources[first] as string, `a-${index}`, left),
      b: toMachine(sources[second] as string, `b-${index}`, right),
    };
  });
}

const toMachine = (sourceId: string, workloadId: string, side: Side): KnownMachine => ({
  sourceId,
  workloadId,
  isWhole: true,
  osFamily: null,
  sizeBytes: null,
  ...side,
});

/** A machine with what a test is about. */
export const machine = (
  sourceId: string,
  workloadId: string,
  given: Partial<KnownMachine> = {},
): KnownMachine => ({
  sourceId,
  workloadId,
  name: workloadId,
  isWhole: true,
  osFamily: null,
  sizeBytes: null,
  keys: [],
  ...given,
});

/** How well verdicts fit the labels: of pairs taken as one, and of pairs that are one. */
export function judgePairs(
  pairs: readonly LabelledPair[],
  verdictOf: (pair: LabelledPair) => string | null,
  isSame: (aKey: string, bKey: string) => boolean,
  merged: readonly [string, string][],
) {
  const right = merged.filter(([a, b]) => isSame(a, b)).length;
  const truly = pairs.filter(({ same }) => same);
  const found = truly.filter((pair) => verdictOf(pair) === 'SAME').length;
  const asked = truly.filter((pair) => verdictOf(pair) === 'UNSURE').length;
  return {
    merged: merged.length,
    precision: merged.length === 0 ? 1 : right / merged.length,
    recall: truly.length === 0 ? 1 : found / truly.length,
    recallWithUnsure: truly.length === 0 ? 1 : (found + asked) / truly.length,
  };
}
