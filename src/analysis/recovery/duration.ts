import { normaliseTime, type RestoreTarget } from './normalise.ts';
import { comparableTrials, type RecoveryMethod, type RecoveryPool } from './pool.ts';
import {
  bootstrapRange,
  kaplanMeier,
  maximumGuarantee,
  orderStatisticRange,
  type QuantileRange,
  type TimedTrial,
  timeQuantile,
} from './quantiles.ts';
import { expectedMinutes, GIB } from './throughput.ts';
import type { AssessedTrial } from './trial.ts';

/** EXTRAPOLATED: from the speed of restores of other sizes. NONE: nothing says how long. */
type DurationBasis = 'OWN' | 'GROUP' | 'FLEET' | 'EXTRAPOLATED' | 'ASSUMED' | 'NONE';

/** How long a machine takes to be back, in minutes; each with its 95 % range. */
export interface RecoveryDuration {
  q50: number | null;
  q50Range: QuantileRange;
  /** Null: NOT_REACHED, see `reasons`. */
  q90: number | null;
  q90Range: QuantileRange;
  basis: DurationBasis;
  /** Trials that the quantiles rest on. */
  n: number;
  /** Probability that the longest of its own completed trials is beyond the 90 % quantile; null without one. */
  maximumGuarantee: number | null;
  reasons: string[];
}

const FEWEST = 5;
const UNKNOWN_RANGE: QuantileRange = { low: null, high: null };

/**
 * Quantiles of the restore time (METHODS 3.4 R4.2) on sizes made equal: from 5 own timed trials, else from 5 of the same
 * repositories, else from 5 of the estate, those of comparable size alone; else what the throughput says for its size. Where
 * that is no line, the few own trials come before it, and the default throughput is for an estate without a restore. Failed and unfinished trials count as lasting at least so long, so they never shorten anything.
 */
export function recoveryDuration(
  own: readonly AssessedTrial[],
  method: RecoveryMethod,
  target: RestoreTarget,
  repositoryIds: readonly string[],
  pool: RecoveryPool,
): RecoveryDuration {
  const ownTimed = own.filter((assessed) => assessed.method === method);
  const times = toTimed(ownTimed, target);
  const completed = times.filter(({ isReached }) => isReached).length;
  const guarantee = maximumGuarantee(completed, 0.9);
  if (times.length >= FEWEST) {
    const isExtrapolated = ownTimed.some(
      (assessed) => normaliseTime(assessed, target)?.isExtrapolated === true,
    );
    return {
      ...fromTrials(times, true),
      basis: isExtrapolated ? 'EXTRAPOLATED' : 'OWN',
      maximumGuarantee: guarantee,
    };
  }
  const few = `${times.length} timed trials of its own, ${FEWEST} are needed`;
  for (const [basis, scope] of [
    ['GROUP', repositoryIds],
    ['FLEET', null],
  ] as const) {
    const pooled = toTimed(comparableTrials(pool, method, target, scope), target);
    if (pooled.length < FEWEST) continue;
    const duration = fromTrials(pooled, false);
    return { ...duration, basis, maximumGuarantee: guarantee, reasons: [few, ...duration.reasons] };
  }
  const isLine = method === 'RESTORE' && isFromLine(target);
  const ofFew = isLine ? null : fromFew(times);
  if (ofFew !== null) {
    const isExtrapolated = ownTimed.some((one) => normaliseTime(one, target)?.isExtrapolated === true);
    const basis = isExtrapolated ? 'EXTRAPOLATED' : 'OWN';
    return { ...ofFew, basis, maximumGuarantee: guarantee, reasons: [few, ...ofFew.reasons] };
  }
  return {
    ...fromThroughput(method, target),
    maximumGuarantee: guarantee,
    reasons: [few, ...reasonsOf(method, target)],
  };
}

type Quantiles = Omit<RecoveryDuration, 'basis' | 'maximumGuarantee'>;

function fromTrials(times: readonly TimedTrial[], isOwn: boolean): Quantiles {
  const steps = kaplanMeier(times);
  const q50 = timeQuantile(steps, 0.5);
  const q90 = timeQuantile(steps, 0.9);
  // Of a pool every machine would need a resampling of its own; order statistics bound any quantile at once.
  const rangeOfQ90 = isOwn ? (bootstrapRange(times, 0.9) ?? UNKNOWN_RANGE) : orderStatisticRange(times, 0.9);
  const reasons: string[] = [];
  if (q90 === null) reasons.push('the 90 % quantile is not reached: too few trials came back');
  if (q50 === null) reasons.push('not even half of the trials came back');
  return {
    q50,
    q50Range: around(q50, orderStatisticRange(times, 0.5)),
    q90,
    q90Range: around(q90, rangeOfQ90),
    n: times.length,
    reasons,
  };
}

const isFromLine = ({ throughput, sizeBytes }: RestoreTarget) =>
  throughput.basis !== 'ASSUMED' && !throughput.isRough && sizeBytes !== null && sizeBytes > 0;

/** How far the median of few may be off, besides what they show themselves. */
const FEW_FACTOR = 2;

/** What one to four own trials say: their median with a wide range; null where not half of them came back. */
function fromFew(times: readonly TimedTrial[]): Quantiles | null {
  const q50 = timeQuantile(kaplanMeier(times), 0.5);
  if (q50 === null) return null;
  const all = times.map(({ minutes }) => minutes);
  return {
    q50,
    q50Range: { low: Math.min(...all) / FEW_FACTOR, high: Math.max(...all) * FEW_FACTOR },
    q90: null,
    q90Range: UNKNOWN_RANGE,
    n: times.length,
    reasons: [
      `${times.length === 1 ? 'from one own trial' : `the median of ${times.length} own trials`}, made equal in size: a rough estimate`,
    ],
  };
}

function fromThroughput(method: RecoveryMethod, target: RestoreTarget): Quantiles & { basis: DurationBasis } {
  const nothing = {
    q50: null,
    q50Range: UNKNOWN_RANGE,
    q90: null,
    q90Range: UNKNOWN_RANGE,
    n: 0,
    reasons: [],
  };
  const { sizeBytes, throughput } = target;
  if (method === 'INSTANT' || sizeBytes === null || !(sizeBytes > 0)) return { ...nothing, basis: 'NONE' };
  const gib = sizeBytes / GIB;
  const { overheadMinutes, lowGibPerMinute, highGibPerMinute } = throughput;
  const at = (rate: number | null) => (rate === null ? null : overheadMinutes + gib / rate);
  return {
    ...nothing,
    q50: expectedMinutes(gib, throughput),
    q50Range: { low: at(highGibPerMinute), high: at(lowGibPerMinute) },
    n: throughput.n,
    basis: throughput.basis === 'ASSUMED' ? 'ASSUMED' : 'EXTRAPOLATED',
  };
}

function reasonsOf(method: RecoveryMethod, { sizeBytes, throughput }: RestoreTarget): string[] {
  if (method === 'INSTANT') return ['too few instant recoveries were seen mounted'];
  if (sizeBytes === null || !(sizeBytes > 0)) return ['its size is not known'];
  if (throughput.basis === 'ASSUMED')
    return ['no restore of the estate says how fast restores are: default speed'];
  if (throughput.isRough) {
    const { n, basis } = throughput;
    return [
      `from the ${n === 1 ? 'speed of one restore' : `median speed of ${n} restores`} of ${WHOSE[basis]}: a rough estimate`,
    ];
  }
  return ['no 5 restores of a comparable size: from the speed of other sizes'];
}

const WHOSE = { OWN: 'its own', GROUP: 'its repository', FLEET: 'the server', ASSUMED: 'none' } as const;

function toTimed(trials: readonly AssessedTrial[], target: RestoreTarget): TimedTrial[] {
  return trials.flatMap((assessed) => {
    const time = normaliseTime(assessed, target);
    return time === null
      ? []
      : [{ minutes: time.minutes, isReached: assessed.isReached && !time.isLowerBound }];
  });
}

function around(value: number | null, { low, high }: QuantileRange): QuantileRange {
  if (value === null) return { low, high: null };
  return {
    low: low === null ? null : Math.min(low, value),
    high: high === null ? null : Math.max(high, value),
  };
}
