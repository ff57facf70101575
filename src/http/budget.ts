import { SourceError } from '../errors.ts';

/** How many requests a run may still send to a server; retries count. */
export type Budget = { readonly limit: number; readonly used: number; take: (endpoint: string) => void };

/** A budget of `limit` requests. Taking more throws SourceError `budget`. */
export function createBudget(limit: number): Budget {
  let used = 0;
  return {
    limit,
    get used() {
      return used;
    },
    take: (endpoint) => {
      if (used >= limit) {
        throw new SourceError(
          `the run's budget of ${limit} requests is used up, ${endpoint} was not asked: raise the budget, or let the next run go on`,
          { code: 'budget', retryable: true },
        );
      }
      used += 1;
    },
  };
}
