import * as z from 'zod';
import { noteTrouble } from '../journal.ts';
import { createReading, type Reading } from '../reading.ts';
import { withoutNulls } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { type Cursor, fallBackIfIgnored, hasContact, type Seen, startCursor, step } from './page-cursor.ts';
import type { Query } from './query.ts';
import { badShape } from './read-object.ts';
import { getTimeParser } from './server-time.ts';
import type { TimeParser } from './time.ts';

/** A list of the API: where it is, how a row is read, and how it is ordered while paging. */
export type ListEndpoint<Row> = {
  path: string;
  row: z.ZodType<Row>;
  /** undefined: this list knows no order. */
  orderColumn: string | undefined;
  /** Big lists are read by time, as a large `skip` is slow and shifts when rows vanish. `orderColumn` is this time. */
  byTime?: { afterFilter: string; time: (row: Row) => string | undefined };
  /** What makes a row the same row; its id, unless the ids repeat. */
  key?: (row: Row) => string;
  /** false: everything comes at once, and the server knows neither `skip` nor `limit`. */
  paged?: boolean;
};

export type ReadOptions = {
  query?: Query;
  /** Rows from this time of the list's time column on. */
  after?: Date | undefined;
  /** Filled in while reading; `complete` is set at the end, or stays false. */
  reading?: Reading | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  limit?: number;
  maxPages?: number;
};

/** Some rows. `readUntil`: everything up to this time of the list's time column has come by now. */
export type Page<Row> = { items: Row[]; rejected: number; readUntil?: Date | undefined };

const LIMIT = 500;
/** Far above any real list; reached only by a server that never ends. */
const MAX_PAGES = 5_000;

const envelopeSchema = z.object({
  data: z.array(z.unknown()),
  pagination: z.object({ total: z.number().int().nonnegative().nullish() }).nullish(),
});

/**
 * The rows of a list, page by page; no more than one page is held at a time. Each row comes once. A row that cannot be
 * read is counted and left out.
 * @throws SourceError `bad-answer` if a page is no list, and what the client throws
 */
export function readPages<Row extends { id: string }>(
  client: VeeamClient,
  list: ListEndpoint<Row>,
  options: ReadOptions = {},
): AsyncGenerator<Page<Row>> {
  return readPagesFrom(client, list, options, startCursor(options.after, list.byTime !== undefined));
}

/** As `readPages`, from a cursor that the caller can look at when it breaks. */
export async function* readPagesFrom<Row extends { id: string }>(
  client: VeeamClient,
  list: ListEndpoint<Row>,
  options: ReadOptions,
  cursor: Cursor,
): AsyncGenerator<Page<Row>> {
  const reading = options.reading ?? createReading(list.path);
  const base = reading.rowsTotal ?? 0;
  const parse = list.byTime ? await getTimeParser(client) : undefined;
  for (let pages = 0; pages < (options.maxPages ?? MAX_PAGES); pages += 1) {
    const { data, total } = await fetchPage(client, list, options, cursor, reading);
    const rows = data.map((raw) => readRow(list, raw, parse));
    const seen = rows.map((row) => row.seen).filter((row) => row !== undefined);
    if (fallBackIfIgnored(cursor, seen).kind === 'again') continue;
    const contact = hasContact(cursor, rows[0]?.seen);
    const page = acceptRows(rows, cursor, reading);
    reading.rowsTotal =
      base + cursor.before + Math.max(total ?? 0, total === undefined ? cursor.distinct : 0);
    const readUntil = cursor.anchored ? undefined : newest(seen);
    if (page.items.length > 0 || page.rejected > 0) yield { ...page, readUntil };
    const wasMoved = cursor.moved;
    const next = step(cursor, { count: data.length, total, rows: seen, fresh: page.fresh, contact });
    if (cursor.moved && !wasMoved) noteTrouble(list.path, 'rows moved while they were read');
    if (next.kind === 'end') return settle(reading, next);
    if (list.paged === false) return settle(reading, { complete: total === undefined });
  }
  settle(reading, { complete: false, reason: `stopped after ${options.maxPages ?? MAX_PAGES} pages` });
}

async function fetchPage<Row>(
  client: VeeamClient,
  { path, orderColumn, byTime, paged = true }: ListEndpoint<Row>,
  { query, signal, timeoutMs, limit = LIMIT }: ReadOptions,
  cursor: Cursor,
  reading: Reading,
): Promise<{ data: unknown[]; total: number | undefined }> {
  const answer = await client.get(path, {
    query: {
      ...query,
      ...(byTime && cursor.after !== undefined ? { [byTime.afterFilter]: new Date(cursor.after) } : {}),
      ...(paged ? { skip: cursor.skip, limit } : {}),
      ...(orderColumn ? { orderColumn, orderAsc: true } : {}),
    },
    signal,
    timeoutMs,
    tally: reading,
  });
  reading.pages += 1;
  const envelope = envelopeSchema.safeParse(answer.json);
  if (!envelope.success) throw badShape(path, envelope.error);
  return { data: envelope.data.data, total: envelope.data.pagination?.total ?? undefined };
}

type ReadRow<Row> = { row: Row | undefined; seen: Seen | undefined };

function readRow<Row extends { id: string }>(
  { row: schema, byTime, key = ({ id }) => id }: ListEndpoint<Row>,
  raw: unknown,
  parse: TimeParser | undefined,
): ReadRow<Row> {
  const parsed = schema.safeParse(withoutNulls(raw));
  if (!parsed.success) return { row: undefined, seen: toSeen(rawId(raw), null) };
  const row = parsed.data;
  return { row, seen: toSeen(key(row), (byTime && parse?.(byTime.time(row))) ?? null) };
}

function toSeen(key: string | undefined, time: { at: Date; naive: boolean } | null): Seen | undefined {
  return key === undefined ? undefined : { key, at: time?.at.getTime() ?? null, naive: time?.naive ?? false };
}

/** Counts each row, and gives those that were not seen before. */
function acceptRows<Row>(
  rows: ReadRow<Row>[],
  cursor: Cursor,
  reading: Reading,
): { items: Row[]; rejected: number; fresh: number } {
  const items: Row[] = [];
  let rejected = 0;
  for (const [index, { row, seen }] of rows.entries()) {
    if (seen && cursor.seen.has(seen.key)) {
      if (!isWantedAgain(seen, index, cursor)) reading.duplicates += 1;
      continue;
    }
    if (!seen && index === 0 && cursor.skip > 0) continue; // without an id, but it was the last row before
    if (seen) cursor.seen.set(seen.key, seen.at);
    cursor.distinct += 1;
    if (row === undefined) rejected += 1;
    else items.push(row);
  }
  reading.rowsFetched += items.length;
  reading.rowsRejected += rejected;
  return { items, rejected, fresh: items.length + rejected };
}

/** Read again because of how we page, and not because the server has it twice. */
const isWantedAgain = ({ at }: Seen, index: number, { overlapUntil, moved, skip }: Cursor) =>
  moved || (index === 0 && skip > 0) || (overlapUntil !== null && (at === null || at <= overlapUntil));

function newest(rows: Seen[]): Date | undefined {
  const last = Math.max(...rows.map(({ at }) => at ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(last) ? new Date(last) : undefined;
}

function rawId(raw: unknown): string | undefined {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
  return typeof id === 'string' ? id.toLowerCase() : undefined;
}

function settle(reading: Reading, end: { complete: boolean; reason?: string }): void {
  reading.complete = end.complete;
  if (end.reason) reading.reason = end.reason;
}
