import { setMaxListeners } from 'node:events';
import type { Log } from '../src/log.ts';
import { createSlots, type Slots } from './slots.ts';

/** One slot of a job. */
export type Slot = {
  at: Date;
  next: Date;
  /** It came while nobody was there to see it: before the start, or while the process was paused. */
  isLate: boolean;
  /** The next slot has come, or everything is to end: nothing more is to be begun. */
  ended: AbortSignal;
  now: () => Date;
};

export type ScheduledJob = {
  name: string;
  cron: string;
  /** Does what the slot is for. The next one waits for its end, so it has to heed `ended`. */
  run: (slot: Slot) => Promise<unknown>;
  /** Told when a slot is over. */
  done?: () => Promise<void>;
};

export type Schedule = {
  /** Next slot of each job, by its name. */
  next: () => Record<string, Date | null>;
  /** No new slots; those under way are told to begin nothing more, and waited for. */
  stop: () => Promise<void>;
};

/** A clock that was set, or a process that was paused, is noticed within this. */
const LONGEST_SLEEP_MS = 10_000;
/** A slot that is seen later than this was missed. */
const LATE_MS = 15_000;
const STOPPED = new Error('the schedule was stopped');

type State = { job: ScheduledJob; slots: Slots; handled: number; isRunning: boolean; end: AbortController };

/**
 * Runs each job once in each of its slots, and at the start for the slot that is past. It looks at which slot it is now and
 * not at which have come: a slot that nobody was there to see is seen late, and several are seen as one. A clock that is set back
 * brings an earlier slot once more, of which the job finds that it is done.
 * @throws ConfigError if an expression is not one
 */
export function startSchedule(
  jobs: readonly ScheduledJob[],
  timeZone: string,
  log: Log,
  now: () => Date = () => new Date(),
): Schedule {
  const states = jobs.map((job) => open(job, timeZone));
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const look = () => {
    if (isStopped) return;
    for (const state of states) begin(state);
    timer = setTimeout(look, untilNext(states, now()));
  };
  const begin = (state: State) => {
    const at = state.slots.last(now());
    // Not only a later one: where a clock was ahead, the slot it is now comes after one that lies in the future.
    if (!at || at.getTime() === state.handled) return;
    state.end.abort();
    // Seen again as soon as the one under way has heeded that.
    if (state.isRunning) return;
    const isLate = now().getTime() - at.getTime() > LATE_MS;
    state.handled = at.getTime();
    state.end = new AbortController();
    // Each source listens.
    setMaxListeners(0, state.end.signal);
    state.isRunning = true;
    const next = state.slots.next(at) ?? new Date(at.getTime() + LONGEST_SLEEP_MS);
    const running = runJob(state.job, { at, next, isLate, ended: state.end.signal, now }, log).finally(() => {
      state.isRunning = false;
      underWay.delete(running);
      if (!isStopped) begin(state);
    });
    underWay.add(running);
  };
  look();
  return {
    next: () => Object.fromEntries(states.map(({ job, slots }) => [job.name, slots.next(now())])),
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      for (const { end } of states) end.abort(STOPPED);
      await Promise.all(underWay);
    },
  };
}

function open(job: ScheduledJob, timeZone: string): State {
  const slots = createSlots(job.name, job.cron, timeZone);
  return { job, slots, handled: Number.NEGATIVE_INFINITY, isRunning: false, end: new AbortController() };
}

function untilNext(states: readonly State[], now: Date): number {
  const waits = states.map(({ slots }) => (slots.next(now)?.getTime() ?? Infinity) - now.getTime());
  return Math.max(1, Math.min(LONGEST_SLEEP_MS, ...waits));
}

async function runJob(job: ScheduledJob, slot: Slot, log: Log): Promise<void> {
  try {
    await job.run(slot);
  } catch (error) {
    // What only heeds that it is to end has not failed.
    if (error !== STOPPED) log.error({ worker: job.name, err: error }, 'run ended with an error');
  }
  try {
    await job.done?.();
  } catch (error) {
    log.warn({ worker: job.name, err: error }, 'its status could not be read');
  }
}
