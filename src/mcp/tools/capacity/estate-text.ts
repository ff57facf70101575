import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { markedName } from '../../source-mark.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { renderExtras } from './extras-text.ts';
import type { CapacityAnswer, RepositoryRow } from './shape.ts';
import { renderThreshold } from './threshold-text.ts';

/** The estate as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderEstate(answer: CapacityAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderTotals(answer),
    renderSources(answer),
    renderRepositories(answer),
    renderExtras(answer),
    renderBase(answer),
  ]);
}

function renderTotals({ estate }: CapacityAnswer): string {
  if (!estate) return '';
  const status = Object.entries(estate.by_status).map(([name, count]) => `${count} ${name}`);
  const parts = [
    status.length > 0 ? `By status (one may have two): ${status.join(', ')}` : '',
    estate.no_limit > 0 ? `${estate.no_limit} without a limit hold ${estate.unbounded_display}` : '',
    estate.not_counted > 0 ? `${estate.not_counted} have no reading and are in no sum` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

function renderSources({ per_source = [] }: CapacityAnswer): string {
  const rows = per_source.map(
    ({ source_name, source_id, data_state, capacity, repositories_by_priority, track_record }) => [
      markedName(source_name, data_state),
      quoteCell(source_id),
      capacity.display,
      capacity.utilization_pct,
      Object.entries(repositories_by_priority)
        .map(([name, count]) => `${count} ${name}`)
        .join(', '),
      track_record && track_record.coverage !== null
        ? `${track_record.coverage} of ${track_record.scored} inside`
        : 'none scored',
    ],
  );
  return table(['source', 'id', 'used', '%', 'repositories', 'past forecasts'], rows);
}

function renderRepositories({ sources, repositories = [], repositories_matching }: CapacityAnswer): string {
  if (repositories.length === 0) return '';
  const isMany = sources.length > 1;
  // What has no limit has no days, and what has one costs the same whether it is used or not.
  const hasDays = repositories.some(({ status }) => status !== 'UNBOUNDED');
  const hasCost = repositories.some(({ cost }) => cost !== undefined);
  const columns = [
    ...(isMany ? ['source'] : []),
    'repository',
    'priority',
    'status',
    'used',
    ...(hasDays ? ['%', '80 %: days', '90 %: days', '100 %: days'] : []),
    'growth',
    ...(hasDays ? ['P(full)'] : []),
    ...(hasCost ? ['cost'] : []),
    'confidence',
    'notes',
  ];
  const rows = repositories.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.repository_name),
    row.priority,
    row.status,
    row.capacity.display,
    ...(hasDays ? [row.capacity.utilization_pct, ...[80, 90, 100].map((percent) => at(row, percent))] : []),
    row.growth_analysis.display,
    ...(hasDays ? [probabilities(row)] : []),
    ...(hasCost ? [row.cost?.display ?? null] : []),
    row.confidence,
    notes(row) || null,
  ]);
  const [first] = repositories;
  const from = repositories.every((row) => row.forecast.counted_from === first?.forecast.counted_from)
    ? ` from ${first?.forecast.counted_from}`
    : '';
  const shown = `${repositories.length} of ${repositories_matching}`;
  return hasDays
    ? `Repositories, most pressing first (${shown}); days${from}: early / likely / late (80 % band), – beyond the horizon:\n${table(columns, rows)}`
    : `Repositories, none of which has a limit, the largest first (${shown}):\n${table(columns, rows)}`;
}

const at = ({ forecast }: RepositoryRow, percent: number) =>
  renderThreshold(forecast.thresholds.find((one) => one.percent === percent));

function probabilities({ forecast }: RepositoryRow): string | null {
  const known = forecast.probability_full.filter(({ within_days }) => within_days !== 7);
  return known.length === 0
    ? null
    : known.map(({ within_days, probability }) => `${probability} in ${within_days} days`).join(', ');
}

function notes(row: RepositoryRow): string {
  const { age_days: age, worst_extent_id: worst, worst_extent_utilization_pct: share } = row;
  return [
    row.quality === 'PRELIMINARY' ? 'PRELIMINARY' : '',
    age !== null && age > 2 ? `last reading ${age} days old` : '',
    worst
      ? `fullest extent ${quoteCell(worst)}${share === null || share === undefined ? '' : ` ${share} %`}`
      : '',
    row.shared_volume_with
      ? `same volume as ${row.shared_volume_with.map((id) => quoteCell(id)).join(' ')}`
      : '',
    row.forecast.no_date_because && row.status !== 'UNBOUNDED'
      ? quoteCell(row.forecast.no_date_because, 100)
      : '',
    row.reasons?.length ? row.reasons.map(wordCell).join(' ') : '',
  ]
    .filter(Boolean)
    .join('; ');
}
