import { followOperation, type OperationState, pollAgainSeconds } from '../azure/operations/follow.ts';
import type { AzureOperation } from '../azure/operations/operation.ts';
import type { VaultRef } from '../azure/paths.ts';
import type { WriteAnswer } from '../azure/writer.ts';
import { SourceError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import type { TrackedOperation } from './registry.ts';

/** How far a write has come when the waiting is over. */
export type Settled = {
  status: 'done' | 'accepted';
  operation?: TrackedOperation;
  /** The job that the operation made; its end is not the operation's. */
  job_id?: string;
  /** What the operation said last; its properties can hold secrets. undefined: nothing was waited for. */
  state?: OperationState;
};

/**
 * Waits for what Azure goes on with after a write, for at most `waitSeconds`. A client that gives the call up ends the
 * waiting, not the operation.
 * @throws ToolError `azure` if the operation failed, `conflict` if it was canceled
 */
export async function settle(
  context: ReadContext,
  answer: WriteAnswer,
  { vault, waitSeconds }: { vault: VaultRef; waitSeconds: number },
): Promise<Settled> {
  if (answer.status === null)
    context.warn('Azure gave no answer to the request, but the state shows that it was carried out.');
  if (!answer.operation) {
    if (answer.status === 202)
      context.warn('Azure goes on with it and gave nothing to follow it by: look at the state itself.');
    return { status: answer.status === 202 ? 'accepted' : 'done' };
  }
  const state = await stateOf(context, answer.operation, waitSeconds);
  const [jobId] = state?.jobIds ?? [];
  const job = jobId === undefined ? {} : { job_id: jobId };
  if (state && state.state !== 'running') {
    assertSucceeded(state);
    return { status: 'done', ...job, state };
  }
  const operation = track(context, state?.operation ?? answer.operation, vault);
  return { status: 'accepted', operation, ...job, ...(state ? { state } : {}) };
}

/** That an operation cannot be looked at does not undo it: whoever started it still gets its handle. */
async function stateOf(
  context: ReadContext,
  operation: AzureOperation,
  waitSeconds: number,
): Promise<OperationState | undefined> {
  try {
    return await follow(context, operation, waitSeconds);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    context.warn(
      `Azure accepted the request, and what became of it could not be read: ${cleanText(error.message, 300)}. Do not repeat the call: ask track_async_operation, or look at the state itself.`,
    );
    return undefined;
  }
}

/** Something read after a change. That it cannot be read does not undo the change: it is told, and null. */
export async function readAfter<T>({ warn }: ReadContext, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    warn(`The change was made, and could not be looked at afterwards: ${cleanText(error.message, 300)}`);
    return null;
  }
}

/** Looks until the operation ends or the time is up, and tells the client how long that takes already. */
export function follow(
  { connection, signal, progress }: ReadContext,
  operation: AzureOperation,
  waitSeconds: number,
): Promise<OperationState | undefined> {
  return followOperation(connection, operation, {
    waitMs: waitSeconds * 1000,
    signal,
    onState: ({ state }, waitedMs) =>
      progress(`the operation is ${state}`, Math.round(waitedMs / 1000), waitSeconds),
  });
}

/** An operation with the handle by which it can be asked for later. */
function track(
  { handles, tool, now }: ReadContext,
  operation: AzureOperation,
  vault: VaultRef,
): TrackedOperation {
  return {
    id: operation.id,
    url_kind: operation.kind,
    handle: handles.seal({ operation, vault, tool, startedAt: now }),
    poll_again_after_s: pollAgainSeconds(operation),
  };
}

/** @throws ToolError if an operation that is over did not succeed */
function assertSucceeded({ state, error, requestId, operation }: OperationState): void {
  if (state === 'succeeded') return;
  const said = error?.message ? `: ${cleanText(error.message, 400)}` : '';
  throw new ToolError(
    state === 'canceled' ? 'conflict' : 'azure',
    `Azure accepted the request, and the operation ${cleanText(operation.id, 60)} then ${state === 'canceled' ? 'was canceled' : 'failed'}${said}`,
    {
      code: cleanText(error?.code ?? state, 100),
      requestId,
      hint: 'What it had done until then may stand: look at the state (list_protected_items, list_backup_jobs) before calling again.',
    },
  );
}
