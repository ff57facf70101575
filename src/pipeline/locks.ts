import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { withDatabaseRetry } from '../db/retry.ts';
import { carryJournal, noteTrouble } from '../journal.ts';
import { StoppedError } from './runs.ts';

/** The connection that holds all locks of this process in one database, while there are any. */
type Keeper = {
  client: pg.PoolClient;
  lost: AbortController;
  held: Set<string>;
  users: number;
  isClosed: boolean;
  /** Ends with the question before: one is asked at a time. */
  turn: Promise<unknown>;
  /** Tells the database again and again that this process is well. */
  alive: NodeJS.Timeout;
};

/**
 * A process that hangs, as one that is paused, still answers the keep-alives of its connection. It says nothing for so long, and
 * the database takes its locks from it; a quarter of that is how often one that is well says something. Longer than any one
 * conclusion keeps a process busy.
 */
const HUNG_MS = 5 * 60_000;

/** One for each pool: a lock of its own connection for each run would leave none for their work. */
const keepers = new WeakMap<pg.Pool, Promise<Keeper>>();

/**
 * Takes the advisory lock of one worker on one source, for as long as `work` goes on. The lock goes with its connection:
 * a process that dies lets go of it, and so does one that hangs. `work` is told by its signal when the database cut the connection.
 * @param hungMs how long a process may say nothing
 * @returns what `work` gives, or undefined if another run has the lock, here or in another process
 */
export async function withWorkerLock<T>(
  pool: pg.Pool,
  worker: string,
  sourceId: string,
  work: (lost: AbortSignal) => Promise<T>,
  { hungMs = HUNG_MS } = {},
): Promise<T | undefined> {
  const key = `${worker} ${sourceId}`;
  const keeper = await acquire(pool, key, hungMs);
  if (!keeper) return undefined;
  const inJournal = carryJournal();
  const noteLoss = () => void inJournal(async () => noteTrouble('database', 'lock lost'));
  keeper.lost.signal.addEventListener('abort', noteLoss, { once: true });
  try {
    return await work(keeper.lost.signal);
  } finally {
    keeper.lost.signal.removeEventListener('abort', noteLoss);
    // A connection that was cut has let go by itself.
    await ask(keeper, 'pg_advisory_unlock', key).catch(() => {});
    letGo(keeper, key);
  }
}

/** How long a connection that was cut may hold its locks before the server notices. */
const NOTICED_MS = 200;
const MOST_LOOKS = 10;

/** The keeper that holds the lock, or undefined if another run has it. Tried again where the connection was cut meanwhile. */
async function acquire(pool: pg.Pool, key: string, hungMs: number): Promise<Keeper | undefined> {
  let isCut = false;
  return withDatabaseRetry(async () => {
    for (let looks = 1; ; looks += 1) {
      const keeper = await tryOnce(pool, key, hungMs).catch((error: unknown) => {
        isCut = true;
        throw error;
      });
      // It may be our own former connection that has it still.
      if (keeper || !isCut || looks >= MOST_LOOKS) return keeper;
      await sleep(NOTICED_MS);
    }
  });
}

async function tryOnce(pool: pg.Pool, key: string, hungMs: number): Promise<Keeper | undefined> {
  const keeper = await keeperOf(pool, hungMs);
  // The database gives a lock to the same connection twice.
  if (keeper.held.has(key)) {
    leave(keeper);
    return undefined;
  }
  keeper.held.add(key);
  let isTaken = false;
  try {
    isTaken = await ask(keeper, 'pg_try_advisory_lock', key);
    return isTaken ? keeper : undefined;
  } finally {
    if (!isTaken) letGo(keeper, key);
  }
}

function letGo(keeper: Keeper, key: string): void {
  keeper.held.delete(key);
  leave(keeper);
}

async function ask(keeper: Keeper, what: string, key: string): Promise<boolean> {
  const question = `select ${what}(hashtextextended($1, 365)) as done`;
  const answer = keeper.turn.then(() => keeper.client.query<{ done: boolean }>(question, [key]));
  keeper.turn = answer.catch(() => {});
  return (await answer).rows[0]?.done ?? false;
}

/** The keeper of the pool, which is opened for its first user. */
async function keeperOf(pool: pg.Pool, hungMs: number): Promise<Keeper> {
  for (;;) {
    const opening = keepers.get(pool) ?? open(pool, hungMs);
    keepers.set(pool, opening);
    try {
      const keeper = await opening;
      if (!keeper.lost.signal.aborted && !keeper.isClosed) {
        keeper.users += 1;
        return keeper;
      }
      forget(pool, opening);
    } catch (error) {
      forget(pool, opening);
      throw error;
    }
  }
}

function forget(pool: pg.Pool, opening: Promise<Keeper>): void {
  if (keepers.get(pool) === opening) keepers.delete(pool);
}

async function open(pool: pg.Pool, hungMs: number): Promise<Keeper> {
  const client = await pool.connect();
  const lost = new AbortController();
  setMaxListeners(0, lost.signal); // each run listens
  const lose = (cause?: Error) =>
    lost.abort(new StoppedError('the database cut the connection that holds the lock', { cause }));
  client.on('error', lose);
  try {
    // A machine that lost its power says nothing: without these the locks would be kept for hours.
    await client.query(
      `set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; set idle_session_timeout = ${Math.round(hungMs)}`,
    );
  } catch (error) {
    client.release(true);
    throw error;
  }
  const keeper: Keeper = {
    client,
    lost,
    held: new Set(),
    users: 0,
    isClosed: false,
    turn: Promise.resolve(),
    alive: setInterval(() => void sayAlive(keeper), hungMs / 4).unref(),
  };
  return keeper;
}

/** A connection that was cut is told of by its own event. */
async function sayAlive(keeper: Keeper): Promise<void> {
  keeper.turn = keeper.turn.then(() => keeper.client.query('select')).catch(() => {});
  await keeper.turn;
}

/** The last one closes the connection, which frees whatever it may still hold. */
function leave(keeper: Keeper): void {
  keeper.users -= 1;
  if (keeper.users > 0) return;
  keeper.isClosed = true;
  clearInterval(keeper.alive);
  keeper.client.release(true);
}
