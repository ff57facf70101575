import type { DatabaseSettings, Role } from '../../src/config/config.ts';
import { type Databases, openDatabases } from '../../src/db/database.ts';
import { asAdmin, newSuffix, type TestServer, toSettings } from './postgres.ts';

export type TestDatabase = Databases &
  AsyncDisposable & {
    settings: DatabaseSettings;
    /** The same databases as another role; closed with the rest. */
    as: (role: Role) => Promise<Databases>;
  };

/** A fresh copy of both migrated databases, opened as `role`. */
export async function createTestDatabase(role: Role = 'collector'): Promise<TestDatabase> {
  const settings = await copyTemplate();
  const opened: Databases[] = [];
  const open = async (as: Role) => {
    const databases = await openDatabases(settings, as, 'dr365 test');
    opened.push(databases);
    return databases;
  };
  const main = await open(role);
  const close = async () => {
    await Promise.all(opened.splice(0).map((databases) => databases.close()));
  };
  return { ...main, settings, as: open, close, [Symbol.asyncDispose]: close };
}

export function testServer(): Omit<TestServer, 'stop'> {
  const server = process.env.DR365_TEST_SERVER;
  if (!server) throw new Error('no test server: run the tests with npm test, or add --test-global-setup');
  return JSON.parse(server) as Omit<TestServer, 'stop'>;
}

async function copyTemplate(): Promise<DatabaseSettings> {
  const suffix = newSuffix();
  await asAdmin(testServer(), async (client) => {
    // One copy at a time: CREATE DATABASE refuses a template that another one is copying.
    await client.query(`select pg_advisory_lock(365)`);
    for (const kind of ['metrics', 'risk']) {
      await client.query(`create database ${kind}_${suffix} template ${kind}_template`);
      await client.query(
        `grant connect on database ${kind}_${suffix} to dr365_collector, dr365_advisor, dr365_reader, dr365_tenant_reader`,
      );
      await client.query(`revoke all on database ${kind}_${suffix} from public`);
    }
  });
  return toSettings(testServer(), suffix);
}
