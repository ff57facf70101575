/**
 * Waits for some work unless a signal comes first; its reason is thrown then, though the work may go on for a moment. What it
 * writes in transactions that look at the signal before they end is rolled back.
 */
export async function unlessOver<T>(work: Promise<T>, over: AbortSignal): Promise<T> {
  let stop = () => {};
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(over.reason);
    if (over.aborted) stop();
    else over.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    over.removeEventListener('abort', stop);
  }
}
