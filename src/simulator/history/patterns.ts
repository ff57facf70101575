import type { Episode, Machine, Pattern } from '../estate/types.ts';
import { normal } from '../random.ts';
import { DAY, weekdayOf } from '../zone.ts';
import type { Sizes } from './sizes.ts';

export type PatternedFile = {
  seed: number;
  slot: number;
  isFull: boolean;
  created: number;
  /** Local day of `created`. */
  day: number;
  /** Bytes of the machine in use. */
  used: number;
  /** Changed data compared with a usual run. */
  readFactor: number;
};

/** What is different at an instant: all episodes together. */
type Change = { volume: number; stored: number; incompressible: number };

/**
 * The size of a file of a machine with a pattern: changed data vary log-normally around its rhythm, and reduction a
 * little around its own. The percentages are rounded, so that they agree with the bytes to one point.
 */
export function patternedSizes(machine: Machine, pattern: Pattern, file: PatternedFile): Sizes {
  const { seed, slot, isFull, used } = file;
  const change = changeAt(machine.episodes ?? [], file.created, isFull);
  const share = isFull ? 1 : machine.changeRate * rhythm(machine.index, pattern, file) * file.readFactor;
  const dataSize = Math.floor(used * Math.min(isFull ? 1 : MOST, share * change.volume));
  const vary = (salt: number) => Math.exp(pattern.wobble * normal(seed, salt, machine.index, slot));
  const usual = isFull ? pattern.full : pattern.increment;
  const unique = limit(usual.dedup * vary(611));
  const kept = unique * limit(usual.compress * vary(612) * change.stored);
  const noise = change.incompressible;
  const dedup = unique + (1 - unique) * noise;
  const compress = limit((kept * (1 - noise) + RANDOM * noise) / dedup);
  return {
    dataSize,
    backupSize: Math.round(dataSize * dedup * compress),
    dedupRatio: Math.round(dedup * 100),
    compressRatio: Math.round(compress * 100),
  };
}

/** At most so large a share of the data changes in a day. */
const MOST = 0.95;

/** What remains of data that look like noise. */
const RANDOM = 0.998;

const limit = (remains: number) => Math.min(1, Math.max(0.02, remains));

/** Little changes at weekends, more than else on the last day of a month where the books are closed. */
function rhythm(machine: number, pattern: Pattern, { seed, slot, day }: PatternedFile): number {
  const weekly = weekdayOf(day) >= 5 ? pattern.weekend : 1;
  const monthly = isLastOfMonth(day) ? pattern.monthEnd : 1;
  return weekly * monthly * Math.exp(pattern.spread * normal(seed, 613, machine, slot));
}

const isLastOfMonth = (day: number): boolean => new Date((day + 1) * DAY).getUTCDate() === 1;

function changeAt(episodes: readonly Episode[], at: number, isFull: boolean): Change {
  const change: Change = { volume: 1, stored: 1, incompressible: 0 };
  for (const one of episodes) {
    if (at < one.from || at >= one.to || (one.kind && (one.kind === 'FULL') !== isFull)) continue;
    const way = Number.isFinite(one.to) ? (at - one.from) / (one.to - one.from) : 0;
    const [low = 0, high = low] = one.incompressible ?? [];
    change.volume *= one.volume ?? 1;
    change.stored *= (one.stored ?? 1) * Math.exp(((one.driftPerDay ?? 0) * (at - one.from)) / DAY);
    change.incompressible = Math.max(change.incompressible, low + (high - low) * way);
  }
  return change;
}
