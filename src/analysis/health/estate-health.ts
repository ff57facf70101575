import { type FleetTrend, fleetTrend } from './fleet-trend.ts';
import {
  type ComponentName,
  failureRateComponent,
  type HealthScore,
  healthScore,
  patternComponent,
  protectedObjectsComponent,
  type RepositoryCondition,
  repositoryComponent,
  trendComponent,
} from './health-score.ts';
import type { Incident } from './incidents.ts';
import type { JobHealth } from './job-health.ts';
import { fleetReliability, type Reliability } from './reliability.ts';
import { isFinished, type JobRun } from './runs.ts';

export interface EstateHealthInput {
  now: number;
  jobs: readonly JobHealth[];
  /** Runs of all jobs, log backups included or not. */
  runs: readonly JobRun[];
  incidents: readonly Incident[];
  /** Protected objects by state; null if they were not read. */
  objects: { protectedObjects: number; unprotectedObjects: number; unknownObjects: number } | null;
  /** Null if the repositories were not read. */
  repositories: readonly RepositoryCondition[] | null;
  /** Components that this kind of source cannot have. */
  doesNotApply?: readonly ComponentName[];
}

export interface EstateHealth extends HealthScore {
  reliability: Reliability;
  trend: FleetTrend;
  jobsEnabled: number;
  jobsDisabled: number;
  /** Jobs of which it is not known whether they are enabled; they are counted as enabled. */
  jobsOfUnknownState: number;
  /** Enabled jobs that failed twice in a row or have no restore point within the RPO. */
  troubledJobs: number;
  runsLostInIncidents: number;
  /** Finished runs of the last 14 days. */
  recentRuns: number;
  notKnown: string[];
}

const RECENT_MS = 14 * 86_400_000;

/**
 * Health of the whole estate (METHODS 3.1 R1.7). The denominator is the inventory: every enabled job counts, whether it
 * has sessions or not; disabled jobs are listed and not judged. What could not be read is named in `notKnown`.
 */
export function estateHealth(input: EstateHealthInput): EstateHealth {
  const enabled = input.jobs.filter(({ job }) => job.isEnabled !== false);
  const fleet = fleetReliability(enabled.map(({ reliability }) => reliability));
  const change = fleetTrend(enabled.map(({ trend }) => ({ before: trend.before, recent: trend.recent })));
  const troubledJobs = enabled.filter(isTroubled).length;
  const lost = lossesOf(input, new Set(enabled.map(({ job }) => job.jobId)));
  const score = healthScore(
    {
      failure_rate: failureRateComponent(fleet),
      trend: trendComponent(change.recentRate, change.high),
      pattern: patternComponent({ enabledJobs: enabled.length, troubledJobs, ...lost }),
      protected_objects: input.objects && protectedObjectsComponent(input.objects),
      repository: input.repositories && repositoryComponent(input.repositories),
    },
    enabled.some(isUnprotectedCritical),
    input.doesNotApply,
  );
  return {
    ...score,
    reliability: fleet,
    trend: change,
    jobsEnabled: enabled.length,
    jobsDisabled: input.jobs.length - enabled.length,
    jobsOfUnknownState: enabled.filter(({ job }) => job.isEnabled === null).length,
    troubledJobs,
    ...lost,
    notKnown: notKnown(score, input),
  };
}

function isTroubled({ streak, freshness }: JobHealth): boolean {
  return streak >= 2 || freshness.class !== 'OK';
}

function isUnprotectedCritical({ job, freshness }: JobHealth): boolean {
  return job.tier === 'CRITICAL' && (freshness.class === 'NEVER' || freshness.class === 'BREACHED');
}

function lossesOf({ runs, incidents, now }: EstateHealthInput, jobIds: ReadonlySet<string>) {
  const inIncidents = new Set(incidents.flatMap(({ runIds }) => runIds));
  const recent = runs.filter(
    (run) =>
      run.startedAt >= now - RECENT_MS &&
      run.sessionClass !== 'log' &&
      isFinished(run) &&
      jobIds.has(run.jobId),
  );
  return {
    recentRuns: recent.length,
    runsLostInIncidents: recent.filter(({ runId }) => inIncidents.has(runId)).length,
  };
}

function notKnown(score: HealthScore, { objects, repositories }: EstateHealthInput): string[] {
  const reason: Record<string, string> = {
    failure_rate: 'no finished run in the window',
    trend: 'no finished run in the last 14 days',
    pattern: 'no enabled job in the inventory',
    protected_objects: objects ? 'no protected object of known state' : 'protected objects were not read',
    repository: repositories ? 'no repository of known state' : 'repositories were not read',
  };
  return score.contributions.flatMap(({ component, value }) =>
    value === null ? [`${component}: ${reason[component] ?? 'not known'}`] : [],
  );
}
