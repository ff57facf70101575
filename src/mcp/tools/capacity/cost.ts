import type { CostSum } from '../../../queries/capacity.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import type { CostAnswer, CostTotal } from './shape.ts';

/** What storage that is paid by use costs, as the run worked it out; undefined: it has a limit, or no reading. */
export function toCost(stored: unknown, isDetailed: boolean): CostAnswer | undefined {
  const cost = objectOf(stored);
  const [now, price] = [numberOf(cost.now), numberOf(cost.price_per_tib_year)];
  if (now === null || price === null) return undefined;
  const growth = numberOf(cost.growth_per_year);
  const currency = cleanText(textOf(cost.currency) ?? '', 20);
  const basis = textOf(cost.basis) === 'CONFIGURED' ? 'CONFIGURED' : 'DEFAULT';
  return {
    currency,
    now_per_year: money(now),
    growth_per_year: growth === null ? null : money(growth),
    price_per_tib_year: price,
    price_basis: basis,
    display: `${money(now)} ${currency} a year${growth === null ? '' : `, ${signed(growth)} per year of this growth`}`,
    ...(isDetailed ? { ahead: toAhead(cost.ahead) } : {}),
  };
}

function toAhead(stored: unknown): NonNullable<CostAnswer['ahead']> {
  return arrayOf(stored).map((item) => {
    const { days, low, mid, high } = objectOf(item);
    const of = (value: unknown) => money(numberOf(value) ?? 0);
    return { days: numberOf(days) ?? 0, low: of(low), mid: of(mid), high: of(high) };
  });
}

/** Sums per currency and price, the largest first; growth is that of the repositories of which it is known. */
export const toCostTotals = (sums: readonly CostSum[]): CostTotal[] =>
  sums.map(({ currency, basis, price, repositories, now, growing, growth }) => ({
    currency: cleanText(currency, 20),
    repositories,
    now_per_year: money(now),
    growth_per_year: growing === 0 ? null : money(growth),
    growth_known_of: growing,
    price_per_tib_year: price,
    price_basis: basis === 'CONFIGURED' ? 'CONFIGURED' : 'DEFAULT',
  }));

/** Sums of money in words, with the price that they rest on. */
export function costTotalsText(totals: readonly CostTotal[]): string {
  return totals
    .map(({ currency, now_per_year, growth_per_year, growth_known_of, repositories, ...price }) => {
      const of = growth_known_of < repositories ? ` (${growth_known_of} of ${repositories})` : '';
      const more =
        growth_per_year === null
          ? '; how that grows is not known yet'
          : `, and ${signed(growth_per_year)} per year of this growth${of}`;
      return `${now_per_year} ${currency} a year at ${priceText({ currency, ...price })}${more}`;
    })
    .join('; ');
}

export const priceText = ({
  price_per_tib_year: price,
  price_basis: basis,
  currency,
}: Pick<CostAnswer, 'price_per_tib_year' | 'price_basis' | 'currency'>): string =>
  `${basis === 'DEFAULT' ? 'the default price, which nobody has set, of' : 'the price of'} ${price} ${currency} per TiB and year`;

const money = (amount: number) => round(amount, 2) + 0;
const signed = (amount: number) => (amount >= 0.005 ? `+${money(amount)}` : String(money(amount)));
