import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeParser } from '../../src/veeam/time.ts';

const berlin = createTimeParser('Europe/Berlin');
const at = (text: string | null | undefined, parse = berlin) => parse(text)?.at.toISOString() ?? null;

test('a time with offset and seven digits of fraction is exact to the millisecond', () => {
  assert.deepEqual(berlin('2026-01-31T10:00:00.1239999+01:00'), {
    at: new Date('2026-01-31T09:00:00.123Z'),
    naive: false,
  });
  assert.equal(at('2026-01-31T10:00:00.123456-05:30'), '2026-01-31T15:30:00.123Z');
  assert.equal(at('2026-01-31T10:00:00+0530'), '2026-01-31T04:30:00.000Z');
});

test('a time with Z is UTC', () => {
  assert.deepEqual(berlin('2026-07-01T10:00:00Z'), { at: new Date('2026-07-01T10:00:00Z'), naive: false });
  assert.equal(at('2026-07-01T10:00:00.5Z'), '2026-07-01T10:00:00.500Z');
});

test('a naive time is local to the server, in winter and in summer', () => {
  assert.deepEqual(berlin('2026-01-31T10:00:00'), { at: new Date('2026-01-31T09:00:00Z'), naive: true });
  assert.equal(at('2026-07-31T10:00:00.25'), '2026-07-31T08:00:00.250Z');
  assert.equal(at('2026-07-31T10:00'), '2026-07-31T08:00:00.000Z');
  assert.equal(at('2026-07-31T10:00:00', createTimeParser('America/New_York')), '2026-07-31T14:00:00.000Z');
  assert.equal(at('2026-07-31T10:00:00', createTimeParser('Asia/Kolkata')), '2026-07-31T04:30:00.000Z');
  assert.equal(at('2026-07-31T10:00:00', createTimeParser('+05:45')), '2026-07-31T04:15:00.000Z');
});

test('a naive time that comes twice is the first of the two', () => {
  // Berlin, 2026-10-25: 03:00 summer time becomes 02:00 winter time at 01:00 UTC.
  assert.equal(at('2026-10-25T01:59:59'), '2026-10-24T23:59:59.000Z');
  assert.equal(at('2026-10-25T02:30:00'), '2026-10-25T00:30:00.000Z');
  assert.equal(at('2026-10-25T03:00:00'), '2026-10-25T02:00:00.000Z');
  // Lord Howe turns back by half an hour: 01:30 to 02:00 on 2026-04-05 comes twice.
  const lordHowe = createTimeParser('Australia/Lord_Howe');
  assert.equal(at('2026-04-05T01:45:00', lordHowe), '2026-04-04T14:45:00.000Z');
  assert.equal(at('2026-04-05T02:15:00', lordHowe), '2026-04-04T15:45:00.000Z');
});

test('a naive time that never comes is moved on by the gap', () => {
  // Berlin, 2026-03-29: 02:00 winter time becomes 03:00 summer time at 01:00 UTC.
  assert.equal(at('2026-03-29T01:59:59'), '2026-03-29T00:59:59.000Z');
  assert.equal(at('2026-03-29T02:30:00'), '2026-03-29T01:30:00.000Z');
  assert.equal(at('2026-03-29T03:00:00'), '2026-03-29T01:00:00.000Z');
});

test('every naive quarter of an hour of a year is what the zone says it is', () => {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/St_Johns',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const parse = createTimeParser('America/St_Johns');
  for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 900_000) {
    const local = format.format(ms).replace(' ', 'T');
    const parsed = parse(local)?.at.getTime() ?? Number.NaN;
    // In the hour that comes twice the first of the two is right.
    assert.ok(parsed === ms || parsed === ms - 3_600_000, `${local}: ${parsed} instead of ${ms}`);
  }
});

test('dates that stand for "not yet" are null', () => {
  for (const unset of [
    '0001-01-01T00:00:00',
    '1601-01-01T00:00:00Z',
    '1900-01-01T00:00:00+01:00',
    '1901-12-31T23:59:59',
  ]) {
    assert.equal(at(unset), null);
  }
  assert.equal(at('1902-01-01T00:00:00Z'), '1902-01-01T00:00:00.000Z');
});

test('what is no time is null', () => {
  for (const text of [
    null,
    undefined,
    '',
    'soon',
    '2026-02-30T00:00:00',
    '2026-13-01T00:00:00',
    '2026-01-01T25:00:00',
    '2026-01-01',
    '10:00:00',
  ]) {
    assert.equal(at(text), null);
  }
});

test('an unknown zone is refused at once', () => {
  assert.throws(() => createTimeParser('Europe/Nowhere'), RangeError);
});
