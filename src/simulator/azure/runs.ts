import { hash, normal, unit, whole } from '../random.ts';
import { DAY, MINUTE } from '../zone.ts';
import { isKept, localDayOf, longestKept, slotsOf } from './policies.ts';
import type { Item } from './types.ts';

type Outcome = 'Completed' | 'CompletedWithWarnings' | 'Failed';
/** A backup. It exists from `startedAt` on. */
export type Run = { slot: number; startedAt: number; endsAt: number; outcome: Outcome; error: number };
export type Point = { slot: number; at: number; day: number };

/** What made a backup fail by itself, once. */
const PASSING = 3;
/** So many days before the start nothing fails by chance, so that only what a scenario does is wrong then. */
export const QUIET_DAYS = 8;

export type Runs = {
  /** The backup of a slot, if there was one by `now`. */
  at: (item: Item, slot: number, now: number) => Run | undefined;
  ofDay: (item: Item, day: number, now: number) => Run[];
  last: (item: Item, now: number) => Run | undefined;
  /** Newest first. */
  points: (item: Item, now: number) => Generator<Point>;
};

/** Backups and their copies, worked out anew whenever they are asked for. */
export function createRuns(seed: number, start: number): Runs {
  const at = (item: Item, slot: number, now: number): Run | undefined => {
    if (slot < item.state.protectedSince || slot >= endOf(item)) return undefined;
    const { vault, index, state, sizeBytes } = item;
    const minute = slot / MINUTE;
    const key = vault.index * 100_000 + index;
    const startedAt = slot + whole(0, 15 * 60, seed, 711, key, minute) * 1000;
    if (startedAt > now) return undefined;
    const failing = state.failing !== undefined && slot >= state.failing.from;
    const draw = slot > start - QUIET_DAYS * DAY ? 1 : unit(seed, 712, key, minute);
    const outcome = failing || draw < 0.004 ? 'Failed' : draw < 0.009 ? 'CompletedWithWarnings' : 'Completed';
    const minutes = outcome === 'Failed' ? 4 : 12 + (sizeBytes / 2 ** 30) * 0.12;
    const length = minutes * MINUTE * Math.exp(0.15 * normal(seed, 713, key, minute));
    const error = state.failing && failing ? state.failing.error : PASSING;
    return { slot, startedAt, endsAt: startedAt + Math.round(length), outcome, error };
  };
  const ofDay = (item: Item, day: number, now: number): Run[] =>
    slotsOf(item.policy, day).flatMap((slot) => at(item, slot, now) ?? []);
  const last = (item: Item, now: number): Run | undefined => {
    if (item.state.isPending) return undefined;
    const until = Math.min(now, endOf(item));
    for (let day = localDayOf(item.policy, until); isBefore(item, day); day -= 1) {
      const run = ofDay(item, day, now).at(-1);
      if (run) return run;
    }
    return undefined;
  };
  function* points(item: Item, now: number): Generator<Point> {
    const { policy, state } = item;
    if (state.isPending) return;
    const until = Math.min(now, endOf(item), state.failing?.from ?? now);
    const kept = state.stoppedAt ?? state.deletedAt ?? now; // nothing expires any more once protection has stopped
    for (let day = localDayOf(policy, until); isBefore(item, day); day -= 1) {
      if (kept - slotFloor(day) > longestKept(policy) + 2 * DAY) return;
      const slots = slotsOf(policy, day);
      for (const slot of slots.toReversed()) {
        const run = at(item, slot, now);
        if (!run || run.outcome === 'Failed' || run.endsAt > now) continue;
        if (isKept(policy, day, slot === slots[0], Math.min(kept, now) - slot))
          yield { slot, at: run.startedAt + 90_000, day };
      }
    }
  }
  return { at, ofDay, last, points };
}

/** When backups of the item have ended for good. */
const endOf = ({ state }: Item): number =>
  state.isPending
    ? Number.NEGATIVE_INFINITY
    : Math.min(
        state.stoppedAt ?? Number.POSITIVE_INFINITY,
        state.deletedAt ?? Number.POSITIVE_INFINITY,
        state.silentFrom ?? Number.POSITIVE_INFINITY,
      );

const slotFloor = (day: number) => day * DAY;
const isBefore = (item: Item, day: number) => (day + 2) * DAY >= item.state.protectedSince;

/** 100-nanosecond digits that a time in milliseconds does not have: Azure gives seven digits of a second. */
export function stamp(ms: number, salt = 0): string {
  const more = String(hash(7, salt, Math.floor(ms / 1000)) % 10_000).padStart(4, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${more}Z`;
}
