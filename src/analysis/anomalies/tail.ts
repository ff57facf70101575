const BINS_PER_DOUBLING = 4;
const SPAN = 160;
const LOWEST = -100;

/** How large the values of a stream usually get, without keeping them. */
export interface Tail {
  /** Weighted number of values so far. */
  count: () => number;
  /** Size that the given share of the values stays below, to within 19 %; 0 without values. */
  quantile: (share: number) => number;
  add: (size: number) => void;
}

/**
 * Histogram of sizes in quarter doublings that forgets: a value counts half after `halfLife` further ones. Sizes below 2⁻²⁵
 * count as that.
 */
export function trackTail(halfLife: number): Tail {
  const bins = new Float64Array(SPAN);
  const growth = 2 ** (1 / halfLife);
  let [weight, total] = [1, 0];
  const add = (size: number) => {
    const doubling = size > 0 ? Math.floor(BINS_PER_DOUBLING * Math.log2(size)) - LOWEST : 0;
    const bin = Math.min(SPAN - 1, Math.max(0, doubling));
    bins[bin] = (bins[bin] ?? 0) + weight;
    total += weight;
    weight *= growth;
    if (weight > 1e12) {
      for (let i = 0; i < SPAN; i += 1) bins[i] = (bins[i] ?? 0) / weight;
      total /= weight;
      weight = 1;
    }
  };
  const quantile = (share: number) => {
    let above = total * (1 - share);
    for (let i = SPAN - 1; i >= 0; i -= 1) {
      above -= bins[i] ?? 0;
      if (above < 0) return 2 ** ((i + 1 + LOWEST) / BINS_PER_DOUBLING);
    }
    return 0;
  };
  return { add, quantile, count: () => total / weight };
}
