import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { Reading } from '../reading.ts';
import { loose } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { COPY_MODES, JOB_STATUSES, JOB_TYPE_ALIASES, JOB_TYPES, JOB_WORKLOADS, RESULTS } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { progress } from './progress.ts';
import { orNull, readRecorded } from './read-object.ts';
import { flag, id, number, open, rowId, text, texts } from './wire.ts';

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

const window = loose(z.object({ isEnabled: flag }));

/** Times are local to the server. */
const schedule = z.object({
  runAutomatically: flag,
  daily: loose(z.object({ isEnabled: flag, localTime: text, dailyKind: text, days: texts })),
  monthly: loose(
    z.object({
      isEnabled: flag,
      localTime: text,
      dayOfWeek: text,
      dayNumberInMonth: text,
      dayOfMonth: number,
      months: texts,
      isLastDayOfMonth: flag,
    }),
  ),
  periodically: loose(z.object({ isEnabled: flag, periodicallyKind: text, frequency: number })),
  continuously: window,
  afterThisJob: loose(z.object({ isEnabled: flag, jobName: text })),
  retry: loose(z.object({ isEnabled: flag, retryCount: number, awaitMinutes: number })),
  backupWindow: window,
});

const retention = loose(z.object({ type: text, quantity: number }));
const target = loose(
  z.object({
    backupRepositoryId: id,
    retentionPolicy: retention,
    gfsPolicy: loose(
      z.object({
        isEnabled: flag,
        weekly: loose(z.object({ isEnabled: flag, keepForNumberOfWeeks: number })),
        monthly: loose(z.object({ isEnabled: flag, keepForNumberOfMonths: number })),
        yearly: loose(z.object({ isEnabled: flag, keepForNumberOfYears: number })),
      }),
    ),
  }),
);

/** How a job is set up. The kinds of job differ, so a part that a kind does not have is absent. */
export const jobSchema = z.object({
  id: rowId,
  name: text,
  type: open(JOB_TYPES, JOB_TYPE_ALIASES),
  isDisabled: flag,
  description: text,
  isHighPriority: flag,
  schedule: loose(schedule),
  /** Backup jobs: where to, and how long it is kept. */
  storage: target,
  /** Copy jobs: the same. */
  target,
  /** Copy jobs. */
  mode: open(COPY_MODES),
});
export type VeeamJob = z.infer<typeof jobSchema>;

const jobs: ListEndpoint<VeeamJob> = { path: '/api/v1/jobs', row: jobSchema, orderColumn: 'Name' };

/** How the jobs are set up, by name. Jobs of newer platforms are missing here: `listJobStates` has all. */
export function listJobs(client: VeeamClient, reading?: Reading): AsyncGenerator<Page<VeeamJob>> {
  return readPages(client, jobs, { reading });
}

/** How one job is set up; null if it is gone, or of a platform that the server cannot describe (400). */
export async function getJob(
  client: VeeamClient,
  jobId: string,
  reading?: Reading,
): Promise<VeeamJob | null> {
  try {
    const path = `${jobs.path}/${encodeURIComponent(jobId)}`;
    return await orNull(readRecorded(client, path, jobSchema, reading), reading);
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'rejected')) throw error;
    if (reading) reading.complete = true;
    return null;
  }
}
