import { hash, normal, unit, whole } from '../random.ts';
import { DAY, MINUTE } from '../zone.ts';
import { isKept, localDayOf, longestKept, type Policy, slotsOf } from './policies.ts';
import type { Era, Item, Outcome, Run } from './types.ts';

export type Point = { slot: number; at: number; day: number };

/** What made a backup fail by itself, once. */
const PASSING = 3;
/** So many days before the start nothing fails by chance, so that only what a scenario does is wrong then. */
export const QUIET_DAYS = 8;

export type Runs = {
  /** The backup of a slot, if there was one by `now`. */
  at: (item: Item, slot: number, now: number) => Run | undefined;
  ofDay: (item: Item, day: number, now: number) => Run[];
  /** The last one of all, scheduled or not. */
  last: (item: Item, now: number) => Run | undefined;
  /** Newest first. */
  points: (item: Item, now: number) => Generator<Point>;
};

/** Backups and their copies, worked out anew whenever they are asked for. */
export function createRuns(seed: number, start: number): Runs {
  const at = (item: Item, slot: number, now: number): Run | undefined => {
    if (!isWithin(item, slot)) return undefined;
    const { vault, index, state, sizeBytes } = item;
    const minute = slot / MINUTE;
    const key = vault.index * 100_000 + index;
    const startedAt = slot + whole(0, 15 * 60, seed, 711, key, minute) * 1000;
    if (startedAt > now) return undefined;
    const failing = state.failing !== undefined && slot >= state.failing.from;
    const draw = slot > start - QUIET_DAYS * DAY ? 1 : unit(seed, 712, key, minute);
    const outcome: Outcome =
      failing || draw < 0.004 ? 'Failed' : draw < 0.009 ? 'CompletedWithWarnings' : 'Completed';
    const minutes = outcome === 'Failed' ? 4 : backupMinutes(sizeBytes);
    const length = minutes * MINUTE * Math.exp(0.15 * normal(seed, 713, key, minute));
    const error = state.failing && failing ? state.failing.error : PASSING;
    const run: Run = { slot, startedAt, endsAt: startedAt + Math.round(length), outcome, error };
    const cancelledAt = state.cancelled?.get(slot);
    return cancelledAt === undefined ? run : { ...run, endsAt: cancelledAt, outcome: 'Cancelled' };
  };
  const ofDay = (item: Item, day: number, now: number): Run[] =>
    slotsOfItem(item, day).flatMap((slot) => at(item, slot, now) ?? []);
  const lastScheduled = (item: Item, now: number): Run | undefined => {
    const until = Math.min(now, item.state.isPending ? Number.NEGATIVE_INFINITY : endOf(item));
    for (let day = lastDay(item, until); isSince(item, day); day -= 1) {
      const run = ofDay(item, day, now)
        .filter(({ slot }) => slot >= dataSince(item))
        .at(-1);
      if (run) return run;
    }
    return undefined;
  };
  const last = (item: Item, now: number): Run | undefined => {
    const scheduled = lastScheduled(item, now);
    const asked = item.state.onDemand?.findLast(
      ({ startedAt }) => startedAt <= now && startedAt >= dataSince(item),
    );
    return asked && asked.startedAt > (scheduled?.startedAt ?? Number.NEGATIVE_INFINITY) ? asked : scheduled;
  };
  function* scheduled(item: Item, now: number): Generator<Point> {
    const { policy, state } = item;
    if (state.isPending) return;
    const until = Math.min(now, endOf(item), state.failing?.from ?? now);
    const kept = endOfExpiry(item, now);
    for (let day = lastDay(item, until); isSince(item, day); day -= 1) {
      if (kept - day * DAY > longestKept(policy) + 2 * DAY) return;
      const slots = slotsOfItem(item, day);
      for (const slot of slots.toReversed()) {
        const run = at(item, slot, now);
        if (!run || !hasCopy(run, now) || slot < dataSince(item)) continue;
        if (isKept(policy, day, slot === slots[0], Math.min(kept, now) - slot))
          yield { slot, at: run.startedAt + 90_000, day };
      }
    }
  }
  const points = (item: Item, now: number): Generator<Point> =>
    merge(scheduled(item, now), askedPoints(item, now));
  return { at, ofDay, last, points };
}

export const backupMinutes = (sizeBytes: number): number => 12 + (sizeBytes / 2 ** 30) * 0.12;

/** The instants of a local day at which backups of an item begin, by the policies that it had. */
export function slotsOfItem({ policy, state }: Item, day: number): readonly number[] {
  const { eras } = state;
  if (!eras) return slotsOf(policy, day);
  const since = state.since ?? state.protectedSince;
  const of = (one: Policy, { from, to }: Omit<Era, 'policy'>) =>
    slotsOf(one, day).filter((slot) => slot >= from && slot < to);
  return [
    ...eras.flatMap((era) => of(era.policy, era)),
    ...of(policy, { from: since, to: Number.POSITIVE_INFINITY }),
  ].sort((a, b) => a - b);
}

/** Whether a backup of the item begins at that instant. */
export function isSlotOf(item: Item, slot: number): boolean {
  const policies = [item.policy, ...(item.state.eras ?? []).map(({ policy }) => policy)];
  return policies.some((policy) => slotsOfItem(item, localDayOf(policy, slot)).includes(slot));
}

function isWithin(item: Item, slot: number): boolean {
  const { protectedSince, eras, since = protectedSince } = item.state;
  if (slot >= since) return slot < endOf(item);
  return eras?.some(({ from, to }) => slot >= from && slot < to) ?? false;
}

/** When backups of the item have ended for good. */
const endOf = ({ state }: Item): number =>
  state.isPending
    ? Number.NEGATIVE_INFINITY
    : Math.min(
        state.stoppedAt ?? Number.POSITIVE_INFINITY,
        state.deletedAt ?? Number.POSITIVE_INFINITY,
        state.purgedAt ?? Number.POSITIVE_INFINITY,
        state.silentFrom ?? Number.POSITIVE_INFINITY,
      );

/** Until when copies expire: not any more once protection has stopped, unless it was only suspended. */
const endOfExpiry = ({ state }: Item, now: number): number =>
  state.isSuspended ? now : (state.stoppedAt ?? state.deletedAt ?? now);

const dataSince = ({ state }: Item): number => state.dataSince ?? Number.NEGATIVE_INFINITY;
const isSince = ({ state: { protectedSince, eras } }: Item, day: number): boolean =>
  (day + 2) * DAY >= Math.min(protectedSince, eras?.[0]?.from ?? protectedSince);
/** With several policies, and so time zones, a day may begin later than by the last of them. */
const lastDay = ({ policy, state: { eras } }: Item, until: number): number =>
  until === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : localDayOf(policy, until) + (eras ? 1 : 0);

const hasCopy = ({ outcome, endsAt }: Run, now: number): boolean =>
  outcome !== 'Failed' && outcome !== 'Cancelled' && endsAt <= now;

/** Copies of backups that somebody asked for; they expire by a date of their own. */
function* askedPoints(item: Item, now: number): Generator<Point> {
  const { policy, state } = item;
  const until = endOfExpiry(item, now);
  for (const run of state.onDemand?.toReversed() ?? []) {
    if (!hasCopy(run, now) || run.expiresAt <= until || run.slot < dataSince(item)) continue;
    yield { slot: run.slot, at: run.startedAt + 90_000, day: localDayOf(policy, run.slot) };
  }
}

/** Two lists of points, each newest first, as one. */
function* merge(first: Generator<Point>, second: Generator<Point>): Generator<Point> {
  let [a, b] = [first.next(), second.next()];
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.at > b.value.at)) {
      if (!a.done) yield a.value;
      a = first.next();
    } else {
      yield b.value;
      b = second.next();
    }
  }
}

/** 100-nanosecond digits that a time in milliseconds does not have: Azure gives seven digits of a second. */
export function stamp(ms: number, salt = 0): string {
  const more = String(hash(7, salt, Math.floor(ms / 1000)) % 10_000).padStart(4, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${more}Z`;
}
