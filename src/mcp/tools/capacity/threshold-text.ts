import type { Threshold } from './shape-parts.ts';

/** Days to a threshold, early / likely / late, and its likely day; a dash is beyond the horizon. */
export function renderThreshold(threshold: Threshold | undefined): string | null {
  if (!threshold) return null;
  const { status, early_days, mid_days, late_days, mid_date } = threshold;
  if (status !== 'EXPECTED' && status !== 'POSSIBLE') return status;
  const days = [early_days, mid_days, late_days].map((day) => day ?? '–').join(' / ');
  return mid_date === null ? days : `${days} (${mid_date})`;
}
