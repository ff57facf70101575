import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { TOOLS } from '../../src/mcp/tools.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { runRound } from '../mcp/azure-estate.ts';
import { openAsking, type Row } from '../mcp/contract/asking.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { simulate } from '../support/simulated.ts';
import { limitTo } from '../support/tenants.ts';

type Statement = { database: string; text: string; values: unknown[] };

/** Arguments with which each tool is asked, besides those it cannot do without. */
const WAYS: Row[] = [{}, { detail: 'detailed', limit: 5 }, { as_of: '24h' }];

test('an unlimited reader has the same plans, at the same cost, as without any row security', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 12, days: 21 });
  await using database = await createTestDatabase();
  await runRound(simulator, database, { now: simulator.clock.now(), azure: simulator.azure !== null });
  const owner = await database.as('owner');
  for (const { pool } of [owner.metrics, owner.risk]) await pool.query('analyze');
  const statements = await recordTools(database, simulator.clock.now());
  assert.ok(statements.length > 60, `${statements.length} statements of all tools`);
  const asReader = await database.as('reader');

  const protectedPlans = await explainAll(asReader, statements);
  for (const { pool } of [owner.metrics, owner.risk]) await setSecurity(pool, 'disable');
  const barePlans = await explainAll(asReader, statements);
  for (const [at, plan] of protectedPlans.entries()) assert.equal(plan, barePlans[at], statements[at]?.text);
});

/** What all tools send to the databases, transactions left out, each text once. */
async function recordTools(database: TestDatabase, now: Date): Promise<Statement[]> {
  const found = new Map<string, Statement>();
  const prototype = pg.Client.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const query = prototype.query as (...given: unknown[]) => unknown;
  prototype.query = function (this: { database?: string }, ...given: unknown[]) {
    const [first] = given as [{ text?: string; values?: unknown[] }];
    const { text = '', values = [] } = first ?? {};
    const name = this.database ?? '';
    if (/^\s*(select|with)\b/i.test(text)) found.set(name + text, { database: name, text, values });
    return Reflect.apply(query, this, given);
  };
  try {
    await using asking = openAsking(database);
    const named = await database.metrics.db
      .selectFrom('workload')
      .select('name')
      .orderBy('name')
      .executeTakeFirst();
    const machine = named?.name ?? assert.fail('a workload');
    const needed: Record<string, Row> = {
      find: { name: machine.slice(0, 3) },
      get_workload: { workload: machine },
      explain_failure: { workload: machine },
    };
    for (const { name } of TOOLS)
      for (const way of WAYS) await asking.ask(name, { ...needed[name], ...way }, now);
  } finally {
    prototype.query = query;
  }
  return [...found.values()];
}

async function explainAll(
  { metrics, risk }: Awaited<ReturnType<TestDatabase['as']>>,
  statements: readonly Statement[],
): Promise<string[]> {
  const plans: string[] = [];
  for (const { database, text, values } of statements) {
    const { pool } = [metrics, risk].find(({ connection }) => connection.database === database) ?? metrics;
    const { rows } = await pool.query<Record<string, string>>(`explain (verbose) ${text}`, values);
    plans.push(rows.map((row) => Object.values(row)[0]).join('\n'));
  }
  return plans;
}

async function setSecurity(pool: pg.Pool, to: 'enable' | 'disable'): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relrowsecurity order by 1`,
  );
  for (const { name } of rows) await pool.query(`alter table ${name} ${to} row level security`);
}

test('a limited login looks its sources up once per statement, and finds its rows by the index', async () => {
  await using database = await createTestDatabase();
  await using limited = await limitTo(database, ['contoso']);
  await ensurePartitions(database.metrics.db, 'session', [new Date('2026-03-01T00:00:00Z')]);
  await using client = await limited.connect('metrics');
  await client.query('set enable_seqscan = off');
  for (const statement of [
    `select * from session where source_id = 'hq' and job_id = 'a' order by created_at desc limit 20`,
    `select * from job where source_id = any('{hq,branch}') and job_id = 'a'`,
    'select count(*) from session_2026_03',
  ]) {
    const { rows } = await client.query<Record<string, string>>(`explain (costs off) ${statement}`);
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    assert.match(plan, /Index Cond: .*source_id = ANY \(+(InitPlan \d+|\$\d+)/, plan);
    assert.doesNotMatch(plan, /SubPlan|Function Scan/, plan);
  }
});
