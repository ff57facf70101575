import type { CapacityForecast } from './answer.ts';

/** What a TiB of storage costs in a year, and whether the owner of the estate says so. */
export interface StoragePrice {
  pricePerTbYear: number;
  currency: string;
  priceBasis: 'set' | 'default';
}

/** Money in a year for what is stored, now and on the 80 % band of the days ahead. */
export interface StorageCost {
  currency: string;
  pricePerTibYear: number;
  basis: 'CONFIGURED' | 'DEFAULT';
  now: number;
  /** By how much a year's growth raises it, if it goes on as now; null: no trend is known. */
  growthPerYear: number | null;
  ahead: { days: number; low: number; mid: number; high: number }[];
}

const TIB = 2 ** 40;
const DAYS_OF_YEAR = 365.25;

/**
 * What storage without a limit costs: it is never full, so money is what its growth means. Null for storage with a limit, which
 * is paid whether it is used or not, and without a reading.
 */
export function storageCost(
  {
    quality,
    usedBytes,
    growthPerDay,
    band,
  }: Pick<CapacityForecast, 'quality' | 'usedBytes' | 'growthPerDay' | 'band'>,
  { pricePerTbYear, currency, priceBasis }: StoragePrice,
): StorageCost | null {
  if (quality !== 'UNBOUNDED' || usedBytes === null) return null;
  const cost = (bytes: number) => Math.round((bytes / TIB) * pricePerTbYear * 100) / 100;
  return {
    currency,
    pricePerTibYear: pricePerTbYear,
    basis: priceBasis === 'set' ? 'CONFIGURED' : 'DEFAULT',
    now: cost(usedBytes),
    growthPerYear: growthPerDay && cost(growthPerDay.value * DAYS_OF_YEAR),
    ahead: band.map(({ ahead, low, mid, high }) => ({
      days: ahead,
      low: cost(low),
      mid: cost(mid),
      high: cost(high),
    })),
  };
}
