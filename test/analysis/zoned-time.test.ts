import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromZonedTime, localDay, toZonedTime, zoneOffsetMs } from '../../src/analysis/zoned-time.ts';

const at = (text: string) => Date.parse(text);

test('the weekday and hour depend on the zone', () => {
  const instant = at('2024-02-04T23:30Z');
  assert.deepEqual(pick(toZonedTime(instant, 'UTC')), { weekday: 0, hour: 23 });
  assert.deepEqual(pick(toZonedTime(instant, 'Asia/Karachi')), { weekday: 1, hour: 4 });
  assert.equal(localDay(instant, 'Asia/Karachi'), '2024-02-05');
});

test('the hour that occurs twice in autumn is Sunday 02 both times', () => {
  for (const text of ['2024-10-27T00:30Z', '2024-10-27T01:30Z']) {
    assert.deepEqual(pick(toZonedTime(at(text), 'Europe/Berlin')), { weekday: 0, hour: 2 });
  }
});

test('offsets agree with Intl around every kind of change', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ];
  const instant = fc.integer({ min: at('2005-01-01T00:00Z') / 1000, max: at('2035-01-01T00:00Z') / 1000 });
  fc.assert(
    fc.property(instant, fc.constantFrom(...zones), (second, zone) => {
      const shown = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      const expected = Date.parse(`${shown.format(second * 1000).replace(' ', 'T')}Z`) - second * 1000;
      assert.equal(zoneOffsetMs(second * 1000, zone), expected);
    }),
    { numRuns: 300 },
  );
});

test('a wall-clock time comes back as its instant', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 12_000, max: 22_000 }),
      fc.integer({ min: 0, max: 1439 }),
      (day, minute) => {
        const back = toZonedTime(fromZonedTime(day, minute, 'Asia/Karachi'), 'Asia/Karachi');
        assert.deepEqual([back.dayNumber, back.hour * 60 + back.minute], [day, minute]);
      },
    ),
  );
});

test('a wall-clock time that is skipped moves on, and one that occurs twice is the first', () => {
  const day = (text: string) => at(`${text}T00:00Z`) / 86_400_000;
  assert.equal(fromZonedTime(day('2024-03-31'), 150, 'Europe/Berlin'), at('2024-03-31T01:30Z'));
  assert.equal(fromZonedTime(day('2024-10-27'), 150, 'Europe/Berlin'), at('2024-10-27T00:30Z'));
});

test('an unknown zone is refused', () => {
  assert.throws(() => toZonedTime(0, 'Mars/Olympus'), RangeError);
});

function pick({ weekday, hour }: { weekday: number; hour: number }) {
  return { weekday, hour };
}
