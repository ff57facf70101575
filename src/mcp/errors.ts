/** An error whose message was written for the person who asked: what is wrong, what is right, what to do next. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** What the bundle throws when its file is not the one any more that it was started from. */
const REPLACED = 'PROGRAM_REPLACED';

/** An error as it may be told to the person who asked; undefined: nothing of it may. */
export function toAnswerError(error: unknown): AnswerError | undefined {
  if (error instanceof AnswerError) return error;
  if (!(error instanceof Error && 'code' in error && error.code === REPLACED)) return undefined;
  const message =
    'The program of this server was replaced or removed while it ran: start the server again (or the client that started it), ' +
    'then ask again.';
  return new AnswerError(message, { cause: error });
}
