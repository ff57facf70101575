import { DEFAULT_PRICE_PER_TB_YEAR } from '../../src/analysis/efficiency-reduction.ts';
import type { Context } from '../shared/facts.ts';

/** What a TiB of storage costs in a year. */
export type Money = { pricePerTbYear: number; currency: string; basis: 'CONFIGURED' | 'DEFAULT' };

export function moneyOf(_context: Context): Money {
  return { pricePerTbYear: DEFAULT_PRICE_PER_TB_YEAR, currency: 'USD', basis: 'DEFAULT' };
}
