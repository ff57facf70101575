import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs at a time, counted from when they began. */
export type PoolLimits = {
  /** Those that are no older than `youngMs`. */
  young: number;
  /** All of them. */
  most: number;
  youngMs: number;
};

export type Pool = {
  /**
   * Does some work when it is its turn. Work of one group is not begun while younger work of the same group is under way.
   * @returns undefined if it was not begun: the same is under way already, the pool is closed, or `isWanted` says no by then
   */
  run: <T>(job: PoolJob<T>) => Promise<T | undefined>;
  /** How many are under way. */
  size: () => number;
  /** Begins nothing more; resolves when nothing is under way any more. */
  close: () => Promise<void>;
};

type PoolJob<T> = {
  key: string;
  group: string;
  isWanted: () => boolean;
  work: () => Promise<T>;
};

/**
 * Four: a run mostly waits for its server, but one Node process draws all conclusions on one core, and the facts of each run
 * that concludes are in memory. What takes longer than two minutes, as a server that hangs or a first back-fill, does not count
 * among the four, so that it holds back nobody; but there are never more than eight, as each needs connections of the database.
 */
const LIMITS: PoolLimits = { young: 4, most: 8, youngMs: 120_000 };

type Waiting = { key: string; group: string; begin: () => void; isWanted: () => boolean; drop: () => void };
type Running = { group: string; isYoung: boolean };

/** Bounded concurrency in which what is slow does not keep others waiting. */
export function createPool({ young, most, youngMs }: PoolLimits = LIMITS): Pool {
  const running = new Map<string, Running>();
  let waiting: Waiting[] = [];
  let isClosed = false;
  let onIdle = () => {};

  const countYoung = () => [...running.values()].filter(({ isYoung }) => isYoung).length;
  const isFree = ({ group }: Waiting) =>
    ![...running.values()].some((one) => one.group === group && one.isYoung);
  const next = (): void => {
    for (const one of waiting) {
      if (!isClosed && one.isWanted() && !running.has(one.key)) continue;
      waiting = waiting.filter((other) => other !== one);
      one.drop();
    }
    while (running.size < most && countYoung() < young) {
      const found = waiting.find(isFree);
      if (!found) break;
      waiting = waiting.filter((other) => other !== found);
      found.begin();
    }
    if (running.size === 0) onIdle();
  };
  const begin = async <T>({ key, group, work }: PoolJob<T>): Promise<T> => {
    const entry = { group, isYoung: true };
    running.set(key, entry);
    const ages = setTimeout(() => {
      entry.isYoung = false;
      next();
    }, youngMs).unref();
    try {
      return await work();
    } finally {
      clearTimeout(ages);
      running.delete(key);
      next();
    }
  };
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const { key, group, isWanted } = job;
        waiting.push({
          key,
          group,
          isWanted,
          // Of whoever gave it: it is begun when somebody else's work ends.
          begin: AsyncLocalStorage.bind(() => void begin(job).then(resolve, reject)),
          drop: () => resolve(undefined),
        });
        next();
      }),
    size: () => running.size,
    close: () => {
      isClosed = true;
      return new Promise((done) => {
        onIdle = done;
        next();
      });
    },
  };
}
