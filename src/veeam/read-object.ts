import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { Reading } from '../reading.ts';
import { withoutNulls } from '../wire/lenient.ts';
import type { GetOptions, VeeamClient } from './client.ts';
import { type Query, toTemplate } from './query.ts';

export type RowsOptions<Schema> = {
  property: string;
  row: Schema;
  query?: Query | undefined;
  reading: Reading | undefined;
};

/**
 * Reads something that is not a list.
 * @throws SourceError `bad-answer` if the answer is not of the expected shape
 */
export async function readObject<Schema extends z.ZodType>(
  client: VeeamClient,
  path: string,
  schema: Schema,
  options: GetOptions = {},
): Promise<{ value: z.infer<Schema>; answer: HttpAnswer }> {
  const answer = await client.get(path, options);
  const parsed = schema.safeParse(withoutNulls(answer.json));
  if (!parsed.success) throw badShape(path, parsed.error);
  return { value: parsed.data, answer };
}

/** Like `readObject`, and fills in the record of the endpoint: one row, complete. */
export async function readRecorded<Schema extends z.ZodType>(
  client: VeeamClient,
  path: string,
  schema: Schema,
  reading: Reading | undefined,
): Promise<z.infer<Schema>> {
  const { value } = await readObject(client, path, schema, { tally: reading });
  if (reading) {
    reading.pages += 1;
    reading.rowsFetched += 1;
    reading.rowsTotal = (reading.rowsTotal ?? 0) + 1;
    reading.complete = true;
  }
  return value;
}

/**
 * Rows that come whole, without pages, below `property`; those that cannot be read are counted and left out.
 * @throws SourceError `bad-answer` if there are no rows at that place
 */
export async function readRows<Schema extends z.ZodType>(
  client: VeeamClient,
  path: string,
  { property, row, query, reading }: RowsOptions<Schema>,
): Promise<z.infer<Schema>[]> {
  const envelope = z.looseObject({ [property]: z.array(z.unknown()) });
  const { value } = await readObject(client, path, envelope, { query, tally: reading });
  const found = value[property] as unknown[];
  const parsed = found.map((item) => row.safeParse(item)).filter(({ success }) => success);
  if (reading) {
    reading.pages += 1;
    reading.rowsFetched += parsed.length;
    reading.rowsRejected += found.length - parsed.length;
    reading.rowsTotal = (reading.rowsTotal ?? 0) + found.length;
    reading.complete = true;
  }
  return parsed.map(({ data }) => data as z.infer<Schema>);
}

/** What is being read, or null if there is none (404): gone, or never there. That is an answer too. */
export async function orNull<T>(value: Promise<T>, reading: Reading | undefined): Promise<T | null> {
  try {
    return await value;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'not-found')) throw error;
    if (reading) reading.complete = true;
    return null;
  }
}

export function badShape(path: string, error: z.ZodError): SourceError {
  const [issue] = error.issues;
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  return new SourceError(`${toTemplate(path)} is not of the expected shape${where}: ${issue?.message}`, {
    code: 'bad-answer',
    retryable: false,
    status: 200,
  });
}
