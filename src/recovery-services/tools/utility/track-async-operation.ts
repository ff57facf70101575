import * as z from 'zod';
import { getJob } from '../../../azure/jobs.ts';
import { type OperationState, pollAgainSeconds, readOperation } from '../../../azure/operations/follow.ts';
import type { AzureOperation } from '../../../azure/operations/operation.ts';
import { type OperationPlace, operationAt } from '../../../azure/operations/paths.ts';
import { SourceError } from '../../../errors.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { nameArg, VAULT_ARGS, waitArg } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { follow } from '../../operations.ts';
import { defineRead } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';

const KINDS = ['item', 'backup', 'policy', 'container', 'refresh', 'job_cancel', 'validate'] as const;
const word = nameArg(300).optional();

const input = z.object({
  handle: z.string().max(4000).optional().describe('From the answer that started the operation'),
  ...VAULT_ARGS,
  operation_id: z
    .string()
    .regex(/^[\w-]{1,80}$/, 'it has to be the id of an operation')
    .optional(),
  kind: z.enum(KINDS).optional().describe('What the operation belongs to; backup: the deletion of an item'),
  container_name: word.describe('For kind item and container'),
  item_name: word.describe('For kind item'),
  policy_name: word.describe('For kind policy'),
  job_id: word.describe('For kind job_cancel'),
  wait_seconds: waitArg(),
});

export const trackAsyncOperationTool = defineRead({
  name: 'track_async_operation',
  category: 'utility',
  title: 'State of an operation',
  description:
    'How far an operation is that another tool started, by its handle; without one by vault, operation_id and kind. succeeded says that Azure took it: whether the backup or restore worked is in job.',
  role: 'Backup Reader',
  input,
  data: z.object({
    state: z.enum(['running', 'succeeded', 'failed', 'canceled']),
    started: z.string().optional(),
    ended: z.string().optional(),
    job_id: z.string().optional(),
    job_ids: z.array(z.string()).optional(),
    job: z.object({ status: z.string().nullable(), progress_pct: z.number().nullable() }).optional(),
    result: z.record(z.string(), z.string()).optional(),
    error: z.object({ code: z.string().nullable(), message: z.string().nullable() }).optional(),
    poll_again_after_s: z.number().nullable(),
  }),
  answer: async (args, context) => {
    const { operation, vault } = operationOf(args, context);
    const state = await stateOf(operation, args.wait_seconds, context);
    const [jobId, ...more] = state.jobIds.map((id) => cleanText(id, 80));
    const job = jobId === undefined ? undefined : await jobOf(jobId, vault, context);
    const { startedAt, endedAt, error } = state;
    return {
      summary: summaryOf(state, job?.status),
      data: {
        state: state.state,
        ...(startedAt ? { started: startedAt.toISOString() } : {}),
        ...(endedAt ? { ended: endedAt.toISOString() } : {}),
        ...(jobId === undefined ? {} : { job_id: jobId }),
        ...(more.length > 0 ? { job_ids: [jobId ?? '', ...more] } : {}),
        ...(job ? { job } : {}),
        ...resultOf(state),
        ...(error
          ? { error: { code: cleanOrNull(error.code, 100), message: cleanOrNull(error.message, 400) } }
          : {}),
        poll_again_after_s: state.state === 'running' ? pollAgainSeconds(state.operation) : null,
      },
    };
  },
});

type Args = z.infer<typeof input>;
type Meant = { operation: AzureOperation; vault: VaultTarget };

function operationOf(args: Args, context: ReadContext): Meant {
  const { handle, operation_id: id, kind } = args;
  if (handle !== undefined) {
    const { operation, vault } = context.handles.open(handle);
    return { operation, vault: context.vaultAt(vault) };
  }
  if (id === undefined || kind === undefined) throw incomplete('handle, or operation_id and kind');
  const vault = context.vault(args);
  return { operation: operationAt(placeOf(kind, args, vault), id), vault };
}

function placeOf(kind: (typeof KINDS)[number], args: Args, vault: VaultTarget): OperationPlace {
  const { container_name: container, item_name: item, policy_name: policy, job_id: jobId } = args;
  const needed = (name: string, value: string | undefined) => {
    if (value !== undefined) return value;
    throw incomplete(`${name} for an operation of kind ${kind}`);
  };
  switch (kind) {
    case 'item': {
      const ref = { container: needed('container_name', container), item: needed('item_name', item) };
      return { kind, item: { ...vault, ...ref } };
    }
    case 'policy':
      return { kind, vault, policy: needed('policy_name', policy) };
    case 'container':
      return { kind, vault, container: needed('container_name', container) };
    case 'job_cancel':
      return { kind, vault, jobId: needed('job_id', jobId) };
    case 'backup':
    case 'refresh':
    case 'validate':
      return { kind, vault };
  }
}

function incomplete(what: string): ToolError {
  return new ToolError('validation', `it is not said which operation: give ${what}`, {
    code: 'arguments',
    hint: 'Use the handle of the answer that started the operation.',
  });
}

/** The first look is always allowed; from then on Azure says when to look again. */
async function stateOf(
  operation: AzureOperation,
  waitSeconds: number,
  context: ReadContext,
): Promise<OperationState> {
  try {
    const first = await readOperation(context.connection, operation, { signal: context.signal });
    if (first.state !== 'running' || waitSeconds === 0) return first;
    return (await follow(context, first.operation, waitSeconds)) ?? first;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'not-found')) throw error;
    throw new ToolError('not_found', 'Azure does not know this operation any more, or never did', {
      code: 'operation-not-found',
      httpStatus: 404,
      hint: 'Operations are forgotten some time after their end: look at what it was to do instead (list_backup_jobs, list_protected_items, get_vault_config).',
      cause: error,
    });
  }
}

async function jobOf(jobId: string, vault: VaultTarget, { azure, warn }: ReadContext) {
  try {
    const job = await getJob(azure, vault, jobId);
    if (job)
      return { status: job.status ?? null, progress_pct: job.extendedInfo?.progressPercentage ?? null };
    warn(`Job ${jobId} is not listed yet.`);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    warn(`Job ${jobId} could not be read: ${cleanText(error.message)}`);
  }
  return undefined;
}

/** What is known to be harmless; other properties can be scripts and passwords. */
const SHOWN = ['objectType', 'status'];

function resultOf({ properties }: OperationState): { result?: Record<string, string> } {
  const result: Record<string, string> = {};
  for (const name of SHOWN) {
    const value = properties[name];
    if (typeof value === 'string') result[name] = cleanText(value, 100);
  }
  return Object.keys(result).length > 0 ? { result } : {};
}

function summaryOf({ state, jobIds }: OperationState, jobStatus: string | null | undefined): string {
  if (jobIds.length === 0 || state !== 'succeeded') return `The operation is ${state}.`;
  const job = jobStatus ? `the job is ${jobStatus}` : 'the state of the job is not known';
  return `The operation succeeded, which created a job; ${job}. Only the job tells whether the work itself went well.`;
}
