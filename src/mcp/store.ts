import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { DatabaseSettings } from '../config.ts';
import {
  asReader,
  asRiskReader,
  type MetricsDB,
  type MetricsReader,
  type RiskDB,
  type RiskReader,
} from '../db/connect.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import type { Log } from '../log.ts';
import { isLostDatabase, toDatabaseAnswer } from './database-trouble.ts';
import { AnswerError } from './errors.ts';

/** The databases as the tools see them. */
export type Store = {
  /** Does the selects of one answer in one read-only snapshot. An aborted call is cancelled in the database too. */
  read: <T>(work: (db: MetricsReader) => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /** The same of the risk database, with a snapshot of the metrics database beside it. */
  readRisk: <T>(
    work: (risk: RiskReader, metrics: MetricsReader) => Promise<T>,
    signal?: AbortSignal,
  ) => Promise<T>;
  close: () => Promise<void>;
};

/** A store that opens its connections at the first question, and anew after the database was away. */
export function createStore(settings: DatabaseSettings, log: Log): Store {
  let current: Promise<Databases> | undefined;
  const open = () => {
    current ??= openAsReader(settings);
    return current;
  };
  const drop = async (opened: Promise<Databases> | undefined) => {
    if (current === opened) current = undefined;
    const databases = await opened?.catch(() => undefined); // what went wrong was said to whoever opened it
    await databases?.close().catch((err: unknown) => log.warn({ err }, 'connections were not closed'));
  };
  const readOnce = async <T>(ask: (databases: Databases) => Promise<T>): Promise<T> => {
    const opened = open();
    try {
      return await ask(await opened);
    } catch (error) {
      // A pool that was never opened, or whose server is gone, is of no use to the next question.
      if (isLostDatabase(error) || !(await isOpen(opened))) void drop(opened);
      throw error;
    }
  };
  const read = async <T>(ask: (databases: Databases) => Promise<T>): Promise<T> => {
    const wasOpen = current !== undefined;
    try {
      return await readOnce(ask);
    } catch (error) {
      // A connection that was cut while it idled shows at its next use only: that question is asked once more.
      if (wasOpen && isLostDatabase(error)) return readOnce(ask);
      throw error;
    }
  };
  const answer = async <T>(ask: (databases: Databases) => Promise<T>): Promise<T> => {
    try {
      return await read(ask);
    } catch (error) {
      const trouble = toDatabaseAnswer(error);
      if (!trouble) throw error;
      log.warn({ err: error }, 'the database could not be asked');
      throw trouble;
    }
  };
  return {
    read: (work, signal) =>
      answer(({ metrics }) => inSnapshot(metrics.pool, (client) => work(metricsOver(client)), signal)),
    readRisk: (work, signal) =>
      answer(({ metrics, risk }) =>
        inSnapshot(
          metrics.pool,
          (one) => inSnapshot(risk.pool, (other) => work(riskOver(other), metricsOver(one)), signal),
          signal,
        ),
      ),
    close: () => drop(current),
  };
}

const isOpen = (opened: Promise<Databases>) =>
  opened.then(
    () => true,
    () => false,
  );

async function openAsReader(settings: DatabaseSettings): Promise<Databases> {
  const databases = await openDatabases(settings, 'reader', 'dr365 mcp');
  try {
    for (const { pool } of [databases.metrics, databases.risk]) await assertReadOnly(pool);
    return databases;
  } catch (error) {
    await databases.close();
    throw error;
  }
}

/** A role that could write is refused, whoever configured it: nothing that an answer is made from may be able to change data. */
async function assertReadOnly(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ superuser: boolean; owner: boolean; writer: boolean }>({
    name: 'assert read only',
    text: `select current_setting('is_superuser') = 'on' as superuser,
                  coalesce(bool_or(pg_has_role(current_user, relowner, 'member')), false) as owner,
                  coalesce(bool_or(has_table_privilege(current_user, oid, 'insert, update, delete, truncate')), false) as writer
             from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
  });
  const [rights] = rows;
  const found = rights?.superuser
    ? 'is a superuser'
    : rights?.owner
      ? 'owns tables'
      : rights?.writer
        ? 'may write to tables'
        : '';
  if (!found) return;
  throw new AnswerError(
    `The login of the MCP server ${found}, so it does not work with it: set DB_READER_USER and DB_READER_PASSWORD to the ` +
      'read-only role that npm run migrate makes.',
  );
}

const ignore = () => {};

async function inSnapshot<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await pool.connect();
  client.on('error', ignore); // a cut connection fails the query under way; without a listener it would end the process
  const cancel = () => void cancelQuery(pool, client);
  signal?.addEventListener('abort', cancel, { once: true });
  let broken: unknown;
  try {
    await extended(client, 'start transaction isolation level repeatable read, read only');
    const answer = await work(client);
    await extended(client, 'commit');
    return answer;
  } catch (error) {
    await extended(client, 'rollback').catch((failed: unknown) => {
      broken = failed;
    });
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    client.removeListener('error', ignore);
    client.release(broken ? true : undefined);
  }
}

/** The extended protocol carries one statement at a time: `select …; commit; create …` is refused by the server. */
function extended(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult> {
  const query: pg.QueryConfig & { queryMode: 'extended' } = {
    text,
    values: [...values],
    queryMode: 'extended',
  };
  return client.query(query);
}

const metricsOver = (client: pg.PoolClient): MetricsReader =>
  asReader(new Kysely<MetricsDB>({ dialect: overOneClient(client) }));
const riskOver = (client: pg.PoolClient): RiskReader =>
  asRiskReader(new Kysely<RiskDB>({ dialect: overOneClient(client) }));

function overOneClient(client: pg.PoolClient): PostgresDialect {
  const connection = {
    query: (text: string, values: readonly unknown[]) => extended(client, text, values),
    release: () => {},
  };
  const pool = { connect: async () => connection, end: async () => {} };
  return new PostgresDialect({ pool: pool as never });
}

async function cancelQuery(
  pool: pg.Pool,
  client: pg.PoolClient & { processID?: number | null },
): Promise<void> {
  const { processID } = client;
  // Nothing to do if this fails: statement_timeout ends the query then.
  if (processID) await pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {});
}
