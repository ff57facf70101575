import { createHash } from 'node:crypto';
import type { Finding } from '../../src/analysis/health/finding.ts';
import type { Incident } from '../../src/analysis/health/incidents.ts';
import type { JobHealth } from '../../src/analysis/health/job-health.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';

type Row<T extends 'health_score' | 'job_health' | 'health_finding' | 'health_incident'> = Omit<
  BulkRow<T>,
  'source_id' | 'run_id'
>;
export type HealthScoreRow = Row<'health_score'>;

const date = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : new Date(ms));

export function toJobHealthRow(health: JobHealth, vanishedAt: Date | null): Row<'job_health'> {
  const { job, reliability, freshness, trend, pattern } = health;
  return {
    job_id: job.jobId,
    job_name: job.name,
    job_type: job.type,
    job_enabled: job.isEnabled,
    vanished_at: vanishedAt,
    repository_id: job.repositoryId ?? null,
    repository_name: job.repositoryName ?? null,
    status: health.status,
    priority: health.priority,
    total_runs: reliability.runs + reliability.canceled + reliability.running + reliability.unknown,
    success_count: reliability.success,
    warning_count: reliability.warning,
    failure_count: reliability.failed,
    canceled_count: reliability.canceled,
    running_count: reliability.running,
    effective_runs: reliability.nEff,
    success_rate: reliability.rate,
    success_rate_low: reliability.low,
    success_rate_high: reliability.high,
    clean_rate: reliability.rateClean,
    usable_rate: reliability.rateUsable,
    attempts_per_run: reliability.attemptsPerRun,
    recovered_share: reliability.recoveredShare,
    failure_streak: health.streak,
    expected_interval_hours: freshness.interval.hours,
    expected_interval_basis: freshness.interval.basis,
    rpo_hours: freshness.rpoHours,
    last_good_end: date(freshness.lastGoodEnd),
    last_good_age_hours: freshness.ageHours,
    last_failure_timestamp: date(health.lastFailureAt),
    last_failure_reason: health.lastFailureReason?.template ?? null,
    last_failure_cause: health.lastFailureReason?.cause ?? null,
    failing_since: date(health.failingSince),
    freshness: freshness.class,
    missed_runs: health.missed?.missed ?? null,
    trend_classification: trend.class,
    trend_difference: trend.difference,
    trend_low: trend.low,
    trend_high: trend.high,
    pattern_classification: pattern.kind,
    pattern_detail: pattern.pattern && { ...pattern.pattern, runs: pattern.runs, failures: pattern.failures },
    top_messages: health.topMessages.map(({ last, ...message }) => ({
      ...message,
      last_at: new Date(last).toISOString(),
    })),
    median_duration_seconds: health.medianDurationMs === null ? null : health.medianDurationMs / 1000,
    rank_rate: health.rankRate,
    recommendation: recommend(health),
  };
}

/** What to look at first, by what is worst. Our own words only. */
function recommend({
  status,
  streak,
  isSilent,
  isOverdue,
  lastFailureReason,
  retries,
  trend,
}: JobHealth): string {
  if (status === 'DISABLED')
    return 'Disabled or deleted: make sure that its machines are protected elsewhere.';
  if (status === 'NEVER') return 'Has never made a usable restore point: run it now and watch it.';
  if (isSilent)
    return 'Does not start any more: check its schedule, the job it waits for, and the backup service.';
  if (streak >= 2)
    return lastFailureReason
      ? `Fails in a row: look at the cause ${lastFailureReason.cause} first.`
      : 'Fails in a row, and the server gives no reason: look at its session log.';
  if (status === 'BREACHED' || status === 'LATE')
    return 'Its newest restore point is too old: find out why runs are missing.';
  if (isOverdue) return 'Runs far longer than usual: see what it waits for.';
  if (trend.class === 'DEGRADING') return 'Became less reliable in the last 14 days: compare what changed.';
  if (retries.isDependent) return 'Succeeds only by retries: remove what makes the first attempt fail.';
  if (status === 'WARNING') return 'The last run ended with warnings or did not end cleanly: read them once.';
  return 'Nothing to do.';
}

/** The same finding has the same id in every run, so that it can be followed over time. */
export function toFindingRow(finding: Finding): Row<'health_finding'> {
  const { kind, entity, severity, level, since, cause, evidence } = finding;
  // Two incidents of one estate differ by their begin.
  const identity = [kind, entity.kind, entity.id, kind === 'INCIDENT' ? since : ''].join('\u0000');
  return {
    finding_id: shortId(identity),
    kind,
    severity,
    entity_kind: entity.kind,
    entity_id: entity.id,
    entity_name: entity.name,
    level,
    since_at: date(since),
    cause: cause ?? null,
    evidence: Object.fromEntries(
      Object.entries(evidence).map(([name, value]) => [name, toEvidence(name, value)]),
    ),
  };
}

/** Instants in evidence become ISO texts; everything else is as it is. */
function toEvidence(name: string, value: number | string | boolean | null): number | string | boolean | null {
  return typeof value === 'number' && value > 1e11 && /(At|End|Start|Until|To)$/.test(name)
    ? new Date(value).toISOString()
    : value;
}

export function toIncidentRow(incident: Incident): Row<'health_incident'> {
  return {
    incident_id: shortId(`${incident.start}\u0000${incident.jobs.join()}`),
    started_at: new Date(incident.start),
    ended_at: new Date(incident.end),
    failed_jobs: incident.jobs.length,
    active_jobs: incident.activeJobs,
    tail_probability: incident.p,
    job_ids: incident.jobs,
    suspected_cause: incident.suspectedCause,
  };
}

const shortId = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
