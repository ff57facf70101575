import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import pg from 'pg';
import type { TestServer } from '../../support/postgres.ts';

/** What a process holds at a moment. */
export type Sample = Record<string, number>;

/** Memory after the garbage is collected, handles, connections and listeners of this process. */
export async function takeSample(
  server: Omit<TestServer, 'stop'>,
  signals: readonly AbortSignal[],
): Promise<Sample> {
  await new Promise((done) => setImmediate(done));
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
  return {
    'RSS MiB': rss / 2 ** 20,
    'heap MiB': heapUsed / 2 ** 20,
    'external MiB': external / 2 ** 20,
    'file descriptors': descriptors(),
    'active sockets': resources.filter((name) => /TCP|TLS|Pipe/i.test(name)).length,
    timers: resources.filter((name) => /Timeout/i.test(name)).length,
    'database connections': await connections(server),
    listeners: listeners(signals),
  };
}

/** Where the system does not show them: none. */
function descriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

async function connections(server: Omit<TestServer, 'stop'>): Promise<number> {
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from pg_stat_activity where application_name like 'dr365%'`,
  );
  await client.end();
  return Number(rows[0]?.count ?? 0);
}

/** Of the process, and of the signals that live as long as it. */
function listeners(signals: readonly AbortSignal[]): number {
  const ofProcess = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return ofProcess + signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
}
