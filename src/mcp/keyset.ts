import type { Page, Positions } from './cursor.ts';

/** Sort key of a row: what comes first is smaller. The last parts tell rows apart. */
export type Key = (string | number)[];

/** A list whose rows are all at hand, in the order of their keys. */
export type Ordered<T> = { rows: T[]; keyOf: (row: T) => Key };

function compareKeys(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] as string | number;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

export function inOrder<T>(rows: readonly T[], keyOf: (row: T) => Key): Ordered<T> {
  return { rows: rows.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b))), keyOf };
}

/** The next rows of a list on a page; none of a list that ended on an earlier one. */
export function rowsOf<T>(list: Ordered<T>, name: string, page: Page | undefined, limit: number): T[] {
  return remaining(list, name, page).slice(0, limit);
}

/** How many rows are left after those shown, and where the list goes on; null: at its end. */
export function whatIsLeft<T>(
  list: Ordered<T>,
  name: string,
  page: Page | undefined,
  shown: readonly T[],
): { left: number; position: Positions[string] } {
  const left = remaining(list, name, page).length - shown.length;
  const last = shown.at(-1);
  if (left === 0) return { left, position: null };
  return { left, position: last ? list.keyOf(last) : (page?.positions[name] ?? []) };
}

function remaining<T>({ rows, keyOf }: Ordered<T>, name: string, page: Page | undefined): T[] {
  if (!page) return rows;
  const position = page.positions[name];
  if (!position) return [];
  return position.length === 0 ? rows : rows.filter((row) => compareKeys(keyOf(row), position) > 0);
}
