import { SourceError } from '../errors.ts';
import { addReading, createReading, notRead, type Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { startCursor } from './page-cursor.ts';
import { type ListEndpoint, type Page, type ReadOptions, readPages, readPagesFrom } from './pages.ts';

/** One reading of several that make up an endpoint's. */
export type Part<Row> = { list: ListEndpoint<Row>; options: ReadOptions; name: string };

/** `first: 'parts'` where the server cannot take the whole list at once anyway. */
export type Split = { parameter: string; values: readonly string[]; first: 'whole' | 'parts' };

/**
 * A list of which the server may be unable to give a part: it answers 500 to the whole list if one row has a value that
 * the API revision cannot express. The list is then read value by value of `parameter`, and what still answers 500 is
 * left out and named in the reading.
 * @throws SourceError the first error, if no part can be read either
 */
export async function* readSplitting<Row extends { id: string }>(
  client: VeeamClient,
  list: ListEndpoint<Row>,
  options: ReadOptions,
  split: Split,
): AsyncGenerator<Page<Row>> {
  const cursor = startCursor(options.after, list.byTime !== undefined);
  let failure: SourceError | undefined;
  if (split.first === 'whole') {
    try {
      return yield* readPagesFrom(client, list, options, cursor);
    } catch (error) {
      if (!isListFailure(error)) throw error;
      failure = error;
      if (options.reading) options.reading.rowsTotal = cursor.distinct; // the parts say what the rest is
    }
  }
  const after = cursor.after === undefined ? options.after : new Date(cursor.after);
  const parts = split.values.map((value) => ({
    list,
    name: `${split.parameter}=${value}`,
    options: { ...options, after, query: { ...options.query, [split.parameter]: value } },
  }));
  yield* readParts(client, parts, { ...options, failure });
}

/**
 * Several lists as one: their counts add up, and it is complete if each of them is. A part that answers 500, or that is
 * gone (404), is left out; a 500 is named.
 */
export async function* readParts<Row extends { id: string }>(
  client: VeeamClient,
  parts: Iterable<Part<Row>> | AsyncIterable<Part<Row>>,
  { reading, failure }: { reading?: Reading | undefined; failure?: SourceError | undefined },
): AsyncGenerator<Page<Row>> {
  const left: string[] = [];
  let read = 0;
  let last = failure;
  for await (const { list, options, name } of parts) {
    const part = createReading(list.path);
    try {
      for await (const { items, rejected } of readPages(client, list, { ...options, reading: part })) {
        yield { items, rejected }; // the parts have no common order, so there is no `readUntil`
      }
      read += 1;
      if (!part.complete) left.push(`${name}: ${part.reason ?? 'incomplete'}`);
    } catch (error) {
      if (error instanceof SourceError && error.code === 'not-found') continue;
      if (!isListFailure(error)) throw error;
      last ??= error;
      left.push(`${name} answered 500`);
    } finally {
      if (reading) addReading(reading, part);
    }
  }
  if (read === 0 && last) throw last;
  if (!reading) return;
  reading.complete = left.length === 0;
  if (left.length > 0) reading.reason = notRead(left);
}

const isListFailure = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.code === 'server-error' && error.status === 500;
