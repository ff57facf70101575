import assert from 'node:assert/strict';
import type { Answer } from '../contract/asking.ts';
import { marksIn } from './marks.ts';

/** Of a reason that is explained; other texts are cut earlier. */
const LONGEST = 400;
/** Our own sentences: nothing from upstream stands in them. */
const SENTENCES = /^(summary|as_of|not_known|next_steps|sources_counts|omitted)\b/;

type Leaf = { path: string; text: string };

/** All strings of a value, names of fields included. */
export function leavesOf(value: unknown, path = ''): Leaf[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((part, index) => leavesOf(part, `${path}.${index}`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, part]) => [
    { path: `${path}.${key} (name)`, text: key },
    ...leavesOf(part, path === '' ? key : `${path}.${key}`),
  ]);
}

/** Texts with a mark stand whole or cut in fields of their own, not in sentences. */
export function assertFields({ text, data }: Answer, sent: readonly string[], where: string): void {
  for (const { path, text: leaf } of leavesOf(data)) {
    if (path === 'next_cursor' || marksIn(leaf).length === 0) continue;
    assert.doesNotMatch(path, SENTENCES, `${where}: ${leaf}`);
    assert.ok(isSent(leaf, sent) || isMasked(leaf), `${where} ${path} is more than what was sent: ${leaf}`);
  }
  assert.equal(marksIn(outsideOfSpans(text)).length, 0, `${where}: a mark outside of a code span\n${text}`);
}

/** What was sent, or nothing but words of what was sent with these marks; an id may begin with words of its own. */
function isSent(leaf: string, sent: readonly string[]): boolean {
  const whole = leaf.replace(/…$/, '');
  if (sent.some((one) => one.includes(whole))) return true;
  const texts = marksIn(leaf).map(({ mark }) => sent.find((one) => one.includes(mark)) ?? '');
  const words = whole.split(/\s+/).map((word) => word.replace(/:$/, '').replace(/^[\w/.]+\//, ''));
  return words.every((word) => texts.some((text) => text.includes(word)));
}

/** Names, numbers and paths of a message may be masked. */
const isMasked = (leaf: string) => /<(name|n|path|id|guid|host|ip|time|hex)>/.test(leaf);

/** The answer on hostile texts is that on plain ones but for the fields that show them, where they are clean and cut. */
export function assertSameBut(plain: Answer, hostile: Answer, textOf: ReadonlyMap<string, string>): void {
  const before = leavesOf(plain.data);
  const after = leavesOf(hostile.data);
  assert.deepEqual(
    after.map(({ path }) => path),
    before.map(({ path }) => path),
  );
  assert.equal(JSON.stringify(withoutStrings(hostile.data)), JSON.stringify(withoutStrings(plain.data)));
  for (const [index, { path, text }] of after.entries()) {
    const benign = before[index]?.text ?? '';
    assertClean(text, path);
    if (path === 'next_cursor' || text === benign) continue;
    const expected = visible(withTexts(benign, textOf));
    assert.ok(
      marksIn(benign).length > 0 && isCut(text, expected, benign),
      `${path}: ${JSON.stringify(text)} of ${JSON.stringify(benign)}`,
    );
  }
  assert.equal(outsideOfSpans(hostile.text), outsideOfSpans(plain.text));
  assertShown(hostile.text, 'text');
}

/** What is shown is the begin of what was sent: all of it, or as much as there is room for. */
function isCut(text: string, expected: string, benign: string): boolean {
  const cut = text.replace(/…$/, '');
  if (benign.endsWith('…')) return expected.startsWith(cut) || isMasked(benign);
  return text === expected || (text.endsWith('…') && expected.startsWith(cut)) || isMasked(benign);
}

/** Harmless text that takes as much room as a hostile one, so that as many rows fit. */
export const paddingFor = (text: string) => 'p'.repeat(Array.from(visible(text)).length);

function withTexts(text: string, textOf: ReadonlyMap<string, string>): string {
  return marksIn(text).reduce(
    (made, { mark }) => made.replace(new RegExp(`${mark}( p*)?`, 'g'), () => `${mark} ${textOf.get(mark)}`),
    text,
  );
}

const HIDDEN: readonly [number, number][] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];
const BREAK = /[\p{Cc}\p{Zl}\p{Zp}]/u;

const isHidden = (character: string) => {
  const code = character.codePointAt(0) ?? 0;
  return HIDDEN.some(([from, to]) => code >= from && code <= to) || (code >= 0xd800 && code <= 0xdfff);
};

/** What a person would see of a text, on one line: by code points, and not by the expressions of the product. */
export function visible(text: string): string {
  const seen = Array.from(text).filter((one) => !isHidden(one) || BREAK.test(one));
  const line = seen.map((one) => (BREAK.test(one) ? ' ' : one)).join('');
  return line.replace(/ {2,}/g, ' ').trim();
}

function assertClean(text: string, path: string): void {
  const hidden = Array.from(text).find(isHidden);
  assert.equal(
    hidden,
    undefined,
    `${path}: U+${hidden?.codePointAt(0)?.toString(16)} in ${JSON.stringify(text)}`,
  );
  if (path !== 'next_cursor' && marksIn(text).length > 0) assert.ok(Array.from(text).length <= LONGEST, path);
}

/** Nothing hidden in a text of several lines. */
export const assertShown = (text: string, where: string) =>
  assertClean(text.replaceAll('\n', ' ').replaceAll(/zq\w{4}zq/g, ''), where);

/** Text with what stands in code spans left out, a line each. */
export function outsideOfSpans(text: string): string {
  return text.replace(/`[^`\n]*`/g, '``').replace(/cursor=\S+/g, 'cursor=');
}

/** A value with every string emptied: its shape, numbers and the rest. */
function withoutStrings(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return value.map(withoutStrings);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutStrings(part)]));
}
