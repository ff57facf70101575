import type { EvidenceValue, Finding, FindingKind, Severity } from './finding.ts';
import type { JobHealth } from './job-health.ts';

/**
 * Findings about one enabled job. Jobs that are disabled, or of which that is not known, give none. Severity:
 * - JOB_NEVER_RAN critical, low as long as its first start is still to come;
 * - JOB_STALE critical when BREACHED (older than twice the RPO), LATE medium, high for a job of the critical tier;
 * - JOB_FAILING high, critical once the restore points are BREACHED or missing;
 * - JOB_SILENT high; JOB_OVERDUE, RELIABILITY_DEGRADING medium; RETRY_DEPENDENT, TIMING_PATTERN low.
 */
export function jobFindings(health: JobHealth, now: number): Finding[] {
  if (health.job.isEnabled !== true) return [];
  return [
    ...protectionFindings(health),
    ...failureFindings(health),
    ...startFindings(health, now),
    ...diagnosisFindings(health),
  ];
}

function protectionFindings(health: JobHealth): Finding[] {
  const {
    class: level,
    ageHours,
    ratio,
    rpoHours,
    rpoBasis,
    interval,
    lastGoodEnd,
    plannedPauseHours,
  } = health.freshness;
  const { runs, failed, canceled, running } = health.reliability;
  const evidence = {
    rpoHours,
    rpoBasis,
    intervalHours: interval.hours,
    intervalBasis: interval.basis,
    ageHours,
    plannedPauseHours,
    ratio,
    finishedRuns: runs,
    failedRuns: failed,
  };
  if (level === 'NEVER')
    return [
      finding(
        health,
        'JOB_NEVER_RAN',
        health.isAwaitingFirst ? 'low' : 'critical',
        { ...evidence, canceled, running },
        null,
        health.isAwaitingFirst ? 'NOT_YET_DUE' : null,
      ),
    ];
  if (level === 'OK') return [];
  const severity = level === 'BREACHED' ? 'critical' : health.job.tier === 'CRITICAL' ? 'high' : 'medium';
  // Late since the moment at which the last usable run became older than the RPO.
  const since = lastGoodEnd === null ? null : lastGoodEnd + (rpoHours + plannedPauseHours) * 3_600_000;
  return [finding(health, 'JOB_STALE', severity, { ...evidence, lastGoodEnd }, since, level)];
}

function failureFindings(health: JobHealth): Finding[] {
  if (health.streak < 2) return [];
  const reason = health.lastFailureReason;
  const isUnprotected = health.freshness.class === 'BREACHED' || health.freshness.class === 'NEVER';
  const failing = finding(
    health,
    'JOB_FAILING',
    isUnprotected ? 'critical' : 'high',
    {
      failedInARow: health.streak,
      lastFailureAt: health.lastFailureAt,
      fingerprint: reason?.fingerprint ?? null,
      message: reason?.template ?? null,
      causeClass: reason?.cause ?? null,
      // Without a usable run in what is known the failures may have begun earlier.
      isBeginKnown: health.freshness.lastGoodEnd !== null,
    },
    health.failingSince,
  );
  if (!reason) return [failing];
  return [
    {
      ...failing,
      cause: { kind: 'message', id: reason.fingerprint, name: reason.cause, text: reason.template },
    },
  ];
}

function startFindings(health: JobHealth, now: number): Finding[] {
  const { interval } = health.freshness;
  const findings: Finding[] = [];
  if (health.isSilent && health.lastStart !== null) {
    const evidence = {
      silentHours: (now - health.lastStart) / 3_600_000,
      intervalHours: interval.hours,
      intervalBasis: interval.basis,
      lastStart: health.lastStart,
      missedStarts: health.missed?.missedSinceLast ?? null,
      missedBasis: health.missed?.basis ?? null,
    };
    const due = health.lastStart + interval.hours * 3_600_000;
    findings.push(finding(health, 'JOB_SILENT', 'high', evidence, due));
  }
  if (health.isOverdue && health.runningSince !== null && health.medianDurationMs !== null) {
    const hours = (now - health.runningSince) / 3_600_000;
    const usualHours = health.medianDurationMs / 3_600_000;
    const evidence = {
      runningHours: hours,
      medianHours: usualHours,
      ratio: usualHours > 0 ? hours / usualHours : null,
    };
    findings.push(finding(health, 'JOB_OVERDUE', 'medium', evidence, health.runningSince));
  }
  return findings;
}

function diagnosisFindings(health: JobHealth): Finding[] {
  const findings: Finding[] = [];
  const { retries, trend, pattern } = health;
  if (retries.isDependent) {
    const evidence = {
      usableRuns: retries.usable,
      recoveredByRetry: retries.recovered,
      share: retries.share,
    };
    findings.push(finding(health, 'RETRY_DEPENDENT', 'low', evidence));
  }
  if (trend.class === 'DEGRADING') {
    const { difference, low, high, runsBefore, runsRecent } = trend;
    findings.push(
      finding(health, 'RELIABILITY_DEGRADING', 'medium', { difference, low, high, runsBefore, runsRecent }),
    );
  }
  if (pattern.pattern) {
    const { slot, lift, p, slotRuns, slotFailures, kind } = pattern.pattern;
    const evidence = {
      slot,
      lift,
      p,
      slotRuns,
      slotFailures,
      runs: pattern.runs,
      failures: pattern.failures,
    };
    findings.push(finding(health, 'TIMING_PATTERN', 'low', evidence, null, kind));
  }
  return findings;
}

function finding(
  { job }: JobHealth,
  kind: FindingKind,
  severity: Severity,
  evidence: Record<string, EvidenceValue>,
  since: number | null = null,
  level: string | null = null,
): Finding {
  return { kind, entity: { kind: 'job', id: job.jobId, name: job.name }, severity, since, level, evidence };
}
