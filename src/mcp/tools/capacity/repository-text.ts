import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { priceText } from './cost.ts';
import { renderExtras } from './extras-text.ts';
import type { CapacityAnswer, RepositoryCard } from './shape.ts';

/** The card of a repository as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderRepository(answer: CapacityAnswer, card: RepositoryCard): string {
  const { as_of } = answer;
  return paragraphs([
    `Repository ${quoteCell(card.repository_name)} (${quoteCell(card.repository_type)}, id ${quoteCell(card.repository_id)}, ${card.kind})`,
    answer.summary,
    `As of ${as_of}. Recommendation: ${card.recommendation}`,
    renderDates(card),
    renderFacts(card),
    renderExtents(answer),
    renderExtras(answer),
    renderBase(answer),
  ]);
}

function renderDates({ forecast }: RepositoryCard): string {
  const rows = forecast.thresholds.map((one) => [
    `${one.percent} %`,
    one.status,
    one.early_days === null ? null : `${one.early_days} (${one.early_date})`,
    one.mid_days === null ? null : `${one.mid_days} (${one.mid_date})`,
    one.late_days === null ? null : `${one.late_days} (${one.late_date})`,
  ]);
  if (rows.length === 0) return '';
  return `Days from ${forecast.counted_from}, 80 % band, searched for ${forecast.horizon_days} days:\n${table(['threshold', 'status', 'early', 'likely', 'late'], rows)}`;
}

function renderFacts(card: RepositoryCard): string {
  const { growth_analysis: growth, quality_metadata: quality, forecast, track_record: record } = card;
  const full = forecast.probability_full.map(
    ({ within_days, probability }) => `${probability} within ${within_days} days`,
  );
  const { lead_days, last_days, stay_under_pct } = card.purchase_goal;
  const lines = [
    growth.display === null
      ? ''
      : `- growth ${growth.display}${growth.growth_pattern ? `, ${growth.growth_pattern}` : ''}; model ${growth.model_type === null ? 'not known' : wordCell(growth.model_type)}, skill ${quality.skill ?? 'not known'}, backtest coverage ${quality.backtest_coverage ?? 'not known'}, ${quality.history_days} days of history (${card.quality})`,
    full.length > 0 ? `- probability of being full: ${full.join(', ')}` : '',
    card.purchase_display === null
      ? ''
      : `- to buy: ${card.purchase_display} (${card.purchase_bytes} bytes) to stay under ${stay_under_pct} % for ${last_days} days after a delivery in ${lead_days}`,
    renderCost(card),
    card.stored_display === null ? '' : `- ${card.stored_display}`,
    renderRecord(record),
    card.worst_extent_id
      ? `- fullest extent ${quoteCell(card.worst_extent_id)}: ${card.worst_extent_utilization_pct ?? 'not known'} %`
      : '',
    card.shared_volume_with
      ? `- on one volume with ${card.shared_volume_with.map((id) => quoteCell(id)).join(' ')}, counted once`
      : '',
    card.reasons?.length ? `- reasons: ${card.reasons.map(wordCell).join(' ')}` : '',
  ];
  return lines.filter(Boolean).join('\n');
}

function renderCost({ cost }: RepositoryCard): string {
  if (!cost) return '';
  const ahead = (cost.ahead ?? []).map(
    ({ days, low, mid, high }) => `${mid} (${low} to ${high}) in ${days} days`,
  );
  const band = ahead.length > 0 ? `; a year would cost, likely (80 % band): ${ahead.join(', ')}` : '';
  return `- cost ${cost.display}, at ${priceText(cost)}${band}`;
}

function renderRecord({
  scored,
  coverage,
  median_signed_error_display,
  bias,
  by_distance,
}: RepositoryCard['track_record']): string {
  if (scored === 0 || coverage === null) return '- no earlier forecast of it has been scored yet';
  const each = by_distance.map(
    ({ ahead_days, scored: count, coverage: share }) =>
      `${ahead_days} days ahead ${share ?? 'not known'} of ${count}`,
  );
  const lean = bias && bias !== 'NONE' ? `, forecasts were ${bias}` : '';
  return `- earlier forecasts: ${coverage} of ${scored} inside the 80 % band (${each.join(', ')}); median error ${median_signed_error_display ?? 'not known'}${lean}`;
}

function renderExtents({ extents = [] }: CapacityAnswer): string {
  const rows = extents.map(({ repository_name, priority, status, capacity, days_to_80_percent }) => [
    quoteCell(repository_name),
    priority,
    status,
    capacity.display,
    capacity.utilization_pct,
    days_to_80_percent,
  ]);
  return rows.length > 0
    ? `Extents, most pressing first:\n${table(['extent', 'priority', 'status', 'used', '%', 'days to 80 %'], rows)}`
    : '';
}
