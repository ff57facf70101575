import { AnswerError } from './errors.ts';

/**
 * Work that is given up when the client gives it up, or when it takes longer than `limitMs`.
 * @throws AnswerError when the time is up, whether the work heeds its signal or not
 */
export async function withinTime<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {}); // rejected after the work was done, nobody waits for it
  const timer = setTimeout(() => {
    deadline.abort();
    late.reject(
      new AnswerError(
        `The answer took longer than ${limitMs / 1000} s and was given up: narrow the question (source, job, limit, a ` +
          'shorter history), or ask again when the database is less busy.',
      ),
    );
  }, limitMs);
  try {
    return await Promise.race([work(AbortSignal.any([signal, deadline.signal])), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
