import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { GetOptions, VeeamClient } from './client.ts';
import { toTemplate } from './query.ts';
import type { Reading } from './reading.ts';
import { withoutNulls } from './wire.ts';

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

/** The thing at `path`, or null if there is none (404): gone, or never there. */
export async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceError && error.code === 'not-found') return null;
    throw error;
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
