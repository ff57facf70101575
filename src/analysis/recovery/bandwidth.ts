import { sizedDuration, type Throughput } from './throughput.ts';
import type { AssessedTrial } from './trial.ts';

export interface RestoreBandwidth {
  /** GiB per minute of all restores together; null: not known, so nothing but slots and streams limits a mass restore. */
  gibPerMinute: number | null;
  basis: 'OBSERVED' | 'UNKNOWN';
  /** Minutes in which two or more restores ran at once. */
  observedMinutes: number;
  reasons: string[];
}

interface Segment {
  minutes: number;
  /** GiB per minute of all together. */
  sum: number;
  streams: number;
}

const MINUTE_MS = 60_000;
const FEWEST = 5;
/** Streams that keep this share of their own speed do not slow each other: the pipe is wider than what was seen. */
const UNHINDERED = 0.8;

/**
 * Bandwidth of restores that ran at the same time (METHODS 3.4 R4.5): 90 % quantile over time of the sum of their speeds.
 * Only where they slowed each other; the sum of streams that do not is no limit, and is reported as not known.
 */
export function observedBandwidth(
  trials: readonly AssessedTrial[],
  { overheadMinutes, gibPerMinute }: Throughput,
): RestoreBandwidth {
  const events = trials.flatMap((assessed) => {
    const sized = sizedDuration(assessed);
    if (sized === null) return [];
    const overhead = Math.min(overheadMinutes, sized.minutes / 2);
    const rate = sized.gib / (sized.minutes - overhead);
    const from = assessed.trial.startedAt + overhead * MINUTE_MS;
    return [
      { at: from, rate, streams: 1 },
      { at: assessed.finishedAt, rate: -rate, streams: -1 },
    ];
  });
  const segments = concurrentSegments(events);
  const observedMinutes = segments.reduce((total, { minutes }) => total + minutes, 0);
  const restores = events.length / 2;
  const unknown = (reason: string): RestoreBandwidth => ({
    gibPerMinute: null,
    basis: 'UNKNOWN',
    observedMinutes,
    reasons: [reason],
  });
  if (restores < FEWEST || observedMinutes === 0) return unknown('too few restores ran at the same time');
  const perStream = segments.reduce(
    (total, { minutes, sum, streams }) => total + (minutes * sum) / streams,
    0,
  );
  if (perStream / observedMinutes > UNHINDERED * gibPerMinute)
    return unknown('restores at the same time did not slow each other: the limit was not reached');
  return {
    gibPerMinute: timeQuantile90(segments, observedMinutes),
    basis: 'OBSERVED',
    observedMinutes,
    reasons: [],
  };
}

function concurrentSegments(events: readonly { at: number; rate: number; streams: number }[]): Segment[] {
  const segments: Segment[] = [];
  let sum = 0;
  let streams = 0;
  let since = 0;
  for (const event of events.toSorted((a, b) => a.at - b.at || a.streams - b.streams)) {
    const minutes = (event.at - since) / MINUTE_MS;
    if (streams >= 2 && minutes > 0) segments.push({ minutes, sum, streams });
    sum += event.rate;
    streams += event.streams;
    since = event.at;
  }
  return segments;
}

function timeQuantile90(segments: readonly Segment[], total: number): number | null {
  let passed = 0;
  for (const { minutes, sum } of segments.toSorted((a, b) => a.sum - b.sum)) {
    passed += minutes;
    if (passed >= 0.9 * total) return sum;
  }
  return null;
}
