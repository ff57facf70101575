import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { markedName } from '../../source-mark.ts';
import { type PlainValue, quoteCell, wordCell } from '../../untrusted.ts';
import type { HealthAnswer } from './shape.ts';

/** The estate as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderEstate(answer: HealthAnswer, isDetailed: boolean): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    answer.overall_health ? `Recommendation: ${answer.overall_health.recommendation}` : '',
    renderSources(answer),
    renderComponents(answer),
    renderQuality(answer),
    renderKinds(answer),
    renderFindings(answer),
    renderIncidents(answer),
    renderJobs(answer, isDetailed),
    renderHistory(answer),
    renderServer(answer),
    renderBase(answer),
  ]);
}

function renderSources({ per_source = [] }: HealthAnswer): string {
  const rows = per_source.map(
    ({
      source_id,
      source_name,
      data_state,
      overall_health: health,
      jobs_by_status,
      findings_by_severity,
    }) => [
      markedName(source_name, data_state),
      quoteCell(source_id),
      health?.score ?? null,
      health ? `${health.score_low} to ${health.score_high}` : null,
      health?.grade ?? null,
      health?.risk_level ?? null,
      counts(jobs_by_status),
      counts(findings_by_severity),
    ],
  );
  return table(['source', 'id', 'score', 'range', 'grade', 'risk', 'jobs', 'findings'], rows);
}

const counts = (record: Record<string, number>) =>
  Object.entries(record)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

function renderComponents({ component_scores }: HealthAnswer): string {
  if (!component_scores) return '';
  const rows = Object.entries(component_scores).map(
    ([name, { score, low, high, weight, points_lost, known, reason }]) => [
      name,
      known ? score : 'not known',
      `${low} to ${high}`,
      weight,
      points_lost,
      reason === null ? null : quoteCell(reason),
    ],
  );
  const { classification, difference } = component_scores.trend_analysis;
  const trend = `Trend ${classification}${difference === null ? '' : `, change of the success rate ${difference}`}.`;
  return `${table(['component', 'score', 'range', 'weight', 'points lost', 'reason'], rows)}\n\n${trend}`;
}

function renderQuality({ quality_metadata: quality, overall_health }: HealthAnswer): string {
  if (!quality || !overall_health) return '';
  const { sample_count, date_range_days, success_rate, retry_dependence, coverage } = quality;
  return `Based on ${sample_count} runs of ${date_range_days} days; success rate ${success_rate ?? 'not known'}, retry dependence ${retry_dependence ?? 'not known'}, coverage of the score ${coverage}.`;
}

function renderKinds({ findings_by_kind }: HealthAnswer): string {
  if (!findings_by_kind) return '';
  return Object.keys(findings_by_kind).length > 0
    ? `Findings of each kind: ${counts(findings_by_kind)}.`
    : 'There are no findings.';
}

function renderFindings({ sources, findings = [], findings_matching }: HealthAnswer): string {
  const isMany = sources.length > 1;
  if (findings.length === 0) return '';
  const rows = findings.map(({ source_id, severity, kind, level, entity_name, since, cause, evidence }) => [
    ...(isMany ? [quoteCell(source_id)] : []),
    severity,
    level === null ? wordCell(kind) : `${wordCell(kind)} ${wordCell(level)}`,
    quoteCell(entity_name),
    since,
    [...(cause ? [`cause: ${renderFacts(cause)}`] : []), renderFacts(evidence)].filter(Boolean).join('; '),
  ]);
  return `Findings (${findings.length} of ${findings_matching}):\n${table([...(isMany ? ['source'] : []), 'severity', 'kind', 'what', 'since', 'evidence'], rows)}`;
}

/** Facts as key=value; text values are from upstream and quoted. */
export function renderFacts(facts: Record<string, PlainValue>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) =>
        `${key}=${Array.isArray(value) ? value.map(renderFact).join('+') : renderFact(value)}`,
    )
    .join(', ');
}

const renderFact = (value: string | number | boolean | null) =>
  typeof value === 'string' ? quoteCell(value) : String(value);

function renderIncidents({ incidents = [] }: HealthAnswer): string {
  if (incidents.length === 0) return '';
  const rows = incidents.map(({ start, end, failed_jobs, active_jobs, chance, suspected_cause }) => [
    start,
    end,
    `${failed_jobs} of ${active_jobs}`,
    chance,
    suspected_cause ? renderFacts(suspected_cause) : 'nothing stands out',
  ]);
  return `Incidents (jobs that failed together):\n${table(['start', 'end', 'failed jobs', 'chance', 'suspected cause'], rows)}`;
}

function renderJobs({ sources, jobs = [], jobs_matching }: HealthAnswer, isDetailed: boolean): string {
  const isMany = sources.length > 1;
  if (jobs.length === 0) return '';
  const columns = [
    'job',
    'status',
    'priority',
    'fails',
    'since',
    'last good backup',
    'age h',
    'RPO h',
    'success rate',
    'reason',
  ];
  const rows = jobs.map((job) => [
    ...(isMany ? [quoteCell(job.source_id)] : []),
    quoteCell(job.job_name),
    job.status,
    job.priority,
    job.failure_streak,
    job.failing_since,
    job.last_good_end ?? 'never',
    job.last_good_age_hours,
    job.rpo_hours,
    job.success_rate === null
      ? 'not known'
      : `${job.success_rate} (${job.success_rate_low} to ${job.success_rate_high})`,
    job.reason === null ? null : quoteCell(job.reason, 140),
    ...(isDetailed
      ? [quoteCell(job.job_id), job.trend ?? null, job.pattern ?? null, job.missed_runs ?? null]
      : []),
  ]);
  const more = isDetailed ? ['id', 'trend', 'pattern', 'missed runs'] : [];
  return `Jobs, worst first (${jobs.length} of ${jobs_matching}):\n${table([...(isMany ? ['source'] : []), ...columns, ...more], rows)}`;
}

function renderHistory({ history = [] }: HealthAnswer): string {
  const rows = history.map(
    ({ day, score, score_low, score_high, success, warning, failed, recovered, canceled }) => [
      day,
      score,
      score_low === null ? null : `${score_low} to ${score_high}`,
      success,
      warning,
      failed,
      recovered,
      canceled,
    ],
  );
  if (rows.length === 0) return '';
  return `Days (local time of the source; score of the last run of the day):\n${table(['day', 'score', 'range', 'success', 'warning', 'failed', 'recovered', 'canceled'], rows)}`;
}

function renderServer({ backup_server: server }: HealthAnswer): string {
  if (!server) return '';
  const { license, config_backup } = server;
  const parts = [
    `${quoteCell(server.name ?? 'unnamed')} version ${quoteCell(server.build_version ?? 'not known')}`,
    `zone ${quoteCell(server.time_zone)}`,
    `clock ${server.clock_skew_minutes} min off ours`,
    `certificate until ${server.certificate_expires_at ?? 'not known'}`,
    license
      ? `licence ${quoteCell(license.status ?? 'not known')} until ${license.expires_at ?? 'not known'}, ${license.used_instances ?? 'unknown'} of ${license.licensed_instances ?? 'unknown'} instances used`
      : 'licence not known',
    config_backup
      ? `configuration backup ${said(config_backup.enabled, 'on', 'OFF')}, ${said(config_backup.encrypted, 'encrypted', 'NOT encrypted')}, last success ${config_backup.last_success_at ?? 'not known'}`
      : 'configuration backup not known',
  ];
  return `Backup server: ${parts.join('; ')}.`;
}

function said(value: boolean | null, yes: string, no: string): string {
  if (value === null) return 'not known';
  return value ? yes : no;
}
