import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseSettings } from '../config/config.ts';
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
import { createGate } from './gate.ts';

/** The databases as the tools see them. */
export type Store = {
  /** Does the selects of one answer in one read-only snapshot. An aborted call is cancelled in the database too. */
  read: <T>(work: (db: MetricsReader) => Promise<T>, signal?: AbortSignal, meter?: RowMeter) => Promise<T>;
  /** The same of the risk database, with a snapshot of the metrics database beside it. */
  readRisk: <T>(
    work: (risk: RiskReader, metrics: MetricsReader) => Promise<T>,
    signal?: AbortSignal,
    meter?: RowMeter,
  ) => Promise<T>;
  close: () => Promise<void>;
};

/** Counts the rows that an answer was made from. */
export type RowMeter = { rows: number };

/** The login could change data. Whoever starts the server with such a login is told, and it ends. */
export class UnsafeLogin extends AnswerError {}

/** As many as the pool of the reader has connections: nobody waits for one, and takes the wait for a database that is away. */
const AT_ONCE = 4;

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
  const gate = createGate(AT_ONCE);
  const answer = async <T>(
    ask: (databases: Databases) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    try {
      return await gate(() => read(ask), signal);
    } catch (error) {
      if (signal?.aborted)
        throw new AnswerError('The question was given up before it was answered.', { cause: error });
      const trouble = toDatabaseAnswer(error);
      if (!trouble) throw error;
      log.warn({ err: error }, 'the database could not be asked');
      throw trouble;
    }
  };
  return {
    read: (work, signal, meter) =>
      answer(
        ({ metrics }) => inSnapshot(metrics.pool, (query) => work(metricsOver(query)), signal, meter),
        signal,
      ),
    readRisk: (work, signal, meter) =>
      answer(({ metrics, risk }) => {
        const both = (one: Query) =>
          inSnapshot(risk.pool, (other) => work(riskOver(other), metricsOver(one)), signal, meter);
        return inSnapshot(metrics.pool, both, signal, meter);
      }, signal),
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
  const { rows } = await pool.query<Record<string, boolean>>({ name: 'assert read only', text: RIGHTS });
  const found = Object.entries(rows[0] ?? {}).find(([, has]) => has)?.[0];
  if (!found) return;
  throw new UnsafeLogin(
    `The login of the MCP server ${found}, so it does not work with it: set DB_READER_USER and DB_READER_PASSWORD to the ` +
      'read-only role that npm run migrate makes.',
  );
}

/** Each column names something that the login must not be able to do. */
const RIGHTS = `
  select current_setting('is_superuser') = 'on' as "is a superuser",
         coalesce(bool_or(pg_has_role(current_user, relowner, 'member')), false) as "owns tables",
         (select pg_has_role(current_user, datdba, 'member') from pg_database where datname = current_database())
           as "owns the database",
         coalesce(bool_or(has_table_privilege(current_user, pg_class.oid, 'insert, update, delete, truncate')), false)
           as "may write to tables",
         has_schema_privilege(current_user, 'public', 'create') as "may make tables",
         (select rolcreaterole or rolcreatedb or rolreplication from pg_roles where rolname = current_user)
           as "may make roles or databases",
         (select bool_or(pg_has_role(current_user, oid, 'member')) from pg_roles
           where rolname in ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
                             'pg_execute_server_program')) as "may read or write files of the server"
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`;

const ignore = () => {};

/** One statement in the snapshot. */
type Query = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>;

async function inSnapshot<T>(
  pool: pg.Pool,
  work: (query: Query) => Promise<T>,
  signal?: AbortSignal,
  meter?: RowMeter,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await pool.connect();
  client.on('error', ignore); // a cut connection fails the query under way; without a listener it would end the process
  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    cancelled = cancelQuery(pool, client);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  const query: Query = async (text, values) => {
    signal?.throwIfAborted(); // given up while it waited for the connection, or between two statements
    const result = await extended(client, text, values);
    if (meter) meter.rows += result.rows.length;
    return result;
  };
  let broken: unknown;
  try {
    await extended(client, 'start transaction isolation level repeatable read, read only');
    const answer = await work(query);
    await extended(client, 'commit');
    return answer;
  } catch (error) {
    await extended(client, 'rollback').catch((failed: unknown) => {
      broken = failed;
    });
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await cancelled; // a late one must not hit the next question on this connection
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

const metricsOver = (query: Query): MetricsReader =>
  asReader(new Kysely<MetricsDB>({ dialect: overOne(query) }));
const riskOver = (query: Query): RiskReader => asRiskReader(new Kysely<RiskDB>({ dialect: overOne(query) }));

function overOne(query: Query): PostgresDialect {
  const connection = { query, release: () => {} };
  const pool = { connect: async () => connection, end: async () => {} };
  return new PostgresDialect({ pool: pool as never });
}

/** Over a connection of its own: the pool's may all be busy, with what is to be cancelled. */
async function cancelQuery(
  pool: pg.Pool,
  client: pg.PoolClient & { processID?: number | null },
): Promise<void> {
  const { processID } = client;
  if (!processID) return;
  const other = new pg.Client(pool.options);
  other.on('error', ignore);
  try {
    await other.connect();
    await other.query({ text: 'select pg_cancel_backend($1)', values: [processID] });
  } catch {
    // Nothing to do if this fails: statement_timeout ends the query then.
  } finally {
    await other.end().catch(ignore);
  }
}
