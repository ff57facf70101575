import * as z from 'zod';
import { SourceError } from '../errors.ts';
import { withoutNulls } from '../wire/lenient.ts';
import type { AzureClient, CallOptions, ListOptions } from './client.ts';
import { toTemplate } from './query.ts';
import type { AzureReading } from './reading.ts';

/** Some rows; `rejected` could not be read. */
export type Page<Row> = { items: Row[]; rejected: number };
export type ReadOptions = { reading?: AzureReading | undefined; signal?: AbortSignal | undefined };

export type RowKind<Row> = {
  row: z.ZodType<Row>;
  /** What makes a row the same row. */
  key: (row: Row) => string;
  /** Rows for which this is false were not asked for, and are left out. */
  wanted?: ((row: Row) => boolean) | undefined;
};

/**
 * The rows of a list, page by page; each row once. A row that cannot be read is counted and left out.
 * @throws SourceError `bad-answer` if a page is no list or leads elsewhere, and what the client throws
 */
export async function* readPages<Row>(
  client: AzureClient,
  path: string,
  kind: RowKind<Row>,
  options: ListOptions,
  seen: Set<string> = new Set(),
): AsyncGenerator<Page<Row>> {
  for await (const raw of client.list(path, options)) {
    const page = readRows(raw, kind, seen, options.reading);
    if (page.items.length > 0 || page.rejected > 0) yield page;
  }
}

/** Reads the rows of one page, and counts them. */
export function readRows<Row>(
  raw: unknown[],
  { row: schema, key, wanted = () => true }: RowKind<Row>,
  seen: Set<string>,
  reading: AzureReading | undefined,
): Page<Row> {
  const page: Page<Row> = { items: [], rejected: 0 };
  let duplicates = 0;
  let outside = 0;
  for (const one of raw) {
    const parsed = schema.safeParse(withoutNulls(one));
    if (!parsed.success) page.rejected += 1;
    else if (!wanted(parsed.data)) outside += 1;
    else if (seen.has(key(parsed.data))) duplicates += 1;
    else {
      seen.add(key(parsed.data));
      page.items.push(keepRaw(parsed.data, one));
    }
  }
  if (reading) {
    reading.rowsFetched += page.items.length;
    reading.rowsRejected += page.rejected;
    reading.duplicates += duplicates;
    if (outside > 0) reading.rowsOutside = (reading.rowsOutside ?? 0) + outside;
  }
  return page;
}

/**
 * Reads one thing.
 * @throws SourceError `bad-answer` if it is not of the expected shape
 */
export async function readOne<Schema extends z.ZodType>(
  client: AzureClient,
  path: string,
  schema: Schema,
  options: CallOptions,
): Promise<z.infer<Schema>> {
  const { json } = await client.get(path, options);
  return parseOne(json, path, schema, options.reading);
}

export function parseOne<Schema extends z.ZodType>(
  json: unknown,
  path: string,
  schema: Schema,
  reading: AzureReading | undefined,
): z.infer<Schema> {
  const parsed = schema.safeParse(withoutNulls(json));
  if (!parsed.success) throw badShape(path, parsed.error);
  if (reading) {
    reading.pages += 1;
    reading.rowsFetched += 1;
    reading.rowsTotal = (reading.rowsTotal ?? 0) + 1;
    reading.complete = true;
  }
  return keepRaw(parsed.data, json);
}

const raws = new WeakMap<object, unknown>();

/** A row as Azure sent it, with all that we do not read; the row itself where that is not known. */
export const rawOf = (row: object): unknown => raws.get(row) ?? row;

function keepRaw<Row>(row: Row, raw: unknown): Row {
  if (typeof row === 'object' && row !== null) raws.set(row, raw);
  return row;
}

/** What is being read, or null if there is none (404): gone, or never there. That is an answer too. */
export async function orNull<T>(value: Promise<T>, reading: AzureReading | undefined): Promise<T | null> {
  try {
    return await value;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'not-found')) throw error;
    if (reading) reading.complete = true;
    return null;
  }
}

function badShape(path: string, error: z.ZodError): SourceError {
  const [issue] = error.issues;
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  return new SourceError(`${toTemplate(path)} is not of the expected shape${where}: ${issue?.message}`, {
    code: 'bad-answer',
    retryable: false,
  });
}
