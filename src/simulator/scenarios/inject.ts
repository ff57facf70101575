import type { Job } from '../estate/types.ts';
import type { CauseName } from '../history/causes.ts';
import type { Effect, Rule } from '../history/effects.ts';
import { DAY, HOUR, MINUTE } from '../zone.ts';
import type { Draft, Injection } from './draft.ts';

export const FOREVER = Number.POSITIVE_INFINITY;

/** Noon, local time, so many days ago: between the nights. */
export const noonBefore = ({ zone, now }: Draft, days: number): number =>
  zone.toUtc((zone.dayOf(now) - days) * DAY + 12 * HOUR);

export type What = {
  kind: string;
  effect: Effect;
  from: number;
  to?: number;
  note?: string;
  cause?: NonNullable<Injection['cause']>;
} & Pick<Rule, 'weekdays' | 'everyNth' | 'nthOffset' | 'share' | 'shareEnd'>;

/** Something happens to runs of some jobs, and the truth file says so. */
export function affectRuns(draft: Draft, jobs: Job[], what: What): void {
  const { kind, note, cause, to = FOREVER, ...rule } = what;
  if (jobs.length === 0) return;
  draft.rules.push({ ...rule, to, jobs: jobs.map(({ index }) => index) });
  record(draft, {
    kind,
    at: iso(rule.from),
    ...(to !== FOREVER && { until: iso(to) }),
    jobs: jobs.map(({ id }) => id),
    ...(note && { note }),
    ...(cause && { cause }),
  });
}

/** All runs of the last nights fail, with all their retries. */
export function failNights(
  draft: Draft,
  jobs: Job[],
  nights: number,
  cause: CauseName,
  about: Partial<What> = {},
): void {
  affectRuns(draft, jobs, {
    kind: 'runs-fail',
    from: noonBefore(draft, nights),
    effect: { result: 'Failed', cause },
    ...about,
  });
}

export function record(draft: Draft, injection: Injection): void {
  draft.injections.push(injection);
}

/** Lets jobs start within a quarter of an hour, so that what hits them hits them together. */
export function startTogether(jobs: Job[], hour: number): void {
  for (const [i, job] of jobs.entries()) job.schedule = { kind: 'daily', minute: hour * 60 + ((i * 5) % 15) };
}

/** The place of the last run that has started by now. */
export function lastSlot({ zone, now }: Draft, { schedule }: Job): number {
  const day = zone.dayOf(now);
  if (schedule.kind !== 'daily') return day;
  return zone.toUtc(day * DAY + schedule.minute * MINUTE) + MINUTE > now ? day - 1 : day;
}

export const iso = (at: number): string => new Date(at).toISOString();
