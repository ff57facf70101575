import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { type AzureJob, getJob } from '../../../azure/jobs.ts';
import { vaultPath } from '../../../azure/paths.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, waitArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { readAfter, settle } from '../../operations.ts';
import { type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { noSuchJob } from './get-job-details.ts';

const CANCELLED = ['Cancelling', 'Cancelled'];
const isCancelled = (job: AzureJob | null) => CANCELLED.includes(job?.status ?? '');

export const cancelJobTool = defineWrite({
  name: 'cancel_job',
  category: 'backup',
  title: 'Cancel a job',
  description:
    'Cancels a running backup or restore. What it had done until then is lost; a restore may leave disks behind. Only jobs that get_job_details shows as cancellable.',
  role: 'Backup Operator',
  isDestructive: true,
  isIdempotent: true,
  input: z.object({
    ...VAULT_ARGS,
    job_id: z.guid({ error: 'it has to be the id of a job, as list_backup_jobs shows it' }),
    wait_seconds: waitArg(),
  }),
  data: z.object({ job_status: z.string().nullable(), operation_kind: z.string().nullable() }),
  prepare: async (args, context) => {
    const { job_id: id, wait_seconds: waitSeconds } = args;
    const vault = context.vault(args);
    const read = () => getJob(context.azure, vault, id);
    const job = await read();
    if (!job) throw noSuchJob(id, vault.vault);
    if (isCancelled(job))
      return {
        summary: `The job is ${job.status} already.`,
        unchanged: stateOf(job),
      };
    assertCancellable(job);
    const request: PlannedRequest = {
      method: 'POST',
      path: vaultPath(vault, 'backupJobs', id, 'cancel'),
      api_version: API_VERSIONS.jobs,
    };
    return {
      plan: {
        action: `cancel the ${wordOf(job)} of ${cleanText(job.entityFriendlyName ?? 'an item without a name', 120)}`,
        target: vaultPath(vault, 'backupJobs', id),
        requests: [request],
        before: { ...stateOf(job), started: job.startTime?.toISOString() ?? null },
        effects: ['the job ends as Cancelled; work that it has begun may go on for some minutes'],
        dangers: [dangerOf(job)],
        reversible: false,
      },
      run: async (running) => {
        const answer = await running.write.send({
          ...toWrite(request),
          tookEffect: async () => (isCancelled(await read()) ? true : undefined),
        });
        const { status, operation } = await settle(running, answer, { vault, waitSeconds });
        const now = await readAfter(running, read);
        return {
          status,
          operation,
          job_id: id,
          summary: `Azure took the request to cancel; the job is ${cleanText(now?.status ?? 'not known', 40)} now.`,
          data: stateOf(now ?? { ...job, status: undefined }),
        };
      },
    };
  },
});

const stateOf = ({ status, operation }: Pick<AzureJob, 'status' | 'operation'>) => ({
  job_status: cleanOrNull(status, 40),
  operation_kind: cleanOrNull(operation, 40),
});

const wordOf = ({ operation }: AzureJob) => cleanText(operation ?? 'job', 40);

function assertCancellable({ status, actionsInfo = [], ...job }: AzureJob): void {
  const isRunning = status === 'InProgress';
  if (isRunning && actionsInfo.includes('Cancellable')) return;
  const state = cleanText(status ?? 'in an unknown state', 40);
  throw new ToolError(
    'conflict',
    isRunning
      ? `Azure does not let a ${cleanText(job.operation ?? 'job', 40)} job be cancelled now`
      : `the job is ${state}: there is nothing to cancel`,
    {
      code: isRunning ? 'not-cancellable' : 'job-finished',
      hint: 'get_job_details shows its state and whether it is cancellable.',
    },
  );
}

function dangerOf({ operation }: AzureJob): string {
  if (operation === 'Restore')
    return 'Disks and machines that the restore has made already stay, unfinished.';
  if (operation === 'Backup') return 'There will be no recovery point of this run.';
  return 'What the job has done until then is lost.';
}
