import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { slotAt, slotStart } from '../../src/simulator/history/schedule.ts';
import { createIds } from '../../src/simulator/ids.ts';
import { createStamps, durationText } from '../../src/simulator/stamps.ts';
import { createZone, weekdayOf } from '../../src/simulator/zone.ts';

const BERLIN = createZone('Europe/Berlin');
const utc = (text: string) => Date.parse(text);

test('local times become instants, also on the days when the clocks change', () => {
  const local = (text: string) => BERLIN.toUtc(utc(`${text}Z`));
  assert.equal(local('2026-01-15T22:00:00'), utc('2026-01-15T21:00:00Z'));
  assert.equal(local('2026-07-15T22:00:00'), utc('2026-07-15T20:00:00Z'));
  assert.equal(local('2025-10-26T02:30:00'), utc('2025-10-26T00:30:00Z'), 'twice: the first time');
  assert.equal(local('2026-03-29T03:30:00'), utc('2026-03-29T01:30:00Z'));
  assert.equal(local('2026-03-29T01:59:00'), utc('2026-03-29T00:59:00Z'));
});

test('an instant comes back from its local time unless that time comes twice', () => {
  for (const name of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney', 'UTC']) {
    const zone = createZone(name);
    fc.assert(
      fc.property(
        fc.integer({ min: utc('2025-01-01T00:00Z') / 60_000, max: utc('2027-01-01T00:00Z') / 60_000 }),
        (minute) => {
          const at = minute * 60_000;
          const back = zone.toUtc(zone.toLocal(at));
          return back === at || back === at - 3_600_000;
        },
      ),
      { numRuns: 300 },
    );
  }
});

test('weekdays begin with Monday', () => {
  assert.equal(weekdayOf(BERLIN.dayOf(utc('2026-03-01T12:00Z'))), 6, 'a Sunday');
  assert.equal(weekdayOf(BERLIN.dayOf(utc('2026-03-01T23:30Z'))), 0, 'already Monday there');
});

test('times are printed in the forms of the product', () => {
  const stamps = createStamps(BERLIN);
  const at = utc('2026-03-04T12:34:56.789Z');
  assert.match(stamps.zoned(at), /^2026-03-04T13:34:56\.789\d{4}\+01:00$/);
  assert.match(stamps.naive(at), /^2026-03-04T13:34:56\.789\d{3}$/);
  assert.equal(stamps.utc(at), '2026-03-04T12:34:56.789Z');
  assert.equal(durationText(3_723_000), '01:02:03');
  assert.equal(durationText(90_061_000), '1.01:01:01');
});

test('the slot of an instant is the last that has begun', () => {
  const schedules = [
    { kind: 'daily', minute: 1350 },
    { kind: 'weekly', weekday: 6, minute: 120 },
    { kind: 'every', minutes: 240, offset: 35 },
  ] as const;
  for (const schedule of schedules) {
    for (let at = utc('2026-03-20T00:00Z'); at < utc('2026-04-10T00:00Z'); at += 37 * 60_000) {
      const slot = slotAt(schedule, at, BERLIN);
      assert.ok(
        slotStart(schedule, slot, BERLIN) <= at && at < slotStart(schedule, slot + 1, BERLIN),
        `${schedule.kind} ${at}`,
      );
    }
  }
});

test('ids are UUIDs that give back what they stand for, and nothing else is one', () => {
  const ids = createIds(42);
  const int = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
  fc.assert(
    fc.property(int, int, (a, b) => {
      const id = ids.of('session', a, b);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.deepEqual(ids.read('session', id), [a, b]);
      assert.deepEqual(ids.read('session', id.toUpperCase()), [a, b]);
      assert.equal(ids.read('task', id), undefined);
      assert.equal(createIds(43).read('session', id), undefined);
    }),
  );
  assert.equal(ids.read('session', 'no id'), undefined);
});
