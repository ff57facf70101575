import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { type EmbeddedServer, openEmbedded } from '../../src/db/embedded.ts';

export type TestServer = {
  host: string;
  port: number;
  user: string;
  password: string;
  stop: () => Promise<void>;
};

const FAST = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=200',
  'shared_buffers=256MB',
];

/** TEST_DATABASE_URL, a login that may make databases and roles; without it a server of our own in a temporary folder. */
export async function startTestServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) {
    const { hostname, port, username, password } = new URL(url);
    return {
      host: hostname,
      port: Number(port || 5432),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      stop: async () => {},
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'dr365-test-'));
  chmodSync(folder, 0o755); // as root the server runs as another account
  const server: EmbeddedServer = await openEmbedded(folder, { settings: FAST });
  const stop = async () => {
    await server.release();
    rmSync(folder, { recursive: true, force: true });
  };
  return { host: server.host, port: server.port, ...server.superuser, stop };
}

/** Settings as a user would have them for an external server, with databases of their own. */
export function toSettings(server: Omit<TestServer, 'stop'>, suffix: string): DatabaseSettings {
  const login = (role: string) => ({ user: `dr365_${role}`, password: `test-${role}` });
  return {
    metricsName: `metrics_${suffix}`,
    riskName: `risk_${suffix}`,
    dataDir: join(tmpdir(), 'dr365-test-no-data-dir'),
    external: { host: server.host, port: server.port, tls: 'off', caFile: undefined },
    logins: {
      owner: { user: server.user, password: server.password },
      collector: login('collector'),
      advisor: login('advisor'),
      reader: login('reader'),
    },
  };
}

export const newSuffix = () => randomUUID().slice(0, 8);

/** Runs statements as the server's administrator. */
export async function asAdmin(
  server: Omit<TestServer, 'stop'>,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
