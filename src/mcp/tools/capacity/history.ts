import { dayNumberToText } from '../../../analysis/zoned-time.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import type { Forecast } from '../../../queries/capacity.ts';
import { parseWindow } from '../../moment.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { percent } from './rows.ts';
import { readEntityDays } from './series.ts';
import type { CapacityAnswer } from './shape.ts';
import { sizeText, toDayNumber } from './sizes.ts';

const DEFAULT_WINDOW = '30d';
/** A longer window shows every so many days only: rows enough to see a shape. */
const MOST_ROWS = 35;

type HistoryRow = NonNullable<CapacityAnswer['history']>[number];

/** What a repository held on the days of the window, newest first, and the days from one row to the next. */
export async function readHistory(
  db: MetricsReader,
  scope: CapacityScope,
  forecast: Forecast,
): Promise<{ rows: HistoryRow[]; stepDays: number }> {
  const hours = parseWindow('history', scope.question.history ?? DEFAULT_WINDOW);
  const days = Math.max(1, Math.ceil(hours / 24));
  const today = toDayNumber(forecast.madeOn);
  const stored = await readEntityDays(db, scope, forecast, dayNumberToText(today - days + 1));
  const stepDays = Math.ceil(days / MOST_ROWS);
  const rows = stored
    .filter(({ day }) => (today - day) % stepDays === 0)
    .map(({ day, usedBytes, capacityBytes, isOffline }): HistoryRow => {
      const total = capacityBytes !== null && capacityBytes > 0 ? capacityBytes : null;
      return {
        day: dayNumberToText(day),
        used_bytes: usedBytes,
        total_bytes: total,
        utilization_pct: usedBytes === null || total === null ? null : percent(usedBytes / total),
        display: usedBytes === null ? null : sizeText(usedBytes),
        offline: isOffline,
      };
    });
  return { rows: rows.toReversed(), stepDays };
}
