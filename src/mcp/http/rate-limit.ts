/** How much of a budget may be used up at once, and how fast it comes back. */
export type RateLimit = {
  /** Takes `cost` from the budget of `key`. @returns 0 if it was there, else the seconds until it will be */
  take: (key: string, cost: number) => number;
};

const MOST_KEYS = 10_000;

/**
 * A budget of `perMinute` for each key, refilled evenly. What costs more than a whole budget is served when the budget is
 * full, and then all of it is gone.
 * @param now milliseconds of a clock that never goes back
 */
export function createRateLimit(perMinute: number, now: () => number = () => performance.now()): RateLimit {
  const budgets = new Map<string, { left: number; at: number }>();
  const perMs = perMinute / 60_000;
  const leftOf = (key: string, at: number) => {
    const budget = budgets.get(key);
    return budget ? Math.min(perMinute, budget.left + (at - budget.at) * perMs) : perMinute;
  };
  return {
    take: (key, cost) => {
      const at = now();
      const left = leftOf(key, at);
      const needed = Math.min(cost, perMinute);
      if (left < needed) return Math.ceil((needed - left) / perMs / 1000);
      if (budgets.size >= MOST_KEYS) forgetFull(at);
      budgets.set(key, { left: left - needed, at });
      return 0;
    },
  };

  function forgetFull(at: number): void {
    for (const key of budgets.keys()) if (leftOf(key, at) >= perMinute) budgets.delete(key);
    if (budgets.size >= MOST_KEYS) budgets.clear();
  }
}
