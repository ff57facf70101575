import { Kysely, PostgresDialect } from 'kysely';
import type { ReadonlyKysely } from 'kysely/readonly';
import pg from 'pg';
import type { Role } from '../config/config.ts';
import { ConfigError } from '../errors.ts';
import { rememberLogin } from '../observability/secrets.ts';
import type { DB as MetricsDB } from './metrics-schema.ts';
import type { DB as RiskDB } from './risk-schema.ts';

export type { MetricsDB, RiskDB };
export type Metrics = Kysely<MetricsDB>;
export type Risk = Kysely<RiskDB>;
export type MetricsReader = ReadonlyKysely<MetricsDB>;
export type RiskReader = ReadonlyKysely<RiskDB>;
/** The record of runs, which both databases have. */
export type RunReader = ReadonlyKysely<Pick<MetricsDB, 'run' | 'run_endpoint' | 'run_event'>>;

/** Where a database is and who signs in. `application` is shown in pg_stat_activity. */
export type Connection = {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  role: Role;
  tls: pg.ClientConfig['ssl'];
  application: string;
  /** Most connections of the pool; by default as many as the role needs. */
  connections?: number;
};

/** How long one answer may take in the database. */
const READER_TIMEOUT_MS = 15_000;

pg.types.setTypeParser(pg.types.builtins.INT8, toSafeNumber);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** Each run holds a connection for its lock and one for its work, and all workers of a role may run at once. */
const MOST: Record<Role, number> = { owner: 4, collector: 12, advisor: 4, reader: 4 };

/** A pool for one role. Nothing is opened until the first query; an idle connection that is cut is replaced. */
export function openPool(connection: Connection): pg.Pool {
  const {
    host,
    port,
    database,
    user,
    password,
    tls,
    application,
    role,
    connections = MOST[role],
  } = connection;
  rememberLogin(user, password);
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password,
    ssl: tls ?? false,
    application_name: application,
    max: connections,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options:
      role === 'reader'
        ? // Compiling a plan over many months takes longer than to run it.
          `-c default_transaction_read_only=on -c statement_timeout=${READER_TIMEOUT_MS} -c jit=off`
        : '',
  });
  // A connection that is cut, idle or in use, must not end the process: the pool opens a new one, the query under way fails.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export function toKysely<DB>(pool: pg.Pool): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** The same connection, for code that only selects. The database role is what enforces it. */
export function asReader(db: Metrics): MetricsReader {
  return db as never;
}
export function asRiskReader(db: Risk): RiskReader {
  return db as never;
}
export function asRunReader(db: MetricsReader | RiskReader): RunReader {
  return db as never;
}

/**
 * What a failure to reach or use the database means for the person who set it up.
 * @returns a ConfigError that names the setting, or the error as it was if it is none of the settings' fault
 */
export function explainDatabaseError(
  error: unknown,
  { host, port, database, user, role }: Connection,
): unknown {
  const code = error && typeof error === 'object' && 'code' in error ? String(error.code) : '';
  const where = `database ${database} at ${host}:${port}`;
  const prefix = role === 'owner' ? 'DB' : `DB_${role.toUpperCase()}`;
  const remedies: Record<string, string> = {
    ECONNREFUSED: `nothing answers at ${host}:${port}: check DB_HOST and DB_PORT, and that PostgreSQL runs`,
    ENOTFOUND: `the host ${host} is unknown: check DB_HOST`,
    EAI_AGAIN: `the host ${host} cannot be looked up: check DB_HOST`,
    EHOSTUNREACH: `there is no way to ${host}: check DB_HOST and the network`,
    ENETUNREACH: `there is no way to ${host}: check DB_HOST and the network`,
    ETIMEDOUT: `no answer from ${host}:${port}: check DB_HOST, DB_PORT and the firewall`,
    '28P01': `${where} refuses the password of ${user}: check ${prefix}_USER and ${prefix}_PASSWORD`,
    '28000': `${where} refuses the login ${user}: check ${prefix}_USER and the server's pg_hba.conf`,
    '3D000': `${where} does not exist: check DB_NAME and DB_RISK_NAME, or run: npm run migrate`,
    '42P01': `${where} lacks tables: run: npm run migrate`,
    '42501': `${where}: ${user} lacks a right: run npm run migrate as the owner (DB_USER)`,
  };
  const remedy = remedies[code] ?? explainTls(error, code, where) ?? explainTimeout(error, where);
  return remedy ? new ConfigError(remedy, { cause: error }) : error;
}

/** What speaks against the encryption of the connection; undefined: nothing. */
function explainTls(error: unknown, code: string, where: string): string | undefined {
  const message = error instanceof Error ? error.message : '';
  if (/does not support SSL/.test(message))
    return `${where} offers no TLS, but DB_TLS=verify is set: switch it on there (ssl = on), or set DB_TLS=off on a network that is yours`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${where} has a certificate for another name: set DB_HOST to a name in it (${message})`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${where} has expired: renew it there`;
  return /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA)/.test(code)
    ? `the certificate of ${where} is not trusted (${code}): set DB_CA_FILE to the PEM file of its authority`
    : undefined;
}

const explainTimeout = (error: unknown, where: string): string | undefined =>
  error instanceof Error && /connection timeout|timeout (expired|exceeded when trying)/i.test(error.message)
    ? `no answer from ${where} in time: check DB_HOST, DB_PORT and the firewall`
    : undefined;

function toSafeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`the database holds ${text}, which is too large for a number`);
  return value;
}
