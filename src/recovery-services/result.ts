import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ArmError } from '../azure/arm-error.ts';
import { AcceptedButLostError, UncertainWriteError } from '../azure/writer.ts';
import { ConfigError, SourceError, type SourceErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { AnswerError } from '../mcp/errors.ts';
import { cleanText, withoutHidden } from '../mcp/untrusted.ts';
import { ERROR_KINDS, type ErrorKind, ToolError } from './errors.ts';
import { renderText } from './render.ts';

/** What every answer says of how it came about. */
export const metaSchema = z.object({
  vault_id: z.string().nullable(),
  api_version: z.string().nullable(),
  request_id: z.string().nullable(),
  fetched_at: z.string(),
  warnings: z.array(z.string()),
});
export type Meta = z.infer<typeof metaSchema>;

export const errorSchema = z.object({
  kind: z.enum(ERROR_KINDS),
  code: z.string(),
  message: z.string(),
  http_status: z.number().nullable(),
  request_id: z.string().nullable(),
  retry_after_s: z.number().optional(),
  hint: z.string(),
});
type ErrorFacts = z.infer<typeof errorSchema>;

export type Result = { isError: boolean; text: string; structured: Record<string, unknown> };

/** An answer; `summary` is the first line of the text, which then says all that the data say. */
export function toResult(
  summary: string,
  data: Record<string, unknown>,
  meta: Meta,
  redact: (text: string) => string,
): Result {
  const text = renderText(summary, data, meta.warnings);
  return guarded({ isError: false, text, structured: { ok: true, data, meta } }, redact);
}

/** What went wrong, as an answer. What nobody foresaw is "internal error" with a reference; its details are in the log only. */
export function toErrorResult(
  error: unknown,
  { role, log, redact }: { role: string; log: Log; redact: (text: string) => string },
): Result {
  const facts = toFacts(error, role, log);
  const { kind, code, message, http_status: status, request_id: request, hint } = facts;
  const trace = [status && `status ${status}`, request && `request ${request}`].filter(Boolean).join(', ');
  const text = `${kind} (${code}): ${message}${trace ? ` [${trace}]` : ''}\nWhat to do: ${hint}`;
  return guarded({ isError: true, text, structured: { ok: false, error: facts } }, redact);
}

/** The last guard, not the first: neither tokens nor hidden characters leave in any text. */
function guarded(result: Result, redact: (text: string) => string): Result {
  const { isError, text, structured } = result;
  const clean = JSON.parse(redact(JSON.stringify(withoutHidden(structured)))) as Record<string, unknown>;
  return { isError, text: redact(withoutHidden(text)), structured: clean };
}

function toFacts(error: unknown, role: string, log: Log): ErrorFacts {
  const none = { http_status: null, request_id: null };
  if (error instanceof ToolError) {
    const { code, hint, httpStatus = null, requestId = null, retryAfterSeconds } = error.facts;
    const wait = retryAfterSeconds === undefined ? {} : { retry_after_s: retryAfterSeconds };
    return {
      kind: error.kind,
      code,
      message: error.message,
      http_status: httpStatus,
      request_id: requestId,
      ...wait,
      hint,
    };
  }
  if (error instanceof AnswerError)
    return {
      kind: 'validation',
      code: 'arguments',
      message: error.message,
      ...none,
      hint: 'Correct the arguments.',
    };
  if (error instanceof ConfigError)
    return {
      kind: 'config',
      code: 'configuration',
      message: error.message,
      ...none,
      hint: 'Correct the configuration and start the server again.',
    };
  if (error instanceof SourceError) return ofSource(error, role);
  const reference = randomUUID().slice(0, 8);
  log.error({ err: error, reference }, 'tool failed');
  const message = `internal error, reference ${reference}`;
  return {
    kind: 'internal',
    code: 'internal',
    message,
    ...none,
    hint: 'The log of this server (stderr) says more.',
  };
}

const KINDS: Record<SourceErrorCode, ErrorKind> = {
  unreachable: 'network',
  tls: 'network',
  'sign-in': 'auth',
  forbidden: 'forbidden',
  'not-found': 'not_found',
  rejected: 'validation',
  'server-error': 'azure',
  throttled: 'throttled',
  'bad-answer': 'azure',
  'circuit-open': 'network',
  budget: 'throttled',
};

function ofSource(error: SourceError, role: string): ErrorFacts {
  const arm = error instanceof ArmError ? error : undefined;
  const kind = kindOf(error, arm);
  const requestId = arm?.requestId ?? (error instanceof UncertainWriteError ? error.requestId : undefined);
  return {
    kind,
    code: cleanText(arm?.armCode ?? error.code, 100),
    message: cleanText(error.message, 600),
    http_status: error.status ?? null,
    request_id: requestId ?? null,
    ...(arm?.retryAfterSeconds === undefined ? {} : { retry_after_s: arm.retryAfterSeconds }),
    hint: isOpen(error) ? UNCERTAIN : hintOf(kind, arm, role),
  };
}

function kindOf(error: SourceError, arm: ArmError | undefined): ErrorKind {
  if (arm && isGuarded(arm)) return 'forbidden';
  if (error.status === 409 || error.status === 412) return 'conflict';
  if (error.status === 408 || error.status === 504 || /did not answer within/.test(error.message))
    return 'timeout';
  return KINDS[error.code];
}

/** Azure's words when a resource guard stands before an operation. */
const isGuarded = ({ armCode = '', message }: ArmError) =>
  /ResourceGuard|multi-?user auth/i.test(`${armCode} ${message}`);

/** Whether a write may have been done, although the call failed. */
const isOpen = (error: SourceError) =>
  error instanceof UncertainWriteError || error instanceof AcceptedButLostError;

const UNCERTAIN =
  'Do not repeat the call yet: read the state first (list_backup_jobs, list_protected_items or get_vault_config). If nothing shows after some minutes, call again.';

const HINTS: Partial<Record<ErrorKind, string>> = {
  auth: 'Check the sign-in (az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret); clear_auth_cache forgets kept tokens; test_connection shows each step.',
  not_found:
    'Check the names: list_vaults shows the vaults that the identity can see, list_protected_items what is protected.',
  throttled:
    'Azure takes no more calls of this kind for now: wait as long as retry_after_s says, or some minutes, and ask for less at once.',
  network: 'Check the network and a proxy, then ask again. Reads can be repeated at any time.',
  timeout: 'Azure was too slow to answer. Reads can be repeated at any time.',
  conflict:
    'Something else is being done to it: look at list_backup_jobs, wait for that to end, then call again.',
  validation: 'Azure refused the request as it is: the message says why; correct the arguments.',
};

function hintOf(kind: ErrorKind, arm: ArmError | undefined, role: string): string {
  if (arm && isGuarded(arm))
    return 'A resource guard protects this operation (multi-user authorization): its owner has to grant the role Backup MUA Operator first.';
  if (kind === 'forbidden')
    return `The identity needs the role ${role} there (the subscription, for status of machines). New roles take some minutes, and clear_auth_cache.`;
  return (
    HINTS[kind] ?? 'Ask again in some minutes; if it lasts, give the request id to the support of Azure.'
  );
}
