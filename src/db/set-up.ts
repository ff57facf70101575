import pg from 'pg';
import { migrateDatabase } from '../../db/migrate.ts';
import { ROLES, type Role } from '../config/config.ts';
import { ConfigError } from '../errors.ts';
import { type Connection, explainDatabaseError, openPool, toKysely } from './connect.ts';
import type { Target } from './target.ts';

/** The group roles that hold the rights; the logins are members of them, or the roles themselves. */
const groupOf = (role: Role) => `dr365_${role}`;
/** Logins that see the sources of some tenants only are members of this one, and of no other. */
export const TENANT_GROUP = 'dr365_tenant_reader';
const quote = pg.escapeIdentifier;

/**
 * Makes what is missing: roles with their logins, both databases, all migrations. Running it again changes nothing.
 * @returns what was done, a line each
 * @throws ConfigError that names the setting at fault, or says which right the owner lacks
 */
export async function setUp(target: Target): Promise<string[]> {
  const done: string[] = [];
  await asAdmin(target, 'postgres', async (client) => {
    if (await makeRole(client, TENANT_GROUP, '')) done.push(`role ${TENANT_GROUP} made`);
    for (const role of ROLES) done.push(...(await ensureRole(client, role, target)));
    for (const name of Object.values(target.names))
      done.push(...(await ensureDatabase(client, name, target)));
  });
  for (const kind of ['metrics', 'risk'] as const) {
    done.push(...(await migrateOne(target, kind)));
    await asAdmin(target, target.names[kind], closeSideDoors);
  }
  return done;
}

/** Works on a database as who makes roles and databases, one at a time. */
export async function asAdmin(
  target: Target,
  database: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const connection = adminConnection(target, database);
  const { host, port, user, password, tls } = connection;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    ssl: tls ?? false,
    database,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {}); // the query under way reports it
  try {
    await client.connect();
    await client.query(`select pg_advisory_lock(hashtextextended('dr365 set-up', 0))`); // one set-up at a time
    await work(client);
  } catch (error) {
    throw explainDatabaseError(error, connection);
  } finally {
    await client.end().catch(() => {});
  }
}

const adminConnection = (target: Target, database: string): Connection => ({
  host: target.host,
  port: target.port,
  tls: target.tls,
  database,
  ...target.admin,
  role: 'owner',
  application: 'dr365 migrate',
});

async function ensureRole(client: pg.Client, role: Role, target: Target): Promise<string[]> {
  const { user, password } = target.logins[role];
  const done: string[] = [];
  if (await makeRole(client, groupOf(role), '')) done.push(`role ${groupOf(role)} made`);
  const isOwnLogin = user === target.admin.user && target.isExternal;
  if (user !== groupOf(role) && !isOwnLogin) {
    if (await makeRole(client, user, '')) done.push(`role ${user} made`);
  }
  // The password in the settings is the one in force, so that changing it there is all there is to do.
  if (!isOwnLogin)
    await client.query(`alter role ${quote(user)} login password ${pg.escapeLiteral(password)}`);
  // The login of an MCP server may be limited to tenants: the group of the reader would show it all of them.
  const isLimited = role === 'reader' && (await isMember(client, user, TENANT_GROUP));
  if (user !== groupOf(role) && !isLimited && !(await isMember(client, user, groupOf(role)))) {
    await client.query(`grant ${quote(groupOf(role))} to ${quote(user)}`);
  }
  if (role === 'reader') {
    await client.query(`alter role ${quote(user)} set default_transaction_read_only = on`);
    await client.query(`alter role ${quote(user)} set statement_timeout = '15s'`);
  }
  return done;
}

/** @returns whether it was made now */
async function makeRole(client: pg.Client, name: string, options: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  if (rowCount) return false;
  try {
    await client.query(`create role ${quote(name)} ${options}`);
  } catch (cause) {
    if ((cause as pg.DatabaseError).code !== '42501') throw cause;
    throw new ConfigError(
      `the role ${name} is missing and DB_USER may not make roles: let an administrator run: create role ${quote(name)} login`,
      { cause },
    );
  }
  return true;
}

async function isMember(client: pg.Client, user: string, group: string): Promise<boolean> {
  const { rows } = await client.query<{ member: boolean }>(`select pg_has_role($1, $2, 'member') as member`, [
    user,
    group,
  ]);
  return rows[0]?.member ?? false;
}

async function ensureDatabase(client: pg.Client, name: string, target: Target): Promise<string[]> {
  const done: string[] = [];
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (!rowCount) {
    const owner = target.isExternal ? target.admin.user : groupOf('owner');
    await client.query(
      `create database ${quote(name)} owner ${quote(owner)} encoding 'UTF8' template template0`,
    );
    done.push(`database ${name} made`);
  }
  await client.query(`revoke all on database ${quote(name)} from public`);
  const readers = [...ROLES.filter((role) => role !== 'owner').map(groupOf), TENANT_GROUP].map(quote);
  await client.query(`grant connect on database ${quote(name)} to ${readers.join(', ')}`);
  return done;
}

/** Functions that everybody may call and that write, signal or block; by name, as their signatures differ by version. */
const SIDE_DOORS =
  /^(lo_(creat|create|from_bytea|put|unlink|truncate|truncate64|import|export|open)|lowrite|pg_notify|pg_logical_emit_message|pg_(try_)?advisory_(xact_)?lock(_shared)?)$/;

/**
 * Takes from the reader what a read-only transaction would refuse but a session may switch off: large objects, messages
 * and advisory locks, which could block workers. Only a superuser may change these rights; elsewhere they stay.
 */
async function closeSideDoors(client: pg.Client): Promise<void> {
  const { rows: who } = await client.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  );
  const { rows: open } = await client.query<{ open: boolean }>(
    `select has_function_privilege('dr365_reader', 'pg_catalog.lo_create(oid)', 'execute') as open`,
  );
  if (!who[0]?.super || !open[0]?.open) return;
  const { rows } = await client.query<{ name: string; signature: string }>(
    `select proname as name, oid::regprocedure::text as signature from pg_proc where pronamespace = 'pg_catalog'::regnamespace`,
  );
  for (const { name, signature } of rows) {
    if (!SIDE_DOORS.test(name)) continue;
    await client.query(`revoke execute on function ${signature} from public`);
    if (/advisory/.test(name))
      await client.query(
        `grant execute on function ${signature} to dr365_owner, dr365_collector, dr365_advisor`,
      );
  }
}

async function migrateOne(target: Target, kind: 'metrics' | 'risk'): Promise<string[]> {
  const connection = {
    ...adminConnection(target, target.names[kind]),
    ...(target.isExternal ? {} : target.logins.owner),
  };
  const pool = openPool({ ...connection, connections: 1 });
  try {
    const applied = await migrateDatabase(toKysely(pool), kind);
    // Everybody may see which version the database has, to refuse one that does not fit.
    await pool.query(
      `grant select on kysely_migration to dr365_collector, dr365_advisor, dr365_reader, ${TENANT_GROUP}`,
    );
    await pool.query('select protect_all_rows()'); // also what a later migration made: see DOCS/decisions/tenants.md
    return applied.map((name) => `${kind}: ${name} applied`);
  } catch (error) {
    throw explainDatabaseError(error, connection);
  } finally {
    await pool.end();
  }
}
