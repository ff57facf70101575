import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decide,
  type Finding,
  type Situation,
  type Subject,
  type SubjectKind,
  type Tell,
} from '../../src/observability/notifications/decide.ts';

const NOW = new Date('2026-03-18T12:00:00Z');
const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  kind: 'CRITICAL',
  sourceId: 'vbr',
  subjectId: id,
  isListed: true,
  urgency: 50,
  ...more,
});
const subject = (id: string, more: Partial<Subject> = {}): Subject => ({
  kind: 'CRITICAL',
  sourceId: 'vbr',
  subjectId: id,
  openedAt: NOW,
  resolvedAt: null,
  isTold: true,
  isRecoveryTold: false,
  ...more,
});
const decideOn = (situation: Partial<Situation>) =>
  decide({
    found: [],
    known: [],
    isJudged: () => true,
    recent: 0,
    waiting: 0,
    isFirst: false,
    maxPerHour: 10,
    ...situation,
  });
const idsOf = (messages: Tell[][]) => messages.map((tells) => tells.map(({ key }) => key.subjectId));
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => finding(`r${index}`, { urgency: 100 - index }));
const STALE = { kind: 'STALE' as SubjectKind };

test('a new risk is told once, and not again while it stays', () => {
  assert.deepEqual(idsOf(decideOn({ found: [finding('a')] }).messages), [['a']]);
  const after = decideOn({ found: [finding('a')], known: [subject('a')] });
  assert.deepEqual([after.open, after.resolve, after.messages], [[], [], []]);
});

test('a risk that returns after it was over is told again', () => {
  const gone = decideOn({ known: [subject('a')] });
  assert.deepEqual(
    gone.resolve.map(({ subjectId }) => subjectId),
    ['a'],
  );
  assert.deepEqual(gone.messages, [], 'the end of a risk is no message');
  const back = decideOn({ found: [finding('a')], known: [subject('a', { resolvedAt: NOW })] });
  assert.deepEqual(idsOf(back.messages), [['a']]);
  assert.equal(back.open.length, 1);
});

test('what could not be judged is not over', () => {
  const { resolve } = decideOn({ known: [subject('a')], isJudged: () => false });
  assert.deepEqual(resolve, []);
});

test('forty old risks at the first look are one message', () => {
  assert.deepEqual(
    decideOn({ found: many(40), isFirst: true }).messages.map((tells) => tells.length),
    [40],
  );
});

test('of more than an hour allows the last message sums up the rest, the most urgent ones come alone', () => {
  const { messages } = decideOn({ found: many(12), maxPerHour: 4 });
  assert.deepEqual(
    messages.map((tells) => tells.length),
    [1, 1, 1, 9],
  );
  assert.deepEqual(idsOf(messages).slice(0, 3), [['r0'], ['r1'], ['r2']]);
  const one = decideOn({ found: many(3), maxPerHour: 1 });
  assert.deepEqual(
    one.messages.map((tells) => tells.length),
    [3],
  );
});

test('what does not fit in this hour waits, and is then summed up', () => {
  const full = decideOn({ found: many(3), maxPerHour: 2, recent: 2 });
  assert.deepEqual(full.messages, []);
  assert.equal(full.open.length, 3);
  const known = many(3).map(({ subjectId }) => subject(subjectId, { isTold: false }));
  const later = decideOn({ found: many(3), known, maxPerHour: 2, recent: 1 });
  assert.deepEqual(
    later.messages.map((tells) => tells.length),
    [3],
  );
});

test('while earlier messages do not get through no more are piled up', () => {
  assert.deepEqual(decideOn({ found: many(3), waiting: 1 }).messages, []);
});

test('what was over before anybody was told of it is never told', () => {
  const { messages, resolve } = decideOn({ known: [subject('a', { isTold: false })] });
  assert.deepEqual(messages, []);
  assert.equal(resolve.length, 1);
});

test('a part of another risk is neither told nor over', () => {
  const part = finding('a', { isListed: false });
  assert.deepEqual(decideOn({ found: [part] }).open, []);
  assert.deepEqual(decideOn({ found: [part], known: [subject('a')] }).resolve, []);
  const untold = decideOn({ found: [part], known: [subject('a', { isTold: false })] });
  assert.deepEqual([untold.resolve, untold.messages], [[], []]);
});

test('a late source that is back is told once, and told late again only after that', () => {
  const told = subject('stale', STALE);
  const back = decideOn({ known: [told] });
  assert.deepEqual(
    back.messages.map((tells) => tells.map(({ isRecovery }) => isRecovery)),
    [[true]],
  );
  const after = { ...told, resolvedAt: NOW, isRecoveryTold: true };
  assert.deepEqual(decideOn({ known: [after] }).messages, []);
  assert.equal(decideOn({ known: [after], found: [finding('stale', STALE)] }).messages.length, 1);
});

test('a source that is late again before anybody was told that it was back was late all the time', () => {
  const known = [subject('stale', { ...STALE, resolvedAt: NOW })];
  const { open, reopen, messages } = decideOn({ known, found: [finding('stale', STALE)] });
  assert.deepEqual([open, messages], [[], []]);
  assert.equal(reopen.length, 1);
});

test('never more messages than an hour allows, and every new finding in exactly one', () => {
  for (let count = 0; count < 30; count += 1)
    for (let recent = 0; recent < 6; recent += 1) {
      const { messages } = decideOn({ found: many(count), recent, maxPerHour: 5 });
      assert.ok(messages.length + recent <= Math.max(5, recent));
      const told = idsOf(messages).flat();
      assert.equal(new Set(told).size, told.length);
      assert.equal(told.length, recent < 5 ? count : 0);
    }
});
