import * as z from 'zod';
import { type AzureJob, backupSizeBytes, getJob } from '../../../azure/jobs.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { nameOf } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { jobRow, toJobRow } from './job-row.ts';

/** Azure writes more for some restores; these say what happened. */
const MOST_PROPERTIES = 25;
const MOST_ERRORS = 10;

const task = z.object({
  name: z.string(),
  status: z.string().nullable(),
  start: z.string().optional(),
  end: z.string().optional(),
  duration_s: z.number().optional(),
  detail: z.string().optional(),
});
const problem = z.object({
  code: z.string().nullable(),
  title: z.string().nullable(),
  message: z.string().nullable(),
  recommendations: z.array(z.string()),
});

export const getJobDetailsTool = defineRead({
  name: 'get_job_details',
  category: 'backup',
  title: 'One job',
  description:
    'One job with its tasks, progress, bytes moved, errors and what Azure recommends, and whether it can be cancelled.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    job_id: z.guid({ error: 'it has to be the id of a job, as list_backup_jobs shows it' }),
  }),
  data: z.object({
    job: jobRow.extend({
      type: z.string().nullable(),
      progress_pct: z.number().optional(),
      remaining_s: z.number().optional(),
      tasks: z.array(task),
      properties: z.record(z.string(), z.string()),
      backup_size_bytes: z.number().optional(),
      errors: z.array(problem),
      left_out: z.string().optional(),
      cancellable: z.boolean(),
    }),
  }),
  answer: async (args, context) => {
    const target = context.vault(args);
    const job = await getJob(context.azure, target, args.job_id);
    if (!job) throw noSuchJob(args.job_id, target.vault);
    return {
      summary: 'One job, as Azure describes it now.',
      data: { job: { ...toJobRow(job, nameOf(target)), ...detailsOf(job) } },
    };
  },
});

function detailsOf(job: AzureJob) {
  const { extendedInfo: info, jobType, actionsInfo = [], status } = job;
  const bag = Object.entries(info?.propertyBag ?? {});
  const problems = problemsOf(job);
  const size = backupSizeBytes(job);
  const leftOut = [
    ...(bag.length > MOST_PROPERTIES ? [`${bag.length - MOST_PROPERTIES} properties`] : []),
    ...(problems.length > MOST_ERRORS ? [`${problems.length - MOST_ERRORS} errors`] : []),
  ];
  const progress = info?.progressPercentage;
  const remaining = info?.estimatedRemainingDuration ?? null;
  return {
    type: cleanOrNull(jobType, 60),
    ...(progress === undefined ? {} : { progress_pct: progress }),
    ...(remaining === null ? {} : { remaining_s: Math.round(remaining) }),
    tasks: tasksOf(job),
    properties: Object.fromEntries(
      bag.slice(0, MOST_PROPERTIES).map(([name, value]) => [cleanText(name, 60), cleanText(value, 200)]),
    ),
    ...(size === null ? {} : { backup_size_bytes: size }),
    errors: problems.slice(0, MOST_ERRORS),
    ...(leftOut.length > 0 ? { left_out: leftOut.join(', ') } : {}),
    cancellable: status === 'InProgress' && actionsInfo.includes('Cancellable'),
  };
}

/** Azure writes no time, or none at all, for tasks that have not begun. */
function tasksOf({ extendedInfo }: AzureJob): z.infer<typeof task>[] {
  return (extendedInfo?.tasksList ?? []).map(
    ({ taskId, status, startTime, endTime, durationSeconds, taskExecutionDetails: detail }) => ({
      name: cleanText(taskId ?? 'task', 100),
      status: cleanOrNull(status, 40),
      ...(startTime ? { start: startTime.toISOString() } : {}),
      ...(endTime ? { end: endTime.toISOString() } : {}),
      ...(durationSeconds ? { duration_s: Math.round(durationSeconds) } : {}),
      ...(detail ? { detail: cleanText(detail, 200) } : {}),
    }),
  );
}

function problemsOf({ errorDetails = [], extendedInfo }: AzureJob): z.infer<typeof problem>[] {
  const found = errorDetails.map(({ errorCode, errorTitle, errorString, recommendations = [] }) => ({
    code: cleanOrNull(errorCode, 60),
    title: cleanOrNull(errorTitle, 200),
    message: cleanOrNull(errorString, 500),
    recommendations: recommendations.slice(0, 5).map((one) => cleanText(one, 300)),
  }));
  const dynamic = extendedInfo?.dynamicErrorMessage?.trim();
  // Azure repeats the error there.
  if (!dynamic || errorDetails.some(({ errorString }) => errorString?.trim() === dynamic)) return found;
  return [...found, { code: null, title: null, message: cleanText(dynamic, 500), recommendations: [] }];
}

export const noSuchJob = (jobId: string, vault: string): ToolError =>
  new ToolError('not_found', `vault ${vault} knows no job ${jobId}`, {
    code: 'no-such-job',
    httpStatus: 404,
    hint: 'Azure forgets old jobs. If the job is of another vault, give vault_name as list_backup_jobs shows it.',
  });
