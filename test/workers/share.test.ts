import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/log.ts';
import { createPool } from '../../workers/pool.ts';
import type { Slot } from '../../workers/schedule.ts';
import { prepare, type Sharing, shareUnits, type Unit } from '../../workers/share.ts';

/** A slot of which the test says when it is over, and a process that reads one source at a time. */
function openSlot() {
  const end = new AbortController();
  const at = new Date('2026-03-01T12:45:00Z');
  let isOver = false;
  const next = new Date(at.getTime() + 2_000);
  const slot: Slot = {
    at,
    next,
    isLate: false,
    ended: end.signal,
    now: () => new Date(isOver ? next : at),
  };
  const over = () => {
    isOver = true;
    end.abort();
  };
  return { slot, over, stop: () => end.abort() };
}

const sharing = (slot: Slot, first?: ReadonlySet<string>): Sharing => ({
  worker: 'health',
  slot,
  pool: createPool({ young: 1, most: 1, youngMs: 1e9 }),
  log: createLog('silent'),
  replica: 'one',
  listDone: async () => new Set(),
  ...(first && { first }),
});

const SOURCES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Reads sources until `most` are done, and then does what ends the slot. */
async function readSome(
  most: number,
  { first, isStop = false }: { first?: Set<string>; isStop?: boolean } = {},
) {
  const { slot, over, stop } = openSlot();
  const read: string[] = [];
  const units = SOURCES.map(
    (sourceId): Unit => ({
      sourceId,
      run: async () => {
        read.push(sourceId);
        if (read.length === most) (isStop ? stop : over)();
        return { status: 'succeeded' };
      },
    }),
  );
  const { left } = await shareUnits(units, sharing(slot, first));
  return { read, left };
}

test('sources whose turn did not come in a slot are told, and come first in the next one', async () => {
  const slot = await readSome(4);
  assert.deepEqual(
    [...slot.left].sort(),
    SOURCES.filter((source) => !slot.read.includes(source)),
  );
  assert.equal(slot.left.size, 2);
  const next = await readSome(2, { first: slot.left });
  assert.deepEqual(next.read.toSorted(), [...slot.left].sort());
});

test('nothing is left where every source was read, or where the process is told to stop', async () => {
  assert.equal((await readSome(6)).left.size, 0);
  assert.equal((await readSome(2, { isStop: true })).left.size, 0);
});

test('what comes before a slot is done again while the database cannot, and not for what lasts', async () => {
  const { slot, stop } = openSlot();
  const refused = () => Object.assign(new Error('starting up'), { code: '57P03' });
  let tries = 0;
  const work = (error: Error) => async () => {
    tries += 1;
    if (tries < 3) throw error;
    return 'opened';
  };
  assert.equal(await prepare(work(refused()), sharing(slot)), 'opened');
  assert.equal(tries, 3);
  tries = 0;
  assert.equal(await prepare(work(new Error('there is no vault')), sharing(slot)), undefined);
  assert.equal(tries, 1);
  stop();
  assert.equal(await prepare(work(refused()), sharing(slot)), undefined);
  assert.equal(tries, 1, 'the slot is over');
});
