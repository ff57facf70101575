import { expectedMinutes, GIB, type Throughput } from './throughput.ts';
import type { AssessedTrial } from './trial.ts';

/** A machine for which trials, its own or others', are to speak. */
export interface RestoreTarget {
  workloadId: string;
  sizeBytes: number | null;
  throughput: Throughput;
}

export interface NormalisedTime {
  minutes: number;
  /** Lower end where only a span is known. */
  earliestMinutes: number;
  /** The sizes differ by more than four times: the time rests on the throughput, not on the trial. */
  isExtrapolated: boolean;
  /** Only a part of unknown size was brought back: the whole takes at least this long. */
  isLowerBound: boolean;
}

const LEAST_FACTOR = 0.25;
const MOST_FACTOR = 4;

/**
 * Time of a trial as if it had brought back the target (METHODS 3.4 R4.1): t* = o + (t − o)·g_target/g_trial, the factor
 * clamped to ¼ … 4. Beyond, t* is extrapolated and never less than what the throughput says for the target's size: a clamped
 * factor alone would let a test of 20 GB prove a server of 5 TB. Instant recoveries do not move data and stay as they are, as
 * does a trial of unknown size of the machine itself. Null without a restore time.
 */
export function normaliseTime(assessed: AssessedTrial, target: RestoreTarget): NormalisedTime | null {
  const { trial, method, minutes } = assessed;
  if (minutes === null || assessed.excluded !== null) return null;
  const earliestMinutes = assessed.earliestMinutes ?? minutes;
  const asItIs = { minutes, earliestMinutes, isExtrapolated: false, isLowerBound: false };
  if (method === 'INSTANT') return asItIs;
  const size = trial.sizeBytes;
  if (size === null || !(size > 0)) {
    const isWhole = trial.class === 'FULL_VM' && trial.workloadId === target.workloadId;
    return isWhole ? asItIs : { ...asItIs, isLowerBound: true };
  }
  // A target of unknown size cannot be scaled to; another machine's time then says nothing certain about it.
  if (target.sizeBytes === null || !(target.sizeBytes > 0))
    return { ...asItIs, isExtrapolated: trial.workloadId !== target.workloadId };
  const factor = target.sizeBytes / size;
  const clamped = Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, factor));
  const overhead = Math.min(minutes, target.throughput.overheadMinutes);
  const scaled = overhead + (minutes - overhead) * clamped;
  if (factor === clamped) return { ...asItIs, minutes: scaled, earliestMinutes: scaled };
  const expected = expectedMinutes(target.sizeBytes / GIB, target.throughput);
  const careful = Math.max(scaled, expected);
  return { minutes: careful, earliestMinutes: careful, isExtrapolated: true, isLowerBound: false };
}
