import { listJobStates } from '../../src/veeam/jobs.ts';
import { inventory } from './inventory.ts';

/** All jobs with their present state: the inventory that everything is measured against. */
export const jobStates = inventory({
  endpoint: 'jobs/states',
  table: 'job',
  id: 'job_id',
  optional: false,
  list: ({ source }, reading) => listJobStates(source.client, reading),
  toRow: (job, { source: { parseTime } }) => ({
    job_id: job.id,
    name: job.name ?? job.id,
    type: job.type ?? 'Unknown',
    description: job.description ?? null,
    workload: job.workload ?? null,
    status: job.status ?? null,
    is_disabled: job.status === undefined ? null : job.status === 'Disabled',
    after_job_id: job.runAfterJob?.jobId ?? null,
    copy_mode: job.backupCopyMode ?? null,
    repository_id: job.repositoryId ?? null,
    repository_name: job.repositoryName ?? null,
    objects_count: job.objectsCount ?? null,
    last_run_at: parseTime(job.lastRun)?.at ?? null,
    last_result: job.lastResult ?? null,
    next_run_at: parseTime(job.nextRun)?.at ?? null,
    session_id: job.sessionId ?? null,
  }),
});
