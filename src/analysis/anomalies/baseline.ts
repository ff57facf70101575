import { mean, median, medianSorted } from 'simple-statistics';

/** How far a value lies from what its past lets expect, in robust standard deviations. */
export interface TrailingScore {
  z: number;
  /** What was expected, in the unit of the values. */
  expected: number;
  /** Robust standard deviation of the past misses, at least the floor. */
  scale: number;
  /** With this value the level before is given up: it and the ones before it are how it is now. */
  isNewLevel: boolean;
}

export interface TrailingOptions {
  /** Smallest scale that matters, in the unit of the values. */
  floor: number;
  /** So many outliers in a row on one side are no outliers but how it is now. */
  newLevelAfter?: number;
  /**
   * Outliers do not move the level at all, and a new one has to be steady: a level that creeps, so that no value is much
   * unlike the one before, stays apart from how it was. Three times `newLevelAfter` is how it is now in any case.
   */
  isPatient?: boolean;
  /** Positions from which the level is learned anew; how much the values vary is kept. */
  restarts?: ReadonlySet<number>;
}

/** A smoother that follows the level with a given haste, and how far off it was each time. */
interface Follower {
  haste: number;
  level: number;
  /** Values that the level rests on. */
  age: number;
  /** Sizes of its last misses, in the order of time and of size. */
  misses: number[];
  sorted: number[];
  /** Of the misses so far; null while there are too few. */
  scale: number | null;
  cost: number;
  /** Outliers in a row; below 0 if they lie below. */
  streak: number;
}

const HASTES = [0.1, 0.25, 0.5];
const USUAL_HASTE = 0.25;
const FEWEST = 8;
const FEWEST_AFTER_RESTART = 2;
const MEMORY = 90;
/** Few misses give a scale that is too small as often as not. */
const WIDEN = 5;
/** An outlier moves the level by so many scales at most, so that it hides neither itself nor the next. */
const CUT = 2.5;
const NEW_LEVEL_AFTER = 4;

/**
 * Score of each value against the values before it alone, (value − expected) / scale as in METHODS 3.0 P7, but with a level
 * that follows its past instead of a fixed window. Of three smoothers the one that missed least so far tells what is
 * expected. The scale is 1.4826 times the median of its last 90 misses, 1.2533 times their mean if that is 0, wider by 2/n.
 * Null for the first 8 values and the first 2 after a restart.
 * @see Gelper, Fried & Croux (2010), Robust forecasting with exponential and Holt-Winters smoothing
 */
export function trailingScores(
  values: readonly number[],
  options: TrailingOptions,
): (TrailingScore | null)[] {
  const { newLevelAfter = NEW_LEVEL_AFTER, restarts } = options;
  const followers = HASTES.map(toFollower);
  return values.map((value, i) => {
    if (i === 0 || restarts?.has(i)) for (const follower of followers) restart(follower, value);
    const best = followers.reduce((a, b) => (b.cost < a.cost ? b : a));
    const { level, age } = best;
    // A level that rests on a few values is itself uncertain.
    const scale = best.scale === null ? null : best.scale * (age < FEWEST ? Math.sqrt(1 + 1 / age) : 1);
    const recent = values.slice(Math.max(0, i - newLevelAfter + 1), i + 1);
    let isNewLevel = false;
    for (const follower of followers) {
      const isNew = follow(follower, recent, options);
      if (follower === best) isNewLevel = isNew;
    }
    if (scale === null || age < FEWEST_AFTER_RESTART) return null;
    return { z: (value - level) / scale, expected: level, scale, isNewLevel };
  });
}

function toFollower(haste: number): Follower {
  return {
    haste,
    level: 0,
    age: 0,
    misses: [],
    sorted: [],
    scale: null,
    cost: haste === USUAL_HASTE ? 0 : 1,
    streak: 0,
  };
}

function restart(follower: Follower, level: number): void {
  follower.level = level;
  follower.age = 0;
  follower.streak = 0;
}

/** Takes in the newest of the recent values; true if the level starts anew with all of them. */
function follow(
  follower: Follower,
  recent: readonly number[],
  { floor, isPatient = false }: TrailingOptions,
): boolean {
  const miss = (recent.at(-1) ?? 0) - follower.level;
  const most = follower.scale === null ? Number.POSITIVE_INFINITY : CUT * follower.scale;
  const side = Math.abs(miss) > most ? Math.sign(miss) : 0;
  follower.streak = side !== 0 && Math.sign(follower.streak) === side ? follower.streak + side : side;
  const cut = Math.max(-most, Math.min(most, miss));
  if (follower.age > 0) learn(follower, isPatient ? cut : miss, floor);
  follower.age += 1;
  if (isNewNormal(follower, recent, isPatient ? most : Number.POSITIVE_INFINITY)) {
    restart(follower, median([...recent]));
    follower.age = recent.length;
    return true;
  }
  // The first few values count alike.
  const haste = Math.max(follower.haste, 1 / follower.age);
  follower.level += side !== 0 && isPatient ? 0 : haste * cut;
  return false;
}

/** Whether all recent values are outliers on one side, and no further apart from each other than `most`. */
function isNewNormal({ streak }: Follower, recent: readonly number[], most: number): boolean {
  const length = Math.abs(streak);
  if (length < recent.length || recent.length < 2) return false;
  const centre = median([...recent]);
  return length >= 3 * recent.length || recent.every((value) => Math.abs(value - centre) <= most);
}

function learn(follower: Follower, miss: number, floor: number): void {
  const { misses, sorted } = follower;
  const size = Math.abs(miss);
  misses.push(size);
  sorted.splice(placeOf(sorted, size), 0, size);
  const oldest = misses.length > MEMORY ? misses.shift() : undefined;
  if (oldest !== undefined) sorted.splice(placeOf(sorted, oldest), 1);
  if (misses.length < FEWEST) return;
  const usual = 1.4826 * medianSorted(sorted);
  const wider = 1 + WIDEN / sorted.length;
  const scale = Math.max(floor, (usual > 0 ? usual : 1.2533 * mean(sorted)) * wider);
  follower.scale = scale;
  // An outlier tells nothing about how fast the level moves: it counts as three scales.
  let total = 0;
  for (const one of sorted) total += Math.min(one, 3 * scale);
  follower.cost = total / sorted.length;
}

/** First position whose value is not smaller. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
