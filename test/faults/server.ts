import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../src/db/database.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { toSettings } from '../support/postgres.ts';
import type { Volume } from './volume.ts';

export type Sql = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** A PostgreSQL of the suite's own, that may be treated badly. */
export type FaultServer = {
  host: string;
  port: number;
  user: string;
  password: string;
  /** As a crash: nobody is asked, what was not committed is gone. */
  restart: () => Promise<void>;
  /** Starts it if it is down, and waits until it takes connections. */
  ensureUp: () => Promise<void>;
  /** One statement as the administrator. */
  sql: Sql;
  /** Several in one database. */
  inDatabase: <T>(database: string, work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** Both databases under another name. */
  copy: (from: string, to: string) => Promise<void>;
  drop: (name: string) => Promise<void>;
  /** How often the server had no room, as its log says. */
  timesFull: () => number;
  stop: () => Promise<void>;
};

/** Without fsync a crash of the server loses nothing, only one of the machine would; commits are waited for. */
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'max_connections=100',
  'shared_buffers=64MB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=128MB',
  'min_wal_size=32MB',
  'autovacuum=off',
];

/** Starts a server on the volume, with both databases migrated under the name `empty`. */
export async function startFaultServer({ folder }: Volume): Promise<FaultServer> {
  chmodSync(folder, 0o755); // as root the server runs as another account
  const embedded = await openEmbedded(folder, { settings: SETTINGS });
  const { host, port } = embedded;
  const login = { host, port, ...embedded.superuser };
  const log = join(folder, 'postgres.log');
  const control = controlOf(join(folder, 'postgres'), log);
  const abandon = () => quit(join(folder, 'postgres'));
  process.prependOnceListener('exit', abandon); // before its folder goes
  const { inDatabase, letGo } = createAdmin(login);
  const sql: Sql = (text, values) => inDatabase('postgres', (ask) => ask(text, values));
  const ensureUp = async () => {
    for (let tries = 0; ; tries += 1) {
      try {
        await sql('select 1');
        return;
      } catch (error) {
        if (tries > 100) throw error;
        if (!(await answers(port))) await control(['start', '-w', '-t', '60']).catch(() => {});
        await sleep(50);
      }
    }
  };
  await migrate(toSettings(login, 'empty'));
  const names = (name: string) => ['metrics', 'risk'].map((kind) => `${kind}_${name}`);
  return {
    ...login,
    sql,
    inDatabase,
    ensureUp,
    restart: async () => {
      await control(['restart', '-m', 'immediate', '-w', '-t', '60']);
      await ensureUp();
    },
    copy: async (from, to) => {
      await letGo(names(from)); // a template must not be in use
      await inDatabase('postgres', async (ask) => {
        for (const kind of ['metrics', 'risk']) {
          await ask(`create database ${kind}_${to} template ${kind}_${from} strategy file_copy`);
          await ask(`revoke all on database ${kind}_${to} from public`);
          await ask(
            `grant connect on database ${kind}_${to} to dr365_collector, dr365_advisor, dr365_reader`,
          );
        }
      });
    },
    drop: async (name) => {
      await letGo(names(name));
      for (const database of names(name)) await sql(`drop database if exists ${database} with (force)`);
    },
    timesFull: () => readFileSync(log, 'utf8').split('No space left on device').length - 1,
    stop: async () => {
      await letGo();
      await embedded.release();
      process.off('exit', abandon);
    },
  };
}

/** Ends the server of a cluster at once, where the process that started it ends before its time. */
function quit(cluster: string): void {
  const file = join(cluster, 'postmaster.pid');
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
}

type Admin = {
  inDatabase: FaultServer['inDatabase'];
  /** Closes the connections to some databases, or all. */
  letGo: (databases?: readonly string[]) => Promise<void>;
};

/** The administrator's connections, one for each database, kept: signing in costs more than most questions. */
function createAdmin(login: pg.ClientConfig): Admin {
  const open = new Map<string, pg.Client>();
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...login, database });
    // What it has to say of a server that goes down is in the query.
    client.on('error', () => open.delete(database));
    await client.connect();
    open.set(database, client);
    return client;
  };
  const ask =
    (client: pg.Client): Sql =>
    async (text, values = []) =>
      (await client.query(text, values)).rows as Record<string, unknown>[];
  return {
    inDatabase: async (database, work) => {
      const known = open.get(database);
      try {
        return await work(ask(known ?? (await connect(database))));
      } catch (error) {
        open.delete(database);
        await known?.end().catch(() => {});
        // It was cut since it was last used.
        if (!known || (error instanceof Error && 'severity' in error && error.severity === 'ERROR'))
          throw error;
        return work(ask(await connect(database)));
      }
    },
    letGo: async (databases = [...open.keys()]) => {
      for (const database of databases) {
        const client = open.get(database);
        open.delete(database);
        await client?.end().catch(() => {});
      }
    },
  };
}

type Control = (args: string[]) => Promise<void>;

/** pg_ctl with the options that the server was started with; it runs as the owner of the folder. */
function controlOf(cluster: string, log: string): Control {
  const [program = '', ...flags] = readFileSync(join(cluster, 'postmaster.opts'), 'utf8')
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('"', ''));
  const options = flags.filter((word, i) => word !== '-D' && flags[i - 1] !== '-D').join(' ');
  const { uid, gid } = statSync(cluster);
  return (args) =>
    new Promise((done, fail) => {
      const child = spawn(
        join(dirname(program), 'pg_ctl'),
        [...args, '-D', cluster, '-l', log, '-o', options],
        { uid, gid, cwd: dirname(cluster), stdio: 'ignore' },
      );
      child.on('error', fail);
      child.on('exit', (code) => (code === 0 ? done() : fail(new Error(`pg_ctl ${args[0]}: ${code}`))));
    });
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
