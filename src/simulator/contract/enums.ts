import { ENUM_TABLE } from './enum-table.ts';
import type { RevisionIndex } from './revisions.ts';

const ENUMS = parseTable(ENUM_TABLE);

/** The values of an enumeration in one revision; undefined where there is no such enumeration. */
export function enumValues(name: string, revision: RevisionIndex): ReadonlySet<string> | undefined {
  return ENUMS.get(name)?.[revision];
}

/** The value as the revision spells it, `otherwise` where the revision does not have it. */
export function spell(name: string, value: string, revision: RevisionIndex, otherwise = value): string {
  const values = ENUMS.get(name)?.[revision];
  if (!values || values.has(value)) return value;
  const small = lowerFirst(value);
  return values.has(small) ? small : otherwise;
}

function parseTable(table: string): Map<string, ReadonlySet<string>[]> {
  const lines = table
    .trim()
    .replace(/\n {2}/g, ' ')
    .split('\n');
  return new Map(lines.map(parseLine));
}

function parseLine(line: string): [string, ReadonlySet<string>[]] {
  const [head = '', ...tokens] = line.split(' ');
  const isSmall = head.startsWith('~');
  const sets = [0, 1, 2].map((revision) => {
    const values = tokens
      .map((token) => token.split('@'))
      .filter(([, only]) => !only || only.includes(String(revision)));
    return new Set(values.map(([value = '']) => (isSmall && revision === 0 ? lowerFirst(value) : value)));
  });
  return [head.replace('~', ''), sets];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
