import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { DatabaseSettings } from '../config.ts';
import { asReader, type MetricsDB, type MetricsReader } from '../db/connect.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import type { Log } from '../log.ts';
import { isLostDatabase, toDatabaseAnswer } from './database-trouble.ts';
import { AnswerError } from './errors.ts';

/** The metrics database as the tools see it. */
export type Store = {
  /** Does the selects of one answer in one read-only snapshot. An aborted call is cancelled in the database too. */
  read: <T>(work: (db: MetricsReader) => Promise<T>, signal?: AbortSignal) => Promise<T>;
  close: () => Promise<void>;
};

/** A store that opens its connections at the first question, and anew after the database was away. */
export function createStore(settings: DatabaseSettings, log: Log): Store {
  let opening: Promise<Databases> | undefined;
  const open = async () => {
    opening ??= openAsReader(settings);
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const close = async () => {
    const databases = await opening?.catch(() => undefined);
    opening = undefined;
    await databases?.close();
  };
  const read = async <T>(work: (db: MetricsReader) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await inSnapshot((await open()).metrics.pool, work, signal);
    } catch (error) {
      if (isLostDatabase(error)) await close();
      const answer = toDatabaseAnswer(error);
      if (!answer) throw error;
      log.warn({ err: error }, 'the database could not be asked');
      throw answer;
    }
  };
  return { read, close };
}

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

async function inSnapshot<T>(
  pool: pg.Pool,
  work: (db: MetricsReader) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await pool.connect();
  const cancel = () => void cancelQuery(pool, client);
  signal?.addEventListener('abort', cancel, { once: true });
  let broken: unknown;
  try {
    await extended(client, 'start transaction isolation level repeatable read, read only');
    const answer = await work(overOneClient(client));
    await extended(client, 'commit');
    return answer;
  } catch (error) {
    await extended(client, 'rollback').catch((failed: unknown) => {
      broken = failed;
    });
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
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

function overOneClient(client: pg.PoolClient): MetricsReader {
  const connection = {
    query: (text: string, values: readonly unknown[]) => extended(client, text, values),
    release: () => {},
  };
  const pool = { connect: async () => connection, end: async () => {} };
  return asReader(new Kysely<MetricsDB>({ dialect: new PostgresDialect({ pool: pool as never }) }));
}

async function cancelQuery(
  pool: pg.Pool,
  client: pg.PoolClient & { processID?: number | null },
): Promise<void> {
  const { processID } = client;
  // Nothing to do if this fails: statement_timeout ends the query then.
  if (processID) await pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {});
}
