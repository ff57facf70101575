import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell } from '../../untrusted.ts';
import { peersOf, renderSources } from './estate-text.ts';
import { renderLists } from './lists-text.ts';
import type { EfficiencyAnswer, JobCard } from './shape.ts';

/** One job as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderJob(answer: EfficiencyAnswer, card: JobCard): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}. ${card.has_job ? 'Job' : 'Backup without a job'} ${quoteCell(card.job_name)} (${quoteCell(card.job_id)}), priority ${card.priority}.`,
    `Recommendation: ${card.recommendation}`,
    renderKinds(card),
    renderFacts(card),
    renderSources(answer),
    renderLists(answer),
    renderBase(answer),
  ]);
}

function renderKinds(card: JobCard): string {
  const all = { ...card, kind: 'ALL', files: card.quality?.files ?? null };
  const rows = [all, ...card.kinds].map((row) => [
    row.kind,
    row.files,
    row.display,
    row.combined_efficiency.factor,
    peersOf(row),
    row.combined_efficiency.score,
    row.trend.classification,
    trendOf(row.trend),
    row.trend.factor_30_days_ago ?? null,
  ]);
  const head = [
    'files',
    'number',
    'bytes',
    'factor',
    'peers',
    'score',
    'trend',
    '% in 30 days (90 %)',
    'a month ago',
  ];
  return table(head, rows);
}

function trendOf({ percent_per_30_days: percent, low, high }: JobCard['trend']): string | null {
  return percent === null ? null : `${percent} (${low} to ${high})`;
}

function renderFacts({
  combined_efficiency: own,
  change_rate,
  quality,
  platform,
  resolved_anomalies,
}: JobCard): string {
  const excluded = Object.entries(quality?.excluded_files ?? {}).map(
    ([reason, files]) => `${files} ${reason}`,
  );
  const lines = [
    own.not_measurable_reason === null
      ? ''
      : `- not measurable: ${quoteCell(own.not_measurable_reason, 200)}`,
    platform ? `- platform ${quoteCell(platform)}, compared with ${own.reference_peers ?? 'no'} others` : '',
    change_rate == null ? '' : `- change rate: an increment holds ${change_rate} of the data of its full`,
    excluded.length > 0 ? `- files in no ratio: ${excluded.join(', ')}` : '',
    quality && quality.mismatched_files > 0
      ? `- ${quality.mismatched_files} files whose percentages contradict their sizes`
      : '',
    resolved_anomalies ? `- ${resolved_anomalies} anomalies resolved in the last months` : '',
  ];
  return lines.filter(Boolean).join('\n');
}
