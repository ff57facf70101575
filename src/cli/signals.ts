const NUMBERS = { SIGTERM: 15, SIGINT: 2 };

/**
 * @returns the signal that asks this process to stop, when it comes. A second one ends it at once. The listeners stay: a library
 * that listens too ends the process once it finds itself alone.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const keepAlive = setInterval(() => {}, 60_000);
    let isStopping = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(128 + NUMBERS[signal]);
        isStopping = true;
        clearInterval(keepAlive);
        done(signal);
      });
    }
  });
}
