import { hash } from './random.ts';

/** Things that have ids. The numbers only have to differ. */
const KINDS = {
  job: 1,
  session: 2,
  task: 3,
  backup: 4,
  file: 5,
  point: 6,
  object: 7,
  repository: 8,
  proxy: 9,
  server: 10,
  hiddenJob: 11,
  malware: 12,
  authorization: 13,
  practice: 14,
  replica: 15,
  replicaPoint: 16,
  mount: 17,
  group: 18,
  wan: 19,
  mountServer: 20,
  credentials: 21,
  computer: 22,
  asyncTask: 23,
  workload: 24,
  platform: 25,
  bios: 26,
} as const;
type Kind = keyof typeof KINDS;

export const ZERO_ID = '00000000-0000-0000-0000-000000000000';

/** Makes and reads ids. Two numbers are hidden in each, with a check, so that no table of ids is needed. */
export type Ids = {
  of: (kind: Kind, a: number, b?: number) => string;
  /** The numbers in an id of this kind; undefined for every other text. */
  read: (kind: Kind, id: string) => [number, number] | undefined;
};

export function createIds(seed: number): Ids {
  const of = (kind: Kind, a: number, b = 0): string => {
    const salt = hash(seed, KINDS[kind]);
    const first = scramble(a ^ salt);
    const second = scramble(b ^ hash(salt, first));
    const check = hash(salt, a, b);
    const more = hash(check, b, a);
    const low = hex(second, 8);
    return `${hex(first, 8)}-${low.slice(0, 4)}-4${hex(check >>> 20, 3)}-${'89ab'[check & 3]}${hex((check >>> 8) & 0xfff, 3)}-${low.slice(4)}${hex(more, 8)}`;
  };
  const read = (kind: Kind, id: string): [number, number] | undefined => {
    if (!/^[0-9a-f-]{36}$/i.test(id)) return undefined;
    const salt = hash(seed, KINDS[kind]);
    const first = Number.parseInt(id.slice(0, 8), 16);
    const second = Number.parseInt(id.slice(9, 13) + id.slice(24, 28), 16);
    const a = (unscramble(first) ^ salt) | 0;
    const b = (unscramble(second) ^ hash(salt, first)) | 0;
    return of(kind, a, b) === id.toLowerCase() ? [a, b] : undefined;
  };
  return { of, read };
}

const FACTOR = 0x2c1b3c6d;
const INVERSE = inverseOf(FACTOR);

/** A one-to-one mixing of 32 bits. */
function scramble(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, FACTOR);
  return (h ^ (h >>> 16)) >>> 0;
}

function unscramble(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, INVERSE);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The inverse of an odd number modulo 2^32 (Newton's iteration doubles the right bits). */
function inverseOf(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; i += 1) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

const hex = (value: number, width: number) => (value >>> 0).toString(16).padStart(width, '0');
