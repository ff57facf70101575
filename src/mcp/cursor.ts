import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AnswerError } from './errors.ts';

/** Where each list of an answer goes on: the sort key of the last row shown; null: that list is at its end. */
export type Positions = Record<string, (string | number)[] | null>;

/** What a page belongs to. A cursor is refused when any of it is different. */
export type PageOf = {
  tool: string;
  /** The arguments that choose rows; not limit, not cursor, not as_of. */
  filters: Record<string, unknown>;
};

const CURSOR = z.strictObject({
  v: z.literal(1),
  of: z.string(),
  at: z.number().int().min(0).max(8.64e15),
  runs: z.string(),
  pos: z.record(
    z.string(),
    z
      .array(z.union([z.string(), z.number()]))
      .max(4)
      .nullable(),
  ),
  sum: z.string(),
});

/**
 * An opaque cursor: the moment of the first page, the runs behind it and where each list goes on. It is not signed: it can
 * only carry what the arguments may say anyway, and the same answer has to give the same cursor in every process. Its sum
 * is there because models copy it letter by letter: a wrong one must not be another page.
 */
export function writeCursor(page: PageOf, asOf: Date, runIds: string[], pos: Positions): string {
  const cursor = { v: 1, of: digest(page), at: asOf.getTime(), runs: digest(runIds.toSorted()), pos };
  return Buffer.from(JSON.stringify({ ...cursor, sum: digest(cursor) })).toString('base64url');
}

export type Page = { asOf: Date; runs: string; positions: Positions };

/** @throws AnswerError if it is no cursor of ours, or one of another question */
export function readCursor(given: string, page: PageOf): Page {
  const parsed = CURSOR.safeParse(decode(given));
  if (!parsed.success || !isWhole(parsed.data))
    throw new AnswerError(
      'cursor is not one that this server gave: call again without it for the first page.',
    );
  const { of, at, runs, pos } = parsed.data;
  if (of !== digest(page)) {
    throw new AnswerError(
      'cursor belongs to a question with other arguments: repeat those arguments with it, or call again without it.',
    );
  }
  return { asOf: new Date(at), runs, positions: pos };
}

const isWhole = ({ sum, ...cursor }: z.output<typeof CURSOR>) => sum === digest(cursor);

/** @throws AnswerError if the runs are not those of the first page */
export function assertSameRuns(page: Page, runIds: string[]): void {
  if (page.runs === digest(runIds.toSorted())) return;
  throw new AnswerError(
    'cursor belongs to runs that are no longer stored: call again without it for the first page.',
  );
}

const digest = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
