import * as z from 'zod';
import type { VeeamClient } from './client.ts';
import { COPY_MODES, JOB_STATUSES, JOB_TYPE_ALIASES, JOB_TYPES, JOB_WORKLOADS, RESULTS } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { progress } from './progress.ts';
import type { Reading } from './reading.ts';
import { flag, id, number, open, rowId, text } from './wire.ts';

/** How a job is doing now: the cheapest view of all jobs, and the only one that has each kind of job. */
export const jobStateSchema = z.object({
  id: rowId,
  name: text,
  type: open(JOB_TYPES, JOB_TYPE_ALIASES),
  description: text,
  status: open(JOB_STATUSES),
  lastRun: text,
  lastResult: open(RESULTS),
  /** May lie in the past for immediate copy and disabled jobs. */
  nextRun: text,
  nextRunPolicy: text,
  workload: open(JOB_WORKLOADS),
  repositoryId: id,
  repositoryName: text,
  objectsCount: number,
  /** The latest session; absent if the job never ran. */
  sessionId: id,
  highPriority: flag,
  progressPercent: number,
  sessionProgress: progress,
  runAfterJob: z.object({ jobName: text, jobId: id }).optional(),
  backupCopyMode: open(COPY_MODES),
  isStorageSnapshot: flag,
  targetName: text,
});
export type VeeamJobState = z.infer<typeof jobStateSchema>;

const jobStates: ListEndpoint<VeeamJobState> = {
  path: '/api/v1/jobs/states',
  row: jobStateSchema,
  orderColumn: 'Name',
};

/** All jobs with their present state, by name. */
export function listJobStates(client: VeeamClient, reading?: Reading): AsyncGenerator<Page<VeeamJobState>> {
  return readPages(client, jobStates, { reading });
}
