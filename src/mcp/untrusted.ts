/** Longest text from upstream in an answer, in characters. */
const LONGEST = 300;
/** Ids of Azure name subscription, group and machine, some twice; half an id names nothing. */
const LONGEST_ID = 500;
const PARTED_ID = /^(?=.*[/:;])[\w./:;()-]+$/;

const CONTROLS_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Format characters (bidi, zero-width, soft hyphen), private use, the tag block, variation selectors, blank fillers. */
const INVISIBLE =
  /\p{Cf}|\p{Co}|[\u{E0000}-\u{E0FFF}]|[\u{FE00}-\u{FE0F}]|[\u{180B}-\u{180F}]|\u{034F}|[\u{115F}-\u{1160}]|[\u{17B4}-\u{17B5}]|\u{3164}|\u{FFA0}/gu;

/**
 * Text that somebody else wrote (job names, log lines, error messages), made safe to show: no control, bidi, zero-width or
 * tag characters, one line, cut at `longest` unless it is an id of several parts. Every text from a backup server passes here before it leaves in an answer.
 */
export function cleanText(text: string, longest = LONGEST): string {
  const short = text.slice(0, 20 * longest).toWellFormed(); // hidden characters may outnumber the others
  const visible = short.replace(INVISIBLE, '').replace(CONTROLS, ' ').replace(/ {2,}/g, ' ').trim();
  if (visible.length <= LONGEST_ID && PARTED_ID.test(visible)) return visible;
  const characters = Array.from(visible);
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : visible;
}

/** An answer without hidden characters in any text, whichever tool made it: the last guard, not the first. */
export function withoutHidden<T>(value: T): T {
  if (typeof value === 'string') return value.replace(INVISIBLE, '').replace(CONTROLS_BUT_NEWLINE, ' ') as T;
  if (Array.isArray(value)) return value.map(withoutHidden) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHidden(part)])) as T;
}

export function cleanOrNull(text: string | null | undefined, longest?: number): string | null {
  return text === null || text === undefined ? null : cleanText(text, longest);
}

/**
 * Cleaned text for a cell of the text rendering: in a code span, so that no link, picture, heading or markup in a name
 * takes effect, and without the characters that would end the span or the cell.
 */
export function quoteCell(text: string, longest = 120): string {
  return `\`${cleanText(text, longest).replaceAll('`', "'").replaceAll('|', '¦') || ' '}\``;
}

/** Words of ours such as `BREACHED` as they are; anything else that stands in their place is quoted. */
export function wordCell(text: string): string {
  return /^[A-Za-z_]{1,40}$/.test(text) ? text : quoteCell(text);
}

/** Ids are copied into suggested arguments, so they have to look like ids. */
export function isPlainId(id: string): boolean {
  return id.length <= LONGEST_ID && /^[A-Za-z0-9][A-Za-z0-9_.:;/-]*$/.test(id);
}

export type PlainValue = string | number | boolean | null | (string | number | boolean | null)[];

/** A flat JSON object whose strings may be from upstream: cleaned, rounded, cut to `most` members. */
export function cleanRecord(value: unknown, most = 12): Record<string, PlainValue> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  const entries = Object.entries(value).filter(([key]) => /^\w{1,60}$/.test(key));
  return Object.fromEntries(entries.slice(0, most).map(([key, part]) => [key, cleanValue(part)]));
}

function cleanValue(value: unknown): PlainValue {
  if (Array.isArray(value)) return value.slice(0, 5).map(cleanScalar);
  return cleanScalar(value);
}

/** Four decimals, or four digits where decimals would leave nothing of a small probability. */
const shorten = (value: number) => Number(Math.abs(value) < 0.01 ? value.toPrecision(4) : value.toFixed(4));

function cleanScalar(value: unknown): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? shorten(value) : null;
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null;
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value), 120);
}
