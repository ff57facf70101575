import { annualCost } from '../../../analysis/efficiency/reduction.ts';
import type { EfficiencySummaryRow } from '../../../queries/efficiency.ts';
import { round } from '../../markdown.ts';

export type Price = { per_tb_year: number; currency: string; basis: string };

/** The price that all sources have in common; null: they have different ones, and sums of money mean nothing. */
export function commonPrice(summaries: readonly EfficiencySummaryRow[]): Price | null {
  const [first] = summaries;
  if (!first) return null;
  const isSame = summaries.every(
    ({ pricePerTbYear, currency, priceBasis }) =>
      pricePerTbYear === first.pricePerTbYear &&
      currency === first.currency &&
      priceBasis === first.priceBasis,
  );
  if (!isSame) return null;
  return { per_tb_year: first.pricePerTbYear, currency: first.currency, basis: first.priceBasis };
}

/** What bytes cost in a year, to the cent; null: the bytes are not known. */
export function costOf(bytes: number | null, pricePerTbYear: number): number | null {
  return bytes === null ? null : round(annualCost(bytes, pricePerTbYear), 2);
}

/** Money for people, in the currency of the summaries. */
export const costText = (cost: number | null, currency: string | undefined): string =>
  cost === null || currency === undefined ? '' : `, ${cost} ${currency} a year`;
