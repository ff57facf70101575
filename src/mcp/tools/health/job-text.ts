import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { cleanRecord, quoteCell, wordCell } from '../../untrusted.ts';
import { renderFacts } from './estate-text.ts';
import type { HealthAnswer, JobCard } from './shape.ts';

/** The card of a job as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderJob(answer: HealthAnswer, job: JobCard): string {
  return paragraphs([
    `Job ${quoteCell(job.job_name)} (${quoteCell(job.job_type)}, id ${quoteCell(job.job_id)})`,
    answer.summary,
    `As of ${answer.as_of}. Recommendation: ${job.recommendation}`,
    renderFacets(job),
    renderMessages(job),
    renderFindings(answer),
    renderIncidents(answer),
    renderRuns(answer),
    renderBase(answer),
  ]);
}

function renderFacets({
  freshness,
  reliability,
  failure,
  trend,
  pattern,
  schedule,
  ...job
}: JobCard): string {
  const repository = job.repository_name ? quoteCell(job.repository_name) : 'not known';
  const lines = [
    `- freshness ${freshness.class}: last usable run ended ${freshness.last_good_end ?? 'never'}; RPO ${freshness.rpo_hours} h; expected interval ${freshness.expected_interval_hours ?? 'not known'} h (${freshness.interval_basis}); missed runs ${freshness.missed_runs ?? 'not known'}`,
    `- runs ${reliability.total_runs}: ${reliability.success} success, ${reliability.warning} warning, ${reliability.failed} failed; besides ${reliability.canceled} canceled, ${reliability.running} running; clean rate ${reliability.clean_rate ?? 'not known'}, usable rate ${reliability.usable_rate ?? 'not known'}, share recovered by retry ${reliability.recovered_share ?? 'not known'}`,
    failure.last_at
      ? `- last failure ${failure.last_at}: ${failure.reason ? quoteCell(failure.reason, 300) : 'no reason given'}${failure.cause ? ` (${quoteCell(failure.cause)})` : ''}`
      : '- no failure known',
    `- trend ${trend.classification}${trend.difference === null ? '' : `: ${trend.difference} (${trend.low} to ${trend.high})`}; pattern ${renderFacts(cleanRecord(pattern))}`,
    `- repository ${repository}; median duration ${job.median_duration_minutes ?? 'not known'} min`,
    renderSchedule(schedule),
  ];
  return lines.join('\n');
}

function renderSchedule(schedule: JobCard['schedule']): string {
  if (!schedule) return '- definition not known';
  const {
    scheduled,
    kind,
    starts_at,
    all_starts_at,
    time_zone,
    weekdays,
    interval_minutes,
    next_run_at,
    after_job_id,
    retry_count,
    retry_wait_minutes,
    objects,
  } = schedule;
  // A policy of some days of the week is stored as a daily one that leaves the others out.
  const isWeekly = kind === 'daily' && weekdays.length > 0 && weekdays.length < 7;
  const parts = [
    `schedule ${scheduled === null ? 'not known' : scheduled ? 'on' : 'off'}`,
    isWeekly ? 'weekly' : (kind ?? ''),
    starts_at
      ? `at ${(all_starts_at ?? [starts_at]).join(', ')} (${time_zone === null ? 'zone not known' : quoteCell(time_zone)})`
      : '',
    weekdays.length > 0 ? `on ${weekdays.join(' ')}` : '',
    isWeekly || interval_minutes === null ? '' : `every ${interval_minutes} min`,
    next_run_at ? `next run ${next_run_at}` : '',
    after_job_id ? `after job ${quoteCell(after_job_id)}` : '',
    retry_count === null
      ? ''
      : `${retry_count} retries${retry_wait_minutes === null ? '' : ` after ${retry_wait_minutes} min`}`,
    objects === null ? '' : `${objects} objects`,
  ];
  return `- ${parts.filter(Boolean).join(', ')}`;
}

function renderMessages({ top_messages }: JobCard): string {
  const rows = top_messages.map(({ template, cause, n, last_at }) => [
    n,
    quoteCell(template, 200),
    cause === null ? null : quoteCell(cause),
    last_at,
  ]);
  return rows.length > 0
    ? `Most frequent reasons:\n${table(['times', 'reason', 'cause', 'last'], rows)}`
    : '';
}

function renderFindings({ findings = [] }: HealthAnswer): string {
  const rows = findings.map(({ severity, kind, level, since, evidence }) => [
    severity,
    level === null ? wordCell(kind) : `${wordCell(kind)} ${wordCell(level)}`,
    since,
    renderFacts(evidence),
  ]);
  return rows.length > 0 ? `Findings:\n${table(['severity', 'kind', 'since', 'evidence'], rows)}` : '';
}

function renderIncidents({ incidents = [] }: HealthAnswer): string {
  const rows = incidents.map(({ start, end, failed_jobs, active_jobs, suspected_cause }) => [
    start,
    end,
    `${failed_jobs} of ${active_jobs}`,
    suspected_cause ? renderFacts(suspected_cause) : 'nothing stands out',
  ]);
  return rows.length > 0
    ? `Failed together with others:\n${table(['start', 'end', 'failed jobs', 'suspected cause'], rows)}`
    : '';
}

function renderRuns({ runs = [], runs_in_window, window_hours }: HealthAnswer): string {
  const rows = runs.map(({ started_at, outcome, attempts, duration_minutes, reason }) => [
    started_at,
    outcome,
    attempts,
    duration_minutes,
    reason === null ? null : quoteCell(reason, 160),
  ]);
  const head = `Runs of the last ${window_hours} h, newest first (${runs.length} of ${runs_in_window}):`;
  return `${head}\n${table(['started', 'outcome', 'attempts', 'minutes', 'reason'], rows) || 'none'}`;
}
