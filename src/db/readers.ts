import pg from 'pg';
import { ConfigError } from '../errors.ts';
import { asAdmin, TENANT_GROUP } from './set-up.ts';
import type { Target } from './target.ts';

/** A login and the tenants whose sources it sees. */
export type LimitedReader = { login: string; tenants: string[] };

const quote = pg.escapeIdentifier;
const LOGIN = /^[a-z_][a-z0-9_-]{0,62}$/;
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * Makes a login that sees the sources of these tenants and nothing else, or changes one that is there to exactly these.
 * @param password asked for once the names have turned out to be right
 * @returns whether the login is new
 * @throws ConfigError for a name that cannot be used, or a role that was not made by this
 */
export async function putReader(
  target: Target,
  { login, tenants, password }: LimitedReader & { password: () => string },
): Promise<boolean> {
  if (!LOGIN.test(login))
    throw new ConfigError(
      `${JSON.stringify(login)} cannot be a login: lower-case letters, digits, _ and -, such as reader_contoso`,
    );
  const wrong = tenants.find((tenant) => !TENANT.test(tenant));
  if (wrong !== undefined || tenants.length === 0)
    throw new ConfigError(
      `${JSON.stringify(wrong ?? '')} cannot be a tenant: letters, digits, dots, dashes and underscores, as in dr365.toml`,
    );
  const names = Object.values(target.names);
  let isNew = false;
  await asAdmin(target, 'postgres', async (client) => {
    isNew = await checkLogin(client, login, target);
  });
  // The limits come first: at no moment is there a login that is not limited.
  for (const name of names)
    await asAdmin(target, name, async (client) => {
      await client.query('begin');
      await client.query('delete from reader_tenant where login = $1', [login]);
      await client.query('insert into reader_tenant (login, tenant) select distinct $1, unnest($2::text[])', [
        login,
        tenants,
      ]);
      await client.query('commit');
    });
  await asAdmin(target, 'postgres', async (client) => {
    if (isNew) await client.query(`create role ${quote(login)} nosuperuser nocreatedb nocreaterole`);
    await client.query(`alter role ${quote(login)} login password ${pg.escapeLiteral(password())}`);
    await client.query(`grant ${TENANT_GROUP} to ${quote(login)}`);
    await client.query(`alter role ${quote(login)} set default_transaction_read_only = on`);
    await client.query(`alter role ${quote(login)} set statement_timeout = '15s'`);
  });
  return isNew;
}

/** Ends the sessions of a limited login and removes it with its limits. @returns whether there was one */
export async function removeReader(target: Target, login: string): Promise<boolean> {
  let isKnown = false;
  await asAdmin(target, 'postgres', async (client) => {
    isKnown = (await rolesOf(client, login)).includes(TENANT_GROUP);
    if (!isKnown) return;
    await client.query(`alter role ${quote(login)} nologin`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login]);
    await client.query(`drop role ${quote(login)}`);
  });
  for (const name of Object.values(target.names))
    await asAdmin(target, name, async (client) => {
      await client.query('delete from reader_tenant where login = $1', [login]);
    });
  return isKnown;
}

/** All logins that are limited, with what both databases agree that they see. */
export async function listReaders(target: Target): Promise<LimitedReader[]> {
  const found: LimitedReader[][] = [];
  for (const name of [target.names.metrics, target.names.risk])
    await asAdmin(target, name, async (client) => {
      const { rows } = await client.query<LimitedReader>(
        `select m.rolname as login, coalesce(array_agg(r.tenant order by r.tenant) filter (where r.tenant is not null), '{}') as tenants
           from pg_auth_members a
           join pg_roles g on g.oid = a.roleid and g.rolname = $1
           join pg_roles m on m.oid = a.member and m.rolcanlogin
           left join reader_tenant r on r.login = m.rolname
          group by m.rolname order by m.rolname`,
        [TENANT_GROUP],
      );
      found.push(rows);
    });
  const [metrics = [], risk = []] = found;
  return metrics.map(({ login, tenants }) => {
    const both = new Set(risk.find((one) => one.login === login)?.tenants);
    return { login, tenants: tenants.filter((tenant) => both.has(tenant)) };
  });
}

/** @returns whether the login has to be made */
async function checkLogin(client: pg.Client, login: string, target: Target): Promise<boolean> {
  const { rows } = await client.query<{ super: boolean; strong: boolean }>(
    `select rolsuper as super, rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as strong
       from pg_roles where rolname = $1`,
    [login],
  );
  const [role] = rows;
  if (!role) {
    if (Object.values(target.logins).some((own) => own?.user === login) || login.startsWith('dr365_'))
      throw new ConfigError(
        `${login} is a login of dr365 itself: choose another name, such as reader_contoso`,
      );
    return true;
  }
  const groups = await rolesOf(client, login);
  const others = groups.filter((group) => group !== TENANT_GROUP);
  if (!groups.includes(TENANT_GROUP) || others.length > 0 || role.super || role.strong)
    throw new ConfigError(
      others.length > 0
        ? `the role ${login} is a member of ${others.join(', ')}, which a limited login must not be: choose another name`
        : `there is a role ${login} already that dr365 reader did not make: choose another name`,
    );
  return false;
}

async function rolesOf(client: pg.Client, login: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select g.rolname as name from pg_auth_members a join pg_roles g on g.oid = a.roleid join pg_roles m on m.oid = a.member
      where m.rolname = $1 order by 1`,
    [login],
  );
  return rows.map(({ name }) => name);
}
