import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';

export type EvidenceRuns = {
  sourceId: string;
  healthRunId: string | null;
  capacityRunId: string | null;
  efficiencyRunId: string | null;
  rtoRunId: string | null;
};

/** What the health worker concluded of a job, with how it is set up; times by the clock of the source. */
export type JobEvidenceRow = {
  jobId: string;
  type: string;
  isDisabled: boolean | null;
  isScheduled: boolean | null;
  afterJobId: string | null;
  retryCount: number | null;
  objectsCount: number | null;
  status: string;
  freshness: string;
  totalRuns: number;
  failureCount: number;
  canceledCount: number;
  failureStreak: number;
  successRate: number | null;
  recoveredShare: number | null;
  attemptsPerRun: number | null;
  expectedIntervalHours: number | null;
  rpoHours: number;
  lastGoodAgeHours: number | null;
  lastFailureAt: Date | null;
  lastFailureCause: string | null;
  lastFailureReason: string | null;
  missedRuns: number | null;
  patternKind: string;
  patternDetail: { slot?: number; lift?: number; slotFailures?: number } | null;
  medianDurationSeconds: number | null;
  topMessages: { cause: string; n: number }[];
};

/** Jobs that were judged, the evidence of plans. */
export function listJobEvidence(
  db: MetricsReader,
  { sourceId, healthRunId }: EvidenceRuns,
): Promise<JobEvidenceRow[]> {
  const rows = sql<JobEvidenceRow>`(
    select h.job_id as "jobId", h.job_type as type, j.is_disabled as "isDisabled", j.is_scheduled as "isScheduled",
           j.after_job_id as "afterJobId", j.retry_count as "retryCount", j.objects_count as "objectsCount",
           h.status, h.freshness, h.total_runs as "totalRuns", h.failure_count as "failureCount",
           h.canceled_count as "canceledCount", h.failure_streak as "failureStreak", h.success_rate as "successRate",
           h.recovered_share as "recoveredShare", h.attempts_per_run as "attemptsPerRun",
           h.expected_interval_hours as "expectedIntervalHours", h.rpo_hours as "rpoHours",
           h.last_good_age_hours as "lastGoodAgeHours", h.last_failure_timestamp as "lastFailureAt",
           h.last_failure_cause as "lastFailureCause", h.last_failure_reason as "lastFailureReason",
           h.missed_runs as "missedRuns", h.pattern_classification as "patternKind", h.pattern_detail as "patternDetail",
           h.median_duration_seconds as "medianDurationSeconds", h.top_messages as "topMessages"
      from job_health h
      left join job j on j.source_id = h.source_id and j.job_id = h.job_id
     where h.source_id = ${sourceId} and h.run_id = ${healthRunId ?? NO_RUN})`;
  return db.selectFrom(rows.as('job')).selectAll().orderBy('jobId').limit(1_000_000).execute();
}

export type IncidentEvidenceRow = {
  incidentId: string;
  failedJobs: number;
  activeJobs: number;
  tailProbability: number;
  suspectedCause: { kind?: string; id?: string; name?: string | null; lift?: number } | null;
};

export function listIncidentEvidence(
  db: MetricsReader,
  { sourceId, healthRunId }: EvidenceRuns,
): Promise<IncidentEvidenceRow[]> {
  return db
    .selectFrom('health_incident')
    .select([
      'incident_id as incidentId',
      'failed_jobs as failedJobs',
      'active_jobs as activeJobs',
      'tail_probability as tailProbability',
      'suspected_cause as suspectedCause',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', healthRunId ?? NO_RUN)
    .orderBy('incident_id')
    .limit(10_000)
    .execute() as Promise<IncidentEvidenceRow[]>;
}

/** Findings about the server itself, or the vault. */
export function listServerFindings(db: MetricsReader, { sourceId, healthRunId }: EvidenceRuns) {
  return db
    .selectFrom('health_finding')
    .select(['finding_id as findingId', 'kind', 'severity', 'entity_name as entityName', 'evidence'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', healthRunId ?? NO_RUN)
    .where('entity_kind', 'in', ['server', 'licence', 'estate', 'vault'])
    .orderBy('finding_id')
    .limit(1_000)
    .execute();
}

/** Endpoints that the run of the health worker could not read: what it would find there is not known. */
export async function listNotRead(
  db: MetricsReader,
  { sourceId, healthRunId }: EvidenceRuns,
): Promise<string[]> {
  const rows = await db
    .selectFrom('run_endpoint')
    .select('endpoint')
    .where('source_id', '=', sourceId)
    .where('run_id', '=', healthRunId ?? NO_RUN)
    .where('outcome', 'in', ['forbidden', 'failed'])
    .orderBy('endpoint')
    .limit(1_000)
    .execute();
  return rows.map(({ endpoint }) => endpoint);
}

/** How many proxies are in use, and how many of them are offline. */
export async function countProxies(db: MetricsReader, sourceId: string) {
  const row = await db
    .selectFrom('proxy')
    .select(({ fn, eb }) => [
      fn.countAll<number>().as('proxies'),
      fn
        .countAll<number>()
        .filterWhere(eb('is_online', '=', false))
        .as('offline'),
    ])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where((eb) => eb.or([eb('is_disabled', 'is', null), eb('is_disabled', '=', false)]))
    .executeTakeFirst();
  return { proxies: row?.proxies ?? 0, offline: row?.offline ?? 0 };
}
