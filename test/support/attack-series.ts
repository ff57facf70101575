import type { BackupFileFact } from '../../src/analysis/efficiency/files.ts';
import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';
import { backupFile, DAY } from './backup-files.ts';

/**
 * whole: nearly all data in one night; spread: a fifth of the data in each of four nights; partial: a tenth, once; slow and
 * slower: as much as usual, or half of that, on top of the usual change, night after night; intermittent: every other part
 * of each file, so that the blocks still shrink a little.
 */
export const ATTACKS = ['whole', 'spread', 'partial', 'slow', 'slower', 'intermittent'] as const;
export type AttackKind = (typeof ATTACKS)[number];

/** What is known of one attack: the machine, and the files that hold it, in time order. */
export interface TrueAttack {
  kind: AttackKind;
  objectId: string;
  backupFileIds: string[];
}

export interface AttackedEstate {
  files: BackupFileFact[];
  attacks: TrueAttack[];
  /** Machines times months observed. */
  objectMonths: number;
}

/** What else happens; all of it harmless. */
export interface Benign {
  /** All machines change two to four times as much, at their usual reduction. */
  patchDays?: boolean;
  /** Half way the backup moves to another repository, beginning with a full. */
  migration?: boolean;
  /** Fulls out of turn. */
  newFulls?: boolean;
  /** A tenth of the machines is added half way. */
  newMachines?: boolean;
  /** The last night of a month holds two to four times as much on a third of the machines. */
  monthEnds?: boolean;
  /** One machine in thirty holds data that shrink a fifth to two fifths less from some day on, as much of them as before. */
  newContents?: boolean;
  /** One machine's own rises of three to eight times, at its usual reduction; about one in four months. */
  ownRises?: boolean;
}

export interface EstateOptions {
  seed: number;
  machines?: number;
  days?: number;
  /** Share of the machines that are attacked, once each. */
  attacked?: number;
  kinds?: readonly AttackKind[];
  benign?: Benign;
}

interface Machine {
  index: number;
  usedBytes: number;
  changeRate: number;
  x: number;
  volumeNoise: number;
  ratioNoise: number;
  /** Of the change, by weekday. */
  rhythm: number[];
  hasMonthEnd: boolean;
  /** From when on its data shrink less, and by which factor. */
  newContents: { day: number; factor: number } | null;
  firstDay: number;
}

const BEGIN = Date.UTC(2026, 0, 5, 22);
const QUIET_DAYS = 30;
const GIB = 2 ** 30;
export const ALL_BENIGN: Required<Benign> = {
  patchDays: true,
  migration: true,
  newFulls: true,
  newMachines: true,
  monthEnds: true,
  newContents: true,
  ownRises: true,
};

/**
 * Backup files of an estate with known attacks and known harmless events. Change is log-normal with a memory, a weekly
 * rhythm and missed nights; reduction differs by machine. The first month is quiet, so that each attack has a past.
 */
export function generateEstate(options: EstateOptions): AttackedEstate {
  const { seed, machines = 100, days = 120, attacked = 0, kinds = ATTACKS, benign = ALL_BENIGN } = options;
  const random = seededRandom(seed * 7919 + 31);
  const estate: AttackedEstate = { files: [], attacks: [], objectMonths: 0 };
  const patchDays = benign.patchDays ? [40, 68, 96] : [];
  const patched = new Map(patchDays.map((day) => [day + Math.floor(random() * 7), 2 + 2 * random()]));
  for (let index = 0; index < machines; index += 1) {
    const machine = draw(index, days, benign, random);
    const attack = random() < attacked ? plan(machine, days, kinds, random) : null;
    addMachine(estate, { machine, days, benign, patched, attack, random });
    estate.objectMonths += (days - machine.firstDay) / 30;
  }
  return estate;
}

function draw(index: number, days: number, benign: Benign, random: () => number): Machine {
  const weekend = 0.3 + 0.7 * random();
  const heavyDay = random() < 0.2 ? Math.floor(random() * 7) : -1;
  return {
    index,
    usedBytes: GIB * 10 ** (1.2 + 1.5 * random()),
    changeRate: 0.03 * Math.exp(0.7 * gaussian(random)),
    x: 1.3 + 2.2 * random(),
    volumeNoise: 0.15 + 0.3 * random(),
    ratioNoise: 0.01 + 0.05 * random(),
    rhythm: Array.from({ length: 7 }, (_, day) => (day === heavyDay ? 3 : day > 4 ? weekend : 1)),
    hasMonthEnd: Boolean(benign.monthEnds) && random() < 1 / 3,
    newContents:
      benign.newContents && random() < 1 / 30
        ? { day: Math.floor(days * random()), factor: 0.6 + 0.2 * random() }
        : null,
    firstDay: benign.newMachines && random() < 0.1 ? Math.floor(days / 2) : 0,
  };
}

interface Attack {
  kind: AttackKind;
  from: number;
  nights: number;
  /** Bytes encrypted per night. */
  bytes: number;
  /** Factor by which they still shrink. */
  x: number;
}

function plan(machine: Machine, days: number, kinds: readonly AttackKind[], random: () => number): Attack {
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'whole';
  const earliest = machine.firstDay + QUIET_DAYS;
  const from = earliest + Math.floor(random() * (days - earliest - 3));
  const { usedBytes, changeRate, x } = machine;
  const usual = usedBytes * changeRate;
  const between = (low: number, high: number) => low + (high - low) * random();
  const course: Record<AttackKind, Omit<Attack, 'kind' | 'from'>> = {
    whole: { nights: 1, bytes: usedBytes * between(0.6, 1), x: 1 },
    spread: { nights: 4, bytes: usedBytes * between(0.15, 0.25), x: 1 },
    partial: { nights: 1, bytes: usedBytes * between(0.05, 0.15), x: 1 },
    slow: { nights: 10, bytes: usual, x: 1 },
    slower: { nights: 14, bytes: usual / 2, x: 1 },
    intermittent: { nights: 2, bytes: usedBytes * between(0.2, 0.4), x: 1 / (0.5 + 0.5 / x) },
  };
  return { kind, from, ...course[kind] };
}

interface Life {
  machine: Machine;
  days: number;
  benign: Benign;
  /** Patch days, and how much more changes on them. */
  patched: ReadonlyMap<number, number>;
  attack: Attack | null;
  random: () => number;
}

function addMachine(estate: AttackedEstate, life: Life): void {
  const { machine, days, attack, random } = life;
  const objectId = `machine-${machine.index}`;
  const found: TrueAttack | null = attack && { kind: attack.kind, objectId, backupFileIds: [] };
  let [memory, missed] = [0, 0];
  for (let day = machine.firstDay; day < days; day += 1) {
    memory = 0.4 * memory + 0.9 * gaussian(random);
    const isFirst = day === machine.firstDay;
    if (!isFirst && random() < 0.02) {
      missed += 1;
      continue;
    }
    const usual = machine.changeRate * machine.usedBytes * Math.exp(machine.volumeNoise * memory);
    const changed = Math.min(usual * (1 + 0.8 * missed) * factorOf(day, life), machine.usedBytes);
    missed = 0;
    const isFull = isFirst || isFullDay(day, life);
    const file = toFile(life, day, isFull ? machine.usedBytes : changed, isFull);
    estate.files.push(file);
    if (attack && !isFull && day >= attack.from && day < attack.from + attack.nights)
      found?.backupFileIds.push(file.backupFileId);
  }
  if (found && found.backupFileIds.length > 0) estate.attacks.push(found);
}

function factorOf(day: number, { machine, benign, patched, random }: Life): number {
  const date = new Date(BEGIN + day * DAY);
  const isMonthEnd = new Date(BEGIN + (day + 1) * DAY).getUTCDate() === 1;
  let factor = machine.rhythm[(date.getUTCDay() + 6) % 7] ?? 1;
  factor *= patched.get(day) ?? 1;
  if (isMonthEnd && machine.hasMonthEnd) factor *= 2 + 2 * random();
  if (benign.ownRises && random() < 1 / 120) factor *= 3 + 5 * random();
  return factor;
}

function isFullDay(day: number, { machine, days, benign, random }: Life): boolean {
  if (benign.migration && day === Math.floor(days / 2)) return true;
  if (benign.newFulls && random() < 0.01) return true;
  return machine.index % 3 === 0 && day % 7 === 5;
}

/** Data of the night, and what is encrypted of it or on top of it. */
function toFile(
  { machine, days, benign, attack, random }: Life,
  day: number,
  changed: number,
  isFull: boolean,
) {
  // Tails are heavy: one night in thirty is three times as far off.
  const noise = machine.ratioNoise * gaussian(random) * (random() < 1 / 30 ? 3 : 1);
  const { newContents } = machine;
  const shrinking = newContents && day >= newContents.day ? newContents.factor : 1;
  const x = Math.max(0.9, machine.x * shrinking * Math.exp(noise));
  const isAttacked = attack !== null && day >= attack.from && day < attack.from + attack.nights;
  const added = isAttacked ? Math.min(attack.bytes, machine.usedBytes) : 0;
  const plain = isFull ? changed - added : Math.min(changed, machine.usedBytes - added);
  return backupFile({
    backupFileId: `machine-${machine.index}-${day}`,
    backupId: 'estate',
    objectId: `machine-${machine.index}`,
    repositoryId: benign.migration && day >= Math.floor(days / 2) ? 'second' : 'first',
    name: isFull ? 'machine.vbk' : 'machine.vib',
    createdAt: BEGIN + day * DAY + Math.floor(random() * 3_600_000),
    dataBytes: Math.round(plain + added),
    storedBytes: Math.round(plain / x + (isAttacked ? added / attack.x : 0)),
  });
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
