import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { markedName } from '../../source-mark.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { renderLists } from './lists-text.ts';
import type { EfficiencyAnswer, JobRow } from './shape.ts';

/** The estate as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderEstate(answer: EfficiencyAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderTotals(answer),
    renderSources(answer),
    renderJobs(answer),
    renderLists(answer),
    renderBase(answer),
  ]);
}

function renderTotals({ estate }: EfficiencyAnswer): string {
  if (!estate || estate.total_jobs === 0) return '';
  const { excellent, good, fair, poor, critical, not_measurable, by_trend, reclaimable } = estate;
  const categories = Object.entries(reclaimable.by_category).map(
    ([name, { items, display }]) => `${wordCell(name)} ${items} (${display})`,
  );
  const excluded = Object.entries(estate.excluded_files).map(([reason, files]) => `${files} ${reason}`);
  const isRated = estate.not_measurable < estate.total_jobs;
  return [
    !isRated
      ? ''
      : `Jobs: ${excellent} EXCELLENT, ${good} GOOD, ${fair} FAIR, ${poor} POOR, ${critical} CRITICAL, ${not_measurable} not measurable (${estate.not_measurable_display}); trends ${Object.entries(
          by_trend,
        )
          .map(([name, count]) => `${count} ${name}`)
          .join(', ')}.`,
    categories.length > 0 ? `Reclaimable: ${categories.join('; ')}.` : '',
    estate.total_optimization_potential_gb === null
      ? ''
      : `With the reduction of their peers jobs would need ${estate.total_optimization_potential_gb} GB less; that overlaps with reclaimable space.`,
    excluded.length > 0 ? `Files in no ratio: ${excluded.join(', ')}.` : '',
  ]
    .filter(Boolean)
    .join('\n');
}

/** With one source its figures are those of the estate; how fresh they are is said in any case. */
export function renderSources({ per_source = [] }: EfficiencyAnswer): string {
  if (per_source.length > 1) {
    const rows = per_source.map((row) => [
      markedName(row.source_name, row.data_state),
      quoteCell(row.source_id),
      row.jobs,
      row.factor,
      row.score,
      row.display,
      row.open_anomalies,
      row.files_age_hours,
      row.points_age_hours,
    ]);
    return table(
      [
        'source',
        'id',
        'jobs',
        'factor',
        'score',
        'bytes',
        'open anomalies',
        'files read, h ago',
        'points read, h ago',
      ],
      rows,
    );
  }
  return per_source
    .filter(({ source_id }) => !isVault(source_id))
    .map(
      ({ files_read_at, files_age_hours, points_read_at, points_age_hours }) =>
        `Files of all backups read since ${files_read_at === null ? 'never to their end' : `${files_read_at} (${files_age_hours} h)`}; restore points (malware status) read ${points_read_at === null ? 'never' : `${points_read_at} (${points_age_hours} h)`}.`,
    )
    .join('\n');
}

function renderJobs(answer: EfficiencyAnswer): string {
  const { jobs, jobs_matching, sources } = answer;
  if (!jobs || jobs.length === 0) return '';
  const isMany = new Set(sources.map(({ source_id }) => source_id)).size > 1;
  if (jobs.every(isUnknown)) return renderUnknown(jobs, jobs_matching, isMany);
  const columns = [
    ...(isMany ? ['source'] : []),
    'job',
    'priority',
    'bytes and waste',
    'factor',
    'peers',
    'score',
    'trend',
    '% in 30 days',
    'open anomalies',
    'notes',
  ];
  const rows = jobs.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.job_name),
    row.priority,
    row.display,
    row.combined_efficiency.factor,
    peersOf(row),
    row.combined_efficiency.score,
    row.trend.classification,
    row.trend.percent_per_30_days,
    row.open_anomalies,
    notesOf(row) || null,
  ]);
  return `Jobs (${jobs.length} of ${jobs_matching}):\n${table(columns, rows)}`;
}

const isUnknown = ({ stored_bytes, combined_efficiency: { factor } }: JobRow) =>
  stored_bytes === null && factor === null;

/** Where nothing is measured the reasons stand once below. */
function renderUnknown(jobs: readonly JobRow[], matching: number | undefined, isMany: boolean): string {
  const rows = jobs.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.job_name),
    row.priority,
  ]);
  const reasons = [
    ...new Set(jobs.flatMap(({ combined_efficiency: one }) => one.not_measurable_reason ?? [])),
  ];
  const head = table([...(isMany ? ['source'] : []), 'job', 'priority'], rows);
  const because = reasons.map((reason) => quoteCell(reason, 200)).join(' ');
  return `Jobs whose bytes nobody tells (${jobs.length} of ${matching}):\n${head}\n\nNot measurable: ${because}`;
}

export function peersOf({ combined_efficiency: own }: Pick<JobRow, 'combined_efficiency'>): string | null {
  if (own.reference_factor === null) return null;
  return `${own.reference_factor}${own.reference_basis === 'ASSUMED' ? ' assumed' : ''}`;
}

function notesOf({ has_job, combined_efficiency: { not_measurable_reason: reason } }: JobRow): string {
  return [has_job ? '' : 'backup without a job', reason === null ? '' : quoteCell(reason, 100)]
    .filter(Boolean)
    .join('; ');
}
