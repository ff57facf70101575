import type pg from 'pg';
import { type Config, ROLES, type Role } from '../config/config.ts';
import { readCredentials } from '../db/credentials.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { type Check, createChecks, plural, reasonOf } from './doctor-check.ts';
import { checkTenants } from './doctor-tenants.ts';

type Found = { checks: Check[]; databases: Databases | undefined };
type Kind = 'metrics' | 'risk';

/** What a role may do, for all tables of a database: `own` writes some of its tables. The owner's rights are its own. */
const EXPECTED: Record<Exclude<Role, 'owner'>, Record<Kind, 'own' | 'read' | 'nothing'>> = {
  collector: { metrics: 'own', risk: 'nothing' },
  advisor: { metrics: 'read', risk: 'own' },
  reader: { metrics: 'read', risk: 'read' },
};
const WRITER: Record<Kind, string> = { metrics: 'collector', risk: 'advisor' };
const OLDEST = 150_000;
const MOST_SKEW_SECONDS = 60;
const MIGRATE = 'run: npm run migrate';

/**
 * Signs in to both databases as every role that this machine has a login for, and looks at schema and rights.
 * @returns also the databases, open as a role that may read, for whoever looks at what is in them; close them
 */
export async function checkDatabase(config: Config): Promise<Found> {
  const { database: settings } = config;
  const { checks, ok, warn, fail } = createChecks('database');
  const stored = readCredentials(settings.dataDir);
  if (!settings.external && !stored) {
    warn(
      'embedded',
      `not made yet in ${settings.dataDir}`,
      'the first run of a worker makes it: npm run worker:capacity',
    );
    return { checks, databases: undefined };
  }
  let kept: Databases | undefined;
  // A container, or a service with settings of its own, has the login of its part and no other.
  const isOnePart = ROLES.some((role) => role !== 'owner' && settings.logins[role]);
  for (const role of ROLES.toReversed()) {
    if (!(settings.logins[role] ?? stored?.[role])) {
      if (role === 'owner') continue; // only who migrates needs it
      if (isOnePart) ok(role, 'no login is set here: what signs in with it runs elsewhere');
      else
        warn(
          role,
          'no login is set here, so what needs it cannot run here',
          `set DB_${role.toUpperCase()}_PASSWORD, or ${MIGRATE}`,
        );
      continue;
    }
    try {
      const databases = await openDatabases(settings, role, 'dr365 doctor');
      kept ??= databases;
      try {
        checks.push(...(await checkRole(databases, role, kept === databases)));
      } finally {
        if (kept !== databases) await databases.close();
      }
    } catch (error) {
      fail(role, reasonOf(error), error instanceof ConfigError ? null : remedyOf(error));
    }
  }
  if (kept) {
    ok('migrations', 'both databases have the schema of this program');
    checks.push(...(await checkTenants(kept, config)));
  }
  return { checks, databases: kept };
}

/** Of errors that are not a setting's. */
function remedyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '53300') return 'raise max_connections of the server at DB_HOST, or stop other programs';
  if (code.startsWith('57P')) return 'PostgreSQL is starting or stopping: run the doctor again in a moment';
  if (code === '53100') return 'the disk of the database is full: free space on the server at DB_HOST';
  return 'see the log of PostgreSQL on the server at DB_HOST';
}

async function checkRole(databases: Databases, role: Role, isFirst: boolean): Promise<Check[]> {
  const { checks, ok, fail } = createChecks('database');
  if (isFirst) checks.push(...(await checkServer(databases)));
  const wrong: string[] = [];
  if (role !== 'owner') {
    for (const kind of ['metrics', 'risk'] as const) {
      const rights = await readRights(databases[kind].pool);
      wrong.push(...judge(rights, role, kind));
    }
  }
  const { user } = databases.metrics.connection;
  if (wrong.length > 0)
    fail(role, `signs in as ${user}, but ${wrong.join('; ')}`, `${MIGRATE}, as the owner (DB_USER)`);
  else
    ok(
      role,
      `signs in as ${user}${role === 'owner' ? '' : role === 'reader' ? ', reads both and cannot write' : ', writes its own tables only'}`,
    );
  return checks;
}

async function checkServer({ metrics, risk }: Databases): Promise<Check[]> {
  const { checks, ok, warn, fail } = createChecks('database');
  const asked = Date.now();
  const { rows } = await metrics.pool.query<{ number: number; name: string; now: Date }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name,
            clock_timestamp() as now`,
  );
  const { number = 0, name = '?', now = new Date(asked) } = rows[0] ?? {};
  const { host, port, database } = metrics.connection;
  const message = `PostgreSQL ${name} at ${host}:${port} answers, with ${database} and ${risk.connection.database}`;
  if (number < OLDEST) fail('server', message, 'PostgreSQL 15 or newer is needed: see DB_HOST');
  else ok('server', message);
  const apart = Math.round((now.getTime() - (asked + Date.now()) / 2) / 1000);
  if (Math.abs(apart) > MOST_SKEW_SECONDS)
    warn(
      'database clock',
      `the clock of ${host} is ${Math.abs(apart)} s ${apart < 0 ? 'behind' : 'ahead of'} ours`,
      'let both machines take their time from the same NTP servers',
      { details: { skewSeconds: apart } },
    );
  return checks;
}

type Rights = {
  superuser: boolean;
  readOnly: boolean;
  canCreate: boolean;
  writes: string[];
  cannotRead: string[];
  canWriteRun: boolean;
};

/** The rights of whoever is signed in, on all tables but partitions and the record of migrations. Asking changes nothing. */
async function readRights(pool: pg.Pool): Promise<Rights> {
  const { rows } = await pool.query<Rights>(`
    with tables as (
      select c.oid, c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
        and not c.relispartition and c.relname not like 'kysely\\_%')
    select
      (select rolsuper from pg_roles where rolname = current_user) as superuser,
      current_setting('default_transaction_read_only') = 'on' as "readOnly",
      has_schema_privilege('public', 'create') or has_database_privilege(current_database(), 'create') as "canCreate",
      coalesce((select array_agg(relname::text order by relname) from tables
        where has_table_privilege(oid, 'insert, update, delete, truncate')
           or has_any_column_privilege(oid, 'insert, update')), '{}') as writes,
      coalesce((select array_agg(relname::text order by relname) from tables
        where not has_table_privilege(oid, 'select')), '{}') as "cannotRead",
      coalesce((select has_table_privilege(oid, 'insert') from tables where relname = 'run'), false) as "canWriteRun"`);
  const rights = rows[0];
  if (!rights) throw new Error('the database did not say which rights this login has');
  return rights;
}

/** What was told of risks, by the process that has a way out: it belongs to the collector alone, also in the risk database. */
const isNotification = (table: string) => table.startsWith('notification_');

/** What is wrong with the rights of a role, in words; empty: nothing. */
function judge(found: Rights, role: Exclude<Role, 'owner'>, kind: Kind): string[] {
  const rights = {
    ...found,
    writes: found.writes.filter((table) => role !== 'collector' || !isNotification(table)),
    cannotRead: found.cannotRead.filter((table) => !isNotification(table)),
  };
  const expected = EXPECTED[role][kind];
  const wrong: string[] = [];
  const list = (tables: string[]) =>
    `${plural(tables.length, `${kind} table`)} (${tables.slice(0, 3).join(', ')}${tables.length > 3 ? ', ...' : ''})`;
  if (rights.superuser) wrong.push(`it is a superuser of the ${kind} database and may do anything`);
  else if (expected !== 'own' && rights.writes.length > 0) wrong.push(`it may write ${list(rights.writes)}`);
  if (expected !== 'nothing' && rights.cannotRead.length > 0)
    wrong.push(`it may not read ${list(rights.cannotRead)}`);
  if (rights.canCreate && !rights.superuser) wrong.push(`it may make tables in the ${kind} database`);
  if (expected === 'own' && !rights.canWriteRun)
    wrong.push(`it may not write the ${kind} runs that the ${WRITER[kind]} records`);
  if (role === 'reader' && !rights.readOnly) wrong.push(`its transactions on ${kind} are not read-only`);
  return wrong;
}
