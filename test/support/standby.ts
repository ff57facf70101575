import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedServer, openEmbedded } from '../../src/db/embedded.ts';

type Server = EmbeddedServer & { folder: string };

/** A folder that the server's account may enter, also where the tests run as root. */
export function serverFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-pair-'));
  chmodSync(folder, 0o755);
  return folder;
}

export const SETTINGS = ['fsync=off', 'wal_keep_size=256MB', 'shared_buffers=32MB'];

export async function withClient<T>(
  server: EmbeddedServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host: server.host, port: server.port, ...server.superuser, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A standby of a running server, fed by streaming replication: a base backup by the server's own functions, and the settings
 * that make it follow. What pg_basebackup -R does, which the embedded server does not bring.
 */
export async function startStandby(primary: Server): Promise<Server> {
  const folder = serverFolder();
  const cluster = join(folder, 'postgres');
  const label = await withClient(primary, 'postgres', async (client) => {
    await client.query(`select pg_backup_start('standby', true)`);
    copyCluster(join(primary.folder, 'postgres'), cluster);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    return rows[0]?.labelfile ?? '';
  });
  const { uid, gid } = statSync(join(primary.folder, 'postgres'));
  const put = (name: string, text: string, flag = 'w') => {
    writeFileSync(join(cluster, name), text, { mode: 0o600, flag });
    chownSync(join(cluster, name), uid, gid);
  };
  put('backup_label', label);
  put('standby.signal', '');
  const { host, port, superuser } = primary;
  put(
    'postgresql.auto.conf',
    `primary_conninfo = 'host=${host} port=${port} user=${superuser.user} password=${superuser.password}'\n`,
    'a',
  );
  cpSync(join(primary.folder, 'superuser.json'), join(folder, 'superuser.json'));
  return { ...(await openEmbedded(folder, { settings: SETTINGS })), folder };
}

const OF_THE_PRIMARY = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'pg_stat_tmp']);

/** File by file, with owner and mode: a running server makes and removes files meanwhile, which the log replays. */
function copyCluster(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    filter: (path) => !OF_THE_PRIMARY.has(basename(path)) && !basename(path).startsWith('pgsql_tmp'),
  });
  const { uid, gid } = statSync(from);
  for (const name of ['pg_wal', 'pg_replslot', 'pg_stat_tmp', join('pg_wal', 'archive_status')])
    cpSync(join(from, 'pg_notify'), join(to, name), {
      recursive: true,
      filter: (path) => path === join(from, 'pg_notify'),
    });
  for (const name of ['', ...readdirSync(to, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(to, name), uid, gid);
    chmodSync(join(to, name), statSync(join(to, name)).isDirectory() ? 0o700 : 0o600);
  }
}

/** Waits until the standby has replayed what the primary has written by now. */
export async function caughtUp(primary: Server, standby: Server): Promise<void> {
  const written = await withClient(primary, 'postgres', async (client) => {
    const { rows } = await client.query<{ at: string }>('select pg_current_wal_lsn()::text as at');
    return rows[0]?.at;
  });
  await withClient(standby, 'postgres', async (client) => {
    for (;;) {
      const { rows } = await client.query<{ done: boolean }>(
        'select pg_last_wal_replay_lsn() >= $1::pg_lsn as done',
        [written],
      );
      if (rows[0]?.done) return;
      await sleep(50);
    }
  });
}

export async function stopServer({ release, folder }: Server): Promise<void> {
  await release();
  rmSync(folder, { recursive: true, force: true });
}
