import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { DataRow, FreshnessAnswer } from './shape.ts';

/** Age and completeness as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderFreshness(answer: FreshnessAnswer, isDetailed: boolean): string {
  const { database, completeness, omitted = {} } = answer;
  // A source has a row for each worker: what is left out are rows.
  const rows = Object.entries(omitted).map(([list, left]) => [list === 'sources' ? 'data_sets' : list, left]);
  const base = {
    ...answer,
    sources: [],
    completeness: { ...completeness, not_complete: [] },
    omitted: Object.fromEntries(rows),
  };
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderRows(answer, isDetailed),
    renderWorkers(answer),
    renderEndpoints(answer),
    `Database: ${quoteCell(database.metrics_revision ?? 'none')} and ${quoteCell(database.risk_revision ?? 'none')}.`,
    renderBase(base),
  ]);
}

function renderRows({ sources }: FreshnessAnswer, isDetailed: boolean): string {
  const columns = [
    'source',
    'worker',
    'state',
    'age h',
    'limit h',
    'last good run',
    'endpoints',
    'next run',
    'latest run',
  ];
  const rows = sources.map((row) => [
    `${quoteCell(row.name)} ${quoteCell(row.source_id)}`,
    row.worker,
    row.state,
    row.age_hours,
    `${row.stale_after_hours} ${row.stale_basis}`,
    row.last_success_at,
    `${row.endpoints_complete} of ${row.endpoints}`,
    nextRun(row),
    latestRun(row),
    ...(isDetailed ? [quoteCell(row.run_id ?? 'none'), row.kind, row.every_hours] : []),
  ]);
  return table([...columns, ...(isDetailed ? ['run_id', 'kind', 'every h'] : [])], rows);
}

function nextRun({ running_since, next_run_at, next_run_basis, overdue_hours }: DataRow): string | null {
  const running = running_since ? `running since ${running_since}, then ` : '';
  if (!next_run_at) return null;
  return `${running}${next_run_at} ${next_run_basis}${overdue_hours === null ? '' : `, ${overdue_hours} h ago`}`;
}

function latestRun({ last_run, run_id }: DataRow): string | null {
  if (!last_run || last_run.run_id === run_id) return null;
  const { error } = last_run;
  const why = error ? `: ${wordCell(error.code)}, ${error.meaning}` : '';
  return `${last_run.status} ${last_run.at}${why}${error?.message ? ` ${quoteCell(error.message, 200)}` : ''}`;
}

function renderWorkers({ estate: { by_worker, sources } }: FreshnessAnswer): string {
  if (sources <= 1) return '';
  const lines = Object.entries(by_worker).map(
    ([worker, states]) =>
      `- ${worker}: ${Object.entries(states)
        .map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`)
        .join(', ')}`,
  );
  return ['Sources per worker and state:', ...lines].join('\n');
}

function renderEndpoints({ completeness: { not_complete, endpoints, complete } }: FreshnessAnswer): string {
  if (not_complete.length === 0) return '';
  const rows = not_complete.map((row) => [
    quoteCell(row.source_id),
    wordCell(row.worker),
    quoteCell(row.endpoint),
    row.outcome,
    `${row.rows_fetched} of ${row.rows_total ?? 'unknown'}${row.rows_rejected > 0 ? `, ${row.rows_rejected} rejected` : ''}`,
    row.unread_since,
    row.last_read_at,
    row.reason === null ? null : quoteCell(row.reason, 200),
  ]);
  const columns = ['source', 'worker', 'endpoint', 'outcome', 'rows', 'since', 'last read in full', 'reason'];
  return `Not read in full (${complete} of ${endpoints} endpoints were):\n${table(columns, rows)}`;
}
