export const ERROR_KINDS = [
  'config',
  'auth',
  'forbidden',
  'not_found',
  'conflict',
  'throttled',
  'validation',
  'azure',
  'network',
  'timeout',
  'confirmation_required',
  'writes_disabled',
  'internal',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

type Facts = {
  /** A word for programs, Azure's own where there is one. */
  code: string;
  /** What to do next. */
  hint: string;
  httpStatus?: number | undefined;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
};

/** An error whose words were written for the person who asked. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly kind: ErrorKind;
  readonly facts: Facts;

  constructor(kind: ErrorKind, message: string, facts: Facts) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.facts = facts;
  }
}
