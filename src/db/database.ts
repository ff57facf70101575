import { readFileSync } from 'node:fs';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import { assertMigrated, type DatabaseKind } from '../../db/migrate.ts';
import { type DatabaseSettings, ROLES, type Role } from '../config/config.ts';
import { ConfigError } from '../errors.ts';
import {
  type Connection,
  explainDatabaseError,
  type MetricsDB,
  openPool,
  type RiskDB,
  toKysely,
} from './connect.ts';
import { type Credentials, ensureCredentials, readCredentials } from './credentials.ts';
import { type EmbeddedServer, openEmbedded } from './embedded.ts';
import { setUp } from './set-up.ts';
import type { Target } from './target.ts';

type OpenDatabase<DB> = { db: Kysely<DB>; pool: pg.Pool; connection: Connection };

/** Both databases, as one role. */
export type Databases = {
  metrics: OpenDatabase<MetricsDB>;
  risk: OpenDatabase<RiskDB>;
  /** Closes the pools and lets go of the embedded server. */
  close: () => Promise<void>;
};

/**
 * Opens both databases as `role`. The embedded server is started if need be, and set up and migrated; an external one
 * has to be migrated already.
 * @throws ConfigError that names the setting at fault
 */
export async function openDatabases(
  settings: DatabaseSettings,
  role: Role,
  application: string,
): Promise<Databases> {
  const server = settings.external ? undefined : await openEmbedded(settings.dataDir);
  try {
    const databases = server
      ? await openOwn(settings, server, role, application)
      : await openChecked(toTarget(settings, server), role, application);
    return { ...databases, close: async () => closeAll(databases, server) };
  } catch (error) {
    await server?.release();
    throw error;
  }
}

/** The embedded server's databases, set up or brought forward where they are not what this program needs. */
async function openOwn(
  settings: DatabaseSettings,
  server: EmbeddedServer,
  role: Role,
  application: string,
): Promise<Databases> {
  const isNew = readCredentials(settings.dataDir) === undefined;
  const target = toTarget(settings, server, ensureCredentials);
  const used = withOtherReader(target, settings);
  try {
    if (!isNew) return await openChecked(used, role, application);
  } catch {
    // Not set up to the end, or older: setting up says what is wrong if it is something else.
  }
  await setUp(target);
  return openChecked(used, role, application);
}

/** The embedded server's logins are its own, but who is to read as a limited login reads as that and never as one that sees all. */
function withOtherReader(target: Target, { logins: { reader } }: DatabaseSettings): Target {
  if (!reader || reader.user === target.logins.reader.user) return target;
  return { ...target, logins: { ...target.logins, reader } };
}

async function openChecked(target: Target, role: Role, application: string): Promise<Databases> {
  const databases = openBoth(target, role, application);
  try {
    await checkBoth(databases);
    return databases;
  } catch (error) {
    await databases.close();
    throw error;
  }
}

/** Makes roles and databases that are missing and migrates both. @returns what was done, a line each */
export function migrate(settings: DatabaseSettings): Promise<string[]> {
  return withTarget(settings, setUp);
}

/** Does something with the server as who makes roles and databases; an embedded one is started for it if need be. */
export async function withTarget<T>(
  settings: DatabaseSettings,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const server = settings.external ? undefined : await openEmbedded(settings.dataDir);
  try {
    return await work(toTarget(settings, server, ensureCredentials));
  } finally {
    await server?.release();
  }
}

/** @param stored gives the logins that are not in the settings; only who sets up may make them */
function toTarget(
  settings: DatabaseSettings,
  server: EmbeddedServer | undefined,
  stored: (dataDir: string) => Credentials | undefined = readCredentials,
): Target {
  const { external, metricsName, riskName } = settings;
  const names = { metrics: metricsName, risk: riskName };
  if (server) {
    const logins = ensureCredentials(settings.dataDir);
    return {
      host: server.host,
      port: server.port,
      tls: false,
      admin: server.superuser,
      logins,
      names,
      isExternal: false,
    };
  }
  if (!external) throw new Error('neither an external nor an embedded server');
  const given = settings.logins;
  const made = Object.keys(given).length === ROLES.length ? undefined : stored(settings.dataDir);
  const logins = { ...made, ...given } as Partial<Credentials>;
  return {
    host: external.host,
    port: external.port,
    tls:
      external.tls === 'verify'
        ? { ca: external.caFile ? readFileSync(external.caFile, 'utf8') : undefined }
        : false,
    admin: logins.owner ?? { user: '', password: '' },
    logins: logins as Credentials,
    names,
    isExternal: true,
  };
}

function openBoth(target: Target, role: Role, application: string): Databases {
  const metrics = open<MetricsDB>(target, role, target.names.metrics, application);
  const risk = open<RiskDB>(target, role, target.names.risk, application);
  const close = async () => {
    await Promise.all([metrics.pool.end(), risk.pool.end()]);
  };
  return { metrics, risk, close };
}

function open<DB>(target: Target, role: Role, database: string, application: string): OpenDatabase<DB> {
  const login = target.logins[role];
  if (!login) {
    const prefix = `DB_${role.toUpperCase()}`;
    throw new ConfigError(
      `${prefix}_PASSWORD is not set: set it (and ${prefix}_USER unless it is dr365_${role})`,
    );
  }
  const { host, port, tls } = target;
  const connection = { host, port, tls, database, ...login, role, application };
  const pool = openPool(connection);
  return { pool, connection, db: toKysely<DB>(pool) };
}

async function checkBoth({ metrics, risk }: Databases): Promise<void> {
  await checkOne(metrics, 'metrics');
  await checkOne(risk, 'risk');
}

async function checkOne<DB>({ db, connection }: OpenDatabase<DB>, kind: DatabaseKind): Promise<void> {
  try {
    await assertMigrated(db, kind);
  } catch (error) {
    throw explainDatabaseError(error, connection);
  }
}

async function closeAll(databases: Databases, server: EmbeddedServer | undefined): Promise<void> {
  await databases.close();
  await server?.release();
}
