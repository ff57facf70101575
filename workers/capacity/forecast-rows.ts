import { createHash } from 'node:crypto';
import type { CapacityForecast } from '../../src/analysis/capacity/answer.ts';
import { type StoragePrice, storageCost } from '../../src/analysis/capacity/cost.ts';
import type { CapacityPriority } from '../../src/analysis/capacity/priority.ts';
import type { CapacityEvent } from '../../src/analysis/capacity/samples.ts';
import type { ThresholdForecast } from '../../src/analysis/capacity/thresholds.ts';
import { confidenceWithRecord, type TrackRecord } from '../../src/analysis/capacity/track-record.ts';
import { dayNumberToText } from '../../src/analysis/zoned-time.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Entity } from './entities.ts';

type Row<T extends 'capacity_forecast' | 'capacity_event'> = Omit<BulkRow<T>, 'source_id' | 'run_id'>;

export type Concluded = {
  entity: Entity;
  forecast: CapacityForecast;
  record: TrackRecord;
  /** Files of backups on its space; null: not read or not known. */
  backupBytes: number | null;
  priority: CapacityPriority;
};

export function toForecastRow(
  { entity, forecast, record, backupBytes, priority }: Concluded,
  { concludedAt, today, price }: { concludedAt: Date; today: number; price: StoragePrice },
): Row<'capacity_forecast'> {
  const use = forecast.usedBytes;
  return {
    repository_id: entity.id,
    kind: entity.kind,
    name: entity.name,
    type: entity.type,
    scale_out_repository_id: entity.scaleOutRepositoryId,
    concluded_at: concludedAt,
    made_on: dayNumberToText(today),
    is_online: entity.isOnline,
    is_counted: entity.isCounted,
    shared_volume_with: entity.sharedWith,
    use_bytes: use,
    capacity_bytes: forecast.capacityBytes,
    use_share: forecast.useShare,
    backup_bytes: backupBytes,
    other_bytes: use === null || backupBytes === null ? null : use - backupBytes,
    quality: forecast.quality,
    pattern: forecast.pattern,
    history_days: forecast.days,
    age_days: forecast.ageDays,
    horizon_days: forecast.horizonDays,
    model: forecast.model,
    weights: forecast.weights,
    skill: forecast.skill,
    backtest_coverage: forecast.backtestCoverage,
    slope_bytes_per_day: forecast.growthPerDay?.value ?? null,
    slope_low: forecast.growthPerDay?.low ?? null,
    slope_high: forecast.growthPerDay?.high ?? null,
    thresholds: forecast.thresholds,
    ...thresholdColumns(forecast.thresholds),
    p_full_7: forecast.fullWithin?.[7] ?? null,
    p_full_30: forecast.fullWithin?.[30] ?? null,
    p_full_90: forecast.fullWithin?.[90] ?? null,
    band: forecast.band,
    weekly_effect: forecast.weeklyEffect,
    purchase_bytes: forecast.purchaseBytes,
    priority,
    confidence: confidenceWithRecord(forecast.confidence, record),
    worst_extent_id: entity.worst?.repositoryId ?? null,
    worst_extent_share: entity.worst?.useShare ?? null,
    track_record: record,
    reasons: [...forecast.reasons, ...entity.reasons],
    cost: toCost(storageCost(forecast, price)),
  };
}

const toCost = (cost: ReturnType<typeof storageCost>) =>
  cost && {
    currency: cost.currency,
    price_per_tib_year: cost.pricePerTibYear,
    basis: cost.basis,
    now: cost.now,
    growth_per_year: cost.growthPerYear,
    ahead: cost.ahead,
  };

function thresholdColumns(thresholds: readonly ThresholdForecast[]) {
  const of = (share: number) => thresholds.find(({ threshold }) => threshold === share);
  const [eighty, ninety, full] = [of(0.8), of(0.9), of(1)];
  return {
    status_80: eighty?.status ?? null,
    early_80: eighty?.early ?? null,
    mid_80: eighty?.mid ?? null,
    late_80: eighty?.late ?? null,
    status_90: ninety?.status ?? null,
    early_90: ninety?.early ?? null,
    mid_90: ninety?.mid ?? null,
    late_90: ninety?.late ?? null,
    status_100: full?.status ?? null,
    early_100: full?.early ?? null,
    mid_100: full?.mid ?? null,
    late_100: full?.late ?? null,
  };
}

/** The same event has the same id in every run. */
export function toEventRow(
  repositoryId: string,
  { kind, day, bytes, days }: CapacityEvent,
): Row<'capacity_event'> {
  const identity = [repositoryId, kind, day].join('\u0000');
  return {
    repository_id: repositoryId,
    event_id: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    kind,
    local_day: dayNumberToText(day),
    bytes,
    days: days ?? null,
  };
}

/** The most pressing first. What is not known comes before what is known to be fine. */
const PRIORITIES: CapacityPriority[] = ['URGENT', 'HIGH', 'MEDIUM', 'UNKNOWN', 'LOW', 'NONE'];

export function morePressing(a: CapacityPriority, b: CapacityPriority): CapacityPriority {
  return PRIORITIES.indexOf(a) <= PRIORITIES.indexOf(b) ? a : b;
}
