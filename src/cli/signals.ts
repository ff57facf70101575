/** @returns the signal that asks this process to stop, when it comes */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const keepAlive = setInterval(() => {}, 60_000);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        clearInterval(keepAlive);
        done(signal);
      });
    }
  });
}
