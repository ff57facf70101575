import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { createSlots, spread } from '../../workers/slots.ts';

const at = (text: string) => new Date(text);
const following = (cron: string, zone: string, from: string, count: number) => {
  const { next } = createSlots('health', cron, zone);
  const found: string[] = [];
  for (let now = next(at(from)); now && found.length < count; now = next(now))
    found.push(now.toISOString().slice(0, 16));
  return found;
};

test('the last slot and the next one are found, however far away', () => {
  const hourly = createSlots('health', '45 * * * *', 'UTC');
  assert.equal(hourly.last(at('2026-03-01T12:45:00Z'))?.toISOString(), '2026-03-01T12:45:00.000Z');
  assert.equal(hourly.last(at('2026-03-01T12:44:59Z'))?.toISOString(), '2026-03-01T11:45:00.000Z');
  assert.equal(hourly.next(at('2026-03-01T12:45:00Z'))?.toISOString(), '2026-03-01T13:45:00.000Z');
  const leap = createSlots('health', '0 4 29 2 *', 'UTC');
  assert.equal(leap.last(at('2026-10-01T00:00:00Z'))?.toISOString(), '2024-02-29T04:00:00.000Z');
  assert.equal(leap.next(at('2097-01-01T00:00:00Z'))?.toISOString(), '2104-02-29T04:00:00.000Z');
  const seconds = createSlots('health', '*/20 * * * * *', 'Asia/Kathmandu');
  assert.equal(seconds.last(at('2026-10-24T22:30:59.5Z'))?.toISOString(), '2026-10-24T22:30:40.000Z');
  const monthEnd = createSlots('health', '0 12 L * *', 'UTC');
  assert.equal(monthEnd.next(at('2026-02-01T00:00:00Z'))?.toISOString(), '2026-02-28T12:00:00.000Z');
});

test('a fixed hour that the clocks skip moves on by the gap, and one that comes twice is one slot', () => {
  assert.deepEqual(following('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2), [
    '2026-03-29T01:30', // 03:30, as there is no 02:30
    '2026-03-30T00:30',
  ]);
  assert.deepEqual(following('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2), [
    '2026-10-25T00:30', // the first 02:30
    '2026-10-26T01:30',
  ]);
});

test('an expression for every hour has a slot in every hour that passes', () => {
  assert.deepEqual(following('0 * * * *', 'Europe/Berlin', '2026-10-24T22:30:00Z', 4), [
    '2026-10-24T23:00',
    '2026-10-25T00:00',
    '2026-10-25T01:00',
    '2026-10-25T02:00',
  ]);
  assert.deepEqual(following('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 3), [
    '2026-03-29T00:00',
    '2026-03-29T01:00',
    '2026-03-29T02:00',
  ]);
});

test('what is no expression, or one of a day that never comes, is a wrong setting', () => {
  for (const cron of ['99 * * * *', 'hourly', '0 0 31 2 *'])
    assert.throws(
      () => createSlots('health', cron, 'UTC'),
      (error) => error instanceof ConfigError && error.message.includes(`SCHEDULE_HEALTH=${cron}`),
    );
});

test('three hundred sources are spread over the bound, always in the same way', () => {
  const moments = Array.from({ length: 300 }, (_, n) => spread(`health vbr-${n} 2026-03-01T12:45`, 120_000));
  assert.deepEqual(
    moments,
    moments.map((_, n) => spread(`health vbr-${n} 2026-03-01T12:45`, 120_000)),
  );
  assert.ok(moments.every((moment) => moment >= 0 && moment < 120_000));
  const perSecond = Map.groupBy(moments, (moment) => Math.floor(moment / 1000));
  assert.ok(Math.max(...[...perSecond.values()].map(({ length }) => length)) <= 12);
  assert.notEqual(spread('health vbr-1 2026-03-01T13:45', 120_000), moments[1]);
});
