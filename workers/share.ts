import { isPassingDatabaseError } from '../src/db/retry.ts';
import type { Log } from '../src/log.ts';
import type { RunSummary } from '../src/pipeline/run-worker.ts';
import type { Pool } from './pool.ts';
import type { Slot } from './schedule.ts';
import { spread } from './slots.ts';
import { pause, whenAborted } from './waiting.ts';

/** One worker on one source in one slot: what exactly one of all processes is to do. */
export type Unit = {
  sourceId: string;
  /** @param isWanted whether it still has to be done, to be asked once its lock is taken */
  run: (isWanted: () => Promise<boolean>) => Promise<Pick<RunSummary, 'status'>>;
};

export type Sharing = {
  worker: string;
  slot: Slot;
  pool: Pool;
  log: Log;
  /** Which of all processes this one is. */
  replica: string;
  /** Of some sources those that any process is done with in this slot. */
  listDone: (sourceIds: readonly string[]) => Promise<Set<string>>;
  /** Whose turn did not come in the slot before: they come first in this one. */
  first?: ReadonlySet<string>;
};

/** The runs of a slot begin within a tenth of the time to the next one, and within two minutes. */
const MOST_JITTER_MS = 120_000;
/** Which process begins first: by chance, but long enough apart that one lock after the other is asked for. */
const TURN_MS = 2_000;
/** What another process had is looked at again. */
const LOOK_AGAIN_MS = 15_000;
const MOST_NAMED = 10;
/** A list of what is done is good for so long. */
const DONE_MS = 1_000;

/**
 * Does the units of a slot together with all other processes that are at it: each begins at a moment of its own, whoever takes
 * its lock first does it, and what somebody else has taken is looked at again until it is done, as that process may die.
 * @returns when each is done by anybody or the slot is over; `running` are those that this process still has under way, `left`
 * are sources whose turn did not come, as there was more to do than the slot could hold
 */
export async function shareUnits(
  units: readonly Unit[],
  sharing: Sharing,
): Promise<{ running: Promise<unknown>[]; left: Set<string> }> {
  const left = new Set(units.map(({ sourceId }) => sourceId));
  const isDone = createDoneCheck(units, sharing);
  const running = new Set<Promise<unknown>>();
  const follow = async (unit: Unit): Promise<void> => {
    const { ended } = sharing.slot;
    for (let waitMs = firstWaitMs(unit, sharing); ; waitMs = againMs(sharing.slot)) {
      await pause(waitMs, ended);
      if (ended.aborted) return;
      try {
        if (await isDone(unit)) {
          left.delete(unit.sourceId);
          return;
        }
        const work = sharing.pool.run({
          key: `${sharing.worker} ${unit.sourceId}`,
          group: unit.sourceId,
          isWanted: () => !ended.aborted,
          work: () => {
            left.delete(unit.sourceId);
            return track(
              running,
              unit.run(async () => !(await isDone(unit, 0))),
            );
          },
        });
        const summary = await Promise.race([work, whenAborted(ended)]);
        const isOver =
          summary?.status === 'failed' ? await isDone(unit, 0) : summary && summary.status !== 'busy';
        if (isOver) return;
        if (!ended.aborted) left.delete(unit.sourceId); // a run is under way: another process's, or ours of the slot before
      } catch (error) {
        sharing.log.error(
          { worker: sharing.worker, source: unit.sourceId, err: error },
          'run ended with an error',
        );
      }
    }
  };
  await Promise.all(units.map(follow));
  if (sharing.slot.now() < sharing.slot.next) left.clear(); // it did not end: the process is told to stop
  if (left.size > 0) tellLeft([...left], sharing);
  return { running: [...running], left };
}

function tellLeft(left: readonly string[], { worker, slot, log }: Sharing): void {
  log.warn(
    { worker, slot: slot.at, left: left.length, sources: left.slice(0, MOST_NAMED) },
    'the slot was over before these sources had their turn: they come first in the next one',
  );
}

/** The same moment for all processes, different for each source and slot, and this process's turn on top. */
function firstWaitMs({ sourceId }: Unit, { worker, slot, replica, first }: Sharing): number {
  const { at, next, isLate, now } = slot;
  const bound = Math.min(MOST_JITTER_MS, (next.getTime() - at.getTime()) / 10);
  const turn = spread(`${replica} ${sourceId} ${at.toISOString()}`, Math.min(TURN_MS, bound));
  // What was missed or left is late already; the pool sees to it that not everything begins at once.
  if (isLate) return spread(`${replica} ${sourceId}`, Math.min(TURN_MS, bound));
  if (first?.has(sourceId)) return spread(`${replica} ${sourceId}`, Math.min(TURN_MS, bound / 10));
  const due = at.getTime() + spread(`${worker} ${sourceId} ${at.toISOString()}`, bound) + turn;
  return Math.max(0, due - now().getTime());
}

const againMs = ({ at, next }: Slot) =>
  Math.max(500, Math.min(LOOK_AGAIN_MS, (next.getTime() - at.getTime()) / 10)) * (0.75 + Math.random() / 2);

/** Asks for all units at once, as they are all asked about at about the same time. */
function createDoneCheck(units: readonly Unit[], { listDone }: Sharing) {
  const all = units.map(({ sourceId }) => sourceId);
  let known: { at: number; done: Promise<Set<string>> } | undefined;
  return async ({ sourceId }: Unit, maxAgeMs = DONE_MS): Promise<boolean> => {
    if (maxAgeMs === 0) return (await listDone([sourceId])).has(sourceId);
    if (!known || performance.now() - known.at > maxAgeMs)
      known = { at: performance.now(), done: listDone(all) };
    return (await known.done).has(sourceId);
  };
}

/**
 * Does what has to come before the units of a slot, again while the database cannot and the slot lasts.
 * @returns undefined if it was not to be: the log says why
 */
export async function prepare<T>(
  work: () => Promise<T>,
  { worker, slot, log }: Pick<Sharing, 'worker' | 'slot' | 'log'>,
): Promise<T | undefined> {
  while (!slot.ended.aborted) {
    try {
      return await work();
    } catch (error) {
      log.error({ worker, err: error }, 'run ended with an error');
      if (!isPassingDatabaseError(error)) return undefined;
    }
    await pause(againMs(slot), slot.ended);
  }
  return undefined;
}

async function track<T>(into: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  into.add(work);
  try {
    return await work;
  } finally {
    into.delete(work);
  }
}
