import type { Transaction } from 'kysely';
import { type DailyRuns, dailyRuns } from '../../src/analysis/health/daily.ts';
import type { FailureReason } from '../../src/analysis/health/failure-reasons.ts';
import type { Attribute, IncidentRun } from '../../src/analysis/health/incidents.ts';
import { type JobHealth, jobHealth } from '../../src/analysis/health/job-health.ts';
import { priorityOf } from '../../src/analysis/health/job-status.ts';
import { fleetReliability, rankRate } from '../../src/analysis/health/reliability.ts';
import { buildRuns, isFinished, type JobRun } from '../../src/analysis/health/runs.ts';
import { attributeFinder } from '../../src/analysis/mentions.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import type { Context } from '../shared/facts.ts';
import { type JobToAssess, readOrphans, readSessions } from './facts.ts';

const DAY_MS = 86_400_000;
const WINDOW_DAYS = 90;
/** Incidents are looked for in 14 days; a week more tells which jobs were failing before. */
const INCIDENT_DAYS = 21;
/** Jobs whose sessions are in memory at a time. */
const BATCH_JOBS = 25;

export type Assessment = {
  jobs: JobHealth[];
  daily: DailyRuns[];
  /** Of the last 21 days, without log backups. */
  recentRuns: JobRun[];
  incidentRuns: IncidentRun[];
  firstRunAt: number | null;
  lastSessionAt: number | null;
};

/**
 * Each job of the inventory with its runs of the last 90 days, and what the estate needs of them. Sessions are read some
 * jobs at a time, so that memory does not grow with the history.
 *
 * @param infrastructure proxies, hosts and repositories, to find them in messages
 */
export async function assessJobs(
  trx: Transaction<MetricsDB>,
  context: Context,
  jobs: JobToAssess[],
  infrastructure: Attribute[],
): Promise<Assessment> {
  const { sourceId, sourceNow, source } = context;
  const now = sourceNow.getTime();
  const from = new Date(now - WINDOW_DAYS * DAY_MS);
  const names = new Map(jobs.map(({ facts }) => [facts.jobId, facts.name]));
  const retries = new Map(jobs.map(({ facts, retry }) => [facts.jobId, retry]));
  const toRuns = (sessions: Parameters<typeof buildRuns>[0]) =>
    buildRuns(sessions, (id) => retries.get(id), names);

  const orphans = await readOrphans(trx, sourceId, from);
  const orphanRuns = Map.groupBy(toRuns(orphans.sessions), ({ jobId }) => jobId);
  const collected = startCollecting(now, source.zone, attributeFinder(infrastructure));
  for (let start = 0; start < jobs.length; start += BATCH_JOBS) {
    const batch = jobs.slice(start, start + BATCH_JOBS);
    const read = await readSessions(
      trx,
      sourceId,
      batch.map(({ facts }) => facts.jobId),
      from,
    );
    const runs = Map.groupBy(toRuns(read.sessions), ({ jobId }) => jobId);
    for (const job of batch) {
      const ofJob = [...(runs.get(job.facts.jobId) ?? []), ...(orphanRuns.get(job.facts.jobId) ?? [])];
      collected.add(job, ofJob, (run) => reasonOf(run, read.reasons) ?? reasonOf(run, orphans.reasons));
    }
  }
  return collected.finish();
}

/** The reason of the last attempt that has one. */
function reasonOf(run: JobRun, reasons: Map<string, FailureReason>): FailureReason | null {
  for (const id of run.sessionIds.toReversed()) {
    const reason = reasons.get(id);
    if (reason) return reason;
  }
  return null;
}

function startCollecting(now: number, zone: string, mentioned: (message: string | null) => Attribute[]) {
  const jobs: JobHealth[] = [];
  const recentRuns: JobRun[] = [];
  const incidentRuns: IncidentRun[] = [];
  let daily: DailyRuns[] = [];
  let firstRunAt: number | null = null;
  let lastSessionAt: number | null = null;

  const add = ({ facts }: JobToAssess, runs: JobRun[], reason: (run: JobRun) => FailureReason | null) => {
    jobs.push(jobHealth({ job: facts, runs, now, zone, reasonOf: reason }));
    for (const run of runs) {
      firstRunAt = Math.min(firstRunAt ?? run.startedAt, run.startedAt);
      lastSessionAt = Math.max(lastSessionAt ?? 0, run.endedAt ?? run.lastSessionStartedAt);
    }
    if (facts.isEnabled === false) return;
    const recent = runs.filter(
      ({ startedAt, sessionClass }) => startedAt >= now - INCIDENT_DAYS * DAY_MS && sessionClass !== 'log',
    );
    recentRuns.push(...recent);
    incidentRuns.push(...toIncidentRuns(facts, recent, reason, mentioned));
    if (runs.length > 0) daily = addDays(daily, dailyRuns(runs, now, zone, WINDOW_DAYS));
  };

  const finish = (): Assessment => {
    const enabled = jobs.filter(({ job }) => job.isEnabled !== false);
    const { rate } = fleetReliability(enabled.map(({ reliability }) => reliability));
    return {
      jobs: jobs.map((job) => ranked(job, rate)),
      recentRuns,
      daily,
      incidentRuns,
      firstRunAt,
      lastSessionAt,
    };
  };
  return { add, finish };
}

/** The rank needs the rate of the whole fleet, which is known only after the last job. */
function ranked(job: JobHealth, fleetRate: number | null): JobHealth {
  const withRank = { ...job, rankRate: rankRate(job.reliability, fleetRate) };
  return { ...withRank, priority: priorityOf(withRank) };
}

function toIncidentRuns(
  { jobId, repositoryId, repositoryName }: JobToAssess['facts'],
  runs: JobRun[],
  reason: (run: JobRun) => FailureReason | null,
  mentioned: (message: string | null) => Attribute[],
): IncidentRun[] {
  const used: Attribute[] = repositoryId
    ? [{ kind: 'repository', id: repositoryId, name: repositoryName ?? null }]
    : [];
  const found: IncidentRun[] = [];
  for (const run of runs) {
    if (run.endedAt === null || !isFinished(run)) continue;
    const isFailed = run.outcome === 'FAILED';
    const why = isFailed ? reason(run) : null;
    const message: Attribute[] = why ? [{ kind: 'message', id: why.fingerprint, name: why.template }] : [];
    // Only the message says which proxy or host a run used.
    const named = isFailed
      ? mentioned(run.failureMessage).map((attribute) => ({ ...attribute, isNamed: true }))
      : [];
    found.push({
      jobId,
      runId: run.runId,
      endedAt: run.endedAt,
      isFailed,
      attributes: [...used, ...message, ...named],
    });
  }
  return found;
}

function addDays(sum: DailyRuns[], more: DailyRuns[]): DailyRuns[] {
  if (sum.length === 0) return more;
  const add = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : a + b);
  return sum.map((day, index) => {
    const other = more[index];
    if (!other) return day;
    return {
      day: day.day,
      success: add(day.success, other.success),
      warning: add(day.warning, other.warning),
      failed: add(day.failed, other.failed),
      recovered: add(day.recovered, other.recovered),
      canceled: add(day.canceled, other.canceled),
      running: add(day.running, other.running),
      unknown: add(day.unknown, other.unknown),
    };
  });
}
