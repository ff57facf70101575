import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { RESOLVED_MEANS } from './anomaly-rows.ts';
import type { EfficiencyAnswer, Row } from './shape.ts';

/** The lists of an answer as compact markdown. */
export function renderLists(answer: EfficiencyAnswer): string {
  return paragraphs([
    renderChanges(answer),
    renderAnomalies(answer),
    renderReclaimable(answer),
    renderRepositories(answer),
    renderHistory(answer),
  ]);
}

const isMany = ({ sources }: EfficiencyAnswer) => new Set(sources.map(({ source_id }) => source_id)).size > 1;
/** Which source a row is about, where there are several. */
const whose = (answer: EfficiencyAnswer, id: string) => (isMany(answer) ? [quoteCell(id)] : []);
const column = (answer: EfficiencyAnswer) => (isMany(answer) ? ['source'] : []);

function renderChanges(answer: EfficiencyAnswer): string {
  const { changes, comparison } = answer;
  if (!changes) return '';
  const rows = changes.map((row) => [
    ...whose(answer, row.source_id),
    quoteCell(row.job_name),
    row.kind,
    row.factor_before,
    row.factor,
    row.change_pct,
    row.display,
  ]);
  const head = [...column(answer), 'job', 'kind', 'factor before', 'now', '%', 'effect on stored bytes'];
  return paragraphs([
    comparison ? renderComparison(comparison) : '',
    rows.length > 0 ? `Other reduction, largest effect first:\n${table(head, rows)}` : '',
  ]);
}

function renderComparison({
  compared,
  before,
  now,
  new_jobs,
  gone_jobs,
}: NonNullable<EfficiencyAnswer['comparison']>): string {
  const line = ({ factor, score, display, open_anomalies }: typeof now) =>
    `${display}, factor ${factor ?? 'not known'}, score ${score ?? 'not known'}, ${open_anomalies ?? 'not known how many'} open anomalies`;
  return [
    `Compared with: ${compared.map(({ source_id, at, days }) => `${quoteCell(source_id)} ${at} (${days} days before)`).join(', ')}.`,
    `- then: ${line(before)}`,
    `- now: ${line(now)}`,
    `- ${new_jobs.jobs} new jobs with ${new_jobs.display}, ${gone_jobs.jobs} gone with ${gone_jobs.display}`,
  ].join('\n');
}

function renderAnomalies(answer: EfficiencyAnswer): string {
  const { anomalies, anomaly_meanings: meanings = {} } = answer;
  if (!anomalies) return '';
  if (anomalies.length === 0) return answer.next_cursor ? '' : 'No anomaly matches.';
  const rows = anomalies.map((row) => [
    ...whose(answer, row.source_id),
    row.happened_at,
    row.type,
    `${row.open ? 'open' : 'resolved'}${row.confirmed_at === null ? ', one backup only' : ''}`,
    machinesOf(row),
    row.job_name === null ? 'all jobs' : quoteCell(row.job_name, 60),
    row.display,
    row.malware_status === null ? 'not told' : wordCell(row.malware_status),
    row.speaks_for_ransomware.join('; ') || 'nothing',
    row.speaks_against_ransomware.join('; ') || 'nothing',
  ]);
  const head = [
    ...column(answer),
    'when',
    'type',
    '',
    'machines',
    'job',
    'what',
    'malware status',
    'for ransomware',
    'against',
  ];
  const legend = Object.entries(meanings).map(([type, meaning]) => `- ${wordCell(type)}: ${meaning}`);
  if (anomalies.some(({ open }) => !open)) legend.push(`- ${RESOLVED_MEANS}`);
  return `Unusual backups, open ones first:\n${table(head, rows)}\n\n${legend.join('\n')}`;
}

function machinesOf({ workload_names: names, workloads }: Row<'anomalies'>): string | null {
  if (workloads === 0) return null;
  const shown = names.slice(0, 3).map((name) => quoteCell(name, 40));
  return workloads > shown.length ? `${shown.join(', ')} of ${workloads}` : shown.join(', ');
}

function renderReclaimable(answer: EfficiencyAnswer): string {
  const { reclaimable, reclaimable_cautions: cautions = {}, reclaimable_total: total } = answer;
  if (!reclaimable) return '';
  if (reclaimable.length === 0) return answer.next_cursor ? '' : 'No reclaimable space matches.';
  const rows = reclaimable.map((row) => [
    ...whose(answer, row.source_id),
    row.category,
    row.display,
    quoteCell(row.owner_name, 60),
    row.workload_name === null ? row.about : quoteCell(row.workload_name, 60),
    row.repository_name === null ? null : quoteCell(row.repository_name, 60),
    row.newest_at,
  ]);
  const head = [...column(answer), 'category', 'bytes', 'owner', 'what', 'repository', 'newest'];
  const legend = Object.entries(cautions).flatMap(([category, caution]) => {
    const own = reclaimable.filter((row) => row.category === category);
    const reasons = [...new Set(own.map(({ reason }) => reason))].map((reason) => quoteCell(reason, 200));
    return own.length > 0 ? [`- ${wordCell(category)}: ${reasons.join(' ')} ${quoteCell(caution, 200)}`] : [];
  });
  const isSized = reclaimable.some(({ bytes }) => bytes !== null);
  const of = total ? ` (${total.items} items, ${total.display}${isSized ? ', no byte twice' : ''})` : '';
  return paragraphs([
    `Reclaimable${isSized ? ', most bytes first' : ''}${of}:\n${table(head, rows)}`,
    legend.length > 0 ? ['Why, and what to ask before anything is deleted:', ...legend].join('\n') : '',
  ]);
}

function renderRepositories(answer: EfficiencyAnswer): string {
  const { repositories = [] } = answer;
  const rows = repositories.map((row) => [
    ...whose(answer, row.source_id),
    quoteCell(row.repository_name),
    wordCell(row.repository_type),
    row.files,
    row.unsized_files,
    row.display,
    row.factor,
    row.not_measurable_reason === null ? null : quoteCell(row.not_measurable_reason, 100),
  ]);
  const head = [
    ...column(answer),
    'repository',
    'type',
    'files',
    'without size',
    'bytes',
    'factor',
    'not measurable',
  ];
  return rows.length > 0 ? `Repositories, most bytes first:\n${table(head, rows)}` : '';
}

function renderHistory({ history = [], history_step_days }: EfficiencyAnswer): string {
  const rows = history.map(({ day, display, factor, score, open_anomalies }) => [
    day,
    display,
    factor,
    score,
    open_anomalies ?? null,
  ]);
  if (rows.length === 0) return '';
  return `Per day, a row every ${history_step_days} days, newest first:\n${table(['day', 'stored', 'factor', 'score', 'open anomalies'], rows)}`;
}
