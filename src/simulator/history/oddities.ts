import type { OddKind } from '../scenarios/draft.ts';
import type { Sizes } from './sizes.ts';

/** Sizes as a row gives them; null and absent are both possible. */
export type ListedSizes = { [Name in keyof Sizes]?: number | null };

/** Each so many-th file of a machine with odd rows is odd. */
const EVERY = 4;

const isOddSlot = (slot: number): boolean => slot % EVERY === 1;

/** What the row of a file says, which is not always what the file has. */
export function listedSizes(sizes: Sizes, odd: OddKind | undefined, slot: number): ListedSizes {
  if (!odd || !isOddSlot(slot)) return sizes;
  switch (odd) {
    case 'null-sizes':
      return { dataSize: null, backupSize: null, dedupRatio: null, compressRatio: null };
    case 'absent-sizes':
      return {};
    case 'zero-data':
      return { dataSize: 0, backupSize: 4096, dedupRatio: 100, compressRatio: 100 };
    case 'zero-stored':
      return { ...sizes, backupSize: 0 };
    case 'nothing-changed':
      return { dataSize: 0, backupSize: 0, dedupRatio: 0, compressRatio: 0 };
    case 'zero-percent':
      return { ...sizes, dedupRatio: 0, compressRatio: 0 };
    case 'unit-mismatch':
      return { ...sizes, backupSize: Math.round(sizes.backupSize / 1024) };
    case 'negative-data':
      return { ...sizes, dataSize: -1 };
  }
}
