import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { statusError } from '../http/status-error.ts';

const LONGEST = 300;
const DEEPEST = 3;

/** What Azure says went wrong. @see https://github.com/Azure/azure-resource-manager-rpc ("error response") */
export type ArmProblem = {
  code: string | undefined;
  message: string | undefined;
  target: string | undefined;
  details: ArmProblem[];
};

/** A refusal of Azure. `armCode` is its own word for it, `requestId` what its support asks for. */
export class ArmError extends SourceError {
  readonly armCode: string | undefined;
  readonly target: string | undefined;
  readonly details: ArmProblem[];
  readonly requestId: string | undefined;
  /** The `Retry-After` of the answer, in seconds, if there was one in that form. */
  readonly retryAfterSeconds: number | undefined;

  constructor(plain: SourceError, { code, target, details }: ArmProblem, answer: HttpAnswer) {
    super(plain.message, {
      code: plain.code,
      retryable: plain.retryable,
      status: answer.status,
    });
    this.armCode = code;
    this.target = target;
    this.details = details;
    this.requestId = requestIdOf(answer);
    const wait = answer.header('retry-after')?.trim();
    this.retryAfterSeconds = wait && /^\d+$/.test(wait) ? Number(wait) : undefined;
  }
}

/** The error for an answer that is no success. `redact` takes out what must not be in a message. */
export function toArmError(answer: HttpAnswer, what: string, redact: (text: string) => string): ArmError {
  const problem = readProblem(answer.json, redact);
  const said = [problem.code, problem.message].filter(Boolean).join(': ');
  const inner = problem.details
    .slice(0, 2)
    .map(({ code, message }) => [code, message].filter(Boolean).join(': '))
    .filter(Boolean);
  const id = requestIdOf(answer);
  const plain = statusError(answer.status, {
    what,
    detail: [said, ...inner, id && `request ${id}`].filter(Boolean).join('; ') || undefined,
    retryAfter: answer.header('retry-after'),
  });
  return new ArmError(plain, problem, answer);
}

export function requestIdOf({ header }: HttpAnswer): string | undefined {
  return textOf(header('x-ms-request-id') ?? header('x-ms-correlation-request-id'));
}

/** Most answers have the problem below `error`, some details again so, a few none of it. */
function readProblem(body: unknown, redact: (text: string) => string, depth = 0): ArmProblem {
  const outer = recordOf(body);
  const { code, message, target, details } = outer.error === undefined ? outer : recordOf(outer.error);
  const clean = (value: unknown) => textOf(typeof value === 'string' ? redact(value) : undefined);
  return {
    code: clean(code),
    message: clean(message),
    target: clean(target),
    details:
      Array.isArray(details) && depth < DEEPEST
        ? details.map((detail) => readProblem(detail, redact, depth + 1))
        : [],
  };
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function textOf(value: string | undefined): string | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is to go
  const clean = value?.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  if (!clean) return undefined;
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
