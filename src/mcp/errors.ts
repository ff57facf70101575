/** An error whose message was written for the person who asked: what is wrong, what is right, what to do next. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}
