import { median } from 'simple-statistics';

/** How far a value lies from what was expected of it. */
export interface Miss {
  /** From the time of day and the level of the last values. */
  now: number;
  /** From the time of day alone, or the level of the last days where it does not matter. */
  slow: number;
}

interface Candidate {
  /** What is usual at the time; null while that is not known. */
  usual: (time: number) => number | null;
  learn: (value: number, time: number) => void;
  /** How far the last values lay above usual. */
  offset: number;
  /** Mean miss of about the last day. */
  cost: number;
}

const DAY_MS = 86_400_000;
const MOST_PER_DAY = 288;
const OFFSET_HASTE = 0.2;
/** Costs are cut at so many times themselves: an outlier tells nothing about who knows best. */
const CUT = 4;

/**
 * Expectation of a meter from its past: the time of day (median of 7 days), the time of the week (median of 4 weeks) or
 * the level of the last days, each corrected by how far the last values lay from it; the one that missed least over the
 * last day is asked. Values must come in time order.
 */
export function startForecaster(apart: number): (value: number, time: number) => Miss {
  const perDay = Math.min(MOST_PER_DAY, Math.max(1, Math.round(DAY_MS / apart)));
  const perCost = 1 / Math.max(10, DAY_MS / apart);
  const candidates = [
    levelCandidate(perCost / 2),
    profileCandidate(perDay, DAY_MS, 7),
    profileCandidate(perDay * 7, 7 * DAY_MS, 4),
  ];
  return (value, time) => {
    const known = candidates.flatMap((one) => {
      const usual = one.usual(time);
      return usual === null ? [] : [{ one, usual, now: value - usual - one.offset }];
    });
    const best = known.reduce<(typeof known)[number] | null>(
      (a, b) => (a === null || b.one.cost < a.one.cost ? b : a),
      null,
    );
    for (const { one, usual, now } of known) correct(one, value - usual, now, perCost);
    for (const one of candidates) one.learn(value, time);
    return best ? { now: best.now, slow: value - best.usual } : { now: 0, slow: 0 };
  };
}

function correct(one: Candidate, above: number, now: number, perCost: number): void {
  const size = Number.isFinite(one.cost) ? Math.min(Math.abs(now), CUT * one.cost + 1e-12) : Math.abs(now);
  one.cost = Number.isFinite(one.cost) ? one.cost + perCost * (size - one.cost) : size;
  one.offset += OFFSET_HASTE * (above - one.offset);
}

function levelCandidate(haste: number): Candidate {
  let level: number | null = null;
  let seen = 0;
  const learn = (value: number) => {
    seen += 1;
    level = level === null ? value : level + Math.max(haste, 1 / seen) * (value - level);
  };
  return { usual: () => level, learn, offset: 0, cost: Number.POSITIVE_INFINITY };
}

function profileCandidate(slots: number, cycleMs: number, depth: number): Candidate {
  const kept = new Map<number, { cycle: number; value: number }[]>();
  const placeOf = (time: number) => {
    const cycle = Math.floor(time / cycleMs);
    return { cycle, slot: Math.floor(((time - cycle * cycleMs) / cycleMs) * slots) };
  };
  const usual = (time: number) => {
    const { cycle, slot } = placeOf(time);
    const before = (kept.get(slot) ?? []).filter((one) => one.cycle < cycle);
    return before.length === 0 ? null : median(before.map(({ value }) => value));
  };
  const learn = (value: number, time: number) => {
    const { cycle, slot } = placeOf(time);
    const others = (kept.get(slot) ?? []).filter((one) => one.cycle !== cycle);
    kept.set(slot, [...others, { cycle, value }].slice(-depth - 1));
  };
  return { usual, learn, offset: 0, cost: Number.POSITIVE_INFINITY };
}
