import * as z from 'zod';
import type { HttpAnswer } from '../../http/exchange.ts';
import { withoutNulls } from '../../wire/lenient.ts';
import { ArmError, requestIdOf } from '../arm-error.ts';
import type { AzureConnection } from '../connection.ts';
import { toTemplate } from '../query.ts';
import { code, text, texts, time } from '../wire.ts';
import { type AzureOperation, retryAfterOf, toOperation } from './operation.ts';

export type OperationState = {
  state: 'running' | 'succeeded' | 'failed' | 'canceled';
  startedAt: Date | null;
  endedAt: Date | null;
  /** Jobs that the operation created. That it succeeded says no more than that they exist. */
  jobIds: string[];
  error: { code: string | undefined; message: string | undefined } | undefined;
  /** As Azure sent them. They can hold secrets (the script of a file recovery): never to be shown or logged whole. */
  properties: Record<string, unknown>;
  requestId: string | undefined;
  /** Where and when to look again. */
  operation: AzureOperation;
};

const statusSchema = z.object({
  status: text,
  startTime: time,
  endTime: time,
  error: z.object({ code, message: text }).optional(),
  properties: z.looseObject({ jobId: text, jobIds: texts }).optional(),
});

/**
 * Looks at an operation once.
 * @throws ArmError `not-found` if Azure does not know the operation any more, and what the connection throws
 */
export async function readOperation(
  connection: AzureConnection,
  operation: AzureOperation,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<OperationState> {
  const [path = ''] = operation.target.split('?', 1);
  const endpoint = toTemplate(path);
  const request = { method: 'GET' as const, target: operation.target, endpoint, repeatable: true, signal };
  try {
    const answer = await connection.send(request);
    const moved = answer.status === 202 ? toOperation(answer, connection.endpoint, endpoint) : undefined;
    return toState(answer, { ...operation, ...moved, retryAfterSeconds: retryAfterOf(answer) });
  } catch (error) {
    // The result of an operation that failed is the refusal it would have had at once.
    if (operation.kind === 'result' && error instanceof ArmError && error.code === 'rejected')
      return refusedState(error, operation);
    throw error;
  }
}

export type FollowOptions = {
  /** Milliseconds that may be waited in all. */
  waitMs: number;
  signal?: AbortSignal | undefined;
  /** Told after each look. */
  onState?: (state: OperationState, waitedMs: number) => void | Promise<void>;
};

/** Azure says how long to wait; where it does not, this long. */
const USUAL_SECONDS = 10;

/**
 * Looks at an operation until it is over or `waitMs` are up, never sooner than Azure asks for.
 * @returns the last state seen; undefined: Azure wants to be left alone for longer than there is time
 */
export async function followOperation(
  connection: AzureConnection,
  operation: AzureOperation,
  { waitMs, signal, onState }: FollowOptions,
): Promise<OperationState | undefined> {
  const { clock } = connection;
  const begun = clock.monotonic();
  let last: OperationState | undefined;
  for (let next = operation; ; next = last.operation) {
    const pauseMs = pollAgainSeconds(next) * 1000;
    // The look takes time as well: one that begins when the time is up comes too late.
    if (clock.monotonic() - begun + pauseMs >= waitMs) return last;
    await clock.sleep(pauseMs, signal);
    last = await readOperation(connection, next, { signal });
    await onState?.(last, clock.monotonic() - begun);
    if (last.state !== 'running') return last;
  }
}

/** Seconds before which a look brings nothing. */
export function pollAgainSeconds({ retryAfterSeconds = USUAL_SECONDS }: AzureOperation): number {
  return Math.max(1, retryAfterSeconds);
}

function toState(answer: HttpAnswer, operation: AzureOperation): OperationState {
  const parsed = statusSchema.safeParse(withoutNulls(answer.json));
  const body = parsed.success ? parsed.data : undefined;
  const properties = body?.properties ?? {};
  const jobIds = [properties.jobId, ...(properties.jobIds ?? [])].filter((id) => id !== undefined);
  const { error } = body ?? {};
  return {
    state: operation.kind === 'result' ? resultState(answer.status) : wordState(body?.status),
    startedAt: body?.startTime ?? null,
    endedAt: body?.endTime ?? null,
    jobIds,
    error: error && { code: error.code, message: error.message },
    properties,
    requestId: requestIdOf(answer),
    operation,
  };
}

const resultState = (status: number) => (status === 202 ? 'running' : 'succeeded');

/** `Invalid` is final: it is no state that ever changes. */
const FINAL: Record<string, OperationState['state']> = {
  succeeded: 'succeeded',
  failed: 'failed',
  invalid: 'failed',
  canceled: 'canceled',
  cancelled: 'canceled',
};

/** Every word but the final ones means that it goes on. */
const wordState = (word = ''): OperationState['state'] => FINAL[word.toLowerCase()] ?? 'running';

function refusedState({ armCode, message, requestId }: ArmError, operation: AzureOperation): OperationState {
  return {
    state: 'failed',
    startedAt: null,
    endedAt: null,
    jobIds: [],
    error: { code: armCode, message },
    properties: {},
    requestId,
    operation: { ...operation, retryAfterSeconds: undefined },
  };
}
