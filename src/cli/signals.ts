/**
 * @returns the signal that asks this process to stop, when it comes. The listeners stay: a library that listens too ends the
 * process once it finds itself alone.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const keepAlive = setInterval(() => {}, 60_000);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        clearInterval(keepAlive);
        done(signal);
      });
    }
  });
}
