import type { VeeamSource } from '../veeam-source.ts';

/** What a TiB of storage costs in a year. */
export type Money = { pricePerTbYear: number; currency: string; basis: 'CONFIGURED' | 'DEFAULT' };

export function moneyOf({ business: { money } }: Pick<VeeamSource, 'business'>): Money {
  const { pricePerTbYear, currency, priceBasis } = money;
  return { pricePerTbYear, currency, basis: priceBasis === 'set' ? 'CONFIGURED' : 'DEFAULT' };
}
