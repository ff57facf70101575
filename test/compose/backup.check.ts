import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { toRetention } from '../../src/business/retention.ts';
import { type Databases, migrate, openDatabases, withTarget } from '../../src/db/database.ts';
import { putReader } from '../../src/db/readers.ts';
import { createLog } from '../../src/log.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { maintain } from '../../workers/maintenance/maintenance.ts';
import { addEstate, addRun, addScore, RUN_AT, SOURCE } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRiskRun, riskEstate } from '../support/risk-rows.ts';
import { requireEngine } from './engine.ts';
import { carry, imageWithTools, type ServerContainer, startServer } from './servers.ts';

// Both databases from one server to another by pg_dump and pg_restore, as DOCS/operations.md says.

requireEngine();

const LIMITED = { user: 'reader_contoso', password: 'limited-in-the-test' };
const QUESTIONS = [
  ['get_health_status', { as_of: '2024-11-20T12:00:00Z', detail: 'detailed' }],
  ['analyze_risks', { as_of: '2024-11-20T12:00:00Z' }],
] as const;

test('both databases come back from their dumps as they were: rows, months, rights, row-level security and answers', async () => {
  const image = await imageWithTools();
  await using first = await startServer(image, 'first');
  await migrate(first.settings);
  await fill(first);

  // Risks first: what they rest on was there before, so that the later dump has it.
  await first.inside(
    'pg_dumpall',
    '-U',
    'postgres',
    '--roles-only',
    '--no-role-passwords',
    '-f',
    '/tmp/roles.sql',
  );
  await first.inside('pg_dump', '-U', 'postgres', '--format=custom', '-f', '/tmp/risk.dump', 'dr365v');
  await betweenTheDumps(first);
  await first.inside(
    'pg_dump',
    '-U',
    'postgres',
    '--format=custom',
    '-f',
    '/tmp/metrics.dump',
    'dr365v_metrics',
  );
  const before = await describe(first);
  const answers = await askAll(first);

  await using second = await startServer(image, 'second');
  for (const file of ['/tmp/roles.sql', '/tmp/risk.dump', '/tmp/metrics.dump'])
    await carry(first, second, file);
  await second.inside('psql', '-q', '-U', 'postgres', '-d', 'postgres', '-f', '/tmp/roles.sql');
  for (const file of ['/tmp/risk.dump', '/tmp/metrics.dump'])
    await second.inside(
      'pg_restore',
      '-U',
      'postgres',
      '-d',
      'postgres',
      '--create',
      '--exit-on-error',
      file,
    );
  assert.deepEqual(await migrate(second.settings), [], 'nothing is missing');

  const after = await describe(second);
  assert.deepEqual(after.metrics, before.metrics);
  assert.deepEqual(after.risk.objects, before.risk.objects);
  assert.deepEqual(after.risk.rows, before.risk.rows);
  assert.deepEqual(await askAll(second), answers);
  await checkLimits(second);
  await checkWork(second);
});

async function fill({ settings }: ServerContainer): Promise<void> {
  const collector = await openDatabases(settings, 'collector', 'dr365 test');
  const advisor = await openDatabases(settings, 'advisor', 'dr365 test');
  const { db } = collector.metrics;
  const runId = await addEstate(db);
  await db.updateTable('source').set({ tenant: 'contoso' }).where('source_id', '=', SOURCE).execute();
  await sql`insert into source_tenant values (${SOURCE}, 'contoso')`.execute(advisor.risk.db);
  await db
    .insertInto('source')
    .values({ source_id: 'other', kind: 'veeam', name: 'other', first_seen_at: RUN_AT, tenant: 'fabrikam' })
    .execute();
  const { run_id } = await addRiskRun(advisor, riskEstate());
  await sql`insert into risk_input (source_id, run_id, worker, status, input_run_id, concluded_at, expected_hours, missing, hazards)
            values (${SOURCE}, ${run_id}, 'test', 'FRESH', ${runId}, ${RUN_AT}, 1, '{}', '{}')`.execute(
    advisor.risk.db,
  );
  for (const databases of [collector, advisor]) await databases.close();
  await withTarget(settings, (target) =>
    putReader(target, { login: LIMITED.user, tenants: ['contoso'], password: () => LIMITED.password }),
  );
}

/** Minutes pass between the two dumps: a run ends, and a maintenance takes place. */
async function betweenTheDumps({ settings }: ServerContainer): Promise<void> {
  const collector = await openDatabases(settings, 'collector', 'dr365 test');
  const run_id = await addRun(collector.metrics.db, { finished_at: new Date() });
  await addScore(collector.metrics.db, { run_id, concluded_at: new Date() });
  const summary = await maintain('metrics', collector, {
    retention: toRetention(),
    clock: () => new Date(),
    log: createLog('silent'),
  });
  assert.equal(summary.status, 'succeeded', summary.message);
  await collector.close();
}

async function askAll({ settings }: ServerContainer): Promise<unknown[]> {
  await using mcp = await startMcp(toEnvironment(settings));
  const answers = [];
  for (const [tool, question] of QUESTIONS) answers.push((await mcp.ask(tool, question)).data);
  return answers;
}

/** All rows of all tables as sums, and everything that a schema is made of. */
async function describe({ settings }: ServerContainer) {
  const databases = await openDatabases(settings, 'owner', 'dr365 test');
  try {
    return {
      metrics: await describeOne(databases.metrics.db as never),
      risk: await describeOne(databases.risk.db as never),
    };
  } finally {
    await databases.close();
  }
}

async function describeOne(db: Kysely<never>) {
  const list = async (query: string) =>
    (await sql.raw<{ x: unknown }>(query).execute(db)).rows.map(({ x }) => x);
  const tables = (await list(
    `select oid::regclass::text as x from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
  )) as string[];
  const rows: [string, unknown][] = [];
  for (const table of tables) {
    const [sum] = await list(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') as x from ${table} t`,
    );
    rows.push([table, sum]);
  }
  const objects = {
    tables: await list(
      `select concat_ws(' ', oid::regclass, relkind, relrowsecurity, array(select a::text from unnest(relacl) a order by 1), pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class')) as x
         from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'i', 'I') order by 1`,
    ),
    parents: await list(
      `select inhrelid::regclass || ' ' || inhparent::regclass as x from pg_inherits order by 1`,
    ),
    policies: await list(
      `select concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) as x from pg_policies order by 1`,
    ),
    functions: await list(
      `select md5(pg_get_functiondef(oid)) || ' ' || oid::regprocedure || ' ' || array(select a::text from unnest(proacl) a order by 1)::text as x
         from pg_proc where pronamespace = 'public'::regnamespace order by oid::regprocedure::text`,
    ),
    constraints: await list(
      `select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as x from pg_constraint
        where connamespace = 'public'::regnamespace and contype <> 'n' order by 1`,
    ),
    triggers: await list(
      `select pg_get_triggerdef(oid) as x from pg_trigger where not tgisinternal order by 1`,
    ),
  };
  assert.ok(objects.policies.length > 20 && rows.length > 20);
  return { rows, objects };
}

/** The limited login: its role came with the roles, its password is given again, as none is in the backup. */
async function checkLimits({ settings }: ServerContainer): Promise<void> {
  await withTarget(settings, (target) =>
    putReader(target, { login: LIMITED.user, tenants: ['contoso'], password: () => LIMITED.password }),
  );
  const limited = await openDatabases(
    { ...settings, logins: { ...settings.logins, reader: LIMITED } },
    'reader',
    'dr365 test',
  );
  try {
    const sources = await limited.metrics.db.selectFrom('source').select('source_id').execute();
    assert.deepEqual(sources, [{ source_id: SOURCE }]);
  } finally {
    await limited.close();
  }
}

/** What was restored is worked with: rows of coming months, what a risk rests on, a maintenance of both. */
async function checkWork({ settings }: ServerContainer): Promise<void> {
  const options = { retention: toRetention(), clock: () => new Date(), log: createLog('silent') };
  const opened: Databases[] = [];
  for (const [role, name] of [
    ['collector', 'metrics'],
    ['advisor', 'risk'],
  ] as const) {
    const databases = await openDatabases(settings, role, 'dr365 test');
    opened.push(databases);
    const { status, message } = await maintain(name, databases, options);
    assert.equal(status, 'succeeded', message);
  }
  const [collector, advisor] = opened as [Databases, Databases];
  await ensurePartitions(collector.metrics.db, 'session', [new Date('2031-05-05T00:00:00Z')]);
  const { rows } = await sql<{
    id: string;
  }>`select input_run_id as id from risk_input where worker = 'test'`.execute(advisor.risk.db);
  const runs = await collector.metrics.db.selectFrom('run').select('run_id').execute();
  assert.ok(
    runs.some(({ run_id }) => run_id === rows[0]?.id),
    'the run that a risk rests on is there',
  );
  for (const databases of opened) await databases.close();
}
