import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { ArmError, requestIdOf } from './arm-error.ts';
import type { AzureConnection } from './connection.ts';
import { type AzureOperation, toOperation } from './operations/operation.ts';
import { assertPlainPath } from './paths.ts';
import { type Query, toPathWithQuery, toTemplate } from './query.ts';
import { joined } from './signals.ts';

type WriteMethod = 'PUT' | 'PATCH' | 'POST' | 'DELETE';

export type AzureWrite = {
  method: WriteMethod;
  path: string;
  apiVersion: string;
  query?: Query | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Reads whether the write took effect; asked when no answer came. undefined: the state does not tell. */
  tookEffect?: (() => Promise<boolean | undefined>) | undefined;
};

export type WriteAnswer = {
  /** null: no answer came, and the state shows that the write was taken. */
  status: number | null;
  json: unknown;
  requestId: string | undefined;
  /** What goes on after the answer; undefined: Azure is done, or gave nothing to follow it by. */
  operation: AzureOperation | undefined;
};

/** What is told of each write, before it leaves and when it is known what came of it. */
export type WriteRecord = {
  phase: 'sent' | 'accepted' | 'refused' | 'not known';
  method: WriteMethod;
  path: string;
  status?: number | undefined;
  requestId?: string | undefined;
  operation?: string | undefined;
  error?: string | undefined;
};

export type AzureWriter = {
  /**
   * Sends a write once; again only after a 429, or if no answer came and the state shows that a PUT, PATCH or DELETE was
   * not taken.
   * @throws UncertainWriteError if no answer came and the state does not tell; ArmError if Azure refused
   */
  send: (write: AzureWrite) => Promise<WriteAnswer>;
};

/** No answer to a write came: whether Azure took it is not known. `seen`: what the state showed afterwards. */
export class UncertainWriteError extends SourceError {
  readonly seen: boolean | undefined;
  readonly requestId: string | undefined;

  constructor(cause: SourceError, what: string, seen: boolean | undefined) {
    const state = seen === false ? 'the state does not show it yet' : 'the state does not tell';
    super(`${cause.message}; whether Azure took ${what} is not known (${state})`, {
      code: cause.code,
      retryable: false,
      ...(cause.status === undefined ? {} : { status: cause.status }),
      cause,
    });
    this.seen = seen;
    this.requestId = cause instanceof ArmError ? cause.requestId : undefined;
  }
}

/** A write that was taken, and whose operation cannot be followed. */
export class AcceptedButLostError extends SourceError {
  constructor(message: string, cause: SourceError) {
    super(message, { code: 'bad-answer', retryable: false, cause });
  }
}

/** Within this file: a write that left and had no answer. */
class Unanswered extends Error {
  readonly failure: SourceError;

  constructor(failure: SourceError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The writing view of a connection: the one place from which anything leaves that changes Azure. */
export function createAzureWriter(
  connection: AzureConnection,
  {
    signal,
    onWrite = () => {},
  }: { signal?: AbortSignal | undefined; onWrite?: (record: WriteRecord) => void } = {},
): AzureWriter {
  async function once(write: AzureWrite): Promise<WriteAnswer> {
    const { method, path, apiVersion, query, body } = write;
    const endpoint = toTemplate(path);
    onWrite({ phase: 'sent', method, path });
    let left = false;
    try {
      const answer = await connection.send({
        method,
        target: toPathWithQuery(path, apiVersion, query),
        endpoint,
        body,
        repeatable: 'when-refused',
        signal: joined(signal, write.signal),
        onSending: () => {
          left = true;
        },
      });
      const { status, json } = answer;
      const requestId = requestIdOf(answer);
      const facts = { phase: 'accepted' as const, method, path, status, requestId };
      const operation = operationOf(answer, endpoint, (error) => onWrite({ ...facts, error }));
      onWrite({ ...facts, operation: operation?.id });
      return { status, json, requestId, operation };
    } catch (error) {
      if (error instanceof AcceptedButLostError) throw error;
      const isOpen = left && isUncertain(error);
      onWrite({ phase: isOpen ? 'not known' : 'refused', method, path, ...traceOf(error) });
      throw isOpen && error instanceof SourceError ? new Unanswered(error) : error;
    }
  }

  /** @throws SourceError if the address of the operation leads elsewhere: the write is done, and cannot be followed */
  function operationOf(answer: HttpAnswer, endpoint: string, told: (error: string) => void) {
    try {
      return toOperation(answer, connection.endpoint, endpoint);
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      told(cause.message);
      throw new AcceptedButLostError(`Azure took the request, but ${cause.message}`, cause);
    }
  }

  async function send(write: AzureWrite): Promise<WriteAnswer> {
    assertPlainPath(write.path);
    try {
      return await once(write);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const what = `${write.method} ${toTemplate(write.path)}`;
      const seen = await stateAfter(write);
      if (seen === true) return { status: null, json: undefined, requestId: undefined, operation: undefined };
      // A POST that arrives late would do its work twice; the others have the same result however often they are sent.
      if (seen === undefined || write.method === 'POST')
        throw new UncertainWriteError(error.failure, what, seen);
      return await once(write).catch((again: unknown) => {
        throw again instanceof Unanswered ? new UncertainWriteError(again.failure, what, undefined) : again;
      });
    }
  }

  return { send };
}

/** A state that cannot be read tells nothing: the failure to be told is the one of the write. */
async function stateAfter({ tookEffect }: AzureWrite): Promise<boolean | undefined> {
  try {
    return await tookEffect?.();
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}

/** Trouble before a connection stood: nothing was sent. */
const NOT_SENT = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Whether a write that ended so may have been taken. Given up by its caller, it may as well. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof SourceError)) return true;
  if (error.code === 'unreachable') return !NOT_SENT.some((code) => error.message.endsWith(`(${code})`));
  return error.code === 'server-error' || (error.code === 'bad-answer' && error.status !== undefined);
}

function traceOf(error: unknown): Partial<WriteRecord> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ArmError)) return { error: message };
  return { error: message, status: error.status, requestId: error.requestId };
}
