import { mean, standardDeviation } from 'simple-statistics';
import { hypergeometricUpperTail } from '../statistics/exact-tails.ts';
import { toZonedTime } from '../zoned-time.ts';
import { isFinished, type JobRun } from './runs.ts';

interface SlotPattern {
  kind: 'WEEKDAY_PATTERN' | 'TIME_PATTERN';
  /** Weekday 0 (Sunday) to 6, or local hour 0 to 23. */
  slot: number;
  /** Failure rate of the slot over the failure rate of all runs. */
  lift: number;
  /** Chance of so many failures in the slot, times the number of slots tried. */
  p: number;
  slotRuns: number;
  slotFailures: number;
}

export interface TimingPattern {
  kind: 'WEEKDAY_PATTERN' | 'TIME_PATTERN' | 'NONE';
  /** The strongest pattern, if there is one. */
  pattern: SlotPattern | null;
  runs: number;
  failures: number;
  /** Failures at even distances: mean distance and its coefficient of variation; null if irregular or too few. */
  regularity: { meanGapHours: number; variation: number; gaps: number } | null;
}

const SIGNIFICANT = 0.01;
const LEAST_LIFT = 2;
const LEAST_FAILURES = 3;
const LEAST_GAPS = 5;
const REGULAR_BELOW = 0.3;
const HOUR_MS = 3_600_000;

/**
 * Weekday or hour at which a job fails more than its exposure explains (METHODS 3.1 R1.5): exact hypergeometric tail times
 * the slots that have runs ≤ 0.01, lift ≥ 2 and at least 3 failures. A nightly job that can only fail at night has no
 * pattern. Slots are those of the run's start in the source's zone. A pattern is a diagnosis and never changes a score.
 */
export function timingPattern(runs: readonly JobRun[], zone: string): TimingPattern {
  const finished = runs.filter(isFinished);
  const failed = finished.filter(({ outcome }) => outcome === 'FAILED');
  const times = finished.map((run) => ({
    ...toZonedTime(run.startedAt, zone),
    isFailure: run.outcome === 'FAILED',
  }));
  const patterns = [
    ...slotPatterns(
      'WEEKDAY_PATTERN',
      times.map(({ weekday, isFailure }) => ({ slot: weekday, isFailure })),
    ),
    ...slotPatterns(
      'TIME_PATTERN',
      times.map(({ hour, isFailure }) => ({ slot: hour, isFailure })),
    ),
  ].sort((a, b) => a.p - b.p);
  const pattern = patterns[0] ?? null;
  return {
    kind: pattern?.kind ?? 'NONE',
    pattern,
    runs: finished.length,
    failures: failed.length,
    regularity: regularityOf(failed, finished.length),
  };
}

function slotPatterns(
  kind: SlotPattern['kind'],
  runs: readonly { slot: number; isFailure: boolean }[],
): SlotPattern[] {
  const slots = new Map<number, { runs: number; failures: number }>();
  let failures = 0;
  for (const { slot, isFailure } of runs) {
    const counts = slots.get(slot) ?? { runs: 0, failures: 0 };
    counts.runs += 1;
    if (isFailure) {
      counts.failures += 1;
      failures += 1;
    }
    slots.set(slot, counts);
  }
  const found: SlotPattern[] = [];
  for (const [slot, { runs: slotRuns, failures: slotFailures }] of slots) {
    if (slotFailures < LEAST_FAILURES) continue;
    const lift = slotFailures / slotRuns / (failures / runs.length);
    const p = Math.min(
      1,
      slots.size * hypergeometricUpperTail(runs.length, failures, slotRuns, slotFailures),
    );
    if (lift >= LEAST_LIFT && p <= SIGNIFICANT) found.push({ kind, slot, lift, p, slotRuns, slotFailures });
  }
  return found;
}

/**
 * Regular failures need at least 5 gaps with a coefficient of variation below 0.3. Where more than half of all runs fail,
 * the gaps only repeat the schedule, so that is not called a pattern.
 */
function regularityOf(failed: readonly JobRun[], runs: number): TimingPattern['regularity'] {
  if (failed.length * 2 > runs) return null;
  const starts = failed.map(({ startedAt }) => startedAt).toSorted((a, b) => a - b);
  const gaps = starts.slice(1).map((start, index) => (start - (starts[index] as number)) / HOUR_MS);
  if (gaps.length < LEAST_GAPS) return null;
  const meanGapHours = mean(gaps);
  const variation = meanGapHours > 0 ? standardDeviation(gaps) / meanGapHours : Number.POSITIVE_INFINITY;
  return variation < REGULAR_BELOW ? { meanGapHours, variation, gaps: gaps.length } : null;
}
