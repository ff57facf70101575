import pg from 'pg';
import { type DatabaseSettings, loadConfig } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { createStore } from '../../src/mcp/store.ts';
import { TOOLS } from '../../src/mcp/tools.ts';

type Statement = { database: string; text: string; values: unknown[] };

/** The statements of one answer, as they go to the databases, transactions included. */
export async function recordStatements(
  settings: DatabaseSettings,
  name: string,
  args: object,
): Promise<Statement[]> {
  const store = createStore(settings, createLog('silent'));
  const context = { now: new Date(), read: store.read, readRisk: store.readRisk };
  const tool = TOOLS.find((known) => known.name === name);
  if (!tool) throw new Error(`there is no tool ${name}`);
  const recorded: Statement[] = [];
  await tool.run(args, context); // the first question opens the connections, which is none of the answer
  const stopRecording = record(({ database, text, values }) => recorded.push({ database, text, values }));
  try {
    await tool.run(args, context);
  } finally {
    stopRecording();
    await store.close();
  }
  return recorded;
}

/** Tells each statement that any connection of this process sends. @returns what ends it */
function record(tell: (statement: Statement) => void): () => void {
  const prototype = pg.Client.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const query = prototype.query as (...given: unknown[]) => unknown;
  prototype.query = function (this: { database?: string }, ...given: unknown[]) {
    const [first] = given as [{ text?: string; values?: unknown[] }];
    if (first?.text) tell({ database: this.database ?? '', text: first.text, values: first.values ?? [] });
    return Reflect.apply(query, this, given);
  };
  return () => {
    prototype.query = query;
  };
}

/** Milliseconds that the bare statements take one after the other, each time on the same connections. */
export async function replayStatements(
  settings: DatabaseSettings,
  statements: readonly Statement[],
  times: number,
): Promise<number[]> {
  const databases = await openDatabases(settings, 'reader', 'dr365 bench');
  const clients = new Map<string, pg.PoolClient>();
  for (const { pool, connection } of [databases.metrics, databases.risk])
    clients.set(connection.database, await pool.connect());
  const taken: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const start = performance.now();
    for (const { database, text, values } of statements)
      await clients.get(database)?.query({ text, values, queryMode: 'extended' } as pg.QueryConfig);
    taken.push(performance.now() - start);
  }
  for (const client of clients.values()) client.release();
  await databases.close();
  return taken;
}

export const settingsOf = (dataDir: string): DatabaseSettings =>
  loadConfig({ DR365_DATA_DIR: dataDir }).database;
