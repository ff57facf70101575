import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOOLS } from '../../src/mcp/tools.ts';
import { labelSources } from '../../src/pipeline/sources.ts';
import { advise } from '../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addCollectorRuns,
  concludeRto,
  fillMixed,
  MIXED_NOW,
  VAULT,
  VBR,
  veeamId,
} from '../support/mixed-rows.ts';
import { KINDS, type Limited, limitTo } from '../support/tenants.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';
import { assertContract } from './contract/rules.ts';

const UUID = '11112222-3333-4444-5555-666677778888';
const HOUR = 3_600_000;
const at = (hours: number) => new Date(MIXED_NOW.getTime() + hours * HOUR);
/** What only the other tenant has: its source, and a machine of its own. */
const FOREIGN = /vault-west|abc123|arcturus|iaasvmcontainer/;
const RECOVERY = 'get_recovery_performance';

let database: TestDatabase;
let limited: Limited;
let asking: Asking;
let everything: Asking;

/** A machine in both sources, joined before anybody had a tenant; one in each. */
before(async () => {
  database = await createTestDatabase();
  await fillMixed(database.metrics.db, [
    {
      name: 'erp',
      veeamId: UUID,
      azureId: UUID,
      veeam: [200, 224],
      azure: [3, 27],
      azureTests: [[20, true]],
    },
    { name: 'web', veeam: [4, 28] },
    { name: 'arcturus', azure: [5, 29] },
  ]);
  await round(-3);
  const before = await concludeRto(database, VBR, { now: at(-2) });
  const row = await database.metrics.db
    .selectFrom('workload_recovery')
    .select('protections')
    .where('run_id', '=', before)
    .where('workload_id', '=', veeamId('erp'))
    .executeTakeFirstOrThrow();
  assert.ok((row.protections as unknown[]).length > 0, 'they are one machine while nobody has a tenant');
  await advise(database, at(-2), [VBR, VAULT]);
  await labelSources(database.metrics.db, [
    { sourceId: VBR, tenant: 'contoso' },
    { sourceId: VAULT, tenant: 'fabrikam' },
  ]);
  limited = await limitTo(database, ['contoso']);
  asking = openAsking({ settings: limited.settings });
  everything = openAsking(database);
});

after(async () => {
  await asking?.[Symbol.asyncDispose]();
  await everything?.[Symbol.asyncDispose]();
  await limited?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

async function round(hours: number, tenants: Record<string, string> = {}): Promise<void> {
  for (const source of [VBR, VAULT]) {
    await concludeRto(database, source, {
      now: at(hours),
      ...(tenants[source] ? { tenant: tenants[source] } : {}),
    });
    await addCollectorRuns(database.metrics.db, source, at(hours));
  }
  await advise(database, at(hours), [VBR, VAULT]);
}

const TENANTS = { [VBR]: 'contoso', [VAULT]: 'fabrikam' };
/** Each tool in several ways, also by names that only the other tenant has. */
const WAYS: Record<string, Row[]> = {
  find: [{ name: 'e' }, { name: 'arcturus' }, { name: 'vault' }],
  get_workload: [{ workload: '*' }, { workload: 'erp' }, { workload: 'arcturus' }],
  explain_failure: [
    { workload: 'erp' },
    { job: 'Backup of erp' },
    { job: 'arcturus' },
    { workload: 'arcturus' },
  ],
};
const COMMON: Row[] = [{}, { detail: 'detailed' }, { limit: 1 }, { source: VAULT }, { source: 'vault-west' }];

/** Everything that a server with the login says; what it was asked may come back in it. */
async function askAll(now: Date, extra: Row = {}): Promise<string> {
  const said: string[] = [];
  for (const { name } of TOOLS)
    for (const way of Object.keys(extra).length > 0 ? COMMON.slice(0, 1) : COMMON)
      for (const needed of WAYS[name] ?? [{}]) {
        const args = { ...needed, ...way, ...extra };
        const result = await asking.call(name, args, now);
        const data = result.isError ? {} : result.structured;
        const cursor = typeof data.next_cursor === 'string' ? data.next_cursor : '';
        const opened = Buffer.from(cursor, 'base64url').toString();
        const answer = `${result.text} ${JSON.stringify(data)} ${opened}`;
        const asked = Object.values(args)
          .map(String)
          .filter((given) => FOREIGN.test(given));
        const left = asked.reduce((rest, given) => rest.replaceAll(given, '(asked)'), answer);
        assert.doesNotMatch(left, FOREIGN, `${name} ${JSON.stringify(args)}: ${left.slice(0, 3000)}`);
        said.push(left);
      }
  return said.join('\n');
}

/** No row of any table that the login reads by itself names the other tenant. */
async function readAll(): Promise<void> {
  for (const kind of KINDS) {
    await using client = await limited.connect(kind);
    const { rows: tables } = await client.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class where relnamespace = 'public'::regnamespace
          and relkind in ('r', 'p', 'v') and has_table_privilege(oid, 'select')`,
    );
    assert.ok(tables.length > 15);
    for (const { name } of tables) {
      const { rows } = await client.query(`select * from ${name}`);
      assert.doesNotMatch(JSON.stringify(rows), FOREIGN, `${kind}: ${name}`);
    }
  }
}

test('the moment sources have their tenants nothing of the other tenant is told, and what is not known is said', async () => {
  await askAll(at(-1));
  await readAll();
  const { data } = await asking.ask(RECOVERY, {}, at(-1));
  assert.match(
    JSON.stringify(data.not_known),
    /1 workloads are not shown and not counted: .* until the next run of the rto worker/,
  );
  const risks = await asking.ask('analyze_risks', {}, at(-1));
  assert.match(
    String(risks.data.summary),
    /no run of the risk worker .* that the login of this server may see/,
  );
});

test('machines are judged anew within their tenant, and risks and plans of it are seen', async () => {
  await round(0, TENANTS);
  await askAll(at(0.1));
  await readAll();
  const { data } = await asking.ask(RECOVERY, {}, at(0.1));
  assert.equal((data.estate as Row).workloads, 2, 'erp and web');
  assert.doesNotMatch(JSON.stringify(data), /in_several_sources|not shown/);
  const risks = await asking.ask('analyze_risks', {}, at(0.1));
  assert.match(JSON.stringify(risks.data), /erp/);
  const all = await everything.ask(RECOVERY, {}, at(0.1));
  assert.equal((all.data.estate as Row).workloads, 4, 'to everybody else it is two machines now');
  for (const tool of ['get_health_status', RECOVERY, 'analyze_risks', 'get_data_freshness'])
    assertContract(tool, await asking.ask(tool, {}, at(0.1)));
});

test('freshness, its totals and the sources that are named are those of the tenant', async () => {
  const { data, text } = await asking.ask('get_data_freshness', { status: 'ALL' }, at(0.1));
  assert.equal((data.estate as Row).sources, 1);
  assert.deepEqual(new Set((data.sources as Row[]).map(({ source_id }) => source_id)), new Set([VBR]));
  assert.match(JSON.stringify(data.not_known), /sees the sources of the tenant contoso only/);
  assert.match(text, /contoso/);
  const all = await everything.ask('get_data_freshness', { status: 'ALL' }, at(0.1));
  assert.equal((all.data.estate as Row).sources, 2);
  assert.doesNotMatch(JSON.stringify(all.data), /contoso/);
});

test('what was said before the sources had tenants names no other one now', async () => {
  await askAll(at(0.1), { as_of: at(-2.5).toISOString() });
  await askAll(at(0.1), { as_of: at(-1.5).toISOString() });
});

test('a cursor of another login opens nothing', async () => {
  const { data } = await everything.ask(RECOVERY, { limit: 1, source: VAULT }, at(0.1));
  assert.ok(data.next_cursor, 'there is a next page');
  const { isError, text } = await asking.call(
    RECOVERY,
    { limit: 1, source: VAULT, cursor: data.next_cursor },
    at(0.1),
  );
  assert.equal(isError, true);
  assert.doesNotMatch(text.replaceAll(VAULT, ''), FOREIGN);
  const whole = await everything.ask(RECOVERY, { limit: 1 }, at(0.1));
  const other = await asking.call(RECOVERY, { limit: 1, cursor: whole.data.next_cursor }, at(0.1));
  assert.equal(other.isError, true, other.text);
});

test("a source that changes its tenant is the other tenant's at once, with what was collected of it", async () => {
  const before = await asking.ask('get_data_freshness', { status: 'ALL' }, at(0.1));
  assert.equal((before.data.estate as Row).sources, 1);
  await labelSources(database.metrics.db, [{ sourceId: VAULT, tenant: 'contoso' }]);
  const { data } = await asking.ask('get_data_freshness', { status: 'ALL' }, at(0.1));
  assert.equal((data.estate as Row).sources, 2);
  const found = await asking.ask('get_workload', { workload: 'arcturus' }, at(0.1));
  assert.match(JSON.stringify(found.data), /arcturus/);
});

test('machines of two sources of one tenant are joined, and its reader sees both sides', async () => {
  await round(0.5, { [VBR]: 'contoso', [VAULT]: 'contoso' });
  await concludeRto(database, VBR, { now: at(0.6), tenant: 'contoso' });
  await advise(database, at(0.6), [VBR, VAULT]);
  const { data } = await asking.ask(RECOVERY, {}, at(0.7));
  assert.equal((data.estate as Row).in_several_sources, 1);
  assert.equal((data.estate as Row).workloads, 3, 'erp once, web and arcturus');
  const risks = await asking.ask('analyze_risks', {}, at(0.7));
  assert.match(JSON.stringify(risks.data), /arcturus/);
});

test('a source that loses its tenant is not seen any more, nor what was joined with it', async () => {
  await labelSources(database.metrics.db, [{ sourceId: VAULT }]);
  await askAll(at(0.7), { detail: 'detailed' });
  await advise(database, at(0.8), [VBR, VAULT]);
  await askAll(at(0.9));
  await readAll();
});

test('a login whose tenants have no source is told so, and not that nothing was set up', async () => {
  await using nobody = await limitTo(database, ['adatum']);
  await using alone = openAsking({ settings: nobody.settings });
  for (const tool of ['get_health_status', 'get_data_freshness', 'what_changed', 'analyze_risks']) {
    const { data } = await alone.ask(tool, {}, at(0.1));
    assert.match(
      String(data.summary),
      /sees the sources of the tenant adatum only, and no source .* has such a tenant/,
    );
    assert.doesNotMatch(JSON.stringify(data), FOREIGN);
  }
});
