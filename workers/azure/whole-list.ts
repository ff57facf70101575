import type { Page } from '../../src/azure/rows.ts';
import { SourceError } from '../../src/errors.ts';
import type { Reading, RunContext } from '../../src/pipeline/worker.ts';
import type { AzureSource } from './source.ts';
import type { Swept } from './sweep.ts';

type Ways<Row> = {
  /** Ids that were there before: an answer without one of them is checked with the vault. */
  known: readonly string[];
  idOf: (row: Row) => string | null;
  /** Out of an answer about all vaults. undefined: there is none. */
  sweep: (() => Promise<Swept<Row>>) | undefined;
  list: (reading: Reading) => AsyncIterable<Page<Row>>;
};

/**
 * All there is of a kind in a vault. Resource Graph leaves out what the account may not read, or what it has not heard of
 * yet, without a word: its answer is taken only where nothing is missing that was there before.
 */
export async function* wholeList<Row>(
  context: RunContext<AzureSource>,
  reading: Reading,
  { known, idOf, sweep, list }: Ways<Row>,
): AsyncGenerator<Row[]> {
  const swept = sweep && (await trySweep(context, reading, sweep));
  const ids = new Set(swept?.rows.map(idOf));
  if (swept && swept.rows.length > 0 && known.every((id) => ids.has(id))) {
    reading.rowsFetched += swept.rows.length;
    reading.complete = true;
    yield swept.rows;
    return;
  }
  for await (const { items } of list(reading)) yield items;
}

const counted = new WeakSet<Reading>();

/** An answer that can be relied on; undefined where there is none: then each vault is asked by itself. */
export async function trySweep<Row>(
  { log }: Pick<RunContext<AzureSource>, 'log'>,
  reading: Reading,
  sweep: () => Promise<Swept<Row>>,
): Promise<Swept<Row> | undefined> {
  try {
    const swept = await sweep();
    // Whoever asked first has the requests on record.
    if (!counted.has(swept.reading)) {
      counted.add(swept.reading);
      reading.requests += swept.reading.requests;
      reading.retries += swept.reading.retries;
      reading.pages += swept.reading.pages;
    }
    return swept.reading.complete && swept.reading.rowsRejected === 0 ? swept : undefined;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    log.warn(
      { endpoint: reading.endpoint, code: error.code },
      'Resource Graph did not answer, the vault is asked',
    );
    return undefined;
  }
}
