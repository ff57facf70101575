/** The time of the simulated server: runs on from where it was set, `speed` times as fast as real time. */
export type Clock = {
  now: () => Date;
  ms: () => number;
  advance: (ms: number) => void;
  set: (at: Date) => void;
};

/** `speed` 0 stands still. */
export function createClock(start: Date, speed = 1): Clock {
  let base = start.getTime();
  let since = performance.now();
  const ms = () => Math.floor(base + (performance.now() - since) * speed);
  const set = (at: number) => {
    base = at;
    since = performance.now();
  };
  return {
    ms,
    now: () => new Date(ms()),
    advance: (by) => set(ms() + by),
    set: (at) => set(at.getTime()),
  };
}
