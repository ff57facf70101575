import type { Forecast } from '../../../queries/capacity.ts';
import { arrayOf, numberOf, objectOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { toRepositoryRow, toTrackRecord } from './rows.ts';
import type { RepositoryCard } from './shape.ts';
import { changeText, sizeText, wholeBytes } from './sizes.ts';

/** What the stored purchase is worked out for. */
const GOAL = { lead_days: 30, last_days: 180, stay_under_pct: 80 };

/** Everything that the run concluded about one repository. */
export function toCard(forecast: Forecast): RepositoryCard {
  const row = toRepositoryRow(forecast, true);
  const record = toTrackRecord(forecast.trackRecord);
  const weekly = arrayOf(forecast.weeklyEffect).map((bytes) => wholeBytes(numberOf(bytes) ?? 0));
  return {
    ...row,
    online: forecast.isOnline,
    counted_in_estate: forecast.isCounted,
    scale_out_repository_id: cleanOrNull(forecast.scaleOutRepositoryId, 100),
    backup_bytes: forecast.backupBytes,
    other_bytes: forecast.otherBytes,
    stored_display: storedText(forecast),
    quality_metadata: {
      run_id: forecast.runId,
      concluded_at: isoSeconds(forecast.concludedAt),
      history_days: forecast.historyDays,
      skill: round(forecast.skill, 3),
      backtest_coverage: round(forecast.backtestCoverage, 3),
      model_weights: toWeights(forecast.weights),
    },
    band: arrayOf(forecast.band).map((item) => {
      const { ahead, low, mid, high } = objectOf(item);
      return {
        ahead_days: numberOf(ahead) ?? 0,
        low_bytes: wholeBytes(numberOf(low) ?? 0),
        mid_bytes: wholeBytes(numberOf(mid) ?? 0),
        high_bytes: wholeBytes(numberOf(high) ?? 0),
      };
    }),
    weekly_effect_bytes: weekly.length === 7 ? weekly : null,
    purchase_goal: GOAL,
    track_record: record,
    recommendation: recommend(row, forecast),
  };
}

function storedText({ backupBytes, otherBytes }: Forecast): string | null {
  if (backupBytes === null || otherBytes === null) return null;
  return otherBytes < 0
    ? `backups ${sizeText(backupBytes)}, of which sharing of blocks saves ${sizeText(-otherBytes)}`
    : `backups ${sizeText(backupBytes)}, other data ${sizeText(otherBytes)}`;
}

function toWeights(stored: unknown): Record<string, number> {
  const known = Object.entries(objectOf(stored)).flatMap(([model, weight]) =>
    typeof weight === 'number' ? [[cleanText(model, 40), round(weight, 3)] as const] : [],
  );
  return Object.fromEntries(known.toSorted((a, b) => b[1] - a[1]).slice(0, 6));
}

type Row = ReturnType<typeof toRepositoryRow>;

/** What would help, in our words; amounts stand in the fields too. */
function recommend(
  { status, priority, worst_extent_utilization_pct: worst, capacity, cost }: Row,
  forecast: Forecast,
): string {
  const { purchaseBytes, pattern, slope } = forecast;
  const buy = purchaseBytes
    ? ` ${sizeText(purchaseBytes)} more would keep it under 80 % for the purchase goal.`
    : '';
  const uneven =
    worst !== null && worst !== undefined && worst - (capacity.utilization_pct ?? 0) >= 15
      ? ' One extent is much fuller than the others: rebalance first.'
      : '';
  if (status === 'OFFLINE') return 'Bring it online: what it holds is not known.';
  if (status === 'NO_DATA') return 'Find out why it reports no space; nothing is known of it.';
  if (status === 'UNBOUNDED') {
    const grows = slope === null ? '' : ` It changes by ${changeText(slope)} a day.`;
    return `It cannot fill; mind its cost${cost ? `: ${cost.display}` : ''}.${grows}`;
  }
  if (priority === 'URGENT') return `Act now: free space, move a job, or add space.${uneven}${buy}`;
  if (priority === 'HIGH')
    return `Plan space now: look at what fills it and what is released.${uneven}${buy}`;
  if (priority === 'MEDIUM') return `Order in time: the pessimistic day is within two months.${uneven}${buy}`;
  if (priority === 'UNKNOWN') return 'Wait for more readings before trusting it; growth is not known yet.';
  return pattern === 'DECLINING' ? 'Nothing to do: its use declines.' : `Nothing to do now.${uneven}`;
}
