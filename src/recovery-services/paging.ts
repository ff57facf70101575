import * as z from 'zod';
import { type PageOf, readCursor, writeCursor } from '../mcp/cursor.ts';

/** What every list says beside its rows. */
export const pageShape = {
  count: z.number().describe('Rows in this answer'),
  total: z.number().describe('Rows that matched'),
  truncated: z.boolean(),
  next_cursor: z.string().optional(),
};

/** Characters of the rows of one answer as JSON; they are in the text once more, so this is a third of 4,000 tokens. */
const USUAL_CHARACTERS = 6_500;
/** For who asks for more than the usual number of rows. */
const MOST_CHARACTERS = 13_000;
const USUAL_ROWS = 100;

type PageArgs = { limit: number; cursor?: string | undefined };
type SortKey = string | number;

export type Paged<Row> = {
  rows: Row[];
  count: number;
  total: number;
  truncated: boolean;
  next_cursor?: string;
};

/**
 * One page of rows. A page ends at `limit` rows or when it is long enough for one answer; the next one goes on after its
 * last row, also if rows have come or gone since.
 * @param order sort key of a row, the same for no two rows; smaller first
 * @throws AnswerError if the cursor is not one of this question
 */
export function pageRows<Row>(
  all: readonly Row[],
  args: PageArgs,
  { page, now, order }: { page: PageOf; now: Date; order: (row: Row) => SortKey[] },
): Paged<Row> {
  const sorted = all.map((row) => ({ row, key: order(row) })).sort((a, b) => compare(a.key, b.key));
  const after = args.cursor === undefined ? undefined : readCursor(args.cursor, page);
  const last = after?.positions.rows;
  const rest = last ? sorted.filter(({ key }) => compare(key, last) > 0) : sorted;
  const kept = fitting(rest, args.limit);
  const truncated = kept.length < rest.length;
  const end = kept.at(-1)?.key;
  const cursor = truncated && end ? writeCursor(page, after?.asOf ?? now, [], { rows: end }) : undefined;
  return {
    rows: kept.map(({ row }) => row),
    count: kept.length,
    total: sorted.length,
    truncated,
    ...(cursor ? { next_cursor: cursor } : {}),
  };
}

/** The moment of the first page: windows that end now have to end there on all pages. */
export function momentOf({ cursor }: Pick<PageArgs, 'cursor'>, page: PageOf, now: Date): Date {
  return cursor === undefined ? now : readCursor(cursor, page).asOf;
}

/** At least one row, as a page without any would lead nowhere. */
function fitting<Row>(rows: { row: Row; key: SortKey[] }[], limit: number): { row: Row; key: SortKey[] }[] {
  const most = limit > USUAL_ROWS ? MOST_CHARACTERS : USUAL_CHARACTERS;
  let length = 0;
  const end = rows.slice(0, limit).findIndex(({ row }, index) => {
    length += JSON.stringify(row).length;
    return index > 0 && length > most;
  });
  return rows.slice(0, end < 0 ? limit : end);
}

function compare(left: SortKey[], right: SortKey[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
