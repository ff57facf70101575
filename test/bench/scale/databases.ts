import pg from 'pg';
import { type DatabaseSettings, loadConfig } from '../../../src/config/config.ts';
import type { EmbeddedServer } from '../../../src/db/embedded.ts';
import { DAYS } from './estate.ts';
import { type History, lengthen } from './history.ts';

/** Sessions of a size, and the settings that its databases are opened with. */
export type Size = { name: string; sessions: number; settings: DatabaseSettings };

/** What the workers filled. */
export const BASE = { metrics: 'dr365v_metrics', risk: 'dr365v' };
/** Days between two results that are kept of the past. */
const RESULTS_EVERY = 20;

export function toSize(dataDir: string, exponent: number): Size {
  const name = `10^${exponent}`;
  const names = { DB_NAME: `scale_metrics_${exponent}`, DB_RISK_NAME: `scale_risk_${exponent}` };
  return {
    name,
    sessions: 10 ** exponent,
    settings: loadConfig({ DR365_DATA_DIR: dataDir, ...names }).database,
  };
}

/** So many copies of the simulated days that the sessions of a size are there, and results of all workers on the way. */
export function toHistory(sessions: number, baseSessions: number): History {
  const copies = Math.max(1, Math.ceil(sessions / baseSessions));
  const days = copies * DAYS;
  const steps = Array.from(
    { length: Math.floor(days / RESULTS_EVERY) },
    (_, step) => (step + 1) * RESULTS_EVERY,
  );
  // Each moment that is asked about has another four days before it, to compare with.
  const askedDays = Math.max(4, ...steps.filter((step) => step <= 200));
  return {
    sessions,
    copies,
    strideDays: DAYS,
    askedDays,
    resultDays: [...new Set([4, 8, ...steps, askedDays + 4])].toSorted((a, b) => a - b),
  };
}

/** Both databases of a size, made from those that the workers filled, where they are not there yet. */
export async function makeDatabases(
  server: EmbeddedServer,
  { settings }: Size,
  history: History,
  say: (line: string) => void,
): Promise<void> {
  for (const [name, template] of [
    [settings.metricsName, BASE.metrics],
    [settings.riskName, BASE.risk],
  ] as const) {
    if (await exists(server, name)) continue;
    const draft = `${name}_draft`;
    await onDatabase(server, 'postgres', async (client) => {
      await client.query(`drop database if exists ${draft}`);
      await client.query(
        `create database ${draft} owner dr365_owner template ${template} strategy file_copy`,
      );
    });
    await onDatabase(server, draft, (client) => lengthen(client, history, (line) => say(`${name}: ${line}`)));
    await onDatabase(server, 'postgres', async (client) => {
      await client.query(`alter database ${draft} rename to ${name}`);
    });
  }
}

/** A minute after the last run of a worker, in either database: what is asked about is as old in all sizes. */
export async function nowOf(server: EmbeddedServer): Promise<Date> {
  const ends = await Promise.all(
    [BASE.metrics, BASE.risk].map((name) =>
      onDatabase(server, name, async (client) => {
        const { rows } = await client.query<{ at: Date }>('select max(finished_at) as at from run');
        return rows[0]?.at.getTime() ?? 0;
      }),
    ),
  );
  return new Date(Math.max(...ends) + 60_000);
}

export const countBase = (server: EmbeddedServer): Promise<number> =>
  onDatabase(server, BASE.metrics, async (client) => {
    const { rows } = await client.query<{ count: string }>('select count(*) as count from session');
    return Number(rows[0]?.count);
  });

/** Rows of the tables that have most, and bytes of the database. */
export function measureSize(
  server: EmbeddedServer,
  database: string,
): Promise<{ bytes: number; rows: [table: string, rows: number][]; partitions: number }> {
  return onDatabase(server, database, async (client) => {
    const { rows } = await client.query<{ table: string; rows: string; partitions: string }>(`
      select coalesce(p.relname, c.relname) as table, sum(greatest(c.reltuples, 0))::bigint as rows, count(i.inhrelid) as partitions
        from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by 1 order by 2 desc limit 16`);
    const { rows: size } = await client.query<{ bytes: string }>(
      'select pg_database_size(current_database()) as bytes',
    );
    return {
      bytes: Number(size[0]?.bytes),
      rows: rows.map((row) => [row.table, Number(row.rows)]),
      partitions: Math.max(...rows.map((row) => Number(row.partitions))),
    };
  });
}

async function exists(server: EmbeddedServer, name: string): Promise<boolean> {
  return onDatabase(server, 'postgres', async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    return Boolean(rowCount);
  });
}

/** As the administrator of the server. */
export async function onDatabase<T>(
  { host, port, superuser }: EmbeddedServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, ...superuser, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
