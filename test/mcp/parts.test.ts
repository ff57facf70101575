import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertSameRuns, readCursor, writeCursor } from '../../src/mcp/cursor.ts';
import { fitAnswer } from '../../src/mcp/fit.ts';
import { parseMoment, parseWindow } from '../../src/mcp/moment.ts';
import { foldName, nearestNames, toMatcher } from '../../src/mcp/suggest.ts';
import { cleanRecord, cleanText, isPlainId, quoteCell, withoutHidden } from '../../src/mcp/untrusted.ts';

const BERLIN = 'Europe/Berlin';
/** A Wednesday, 15:30 in Berlin. */
const NOW = new Date('2024-10-30T14:30:00Z');
const moment = (text: string, zone = BERLIN) => parseMoment(text, NOW, zone).toISOString();

test('a day means its end in the zone of the backup server', () => {
  assert.equal(moment('2024-10-01'), '2024-10-01T21:59:59.999Z');
  assert.equal(moment('2024-10-27'), '2024-10-27T22:59:59.999Z'); // 25 hours long
  assert.equal(moment('yesterday'), '2024-10-29T22:59:59.999Z');
  assert.equal(moment('last friday'), '2024-10-25T21:59:59.999Z');
  assert.equal(moment('Wednesday'), '2024-10-23T21:59:59.999Z');
  assert.equal(moment('yesterday', 'America/New_York'), '2024-10-30T03:59:59.999Z');
});

test('today and now mean now, and lengths count back from it', () => {
  for (const text of ['now', 'today', '2024-10-30']) assert.equal(moment(text), NOW.toISOString());
  assert.equal(moment('24h'), '2024-10-29T14:30:00.000Z');
  assert.equal(moment('7d ago'), '2024-10-23T14:30:00.000Z');
  assert.equal(moment('90min'), '2024-10-30T13:00:00.000Z');
});

test('a time has its own offset, or is in the zone of the backup server', () => {
  assert.equal(moment('2024-10-01T08:00:00Z'), '2024-10-01T08:00:00.000Z');
  assert.equal(moment('2024-10-01T08:00:00.1234567+02:00'), '2024-10-01T06:00:00.123Z');
  assert.equal(moment('2024-10-01 08:00'), '2024-10-01T06:00:00.000Z');
  assert.equal(moment('2024-10-30T14:30:00.000Z'), NOW.toISOString());
});

test('what is no moment is refused', () => {
  for (const text of [
    '',
    'soon',
    '2024-02-30',
    '2024-13-01',
    '2024-10-01T25:00',
    '5m',
    'last day',
    '-1d',
    '2024-10-31',
    '999999w',
  ]) {
    assert.throws(() => moment(text), { name: 'AnswerError' }, text);
  }
});

test('a moment is written so that it is read again as itself', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: NOW, noInvalidDate: true }), (date) => {
      assert.equal(moment(date.toISOString()), date.toISOString());
    }),
  );
});

test('a window is a length of hours, days or weeks', () => {
  assert.equal(parseWindow('history', '30d'), 720);
  assert.equal(parseWindow('history', '2w'), 336);
  for (const text of ['0d', '401d', '30', 'month'])
    assert.throws(() => parseWindow('history', text), { name: 'AnswerError' });
});

test('text from upstream loses what cannot be seen, and nothing that can', () => {
  assert.equal(cleanText('SQL\u202e\u200b\u{E0041} \u0000Täglich\r\n日本語 🚀'), 'SQL Täglich 日本語 🚀');
  assert.equal(cleanText('x'.repeat(400)).length, 300);
  assert.equal(cleanText('\ud800lone'), '\ufffdlone');
  assert.equal(quoteCell('a`b|c\n[x](http://y)'), "`a'b¦c [x](http://y)`");
  assert.deepEqual(
    cleanRecord({
      a: 1.23456,
      p: 0.00000471234,
      s: 'x\u200b',
      'bad key': 1,
      n: Number.NaN,
      l: [1, 'y\u202e'],
    }),
    {
      a: 1.2346,
      p: 0.000004712,
      s: 'x',
      n: null,
      l: [1, 'y'],
    },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(cleanText(text), /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
      assert.equal(cleanText(cleanText(text)), cleanText(text));
      assert.doesNotMatch(quoteCell(text).slice(1, -1), /[`|\n]/);
      assert.doesNotMatch(withoutHidden({ text }).text, /(?!\n)[\p{Cc}\p{Cf}]/u);
    }),
  );
});

test('only what looks like an id is suggested as an argument', () => {
  assert.ok(isPlainId('f3f8a1c2-0000-4000-8000-000000000001'));
  for (const id of ['', 'a b', 'x\n', '{"job":1}', '`x`', 'a'.repeat(501)])
    assert.equal(isPlainId(id), false, id);
});

test('an id of several parts is whole, however long Azure makes it, and other text is cut', () => {
  const group = 'g'.repeat(90);
  const item = `iaasvmcontainer;iaasvmcontainerv2;${group};machine/vm;iaasvmcontainerv2;${group};machine`;
  assert.ok(isPlainId(item));
  assert.equal(cleanText(item, 100), item);
  assert.equal(cleanText(`${item} x`, 100).length, 100);
  assert.equal(cleanText('/'.repeat(501), 100).length, 100);
});

test('names are compared as people type them', () => {
  assert.equal(foldName('  Täglich   BACKUP '), 'taglich backup');
  const fits = (pattern: string, name: string) => toMatcher(pattern)(name);
  assert.ok(
    fits('sql*', 'SQL Nightly') &&
      fits('*NIGHT*', 'SQL Nightly') &&
      fits('s*l*y', 'SQL Nightly') &&
      fits('*', ''),
  );
  assert.ok(!fits('sql', 'SQL Nightly') && !fits('*night', 'SQL Nightly') && !fits('ab*ba', 'aba'));
  assert.deepEqual(nearestNames('exchnage', ['SQL', 'Exchange', 'Files'], 1), ['Exchange']);
  assert.deepEqual(nearestNames('sql', ['Files', 'Daily SQL prod', 'SQR'], 2), ['Daily SQL prod', 'SQR']);
});

test('a pattern with many stars is matched without trying all ways', () => {
  assert.equal(toMatcher(`${'a*'.repeat(90)}b`)('a'.repeat(300)), false);
  assert.equal(toMatcher(`${'a*'.repeat(90)}b`)(`${'a'.repeat(300)}b`), true);
});

test('a cursor is read again as it was written, for its own question only', () => {
  const page = { tool: 't', filters: { status: 'OK', job: undefined } };
  const cursor = writeCursor(page, NOW, ['r2', 'r1'], { jobs: [1, 0.1, 's', 'j'], findings: null });
  const read = readCursor(cursor, page);
  assert.deepEqual([read.asOf, read.positions], [NOW, { jobs: [1, 0.1, 's', 'j'], findings: null }]);
  assertSameRuns(read, ['r1', 'r2']);
  assert.throws(() => assertSameRuns(read, ['r1', 'r3']), { name: 'AnswerError' });
  assert.throws(() => readCursor(cursor, { ...page, tool: 'u' }), { name: 'AnswerError' });
  assert.throws(() => readCursor(cursor, { ...page, filters: { status: 'LATE' } }), { name: 'AnswerError' });
  fc.assert(
    fc.property(fc.string(), (text) => assert.throws(() => readCursor(text, page), { name: 'AnswerError' })),
  );
});

test('a cursor with one letter copied wrongly is refused, not taken for another page', () => {
  const page = { tool: 't', filters: { status: 'OK' } };
  const cursor = writeCursor(page, NOW, ['r1'], {
    jobs: [20, 'sql-0100014', 'source', 'job:17'],
    findings: null,
  });
  for (const [at, sign] of Array.from(cursor).entries()) {
    const wrong = cursor.slice(0, at) + (sign === 'Q' ? 'R' : 'Q') + cursor.slice(at + 1);
    if (Buffer.from(wrong, 'base64url').equals(Buffer.from(cursor, 'base64url'))) continue; // unused bits of the last letter
    assert.throws(() => readCursor(wrong, page), { name: 'AnswerError' }, `letter ${at}`);
  }
});

test('an answer that is too large loses rows of its largest list until it fits', () => {
  const lists = { short: ['a', 'b'], long: Array.from({ length: 1000 }, (_, n) => `row ${n}`) };
  const build = (kept: typeof lists) => ({ structured: { kept }, text: kept.long.join('\n') });

  const { structured, text } = fitAnswer(lists, build, 5000);
  assert.ok(JSON.stringify(structured).length + text.length <= 5000);
  assert.deepEqual(structured.kept.short, ['a', 'b']);
  assert.ok(structured.kept.long.length > 100);
  assert.equal(fitAnswer(lists, build, 10).structured.kept.long.length, 0);
});
