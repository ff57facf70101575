import type pg from 'pg';
import type { Config } from '../config/config.ts';
import { asReader } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';
import { readLimit } from '../queries/reader-limit.ts';
import { type Check, createChecks, fewNames, plural } from './doctor-check.ts';

const MIGRATE = 'run: npm run migrate, as the owner (DB_USER)';

/**
 * What the login of the MCP server may see, whether every table is protected, and whether the tenants of the configuration
 * have come to both databases.
 * @param databases open as the login to look at; as anybody else where the reader has none here
 */
export async function checkTenants(databases: Databases, config: Pick<Config, 'veeam'>): Promise<Check[]> {
  const { checks, ok, warn, fail } = createChecks('database');
  const { metrics, risk } = databases;
  for (const [kind, { pool }] of Object.entries({ metrics, risk })) {
    const bare = await listBare(pool);
    if (bare.length > 0)
      fail(
        'row security',
        `${plural(bare.length, `${kind} table`)} without it: ${fewNames(bare)}`,
        `${MIGRATE}; until then limited readers cannot be relied on`,
      );
  }
  const { role, user } = metrics.connection;
  if (role !== 'reader') return checks;
  const tenants = await readLimit(asReader(metrics.db));
  const sources = await listSources(metrics.pool);
  if (tenants === null) {
    ok('reader sees', `${user} sees all ${plural(sources.length, 'source')}`, null, {
      details: { login: user, tenants: null, sources: sources.length },
    });
    return [...checks, ...(await checkLabels(databases, sources, config))];
  }
  const inRisk = await risk.pool.query<{ tenant: string }>(
    'select tenant from reader_tenant order by tenant',
  );
  const details = { login: user, tenants, sources: sources.map(({ name }) => name) };
  const empty = tenants.filter((tenant) => !sources.some((source) => source.tenant === tenant));
  const message = `${user} sees the sources of ${tenants.join(', ') || 'no tenant'} only: ${plural(sources.length, 'source')}${sources.length > 0 ? ` (${fewNames(sources)})` : ''}`;
  const again = `dr365 reader add ${user} --tenant ${tenants.join(',') || 'NAME'}`;
  if (!(await isProtected(metrics.pool)) || !(await isProtected(risk.pool)))
    fail(
      'reader sees',
      `${user} is limited to tenants, but passes over row-level security`,
      'take BYPASSRLS and other memberships from it, or set DB_READER_USER to another login',
      { details },
    );
  else if (inRisk.rows.map(({ tenant }) => tenant).join() !== tenants.join())
    fail('reader sees', `${message}; the risk database says otherwise`, again, { details });
  else if (tenants.length === 0) warn('reader sees', message, again, { details });
  else if (empty.length > 0)
    warn(
      'reader sees',
      `${message}; no source has the tenant ${empty.join(', ')}`,
      'check tenant = "..." in dr365.toml, then restart npm run workers',
      { details },
    );
  else ok('reader sees', message, null, { details });
  return checks;
}

type Source = { sourceId: string; name: string; tenant: string | null };

async function checkLabels(
  { risk }: Databases,
  sources: readonly Source[],
  { veeam }: Pick<Config, 'veeam'>,
): Promise<Check[]> {
  const { checks, ok, warn } = createChecks('database');
  const known = new Map(sources.map((source) => [source.sourceId, source]));
  const late = veeam.filter(({ sourceId, tenant }) => {
    const source = known.get(sourceId);
    return source !== undefined && source.tenant !== (tenant ?? null);
  });
  if (late.length > 0)
    warn(
      'tenants',
      `${plural(late.length, 'source')} with another tenant than the configuration says: ${fewNames(late)}`,
      'restart npm run workers, or run a worker on it, such as npm run worker:capacity',
      { details: { sources: late.map(({ sourceId }) => sourceId) } },
    );
  const { rows } = await risk.pool.query<{ source_id: string; tenant: string }>(
    'select source_id, tenant from source_tenant',
  );
  const stored = new Map(rows.map(({ source_id, tenant }) => [source_id, tenant]));
  const behind = sources.filter(({ sourceId, tenant }) => (stored.get(sourceId) ?? null) !== tenant);
  if (behind.length > 0)
    warn(
      'tenants of risks',
      `risks of ${plural(behind.length, 'source')} do not have the tenant of their source yet: ${fewNames(behind)}`,
      'npm run worker:rto where machines were joined with another tenant, then npm run worker:risk',
      { details: { sources: behind.map(({ sourceId }) => sourceId) } },
    );
  const named = new Set(sources.flatMap(({ tenant }) => tenant ?? []));
  if (named.size > 0 && checks.length === 0)
    ok('tenants', `${plural(named.size, 'tenant')} of ${plural(sources.length, 'source')}`, null, {
      details: { tenants: [...named] },
    });
  return checks;
}

async function listSources(pool: pg.Pool): Promise<Source[]> {
  const { rows } = await pool.query<Source>(
    'select source_id as "sourceId", name, tenant from source order by source_id limit 10000',
  );
  return rows;
}

/** Tables that a limited reader would see whole. */
async function listBare(pool: pg.Pool): Promise<{ name: string }[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname::text as name from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'kysely\\_%'
        and has_table_privilege('dr365_tenant_reader', oid, 'select')
        and not (relrowsecurity and exists (select from pg_policy where polrelid = c.oid and polname = 'tenants'))
      order by 1`,
  );
  return rows;
}

async function isProtected(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ active: boolean }>(`select row_security_active('run') as active`);
  return rows[0]?.active ?? false;
}
