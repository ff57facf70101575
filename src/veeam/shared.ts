/** Work that is done once for everyone who asks, and again only after it failed or was forgotten. */
export type Shared<T> = { get: (onStart: () => void) => Promise<T>; forget: () => void };

export function createShared<T>(work: () => Promise<T>): Shared<T> {
  let result: Promise<T> | undefined;
  return {
    get: (onStart) => {
      if (result) return result;
      onStart();
      const started = work();
      result = started;
      started.catch(() => {
        if (result === started) result = undefined;
      });
      return started;
    },
    forget: () => {
      result = undefined;
    },
  };
}
