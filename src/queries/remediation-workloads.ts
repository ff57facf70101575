import type { MetricsReader } from '../db/connect.ts';
import type { EvidenceRuns } from './remediation-jobs.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';

export type WorkloadEvidenceRow = Awaited<ReturnType<typeof listWorkloadEvidence>>[number];

/** What the rto worker concluded of each workload; times by the clock of the source. */
export function listWorkloadEvidence(db: MetricsReader, { sourceId, rtoRunId }: EvidenceRuns) {
  return db
    .selectFrom('workload_recovery')
    .select([
      'workload_id as workloadId',
      'trials',
      'ok_trials as okTrials',
      'failed_trials as failedTrials',
      'verifications',
      'p_mean as pMean',
      'basis',
      'q90_minutes as q90Minutes',
      'rto_target_minutes as rtoTargetMinutes',
      'sla_status as slaStatus',
      'recency',
      'last_test_at as lastTestAt',
      'last_failure_at as lastFailureAt',
      'last_failure_reason as lastFailureReason',
      'size_bytes as sizeBytes',
      'gib_per_minute as gibPerMinute',
      'overhead_minutes as overheadMinutes',
      'restore_points as restorePoints',
      'rpo_age_hours as rpoAgeHours',
      'rpo_target_hours as rpoTargetHours',
      'rpo_status as rpoStatus',
      'hidden_by_job as hiddenByJob',
      'last_clean_at as lastCleanAt',
      'last_safe_at as lastSafeAt',
      'immutable_until as immutableUntil',
      'immutable_basis as immutableBasis',
      'replicas',
      'home_source_id as homeSourceId',
      'protections',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', rtoRunId ?? NO_RUN)
    .orderBy('workload_id')
    .limit(2_000_000)
    .execute();
}

/** Anomalies of data that are open. */
export function listOpenAnomalies(db: MetricsReader, { sourceId, efficiencyRunId }: EvidenceRuns) {
  return db
    .selectFrom('efficiency_anomaly')
    .select([
      'anomaly_id as anomalyId',
      'type',
      'workload_ids as workloadIds',
      'happened_at as happenedAt',
      'score',
      'factor',
      'usual_factor as usualFactor',
      'data_bytes as dataBytes',
      'usual_bytes as usualBytes',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', efficiencyRunId ?? NO_RUN)
    .where('resolved_at', 'is', null)
    .orderBy('anomaly_id')
    .limit(100_000)
    .execute();
}

/** How many restores the estate carries at once; undefined: the rto worker has not concluded. */
export function getRestoreCapacity(db: MetricsReader, { sourceId, rtoRunId }: EvidenceRuns) {
  return db
    .selectFrom('recovery_summary')
    .select(['slots', 'bandwidth_gib_per_minute as bandwidthGibPerMinute'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', rtoRunId ?? NO_RUN)
    .executeTakeFirst();
}

/** When a run concluded, and by how much the clock of the source was ahead of ours then. */
export function listRunTimes(db: MetricsReader, sourceId: string, runIds: readonly string[]) {
  return db
    .selectFrom('run')
    .select([
      'run_id as runId',
      'started_at as startedAt',
      'finished_at as finishedAt',
      'source_time as sourceTime',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', 'in', runIds.length > 0 ? [...runIds] : [NO_RUN])
    .orderBy('run_id')
    .limit(10)
    .execute();
}
