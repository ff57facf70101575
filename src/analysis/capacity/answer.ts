import type { CapacityConfidence, CapacityPriority, CapacityQuality } from './priority.ts';
import type { CapacityEvent, CapacitySample } from './samples.ts';
import type { ThresholdForecast, UseAdjustment } from './thresholds.ts';

export interface CapacityQuestion {
  samples: readonly CapacitySample[];
  /** Bytes; null, 0 or less: no limit. Left out: the newest that the samples name. */
  capacityBytes?: number | null;
  /** Local day from which days are counted. */
  today: number;
  /** What a purchase should last for; 30 days to deliver, then 180 days below 80 %. */
  purchase?: Partial<PurchaseGoal>;
  /** What a plan changes, see capacity-what-if.ts. */
  adjustment?: UseAdjustment;
}

export interface PurchaseGoal {
  /** Days from order to use. */
  leadDays: number;
  /** Days after that. */
  lastDays: number;
  /** Share of the capacity to stay under. */
  share: number;
}

export interface GrowthPerDay {
  /** Bytes per day, mean over the next 28 days. */
  value: number;
  /** The same from the bounds of the 80 % band. */
  low: number;
  high: number;
}

interface BandPoint {
  ahead: number;
  low: number;
  mid: number;
  high: number;
}

export interface CapacityForecast {
  quality: CapacityQuality;
  pattern: 'GROWING' | 'STABLE' | 'DECLINING' | null;
  /** Bytes of the newest valid reading; null: none. */
  usedBytes: number | null;
  /** Days since it. */
  ageDays: number | null;
  capacityBytes: number | null;
  /** Used share of the capacity; above 1 where more is used than there is. */
  useShare: number | null;
  /** Days with a valid reading. */
  days: number;
  /** Candidate with the largest weight; null: no forecast. */
  model: string | null;
  /** Weight per candidate that takes part. */
  weights: Record<string, number>;
  /** 1 less the backtest error relative to "no change"; 0: no better than that. */
  skill: number | null;
  /** Share of backtest errors within the 80 % band. */
  backtestCoverage: number | null;
  /** Days that dates are searched for. */
  horizonDays: number;
  growthPerDay: GrowthPerDay | null;
  /** 80, 90 and 100 %; empty without a limit. */
  thresholds: ThresholdForecast[];
  /** Probability of being full (100 %) within 7, 30, 90 days; null: not known or no limit. */
  fullWithin: Record<7 | 30 | 90, number> | null;
  /** 80 % band in bytes after 7, 30, 90 and 180 days. */
  band: BandPoint[];
  events: CapacityEvent[];
  /** Level shifts that come again, such as monthly full backups, with the local day of the next. */
  recurring: { bytes: number; everyDays: number; nextDay: number }[];
  /** Bytes per weekday, 0 is Sunday; null: no weekly pattern. */
  weeklyEffect: number[] | null;
  /** Bytes to buy to reach the purchase goal, on the upper bound of the band; null: not known. */
  purchaseBytes: number | null;
  priority: CapacityPriority;
  confidence: CapacityConfidence;
  reasons: string[];
}
