/** Lets so many in at once; the others wait their turn, or until they are given up. */
export type Gate = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** @param most how many may be inside */
export function createGate(most: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();
  const enter = (signal?: AbortSignal) =>
    new Promise<void>((admit, refuse) => {
      const giveUp = () => {
        waiting.delete(next);
        refuse(signal?.reason);
      };
      const next = () => {
        waiting.delete(next);
        signal?.removeEventListener('abort', giveUp);
        inside += 1;
        admit();
      };
      if (signal?.aborted) return refuse(signal.reason);
      if (inside < most) return next();
      waiting.add(next);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  return async (work, signal) => {
    await enter(signal);
    try {
      return await work();
    } finally {
      inside -= 1;
      const [first] = waiting;
      first?.();
    }
  };
}
