import { median } from 'simple-statistics';
import { type TrailingScore, trailingScores } from './baseline.ts';
import { weeklyEffects } from './cycle.ts';

type Scores = readonly (TrailingScore | null)[];

const FLOOR = 0.02;
/** A run: scales and natural logarithms away from what was expected; 0.5 is 65 % more or 40 % less. */
const POINT = { z: 3.5, size: 0.5 };
/** Two of four runs, each a little less far away. */
const BURST = { z: 3, size: 0.4, runs: 4, least: 2 };
/** Ten runs against the four weeks before them. */
const SHIFT = { z: 4, size: 0.3, runs: 10, before: 28, fewestBefore: 10, fewestKnown: 14, memory: 90 };
/** Standard error of a median against that of a mean. */
const MEDIAN_LOSS = 1.25;

/**
 * How far each run is from being an alarm: 1 and above is one. Three questions, answered from the runs before it alone:
 * does the run lie apart (spike, dip); do two of the last four (burst); have the last ten moved away from the four weeks
 * before them (shift, drift)? Each asks for something unlikely and for a size that matters.
 *
 * @param values logarithms, or another scale on which equal steps matter alike
 * @param times epoch milliseconds; `apart` of them lie between two runs as a rule
 */
export function dailyAlarms(values: readonly number[], times: readonly number[], apart: number): number[] {
  const effects = weeklyEffects(values, times, apart);
  const plain = values.map((value, i) => value - (effects[i] ?? 0));
  const scores = trailingScores(plain, { floor: FLOOR });
  const shifts = shiftAlarms(plain, scores);
  return scores.map((score, i) => {
    if (score === null) return 0;
    const point = alarm(score.z, score.z * score.scale, POINT);
    return Math.max(point, burstAlarm(scores, i, score.scale), shifts[i] ?? 0);
  });
}

function alarm(z: number, size: number, least: { z: number; size: number }): number {
  return Math.min(Math.abs(z) / least.z, Math.abs(size) / least.size);
}

/** The least of the `BURST.least` largest among the newest runs, the newest one of them; misses in today's scale. */
function burstAlarm(scores: Scores, at: number, scale: number): number {
  const recent = scores.slice(Math.max(0, at - BURST.runs + 1), at + 1).map((score) => {
    const miss = score ? score.z * score.scale : 0;
    return alarm(miss / scale, miss, BURST);
  });
  const largest = recent.toSorted((a, b) => b - a)[BURST.least - 1] ?? 0;
  return Math.min(largest, recent.at(-1) ?? 0);
}

/** A series that wanders by itself is judged by how far it has wandered before. */
function shiftAlarms(plain: readonly number[], scores: Scores): number[] {
  const wandered: number[] = [];
  let since = 0;
  return scores.map((score, i) => {
    const start = i - SHIFT.runs + 1;
    const before = plain.slice(Math.max(since, start - SHIFT.before), Math.max(0, start));
    if (score === null || before.length < SHIFT.fewestBefore) return 0;
    const moved = median(plain.slice(start, i + 1)) - median(before);
    const noise = score.scale * MEDIAN_LOSS * Math.sqrt(1 / SHIFT.runs + 1 / before.length);
    const usual = wandered.length >= SHIFT.fewestKnown ? 1.4826 * median(wandered.slice(-SHIFT.memory)) : 0;
    wandered.push(Math.abs(moved));
    const result = alarm(moved / Math.max(noise, usual), moved, SHIFT);
    // Told once: from here on it is compared with how it is now.
    if (result >= 1) since = start;
    return result;
  });
}
