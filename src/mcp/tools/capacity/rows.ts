import type { Forecast } from '../../../queries/capacity.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { toCost } from './cost.ts';
import type { RepositoryRow, TrackRecordAnswer } from './shape.ts';
import type { Size, Threshold } from './shape-parts.ts';
import { changeText, dayAfter, sizeText, toGb, wholeBytes } from './sizes.ts';

/** A forecast as a row of the answer. */
export function toRepositoryRow(forecast: Forecast, isDetailed: boolean): RepositoryRow {
  const row = toRow(forecast, isDetailed);
  const shared = forecast.sharedVolumeWith.map((id) => cleanText(id, 100));
  const record = objectOf(forecast.trackRecord);
  const cost = toCost(forecast.cost, isDetailed);
  return {
    ...row,
    ...(cost ? { cost } : {}),
    ...(shared.length > 0 ? { shared_volume_with: shared.slice(0, 5) } : {}),
    ...(forecast.worstExtentId === null
      ? {}
      : {
          worst_extent_id: cleanText(forecast.worstExtentId, 100),
          worst_extent_utilization_pct: percent(forecast.worstExtentShare),
        }),
    ...(isDetailed
      ? {
          reasons: forecast.reasons.slice(0, 12).map((reason) => cleanText(reason, 80)),
          scored_forecasts: numberOf(record.scored) ?? 0,
          scored_inside_share: round(numberOf(record.coverage), 3),
        }
      : {}),
  };
}

function toRow(forecast: Forecast, isDetailed: boolean): RepositoryRow {
  const thresholds = toThresholds(forecast.thresholds, forecast.madeOn);
  const daysTo = (wanted: number) => thresholds.find((one) => one.percent === wanted)?.mid_days ?? null;
  const [first] = thresholds;
  return {
    source_id: forecast.sourceId,
    repository_id: cleanText(forecast.repositoryId, 100),
    repository_name: cleanText(forecast.name),
    repository_type: cleanText(forecast.type, 60),
    kind: forecast.kind,
    priority: forecast.priority,
    status: statusOf(forecast, thresholds),
    quality: forecast.quality,
    confidence: forecast.confidence,
    capacity: toSize(forecast.useBytes, forecast.capacityBytes),
    forecast: {
      counted_from: forecast.madeOn,
      horizon_days: forecast.horizonDays,
      days_to_80_percent: daysTo(80),
      days_to_90_percent: daysTo(90),
      days_to_100_percent: daysTo(100),
      confidence_interval_80: { lower: first?.early_days ?? null, upper: first?.late_days ?? null },
      thresholds,
      probability_full: toProbabilities(forecast, isDetailed),
      no_date_because: whyNoDate(forecast, thresholds),
    },
    growth_analysis: {
      growth_rate_bytes_per_day: wholeBytes(forecast.slope),
      low_bytes_per_day: wholeBytes(forecast.slopeLow),
      high_bytes_per_day: wholeBytes(forecast.slopeHigh),
      growth_rate_gb_per_day: forecast.slope === null ? null : round(forecast.slope / 2 ** 30, 2),
      display: growthText(forecast),
      growth_pattern: forecast.pattern,
      model_type: forecast.model,
    },
    purchase_bytes: wholeBytes(forecast.purchaseBytes),
    purchase_display: forecast.purchaseBytes === null ? null : sizeText(forecast.purchaseBytes),
    age_days: forecast.ageDays,
  };
}

const growthText = ({ slope, slopeLow, slopeHigh }: Forecast) =>
  slope === null
    ? null
    : `${changeText(slope)} a day${slopeLow === null || slopeHigh === null ? '' : ` (${changeText(slopeLow)} to ${changeText(slopeHigh)})`}`;

export const percent = (share: number | null) => (share === null ? null : round(share * 100, 1));

export function toSize(used: number | null, total: number | null): Size {
  const pct = used === null || total === null ? null : percent(used / total);
  const of = total === null ? ', no limit known' : ` of ${sizeText(total)}`;
  return {
    total_bytes: total,
    used_bytes: used,
    total_gb: total === null ? null : toGb(total),
    used_gb: used === null ? null : toGb(used),
    utilization_pct: pct,
    display: used === null ? `not known${of}` : `${sizeText(used)}${of}`,
  };
}

/** Thresholds as the engine gave them, in days and as local days. */
export function toThresholds(stored: unknown, countedFrom: string): Threshold[] {
  return arrayOf(stored).map((item) => {
    const { threshold, status, early, mid, late } = objectOf(item);
    const days = { early_days: numberOf(early), mid_days: numberOf(mid), late_days: numberOf(late) };
    return {
      percent: Math.round((numberOf(threshold) ?? 0) * 100),
      status: textOf(status) ?? 'UNKNOWN',
      ...days,
      early_date: dayAfter(countedFrom, days.early_days),
      mid_date: dayAfter(countedFrom, days.mid_days),
      late_date: dayAfter(countedFrom, days.late_days),
    };
  });
}

function toProbabilities({ full7, full30, full90 }: Forecast, isDetailed: boolean) {
  const known: [number, number | null][] = [
    [7, isDetailed ? full7 : null],
    [30, full30],
    [90, full90],
  ];
  return known.flatMap(([within_days, probability]) =>
    probability === null ? [] : [{ within_days, probability: Number(probability.toPrecision(2)) }],
  );
}

const WITHOUT_DATES = ['NO_DATA', 'OFFLINE', 'UNBOUNDED'];
const HAS_DATE = ['EXPECTED', 'POSSIBLE'];

/** The one word for how a repository stands: what is not known first, then what is exceeded, then dates. */
function statusOf({ quality }: Forecast, thresholds: Threshold[]): string {
  if (WITHOUT_DATES.includes(quality)) return quality;
  if (thresholds[0]?.status === 'EXCEEDED') return 'EXCEEDED';
  if (thresholds.some(({ status }) => HAS_DATE.includes(status))) return 'FILLS';
  return thresholds[0]?.status === 'NOT_WITHIN_HORIZON' ? 'NOT_WITHIN_HORIZON' : quality;
}

/** Why the likely day of full is missing, in our words; null: it is there, or has come. */
export function whyNoDate(
  { quality, horizonDays }: { quality: string; horizonDays: number },
  thresholds: Threshold[],
): string | null {
  if (quality === 'UNBOUNDED') return 'storage without a limit: it grows, and never fills';
  if (quality === 'OFFLINE') return 'it is offline: what it holds now is not known';
  if (quality === 'NO_DATA') return 'there is no valid reading';
  const full = thresholds.at(-1);
  if (full?.status === 'EXCEEDED' || full?.status === 'EXPECTED') return null;
  if (quality === 'CURRENT_ONLY')
    return 'fewer than 7 days of readings: what it holds is known, not how it grows';
  if (full?.status === 'POSSIBLE') return `only the pessimistic path is full within ${horizonDays} days`;
  if (full?.status === 'NOT_WITHIN_HORIZON')
    return `not full within ${horizonDays} days on any path of the 80 % band`;
  return 'too little is known';
}

/** How earlier forecasts did. */
export function toTrackRecord(stored: unknown): TrackRecordAnswer {
  const record = objectOf(stored);
  const error = numberOf(record.medianSignedError);
  return {
    scored: numberOf(record.scored) ?? 0,
    unscored: numberOf(record.unscored) ?? 0,
    coverage: round(numberOf(record.coverage), 3),
    median_signed_error_bytes: wholeBytes(error),
    median_signed_error_display: error === null ? null : changeText(error),
    bias: textOf(record.bias),
    by_distance: arrayOf(record.byDistance).map((item) => {
      const { ahead, scored, coverage } = objectOf(item);
      return {
        ahead_days: numberOf(ahead) ?? 0,
        scored: numberOf(scored) ?? 0,
        coverage: round(numberOf(coverage), 3),
      };
    }),
  };
}
