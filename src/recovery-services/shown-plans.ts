import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

/** The plans that a session has shown, by digest: only such a one can be confirmed, and only as it was shown. */
export type ShownPlans = {
  add: (tool: string, plan: Plan, now: Date) => void;
  /** Whether exactly this plan was shown not long ago. It is then used up: one agreement is for one doing. */
  take: (tool: string, plan: Plan, now: Date) => boolean;
};

/** Somebody has to have read it; later than this, what it rests on may have been forgotten. */
const GOOD_FOR_MS = 15 * 60_000;
const MOST_PLANS = 200;

export function createShownPlans(): ShownPlans {
  const shown = new Map<string, number>();
  return {
    add: (tool, plan, now) => {
      const key = digestOf(tool, plan);
      shown.delete(key);
      shown.set(key, now.getTime());
      if (shown.size > MOST_PLANS) shown.delete(shown.keys().next().value ?? '');
    },
    take: (tool, plan, now) => {
      const key = digestOf(tool, plan);
      const at = shown.get(key);
      shown.delete(key);
      return at !== undefined && now.getTime() - at <= GOOD_FOR_MS;
    },
  };
}

/** All of a plan counts, also the state from which it starts: what has changed since is another plan. */
const digestOf = (tool: string, plan: Plan): string =>
  createHash('sha256')
    .update(JSON.stringify([tool, plan]))
    .digest('hex');
