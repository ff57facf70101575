import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ItemState, toDue } from '../../../workers/azure/points-due.ts';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-03-18T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);

const item = (state: Partial<ItemState>): ItemState => ({
  item_id: 'container/item',
  name: 'item',
  workload_id: null,
  workload_type: 'VM',
  is_soft_deleted: null,
  last_point_at: null,
  whole_at: null,
  newest_mark: null,
  newest_known: null,
  ...state,
});

test('an item that was never read is read from the longest retention on', () => {
  const due = toDue(item({}), NOW);
  assert.equal(due?.isWhole, true);
  assert.ok((due?.from.getTime() ?? NOW.getTime()) < Date.UTC(2000, 0, 1));
});

test('an item without a new point is left alone until its minute of the day', () => {
  const read = { last_point_at: hoursAgo(20), newest_mark: hoursAgo(20), whole_at: hoursAgo(1) };
  assert.equal(toDue(item(read), NOW), null);
});

test('a new point is read with two days of overlap', () => {
  const due = toDue(
    item({
      last_point_at: hoursAgo(2),
      newest_mark: hoursAgo(26),
      newest_known: hoursAgo(26),
      whole_at: hoursAgo(3),
    }),
    NOW,
  );
  assert.equal(due?.isWhole, false);
  assert.deepEqual(due?.from, hoursAgo(26 + 48));
});

test('a point that the list of items has and that of points has not yet is asked for again', () => {
  const due = toDue(item({ last_point_at: hoursAgo(2), whole_at: hoursAgo(1) }), NOW);
  assert.equal(due?.isWhole, false);
});

test('an item that has no newest point any more is looked at anew: it may be another one of the same name', () => {
  const read = { last_point_at: null, newest_mark: hoursAgo(30), newest_known: hoursAgo(30) };
  assert.equal(toDue(item({ ...read, whole_at: hoursAgo(4) }), NOW)?.isWhole, true);
  assert.equal(toDue(item({ ...read, whole_at: hoursAgo(1) }), NOW), null, 'some items never say it');
  assert.equal(toDue(item({ ...read, newest_known: null, whole_at: hoursAgo(4) }), NOW), null);
});

test('each item is read in full once in a day and a half at the latest, and not twice within half a day', () => {
  const slots = new Set<number>();
  for (let index = 0; index < 200; index += 1) {
    const id = `container/item-${index}`;
    let first: number | undefined;
    for (let hour = 1; hour <= 40 && first === undefined; hour += 1)
      if (toDue(item({ item_id: id, whole_at: hoursAgo(hour) }), NOW)?.isWhole) first = hour;
    assert.ok(first !== undefined && first > 12 && first <= 37, `${id}: ${first}`);
    slots.add(first);
  }
  assert.ok(slots.size > 18, `${slots.size} hours of the day`);
});

test('marks of a time to come are those of a wrong clock', () => {
  assert.equal(toDue(item({ whole_at: hoursAgo(-5) }), NOW)?.isWhole, true);
  const due = toDue(
    item({ whole_at: hoursAgo(1), last_point_at: hoursAgo(2), newest_mark: hoursAgo(-5) }),
    NOW,
  );
  assert.equal(due?.isWhole, false);
});
