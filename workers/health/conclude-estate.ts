import type { Finding } from '../../src/analysis/finding.ts';
import { fleetTrend } from '../../src/analysis/fleet-trend.ts';
import { healthFindings } from '../../src/analysis/health-findings.ts';
import {
  COMPONENT_WEIGHTS,
  type ComponentName,
  failureRateComponent,
  type Grade,
  type HealthScore,
  healthScore,
  patternComponent,
  type ScoreComponent,
  trendComponent,
} from '../../src/analysis/health-score.ts';
import { findIncidents, type Incident } from '../../src/analysis/incidents.ts';
import type { InfrastructureFacts } from '../../src/analysis/infrastructure-facts.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { Assessment } from './assess-jobs.ts';
import type { HealthScoreRow } from './result-rows.ts';

const DAY_MS = 86_400_000;
const RECENT_DAYS = 14;

export type EstateConclusion = { score: HealthScoreRow; findings: Finding[]; incidents: Incident[] };

/** Score, findings and incidents of one server (METHODS 3.1 R1.4 to R1.7). */
export function concludeEstate(
  context: RunContext<unknown>,
  assessment: Assessment,
  infrastructure: InfrastructureFacts,
): EstateConclusion {
  const now = context.sourceNow.getTime();
  const enabled = assessment.jobs.filter(({ job }) => job.isEnabled === true);
  const incidents = findIncidents(assessment.incidentRuns).filter(
    ({ end }) => end >= now - RECENT_DAYS * DAY_MS,
  );
  const trend = fleetTrend(enabled.map(({ trend: { before, recent } }) => ({ before, recent })));
  const recentRuns = assessment.incidentRuns.filter(
    ({ endedAt }) => endedAt >= now - RECENT_DAYS * DAY_MS,
  ).length;
  const components: Record<ComponentName, ScoreComponent | null> = {
    failure_rate: failureRateComponent(assessment.fleet),
    trend: trendComponent(trend.recentRate, trend.high),
    pattern: patternComponent({
      enabledJobs: enabled.length,
      troubledJobs: enabled.filter(({ streak, freshness }) => streak >= 2 || freshness.class !== 'OK').length,
      recentRuns,
      runsLostInIncidents: incidents.reduce((sum, { runIds }) => sum + runIds.length, 0),
    }),
    // What the table of restore points and the samples of repositories will say is not collected yet.
    protected_objects: null,
    repository: null,
  };
  const isCriticalExposed = enabled.some(
    ({ job, freshness }) => job.tier === 'CRITICAL' && ['NEVER', 'BREACHED'].includes(freshness.class),
  );
  const score = healthScore(components, isCriticalExposed);
  return {
    incidents,
    findings: healthFindings({ now, jobs: assessment.jobs, incidents, infrastructure }),
    score: toScoreRow(context, assessment, score, components, trend),
  };
}

function toScoreRow(
  { sourceNow, recorder }: RunContext<unknown>,
  { jobs, fleet, daily, firstRunAt, lastSessionAt }: Assessment,
  score: HealthScore,
  components: Record<ComponentName, ScoreComponent | null>,
  trend: ReturnType<typeof fleetTrend>,
): HealthScoreRow {
  const days = firstRunAt === null ? 0 : (sourceNow.getTime() - firstRunAt) / DAY_MS;
  return {
    concluded_at: sourceNow,
    overall_score: score.score,
    score_low: score.low,
    score_high: score.high,
    coverage: score.coverage,
    grade: score.grade,
    risk_level: score.risk,
    components: Object.fromEntries(
      Object.entries(components).map(([name, component]) => [
        name,
        describeComponent(name as ComponentName, component),
      ]),
    ),
    contributions: score.contributions.map(({ component, points }) => ({ component, points_lost: points })),
    trend_classification: trend.class,
    trend_difference: trend.difference,
    trend_low: trend.low,
    trend_high: trend.high,
    jobs_enabled: jobs.filter(({ job }) => job.isEnabled === true).length,
    jobs_disabled: jobs.filter(({ job }) => job.isEnabled === false).length,
    sample_count: fleet.runs,
    date_range_days: days,
    average_frequency: days > 0 ? fleet.runs / Math.max(1, days) : 0,
    success_rate: fleet.rate,
    retry_dependence: fleet.recoveredShare,
    last_session_timestamp: lastSessionAt === null ? null : new Date(lastSessionAt),
    daily,
    completeness: recorder.endpoints.map(({ endpoint, outcome, rowsFetched, rowsTotal, reason }) => ({
      endpoint,
      outcome,
      rows_fetched: rowsFetched,
      rows_total: rowsTotal,
      reason: reason ?? null,
    })),
    not_known: notKnown(components, recorder.endpoints, days),
    recommendation: RECOMMENDATIONS[score.grade],
  };
}

const UNKNOWN_REASONS: Record<ComponentName, string> = {
  failure_rate: 'no finished run of an enabled job in 90 days',
  trend: 'no finished run in the last 14 days',
  pattern: 'no enabled job in the inventory',
  protected_objects: 'restore points per object are not collected by this version',
  repository: 'repository states are not collected by this version',
};

function describeComponent(name: ComponentName, component: ScoreComponent | null) {
  return {
    score: component?.value ?? 50,
    low: component?.low ?? 0,
    high: component?.high ?? 100,
    weight: COMPONENT_WEIGHTS[name],
    known: component !== null,
    reason: component ? null : UNKNOWN_REASONS[name],
  };
}

function notKnown(
  components: Record<ComponentName, ScoreComponent | null>,
  endpoints: { endpoint: string; outcome: string }[],
  days: number,
): string[] {
  const unknown = (Object.keys(components) as ComponentName[]).filter((name) => components[name] === null);
  return [
    ...unknown.map((name) => `${name}: ${UNKNOWN_REASONS[name]}; counted as 50 with the range 0 to 100`),
    ...endpoints
      .filter(({ outcome }) => outcome === 'forbidden')
      .map(({ endpoint }) => `${endpoint}: the account may not read it`),
    ...endpoints
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ endpoint }) => `${endpoint}: could not be read in this run`),
    ...endpoints
      .filter(({ outcome }) => outcome === 'incomplete')
      .map(({ endpoint }) => `${endpoint}: read only in part`),
    ...(days > 0 && days < 28 ? [`trends: they need 28 days of history, there are ${Math.floor(days)}`] : []),
  ];
}

/** Words for the grade; the numbers behind it are in the answer. */
const RECOMMENDATIONS: Record<Grade, string> = {
  A: 'Nothing urgent: look at the findings when convenient.',
  B: 'Sound: clear the high findings this week.',
  C: 'Weak spots: go through the critical and high findings, in their order, within a day.',
  D: 'Backups are at risk: work on the critical findings now.',
  F: 'Backups cannot be relied on: work on the critical findings now, and check what can still be restored.',
  '?': 'Too little is known for a grade: first make the missing endpoints readable.',
};
