import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

type Of = { sourceId: string; healthRunId: string | null };
const NO_RUN = '00000000-0000-0000-0000-000000000000';

/** A job of the inventory with what the health worker concluded of it; times by the clock of the source. */
export type RiskJobRow = {
  jobId: string;
  name: string;
  type: string;
  isDisabled: boolean | null;
  vanishedAt: Date | null;
  repositoryId: string | null;
  firstSeenAt: Date;
  /** null: the health worker has not judged it. */
  freshness: string | null;
  successRate: number | null;
  finishedRuns: number | null;
  totalRuns: number | null;
  intervalHours: number | null;
  rpoHours: number | null;
  lastGoodEnd: Date | null;
  lastGoodAgeHours: number | null;
  lastFailureAt: Date | null;
};

/** All jobs, those that are gone too: what they left has no job any more. */
export function listRiskJobs(db: MetricsReader, { sourceId, healthRunId }: Of): Promise<RiskJobRow[]> {
  const rows = sql<RiskJobRow>`(
    select j.job_id as "jobId", j.name, j.type, j.is_disabled as "isDisabled", j.vanished_at as "vanishedAt",
           coalesce(x.scale_out_repository_id, j.repository_id) as "repositoryId", j.first_seen_at as "firstSeenAt",
           h.freshness, h.success_rate as "successRate",
           h.success_count + h.warning_count + h.failure_count as "finishedRuns", h.total_runs as "totalRuns",
           h.expected_interval_hours as "intervalHours", h.rpo_hours as "rpoHours", h.last_good_end as "lastGoodEnd",
           h.last_good_age_hours as "lastGoodAgeHours", h.last_failure_timestamp as "lastFailureAt"
      from job j
      left join job_health h on h.source_id = j.source_id and h.job_id = j.job_id and h.run_id = ${healthRunId ?? NO_RUN}
      left join repository x on x.source_id = j.source_id and x.repository_id = j.repository_id
     where j.source_id = ${sourceId})`;
  return db.selectFrom(rows.as('job')).selectAll().orderBy('jobId').limit(1_000_000).execute();
}

export type IncidentRow = {
  incidentId: string;
  startedAt: Date;
  endedAt: Date;
  jobIds: string[];
  /** {kind, id, name} of what the jobs share. */
  cause: unknown;
};

/** Incidents that the newest run of the health worker found. */
export function listRiskIncidents(db: MetricsReader, { sourceId, healthRunId }: Of): Promise<IncidentRow[]> {
  return db
    .selectFrom('health_incident')
    .select([
      'incident_id as incidentId',
      'started_at as startedAt',
      'ended_at as endedAt',
      'job_ids as jobIds',
      'suspected_cause as cause',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', healthRunId ?? NO_RUN)
    .orderBy('started_at')
    .orderBy('incident_id')
    .limit(10_000)
    .execute();
}
