/** Whether a name matches; the name as `normalize` gives it, so that many patterns share that work. */
export type Matcher = (name: string) => boolean;

/**
 * A pattern over names, without regard to case: `*` stands for any characters, `?` for one, all else for itself. It may match
 * anywhere in a name, but only whole words: `ERP` matches `ERP-DB`, `sql_erp` and `ERP01`, not `enterprise`. A word ends
 * where letters, digits and other characters meet. `*` at an end lifts that end's bound: `*erp*` matches `enterprise`.
 * Takes time proportional to the length of name times pattern at the most, whatever the pattern.
 */
export function compileGlob(pattern: string): Matcher {
  const text = normalize(pattern);
  const parts = text.split('*').filter((part) => part !== '');
  const isBoundStart = !text.startsWith('*');
  const isBoundEnd = !text.endsWith('*');
  return (name) => matchParts(name, parts, isBoundStart, isBoundEnd);
}

/** What is wrong with a pattern, with the remedy, or null. Regular expressions are told from globs, as they would never match. */
export function patternProblem(pattern: string): string | null {
  if (pattern.trim() === '') return 'it is empty: give a word such as "ERP"';
  if (/[\^|\\[\]{}]|\$$|\(\?|^\/.*\/$/.test(pattern.trim()))
    return 'it looks like a regular expression: patterns know only * (any characters) and ? (one character), and match whole words anywhere in a name; write alternatives as patterns of their own';
  return null;
}

/** The form in which names, ids, tags and patterns are compared: case, outer spaces and the spelling of accents do not count. */
export function normalize(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

/** The first part may only begin, and the last only end, at a bound; earliest finds leave the most room for the rest. */
function matchParts(name: string, parts: string[], isBoundStart: boolean, isBoundEnd: boolean): boolean {
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const found = findPart(name, part, from, {
      start: isBoundStart && index === 0,
      end: isBoundEnd && index === parts.length - 1,
    });
    if (found < 0) return false;
    from = found + part.length;
  }
  return true;
}

function findPart(name: string, part: string, from: number, bound: { start: boolean; end: boolean }): number {
  for (let at = indexOfPart(name, part, from); at >= 0; at = indexOfPart(name, part, at + 1)) {
    if ((!bound.start || isBound(name, at)) && (!bound.end || isBound(name, at + part.length))) return at;
  }
  return -1;
}

function indexOfPart(name: string, part: string, from: number): number {
  if (!part.includes('?')) return name.indexOf(part, from);
  for (let at = from; at + part.length <= name.length; at += 1) {
    let length = 0;
    while (length < part.length && (part[length] === '?' || part[length] === name[at + length])) length += 1;
    if (length === part.length) return at;
  }
  return -1;
}

/** Between two characters of different kinds, or beside one that is neither letter nor digit. */
function isBound(name: string, at: number): boolean {
  if (at <= 0 || at >= name.length) return true;
  const before = kindOf(name, at - 1);
  return before === 'other' || before !== kindOf(name, at);
}

function kindOf(name: string, at: number): 'letter' | 'digit' | 'other' {
  const code = name.charCodeAt(at);
  if (code >= 97 && code <= 122) return 'letter';
  if (code >= 48 && code <= 57) return 'digit';
  if (code < 128) return 'other';
  const character = name[at] ?? '';
  if (/[\p{L}\p{M}]/u.test(character)) return 'letter';
  return /\p{N}/u.test(character) ? 'digit' : 'other';
}
