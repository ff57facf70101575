import type { AzureFacts } from '../../src/analysis/health/azure-facts.ts';
import { azureNotKnown } from '../../src/analysis/health/azure-findings.ts';
import { type EstateHealth, estateHealth } from '../../src/analysis/health/estate-health.ts';
import type { Finding } from '../../src/analysis/health/finding.ts';
import { healthFindings } from '../../src/analysis/health/health-findings.ts';
import type {
  ComponentName,
  Grade,
  HealthScore,
  RepositoryCondition,
} from '../../src/analysis/health/health-score.ts';
import { findIncidents, type Incident } from '../../src/analysis/health/incidents.ts';
import type { InfrastructureFacts } from '../../src/analysis/health/infrastructure-facts.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { ProtectedObjects } from '../rto/protected-objects.ts';
import type { Assessment } from './assess-jobs.ts';
import type { HealthScoreRow } from './result-rows.ts';

const DAY_MS = 86_400_000;
const INCIDENT_DAYS = 14;

export type EstateConclusion = { score: HealthScoreRow; findings: Finding[]; incidents: Incident[] };

/** What else is known of a source, beside its jobs. */
export type EstateFacts = {
  infrastructure: InfrastructureFacts;
  /** Their newest states by the capacity worker; null: it has none. */
  repositories: RepositoryCondition[] | null;
  /** How well machines were protected by the newest conclusion of the rto worker; null: it has none. */
  objects: ProtectedObjects | null;
  /** Of a vault of Azure Backup; null: the source is none. */
  azure: AzureFacts | null;
};

/** A vault is there as long as it answers, and it has no size: that it can take backups says nothing good of it. */
const NOT_OF_A_VAULT: Partial<Record<ComponentName, string>> = {
  repository:
    'does not apply: a vault of Azure Backup has no limit and no disk of its own that could be full or offline',
};

/** Score, findings and incidents of one source (METHODS 3.1 R1.4 to R1.7). */
export function concludeEstate(
  context: RunContext<unknown>,
  assessment: Assessment,
  { infrastructure, repositories, objects, azure }: EstateFacts,
): EstateConclusion {
  const now = context.sourceNow.getTime();
  const incidents = findIncidents(assessment.incidentRuns).filter(
    ({ end }) => end >= now - INCIDENT_DAYS * DAY_MS,
  );
  const estate = estateHealth({
    now,
    jobs: assessment.jobs,
    runs: assessment.recentRuns,
    incidents,
    objects,
    repositories,
    doesNotApply: azure ? (Object.keys(NOT_OF_A_VAULT) as ComponentName[]) : [],
  });
  const findings = healthFindings({ now, jobs: assessment.jobs, incidents, infrastructure, azure });
  return { incidents, findings, score: toScoreRow(context, assessment, estate, { findings, azure }) };
}

function toScoreRow(
  { sourceNow, recorder }: RunContext<unknown>,
  { daily, firstRunAt, lastSessionAt }: Assessment,
  estate: EstateHealth,
  { findings, azure }: { findings: readonly Finding[]; azure: AzureFacts | null },
): HealthScoreRow {
  const critical = findings.filter(({ severity }) => severity === 'critical').length;
  const { reliability, trend } = estate;
  const days = firstRunAt === null ? 0 : (sourceNow.getTime() - firstRunAt) / DAY_MS;
  return {
    concluded_at: sourceNow,
    overall_score: estate.score,
    score_low: estate.low,
    score_high: estate.high,
    coverage: estate.coverage,
    grade: estate.grade,
    // The score is an average: what is critical in one place does not become low risk by all else being well.
    risk_level: critical > 0 && ['LOW', 'MEDIUM'].includes(estate.risk) ? 'HIGH' : estate.risk,
    components: {
      ...Object.fromEntries(
        estate.contributions.map((one) => [one.component, describe(one, estate.notKnown)]),
      ),
      ...(azure && notApplicable()),
    },
    contributions: estate.contributions.map(({ component, points }) => ({ component, points_lost: points })),
    trend_classification: trend.class,
    trend_difference: trend.difference,
    trend_low: trend.low,
    trend_high: trend.high,
    jobs_enabled: estate.jobsEnabled,
    jobs_disabled: estate.jobsDisabled,
    sample_count: reliability.runs,
    date_range_days: days,
    average_frequency: reliability.runs / Math.max(1, days),
    success_rate: reliability.rate,
    retry_dependence: reliability.recoveredShare,
    last_session_timestamp: lastSessionAt === null ? null : new Date(lastSessionAt),
    daily,
    completeness: recorder.endpoints.map(({ endpoint, outcome, rowsFetched, rowsTotal, reason }) => ({
      endpoint,
      outcome,
      rows_fetched: rowsFetched,
      rows_total: rowsTotal,
      reason: reason ?? null,
    })),
    not_known: [...notKnown(estate, recorder.endpoints, days), ...(azure ? azureNotKnown(azure) : [])],
    recommendation: recommend(estate.grade, critical),
  };
}

function describe(
  { component, weight, value, low, high }: HealthScore['contributions'][number],
  reasons: string[],
) {
  const reason = reasons.find((text) => text.startsWith(`${component}: `))?.slice(component.length + 2);
  return { score: value ?? 50, low, high, weight, known: value !== null, reason: reason ?? null };
}

const notApplicable = () =>
  Object.fromEntries(
    Object.entries(NOT_OF_A_VAULT).map(([name, reason]) => [
      name,
      { score: null, low: 0, high: 100, weight: 0, known: false, reason },
    ]),
  );

const MISSING: Record<string, string> = {
  forbidden: 'the account may not read it',
  failed: 'could not be read in this run',
  incomplete: 'read only in part',
};

function notKnown(
  estate: EstateHealth,
  endpoints: { endpoint: string; outcome: string }[],
  days: number,
): string[] {
  return [
    ...estate.notKnown.map((text) => `${text}; counted as 50 with the range 0 to 100`),
    ...(estate.jobsOfUnknownState > 0
      ? [`whether ${estate.jobsOfUnknownState} jobs are enabled; they count as enabled`]
      : []),
    ...endpoints.flatMap(({ endpoint, outcome }) =>
      MISSING[outcome] ? [`${endpoint}: ${MISSING[outcome]}`] : [],
    ),
    ...(days > 0 && days < 28 ? [`trends: they need 28 days of history, there are ${Math.floor(days)}`] : []),
  ];
}

/** What is critical comes first, whatever the average says. */
function recommend(grade: Grade, critical: number): string {
  if (critical === 0) return RECOMMENDATIONS[grade];
  return `${critical} critical ${critical === 1 ? 'finding' : 'findings'}: work on that first. The score is an average and does not show it.`;
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
