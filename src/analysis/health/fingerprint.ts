import { MASKS } from './fingerprint-masks.ts';
import { maskWord } from './fingerprint-words.ts';

export interface Fingerprint {
  /** 16 hexadecimal digits; equal for messages that differ in ids, numbers, paths, names and times only. */
  fingerprint: string;
  /** The message with those masked, for people to read. At most 300 characters. */
  template: string;
}

const LONGEST_INPUT = 2000;
const LONGEST_TEMPLATE = 300;
const MOST_NAMES = 50;

/**
 * Fingerprint of a failure message (METHODS 3.1 R1.1): what varies from night to night is masked, so that the same reason
 * gets the same id whatever the machine, the size or the language of the server. Error codes such as 0x80070005 stay, they
 * are the reason. Null for an empty message.
 *
 * @param names names known to occur (job, machines, hosts); they are masked even where nothing shows that they are names
 */
export function fingerprint(
  message: string | null | undefined,
  names: readonly string[] = [],
): Fingerprint | null {
  const clean = withoutControls((message ?? '').slice(0, LONGEST_INPUT));
  if (clean === '') return null;
  let text = maskQuoted(maskNames(clean, names));
  for (const [pattern, mask] of MASKS) text = text.replace(pattern, mask);
  text = text.replace(/\b(Processing|Verarbeitung von) [^\s<:]{1,100}(?=:| Error| Fehler)/giu, '$1 <name>');
  text = text.replace(/<[a-z]{1,4}>|[\p{L}\p{N}][\p{L}\p{N}_.$-]*/gu, (word) =>
    word.startsWith('<') ? word : maskWord(word),
  );
  const template = collapse(text).slice(0, LONGEST_TEMPLATE);
  return { fingerprint: hash(template.toLowerCase()), template };
}

function withoutControls(text: string): string {
  // Marks that change the direction of text or take no room would make equal messages differ.
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

function maskNames(text: string, names: readonly string[]): string {
  const useful = names.filter((name) => name.length >= 3).toSorted((a, b) => b.length - a.length);
  if (useful.length === 0) return text;
  const alternatives = useful.slice(0, MOST_NAMES).map((name) => escaped(name.normalize('NFC')));
  return text.replace(
    new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'giu'),
    '<name>',
  );
}

function escaped(text: string): string {
  // With the flag "u" a hyphen must not be escaped, and outside of a class it need not be.
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const QUOTED =
  /(?<![\p{L}\p{N}])(?:'([^']{1,300})'|‘([^’]{1,300})’|‚([^‘]{1,300})‘)(?![\p{L}\p{N}])|"([^"]{1,300})"|[“„]([^“”„]{1,300})[“”]|«([^»]{1,300})»|`([^`]{1,300})`|\[([^[\]]{1,300})\]/gu;

/** Quoted or bracketed: a path, a name of at most three words, or a sentence, which is left to the other masks. */
function maskQuoted(text: string): string {
  return text.replace(QUOTED, (whole: string, ...groups: unknown[]) => {
    const inner =
      (groups.find((group) => typeof group === 'string' && group !== '') as string | undefined)?.trim() ?? '';
    if (inner === '' || /^0x[0-9a-f]{1,8}$/i.test(inner)) return whole;
    if (/^(?:[A-Za-z]:[\\/]|\\\\|\/)/.test(inner)) return '<path>';
    return inner.split(' ').length <= 3 ? '<name>' : whole;
  });
}

/** Lists of what was masked are one, so that two machines and five machines give the same template. */
function collapse(text: string): string {
  return text
    .replace(/<(name|path|ip|id|n)>(?:(?:,|;| ,)? ?(?:(?:and|und|et|y) )?<\1>)+/gu, '<$1>')
    .replace(/\s+/g, ' ')
    .trim();
}

/** FNV-1a, 32 bits twice with different starts: stable over releases, and no secret is at stake. */
function hash(text: string): string {
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code ^ (first >>> 13), 0x01000193);
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
  return hex(first) + hex(second);
}
