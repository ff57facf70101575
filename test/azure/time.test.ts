import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFilterTime, toSeconds, toTime, toWallTime } from '../../src/azure/time.ts';

const iso = (text: string | null | undefined) => toTime(text)?.toISOString() ?? null;

test('times are UTC, whatever their fraction and offset', () => {
  assert.equal(iso('2017-08-03T05:30:32.4487085Z'), '2017-08-03T05:30:32.448Z');
  assert.equal(iso('2025-01-10T01:00:10'), '2025-01-10T01:00:10.000Z');
  assert.equal(iso('2021-12-17T08:00:00+00:00'), '2021-12-17T08:00:00.000Z');
  assert.equal(iso('2021-12-17T08:00:00.5+05:30'), '2021-12-17T02:30:00.500Z');
  assert.equal(iso('2021-12-31T23:00:00-02:00'), '2022-01-01T01:00:00.000Z');
});

test('the times that mean never are null, and so is what is no time', () => {
  for (const text of [
    '2001-01-01T00:00:00Z',
    '0001-01-01T00:00:00.00000Z',
    '0001-01-01T00:00:00',
    '1601-01-01T00:00:00Z',
    '',
    'yesterday',
    '2025-02-30T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-01-01T24:00:00Z',
    null,
    undefined,
  ])
    assert.equal(iso(text), null, String(text));
});

test('durations are read in both shapes', () => {
  for (const [text, seconds] of [
    ['PT12.4272909S', 12.4272909],
    ['PT4M2.5S', 242.5],
    ['PT0S', 0],
    ['P1DT2H', 93_600],
    ['P1W', 604_800],
    ['00:20:23.0896697', 1223.0896697],
    ['00:00:00', 0],
    ['13.21:00:00', 1_198_800],
    ['26:00:00', 93_600],
  ] as const)
    assert.equal(toSeconds(text), seconds, text);
  for (const text of ['', 'P', 'PT', 'soon', '-00:00:01', null, undefined])
    assert.equal(toSeconds(text), null);
});

test('a scheduled time keeps its clock alone', () => {
  assert.equal(toWallTime('2018-01-24T02:00:00Z'), '02:00');
  assert.equal(toWallTime('2021-12-17T08:30:00+00:00'), '08:30');
  assert.equal(toWallTime('23:15'), '23:15');
  assert.equal(toWallTime('24:00'), null);
  assert.equal(toWallTime('noon'), null);
});

test('filters have a 12-hour clock, on which midnight and noon are 12', () => {
  for (const [time, text] of [
    ['2025-01-10T00:00:00Z', '2025-01-10 12:00:00 AM'],
    ['2025-01-10T00:05:09.999Z', '2025-01-10 12:05:09 AM'],
    ['2025-01-10T09:08:07Z', '2025-01-10 09:08:07 AM'],
    ['2025-01-10T12:00:00Z', '2025-01-10 12:00:00 PM'],
    ['2025-01-10T13:00:00Z', '2025-01-10 01:00:00 PM'],
    ['2025-01-10T23:59:59Z', '2025-01-10 11:59:59 PM'],
  ] as const)
    assert.equal(toFilterTime(new Date(time)), text);
});
