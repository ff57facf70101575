import type { Finding, Incident } from '../../../queries/findings.ts';
import type { JobHealth } from '../../../queries/health.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanRecord, cleanText, type PlainValue } from '../../untrusted.ts';
import type { HealthAnswer } from './shape.ts';

type Row<List extends 'jobs' | 'findings' | 'incidents'> = NonNullable<HealthAnswer[List]>[number];

/** Characters of a reason in a row; the card of the job has it whole. */
const REASON = 140;

export function toJobRow(job: JobHealth, isDetailed: boolean): Row<'jobs'> {
  const isFailing = job.failureStreak > 0;
  const row = {
    source_id: job.sourceId,
    job_id: cleanText(job.jobId, 100),
    job_name: cleanText(job.jobName),
    status: job.status,
    priority: job.priority,
    failure_streak: job.failureStreak,
    failing_since: isoSeconds(job.failingSince),
    // A failure that was made good since is not the reason for how the job stands now.
    reason: isFailing ? cleanOrNull(job.lastFailureReason, isDetailed ? undefined : REASON) : null,
    cause: isFailing ? cleanOrNull(job.lastFailureCause, 60) : null,
    last_good_end: isoSeconds(job.lastGoodEnd),
    last_good_age_hours: round(job.lastGoodAgeHours, 1),
    rpo_hours: round(job.rpoHours, 1),
    success_rate: round(job.successRate, 3),
    success_rate_low: round(job.successRateLow, 3),
    success_rate_high: round(job.successRateHigh, 3),
  };
  if (!isDetailed) return row;
  return {
    ...row,
    job_type: cleanText(job.jobType, 60),
    total_runs: job.totalRuns,
    failure_count: job.failureCount,
    expected_interval_hours: round(job.expectedIntervalHours, 1),
    missed_runs: job.missedRuns,
    trend: job.trendClassification,
    pattern: job.patternClassification,
    repository_id: cleanOrNull(job.repositoryId, 100),
    repository_name: cleanOrNull(job.repositoryName),
  };
}

export function toFindingRow(finding: Finding, isDetailed: boolean): Row<'findings'> {
  return {
    source_id: finding.sourceId,
    finding_id: cleanText(finding.findingId, 200),
    kind: finding.kind,
    severity: finding.severity,
    level: cleanOrNull(finding.level, 40),
    entity_kind: finding.entityKind,
    entity_id: cleanText(finding.entityId, 100),
    entity_name: cleanText(finding.entityName),
    since: isoSeconds(finding.sinceAt),
    cause: toCause(finding.cause, isDetailed),
    evidence: toEvidence(finding, isDetailed),
  };
}

export function toIncidentRow(incident: Incident, isDetailed: boolean): Row<'incidents'> {
  return {
    source_id: incident.sourceId,
    incident_id: cleanText(incident.incidentId, 100),
    start: isoSeconds(incident.startedAt),
    end: isoSeconds(incident.endedAt),
    failed_jobs: incident.failedJobs,
    active_jobs: incident.activeJobs,
    chance: Number(incident.tailProbability.toPrecision(3)),
    suspected_cause: toCause(incident.suspectedCause, isDetailed),
    job_ids: incident.jobIds.slice(0, isDetailed ? 50 : 5).map((id) => cleanText(id, 100)),
  };
}

const CAUSE = ['kind', 'id', 'name', 'text', 'lift'];

function toCause(stored: unknown, isDetailed: boolean): Record<string, PlainValue> | null {
  if (stored === null) return null;
  const cause = cleanRecord(stored);
  const known = CAUSE.filter((key) => cause[key] !== undefined && cause[key] !== null);
  return Object.fromEntries(
    known.map((key) => [key, isDetailed ? (cause[key] ?? null) : shorten(cause[key] ?? null)]),
  );
}

/** The numbers a finding rests on; the concise form leaves out what the cause says already, and texts beyond a few. */
function toEvidence({ evidence, cause }: Finding, isDetailed: boolean): Record<string, PlainValue> {
  const all = cleanRecord(evidence, 20);
  if (isDetailed) return all;
  const said = Object.values(cleanRecord(cause ?? {}));
  const entries = Object.entries(all).filter(([, value]) => value !== null && !said.includes(value));
  const isText = ([, value]: [string, PlainValue]) =>
    Number(typeof value === 'string' || Array.isArray(value));
  entries.sort((a, b) => isText(a) - isText(b) || (a[0] < b[0] ? -1 : 1));
  return Object.fromEntries(entries.slice(0, 5).map(([key, value]) => [key, shorten(value)]));
}

const shorten = (value: PlainValue) => (typeof value === 'string' ? cleanText(value, 80) : value);
