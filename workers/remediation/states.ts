import { classifyFailure, type FailureCause } from '../../src/analysis/health/failure-cause.ts';
import type { JobState, RepositoryState, WorkloadState } from '../../src/analysis/remediation/evidence.ts';
import type { JobEvidenceRow } from '../../src/queries/remediation-jobs.ts';
import type { RepositoryEvidenceRow } from '../../src/queries/remediation-places.ts';
import type { WorkloadEvidenceRow } from '../../src/queries/remediation-workloads.ts';
import type { RunTime } from './read-evidence.ts';

const COPY = /copy/i;
const LOG_BACKUP = /log/i;

/** A job as rules look at it, its times by our clock. */
export function toJobState(row: JobEvidenceRow, { asOf, skewMs }: RunTime): JobState {
  const { jobId, afterJobId, lastFailureAt, lastFailureCause, patternDetail, topMessages, ...rest } = row;
  return {
    table: 'job_health',
    id: jobId,
    asOf,
    ...rest,
    isCopy: COPY.test(row.type),
    isLogBackup: LOG_BACKUP.test(row.type),
    isChained: afterJobId !== null,
    lastFailureAt: lastFailureAt ? lastFailureAt.getTime() - skewMs : null,
    lastFailureCause: lastFailureCause as FailureCause | null,
    patternSlot: patternDetail?.slot ?? null,
    patternLift: patternDetail?.lift ?? null,
    patternFailures: patternDetail?.slotFailures ?? null,
    causes: countCauses(topMessages),
  };
}

function countCauses(messages: JobEvidenceRow['topMessages']): JobState['causes'] {
  const causes: Partial<Record<FailureCause, number>> = {};
  for (const { cause, n } of messages)
    causes[cause as FailureCause] = (causes[cause as FailureCause] ?? 0) + n;
  return causes;
}

/** Qualities in which a threshold without a date is far away, not unknown. */
const DATED = new Set(['FORECAST', 'PRELIMINARY', 'UNBOUNDED']);

export function toRepositoryState(row: RepositoryEvidenceRow, { asOf }: RunTime): RepositoryState {
  const { repositoryId, kind, status80, ...rest } = row;
  const isDated = row.quality === 'UNBOUNDED' || (DATED.has(row.quality) && status80 !== 'UNKNOWN');
  return {
    table: 'capacity_forecast',
    id: repositoryId,
    asOf,
    ...rest,
    isDated,
    isScaleOut: kind === 'SCALE_OUT',
  };
}

type Protection = {
  source_id: string;
  workload_id: string;
  name: string;
  newest_point_at: string | null;
  rpo_status: string;
};

export function toWorkloadState(row: WorkloadEvidenceRow, { asOf, skewMs }: RunTime): WorkloadState {
  const {
    workloadId,
    lastFailureReason,
    immutableUntil,
    immutableBasis,
    homeSourceId,
    protections,
    ...rest
  } = row;
  const others = protections as unknown as Protection[];
  const ours = (at: Date | null) => (at ? at.getTime() - skewMs : null);
  return {
    table: 'workload_recovery',
    id: workloadId,
    asOf,
    ...rest,
    lastTestAt: ours(row.lastTestAt),
    lastFailureAt: ours(row.lastFailureAt),
    lastFailureCause: lastFailureReason === null ? null : classifyFailure(lastFailureReason).cause,
    lastCleanAt: ours(row.lastCleanAt),
    lastSafeAt: ours(row.lastSafeAt),
    isImmutable: immutableUntil ? true : immutableBasis === 'NONE' ? false : null,
    ...(homeSourceId !== null && { homeSourceId }),
    ...(others.length > 0 && {
      protections: others.map((one) => ({
        sourceId: one.source_id,
        workloadId: one.workload_id,
        name: one.name,
        newestPointAt: one.newest_point_at ? Date.parse(one.newest_point_at) - skewMs : null,
        rpoStatus: one.rpo_status,
      })),
    }),
  };
}
