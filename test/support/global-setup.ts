// Before all test files: one PostgreSQL with a migrated template of both databases. After them: gone.
import { migrate } from '../../src/db/database.ts';
import { asAdmin, startTestServer, type TestServer, toSettings } from './postgres.ts';

let server: TestServer | undefined;

export async function globalSetup(): Promise<void> {
  server = await startTestServer();
  await dropTestDatabases(server);
  await migrate(toSettings(server, 'template'));
  const { host, port, user, password } = server;
  process.env.DR365_TEST_SERVER = JSON.stringify({ host, port, user, password });
}

export async function globalTeardown(): Promise<void> {
  if (!server) return;
  await dropTestDatabases(server);
  await server.stop();
}

/** All copies at once, here: dropping one straight after its pool closed races with the closing sockets. */
async function dropTestDatabases(target: TestServer): Promise<void> {
  await asAdmin(target, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database where datname ~ '^(metrics|risk)_([0-9a-f]{8}|template)$'`,
    );
    for (const { name } of rows) await client.query(`drop database "${name}" with (force)`);
  });
}
