import type { CapacityConfidence } from './priority.ts';

/** One forecast that was stored, for one distance. */
export interface StoredBand {
  /** Local day on which it was made. */
  madeOn: number;
  /** Days ahead. */
  ahead: number;
  /** 80 % band in bytes. */
  low: number;
  mid: number;
  high: number;
}

export interface ScoredBand extends StoredBand {
  actualBytes: number;
  isInside: boolean;
  /** Bytes; positive: more was used than forecast. */
  signedError: number;
  /** The error in half-widths of the band on its side; beyond ±1 is outside. Null: the band had no width there. */
  scaledError: number | null;
}

export interface TrackRecord {
  scored: number;
  /** Forecasts whose day has come without a reading on it. */
  unscored: number;
  /** Share within the 80 % band; null: none scored. */
  coverage: number | null;
  /** Median signed error in bytes; above 0: use grows faster than forecast. */
  medianSignedError: number | null;
  bias: 'TOO_LOW' | 'TOO_HIGH' | 'NONE' | null;
  /** Forecasts per distance, ascending. */
  byDistance: { ahead: number; scored: number; coverage: number }[];
  /** Word the record supports: HIGH from 20 with 70 % inside, LOW below 50 %; null: fewer than 5, no word yet. */
  confidence: CapacityConfidence | null;
}

const FEWEST_FOR_A_WORD = 5;
const FEWEST_FOR_HIGH = 20;
const GOOD_COVERAGE = 0.7;
const POOR_COVERAGE = 0.5;
/** Sides as uneven as this have a chance below 5 % where over and under are equally likely and 10 or more were scored. */
const UNEVEN = 0.8;

/** Forecasts whose day has come, against what was really used on it (METHODS 3.2 "Quality"); oldest first. */
export function scoreBands(
  bands: readonly StoredBand[],
  usedByDay: ReadonlyMap<number, number>,
): ScoredBand[] {
  return bands
    .flatMap((band): ScoredBand[] => {
      const actualBytes = usedByDay.get(band.madeOn + band.ahead);
      if (actualBytes === undefined) return [];
      const signedError = actualBytes - band.mid;
      const halfWidth = signedError >= 0 ? band.high - band.mid : band.mid - band.low;
      const isInside = actualBytes >= band.low && actualBytes <= band.high;
      const scaledError = halfWidth > 0 ? signedError / halfWidth : null;
      return [{ ...band, actualBytes, isInside, signedError, scaledError }];
    })
    .toSorted((a, b) => a.madeOn - b.madeOn || a.ahead - b.ahead);
}

/** How good the stored forecasts of one repository were, those due up to `today`. */
export function trackRecord(
  bands: readonly StoredBand[],
  usedByDay: ReadonlyMap<number, number>,
  today: number,
): TrackRecord {
  const due = bands.filter(({ madeOn, ahead }) => madeOn + ahead <= today);
  const scored = scoreBands(due, usedByDay);
  const coverage = coverageOf(scored);
  return {
    scored: scored.length,
    unscored: due.length - scored.length,
    coverage,
    medianSignedError: medianOrNull(scored.map(({ signedError }) => signedError)),
    bias: biasOf(scored),
    byDistance: [...Map.groupBy(scored, ({ ahead }) => ahead)]
      .map(([ahead, own]) => ({ ahead, scored: own.length, coverage: coverageOf(own) ?? 0 }))
      .toSorted((a, b) => a.ahead - b.ahead),
    confidence: wordFor(scored.length, coverage),
  };
}

/** The lower of what the history promises and what the record shows; without a record the history alone speaks. */
export function confidenceWithRecord(word: CapacityConfidence, record: TrackRecord): CapacityConfidence {
  if (record.confidence === null) return word;
  const order: CapacityConfidence[] = ['LOW', 'MODERATE', 'HIGH'];
  return order[Math.min(order.indexOf(word), order.indexOf(record.confidence))] ?? 'LOW';
}

function coverageOf(scored: readonly ScoredBand[]): number | null {
  if (scored.length === 0) return null;
  return scored.filter(({ isInside }) => isInside).length / scored.length;
}

function wordFor(scored: number, coverage: number | null): CapacityConfidence | null {
  if (coverage === null || scored < FEWEST_FOR_A_WORD) return null;
  if (coverage < POOR_COVERAGE) return 'LOW';
  return scored >= FEWEST_FOR_HIGH && coverage >= GOOD_COVERAGE ? 'HIGH' : 'MODERATE';
}

function biasOf(scored: readonly ScoredBand[]): TrackRecord['bias'] {
  if (scored.length < 10) return null;
  const over = scored.filter(({ signedError }) => signedError > 0).length / scored.length;
  const under = scored.filter(({ signedError }) => signedError < 0).length / scored.length;
  if (over >= UNEVEN) return 'TOO_LOW';
  return under >= UNEVEN ? 'TOO_HIGH' : 'NONE';
}

function medianOrNull(list: readonly number[]): number | null {
  if (list.length === 0) return null;
  const sorted = list.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
