import type { ServerNotification } from '@modelcontextprotocol/sdk/types.js';

type ProgressToken = string | number;
type Send = (notification: ServerNotification) => Promise<void>;

const EVERY_MS = 2000;

/** Tells a client that asked for it that an answer is still being worked on: after 2 s, and every 2 s from then on. */
export async function withProgress<T>(
  progressToken: ProgressToken | undefined,
  send: Send,
  work: () => Promise<T>,
): Promise<T> {
  if (progressToken === undefined) return work();
  const started = performance.now();
  const tell = () => {
    const progress = Math.round((performance.now() - started) / 1000);
    const params = { progressToken, progress, message: `reading the database for ${progress} s` };
    // A client that is gone needs no progress; its call is given up elsewhere.
    send({ method: 'notifications/progress', params }).catch(() => {});
  };
  const timer = setInterval(tell, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
