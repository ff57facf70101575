import type { Growth, Job, Machine } from '../estate/types.ts';
import { normal, whole } from '../random.ts';
import { DAY, type Zone } from '../zone.ts';
import { patternedSizes } from './patterns.ts';

/** What one machine's backup file holds. The ratios are percent of the data that remains, as the API gives them. */
export type Sizes = { dataSize: number; backupSize: number; dedupRatio: number; compressRatio: number };

export type SizeOptions = {
  seed: number;
  historyStart: number;
  zone: Zone;
  /** Changed data compared with a usual run. */
  readFactor: number;
  isIncompressible: boolean;
};

/** Bytes of the machine in use at an instant. */
export function usedBytes(machine: Machine, at: number, historyStart: number): number {
  if (machine.growth)
    return Math.floor(machine.provisionedBytes * machine.usedShare * grown(machine.growth, at));
  const days = (at - historyStart) / DAY;
  const used = machine.provisionedBytes * machine.usedShare * (1 + machine.growthPerDay * days);
  return Math.floor(Math.min(used, machine.provisionedBytes * 0.97));
}

/** A server is not empty on the day that it is set up. */
const LEAST = 0.1;

function grown(growth: Growth, at: number): number {
  const days = (at - growth.from) / DAY;
  if (growth.kind === 'linear') return Math.max(LEAST, 1 + growth.perDay * days);
  if (growth.kind === 'compound') return Math.max(LEAST, Math.exp(Math.log1p(growth.perDay) * days));
  return Math.max(LEAST, 2 / (1 + Math.exp(-days / growth.days)));
}

/** The size of a file: `backupSize` is `dataSize` times both ratios, to the byte where the machine has no pattern. */
export function fileSizes(
  job: Job,
  machine: Machine,
  slot: number,
  created: number,
  isFull: boolean,
  options: SizeOptions,
): Sizes {
  const { seed, historyStart, readFactor, isIncompressible } = options;
  const used = usedBytes(machine, created, historyStart);
  if (machine.pattern) {
    const day = options.zone.dayOf(created);
    const sizes = patternedSizes(machine, machine.pattern, {
      seed,
      slot,
      isFull,
      created,
      day,
      used,
      readFactor,
    });
    if (job.isUnreduced) return { ...sizes, backupSize: sizes.dataSize, dedupRatio: 100, compressRatio: 100 };
    if (!job.isEncrypted) return sizes;
  }
  const changed = machine.changeRate * Math.exp(0.25 * normal(seed, 601, machine.index, slot)) * readFactor;
  const dataSize = isFull ? used : Math.floor(used * Math.min(0.95, changed));
  const [dedupRatio, compressRatio] = ratios(job, machine, slot, seed, isIncompressible && !isFull);
  return {
    dataSize,
    backupSize: Math.floor((dataSize * dedupRatio * compressRatio) / 10_000),
    dedupRatio,
    compressRatio,
  };
}

function ratios(
  job: Job,
  machine: Machine,
  slot: number,
  seed: number,
  isIncompressible: boolean,
): [number, number] {
  if (job.isEncrypted || isIncompressible) return [100, whole(98, 100, seed, 602, machine.index, slot)];
  const dedup = whole(62, 88, seed, 603, machine.index) + whole(-2, 2, seed, 604, machine.index, slot);
  const compress = whole(42, 64, seed, 605, machine.index) + whole(-2, 2, seed, 606, machine.index, slot);
  return [dedup, compress];
}
