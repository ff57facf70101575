import type { Job } from '../estate/types.ts';
import { hash, normal, unit } from '../random.ts';
import { MINUTE, weekdayOf, type Zone } from '../zone.ts';
import type { CauseName } from './causes.ts';
import type { Effect, Rule, Rules } from './effects.ts';
import type { Noise } from './noise.ts';
import { slotAt, slotStart } from './schedule.ts';

export type Result = 'Success' | 'Warning' | 'Failed';
type Attempt = { start: number; end: number; result: Result };

/** One scheduled execution of a job with its automatic retries. */
export type Run = {
  slot: number;
  start: number;
  end: number;
  attempts: Attempt[];
  result: Result;
  isFull: boolean;
  isCanceled: boolean;
  /** True only where the API says so, which it does not always. */
  saysCanceled: boolean;
  cause: CauseName | undefined;
  /** Machines that failed in the first attempt; undefined: none, or all if the run or an attempt failed. */
  failedSlots: number[] | undefined;
  readFactor: number;
  isIncompressible: boolean;
};

export type Runs = {
  /** The run of a slot; undefined where none was started: before the history, disabled, never or not scheduled. */
  get: (job: Job, slot: number) => Run | undefined;
  startOf: (job: Job, slot: number) => number;
  slotAt: (job: Job, at: number) => number;
  /** First slot of the history. */
  firstSlot: (job: Job) => number;
  /** Whether the run is a full one by schedule. */
  isFull: (job: Job, slot: number) => boolean;
};

export type RunOptions = { seed: number; zone: Zone; historyStart: number; rules: Rules; noise: Noise };

/** Answers that are kept for whoever asks again at once: a power of two, minus one. */
const RECENT = 0x3fff;

const FOREVER = Number.POSITIVE_INFINITY;
const TRANSIENT: CauseName[] = ['snapshot', 'networkPath', 'timeout', 'hostUnavailable', 'locked'];

/** Runs follow from the seed alone and are worked out when they are asked for; nothing is stored. */
export function createRuns(options: RunOptions): Runs {
  const { zone, historyStart } = options;
  const startOf = (job: Job, slot: number) =>
    slotStart(job.schedule, slot, zone) + jitter(options.seed, job, slot);
  const firstSlot = (job: Job) =>
    slotAt(job.schedule, Math.max(historyStart, job.createdAt ?? historyStart) - 1, zone) + 1;
  const isFull = (job: Job, slot: number) => slot === firstSlot(job) || isFullSlot(job, slot, zone);
  const make = (job: Job, slot: number): Run | undefined => {
    if (job.neverRan || slot < firstSlot(job)) return undefined;
    const start = startOf(job, slot);
    if (start >= Math.min(job.disabledSince ?? FOREVER, job.deletedAt ?? FOREVER)) return undefined;
    if (job.createdAt !== undefined && start < job.createdAt) return undefined;
    const effect = effectOn(job, slot, start, options);
    return effect.isSkipped ? undefined : toRun(job, slot, start, isFull(job, slot), effect, options);
  };
  const recent: ({ job: Job; slot: number; run: Run | undefined } | undefined)[] = [];
  const get = (job: Job, slot: number): Run | undefined => {
    const place = (Math.imul(job.index, 521) + slot) & RECENT;
    const known = recent[place];
    if (known?.job === job && known.slot === slot) return known.run;
    const run = make(job, slot);
    recent[place] = { job, slot, run };
    return run;
  };
  const at = (job: Job, when: number) => {
    const slot = slotAt(job.schedule, when, zone);
    return startOf(job, slot) > when ? slot - 1 : slot;
  };
  return { get, startOf, slotAt: at, firstSlot, isFull };
}

/** Seconds after the scheduled time: a scheduler does not start everything at once. */
const jitter = (seed: number, job: Job, slot: number) =>
  job.kind === 'copyImmediate' ? 0 : 1000 + (hash(seed, 501, job.index, slot) % 40_000);

function isFullSlot(job: Job, slot: number, zone: Zone): boolean {
  if (job.schedule.kind === 'weekly') return slot % 4 === 0;
  if (job.schedule.kind === 'daily') return weekdayOf(slot) === job.fullWeekday;
  const start = slotStart(job.schedule, slot, zone);
  const before = slotStart(job.schedule, slot - 1, zone);
  return weekdayOf(zone.dayOf(start)) === job.fullWeekday && zone.dayOf(before) !== zone.dayOf(start);
}

/** Scenario rules first; without any that says otherwise, the usual small troubles. */
function effectOn(job: Job, slot: number, start: number, { seed, zone, rules, noise }: RunOptions): Effect {
  let effect: Effect | undefined;
  for (const rule of rules.forJob(job.index)) {
    if (applies(rule, job, slot, start, seed, zone)) effect = { ...effect, ...rule.effect };
  }
  if (effect?.result || effect?.isSkipped || effect?.failedAttempts || effect?.cutAt) return effect;
  return { ...usual(job, slot, start, seed, zone, noise), ...effect };
}

function applies(rule: Rule, job: Job, slot: number, start: number, seed: number, zone: Zone): boolean {
  if (start < rule.from || start >= rule.to) return false;
  if (rule.weekdays && !rule.weekdays.includes(weekdayOf(zone.dayOf(start)))) return false;
  if (rule.everyNth && (slot + (rule.nthOffset ?? 0)) % rule.everyNth !== 0) return false;
  if (rule.share === undefined) return true;
  const grown = (rule.shareEnd ?? rule.share) - rule.share;
  return (
    unit(seed, 502, job.index, slot) < rule.share + (grown * (start - rule.from)) / (rule.to - rule.from)
  );
}

function usual(job: Job, slot: number, start: number, seed: number, zone: Zone, noise: Noise): Effect {
  const misfortune = job.schedule.kind === 'daily' ? noise(job.index, zone.dayOf(start)) : undefined;
  if (misfortune === 'canceled') return { result: 'Failed', isCanceled: true };
  if (misfortune === 'failed') return { result: 'Failed', cause: transient(seed, job, slot) };
  const draw = unit(seed, 503, job.index, slot);
  if (job.kind === 'copyImmediate') return {};
  if (draw < 0.012)
    return {
      failedAttempts: 1,
      cause: transient(seed, job, slot),
      slots: [hash(seed, 504, slot) % job.count],
    };
  return draw > 0.99 ? { result: 'Warning' } : {};
}

const transient = (seed: number, job: Job, slot: number): CauseName =>
  TRANSIENT[hash(seed, 505, job.index, slot) % TRANSIENT.length] ?? 'timeout';

function toRun(
  job: Job,
  slot: number,
  start: number,
  isFull: boolean,
  effect: Effect,
  { seed, zone }: RunOptions,
): Run {
  const result = effect.result ?? 'Success';
  const makesFull = isFull || (effect.makesFull ?? false);
  const length =
    job.kind === 'copyImmediate' ? untilNext(job, slot, start, zone) : duration(job, slot, makesFull, seed);
  const attempts = attemptsOf({ job, slot, start, length, effect, result, seed });
  const isCanceled = effect.isCanceled ?? false;
  return {
    slot,
    start,
    end: attempts.at(-1)?.end ?? start,
    attempts,
    result,
    isFull: makesFull,
    isCanceled,
    saysCanceled: isCanceled && hash(seed, 506, job.index, slot) % 2 === 0,
    cause: effect.cause,
    failedSlots: effect.slots,
    readFactor: effect.readFactor ?? 1,
    isIncompressible: effect.isIncompressible ?? false,
  };
}

type AttemptPlan = {
  job: Job;
  slot: number;
  start: number;
  /** Milliseconds that the whole work takes. */
  length: number;
  effect: Effect;
  result: Result;
  seed: number;
};

function attemptsOf({ job, slot, start, length, effect, result, seed }: AttemptPlan): Attempt[] {
  const whole = Math.floor(length * (effect.durationFactor ?? 1));
  const brief = Math.floor((2 + 3 * unit(seed, 510, job.index, slot)) * MINUTE);
  if (effect.hangs) return [{ start, end: FOREVER, result }];
  if (effect.cutAt !== undefined) return [{ start, end: cutEnd(effect.cutAt, start, seed, job), result }];
  if (effect.isCanceled) return [{ start, end: start + brief, result }];
  const failed = result === 'Failed' ? job.retryCount + 1 : (effect.failedAttempts ?? 0);
  const attempts: Attempt[] = [];
  let at = start;
  for (let i = 0; i < failed; i += 1) {
    const end = at + (i === 0 && effect.slots ? whole : brief);
    attempts.push({ start: at, end, result: 'Failed' });
    at = end + job.retryWaitMinutes * MINUTE + 1000;
  }
  if (result !== 'Failed')
    attempts.push({ start: at, end: at + (failed > 0 && effect.slots ? brief : whole), result });
  return attempts;
}

const cutEnd = (cutAt: number, start: number, seed: number, job: Job) =>
  Math.floor(Math.max(start + 20_000, cutAt + unit(seed, 511, job.index) * 10 * MINUTE));

/** The session of an immediate copy job stays open until the next day's. */
const untilNext = (job: Job, slot: number, start: number, zone: Zone) =>
  slotStart(job.schedule, slot + 1, zone) - start - MINUTE;

/** Never so long that a healthy run would seem stuck: at most about twice the usual. */
function duration(job: Job, slot: number, isFull: boolean, seed: number): number {
  const spread = 1 + 0.08 * normal(seed, 512, job.index, slot);
  return Math.floor(job.baseMinutes * (isFull ? 1.5 : 1) * spread * MINUTE);
}

/** Whether the run left a restore point of this machine, and in which attempt; -1: it did not. */
export function protectingAttempt(run: Run, slot: number): number {
  const hit = run.failedSlots
    ? run.failedSlots.includes(slot)
    : run.result === 'Failed' || run.attempts.length > 1;
  if (!hit) return run.isCanceled ? -1 : 0;
  return run.result === 'Failed' ? -1 : run.attempts.length - 1;
}
