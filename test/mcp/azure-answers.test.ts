import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { classifyAzureProblem } from '../../src/analysis/health/failure-cause-azure.ts';
import { costTotalsText, toCost } from '../../src/mcp/tools/capacity/cost.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../support/simulated.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';

const END = new Date(NOW.getTime() + 600_000);
let database: TestDatabase;
let asking: Asking;

const VAULTS = 8;

/** Vaults with all kinds of trouble, as their first runs saw them; what users of Azure Backup alone have. */
before(async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    azureVaults: VAULTS,
    azureItems: 12,
    azureDays: 30,
  });
  database = await createTestDatabase();
  for (const worker of ['capacity', 'rto', 'efficiency', 'health'] as const)
    for (const { error } of await runOnSimulatedAzure(simulator, database, { worker }))
      assert.equal(error, undefined);
  asking = openAsking(database);
});

after(async () => {
  await asking[Symbol.asyncDispose]();
  await database.close();
});

/** Items by a condition on their rows; each as a job that can be asked for. */
async function itemsWhere(isWanted: (row: { job_id: string; schedule: unknown }) => boolean) {
  const rows = await database.metrics.db
    .selectFrom('job')
    .select(['source_id', 'job_id', 'name', 'schedule'])
    .orderBy('job_id')
    .execute();
  return rows.filter(isWanted).map(({ job_id: job, source_id: source }) => ({ job, source }));
}

test('an item says all starts of a day, and by the clock of which zone', async () => {
  const several = await itemsWhere(
    ({ schedule }) => ((schedule as Row | null)?.minutesOfDay as number[] | undefined)?.length === 4,
  );
  const [item] = several;
  assert.ok(item, 'the estate has no item that is backed up four times a day');

  const { text, data } = await asking.ask('get_health_status', item, END);

  const { starts_at, all_starts_at, time_zone } = (data.job as Row).schedule as Row;
  assert.equal((all_starts_at as string[]).length, 4);
  assert.equal((all_starts_at as string[])[0], starts_at);
  assert.match(String(time_zone), /^(UTC|[A-Z][a-z]+\/[A-Z]\w+)$/);
  assert.ok(text.includes(`at ${(all_starts_at as string[]).join(', ')} (\`${String(time_zone)}\`)`));
  assert.doesNotMatch(text, /local time/);
});

test('a failure is told in the words of Azure: code, title, what it recommends, and the rule that gave the cause', async () => {
  const errors = await database.metrics.db
    .selectFrom('azure_job_error')
    .innerJoin('session', (join) =>
      join
        .onRef('session.source_id', '=', 'azure_job_error.source_id')
        .onRef('session.session_id', '=', 'azure_job_error.session_id'),
    )
    .selectAll('azure_job_error')
    .select('session.job_id')
    .where('session.session_type', '=', 'AzureBackup')
    .orderBy('session.created_at', 'desc')
    .execute();
  const ofEachKind = [...Map.groupBy(errors, ({ title }) => title).values()].flatMap(([one]) => one ?? []);
  assert.ok(ofEachKind.length > 1);

  for (const { job_id, source_id: source, session_id: session, ...said } of ofEachKind) {
    const { text, data } = await asking.ask('explain_failure', { job: job_id, source, session }, END);

    const { code, title, message, recommendations } = said;
    assert.deepEqual(data.azure_errors, [{ code, title, message, recommendations }]);
    for (const part of [code, title, ...recommendations])
      assert.ok(text.includes(String(part)), String(part));
    const { cause, cause_rule: rule } = data.reason as Row;
    assert.deepEqual({ cause, ruleId: rule }, classifyAzureProblem({ code, title, message }));
    assert.ok(text.includes(`by rule ${String(rule)}`), text);
    assert.doesNotMatch(text, /no rule fits|proxy/);
    for (const { arguments: given } of data.next_steps as { arguments: Row }[])
      assert.equal(given.source, source);
  }
});

test('what has no limit is told with its cost and the price of it; the largest first', async () => {
  const stored = await database.metrics.db
    .selectFrom('capacity_forecast')
    .select(['repository_id', 'cost', 'use_bytes'])
    .orderBy('use_bytes', 'desc')
    .execute();
  assert.equal(stored.length, VAULTS);
  const costs = stored.map(
    ({ cost }) => cost as { now: number; price_per_tib_year: number; currency: string },
  );

  const { text, data } = await asking.ask('get_capacity_forecast', {}, END);

  const [total] = (data.estate as { unbounded_cost: Row[] }).unbounded_cost;
  const [first] = costs;
  assert.ok(total && first);
  const sum = Math.round(costs.reduce((all, { now }) => all + now, 0) * 100) / 100;
  assert.deepEqual(
    [total.now_per_year, total.price_per_tib_year, total.price_basis, total.repositories],
    [sum, first.price_per_tib_year, 'DEFAULT', VAULTS],
  );
  assert.ok(String(data.summary).includes(`${sum} ${first.currency} a year at the default price`));
  assert.doesNotMatch(text, /80 %: days|not known used/);
  const shown = data.repositories as { repository_id: string; cost: Row }[];
  assert.deepEqual(
    shown.map(({ repository_id, cost }) => [repository_id, cost.now_per_year]),
    stored.slice(0, shown.length).map(({ repository_id }, index) => [repository_id, costs[index]?.now]),
  );

  const card = await asking.ask('get_capacity_forecast', { repository: stored[0]?.repository_id }, END);
  assert.ok(card.text.includes(`cost ${String((card.data.repository as { cost: Row }).cost.display)}`));
  assert.doesNotMatch(card.text, /files of backups|known used/);
});

test('what growth adds to the cost is said where it is known, and of how many', () => {
  const stored = {
    currency: 'EUR',
    price_per_tib_year: 50,
    basis: 'CONFIGURED',
    now: 500,
    growth_per_year: 25.5,
  };
  assert.equal(toCost(stored, false)?.display, '500 EUR a year, +25.5 per year of this growth');
  assert.equal(
    toCost({ ...stored, growth_per_year: -3 }, false)?.display,
    '500 EUR a year, -3 per year of this growth',
  );
  assert.equal(toCost(null, false), undefined);
  const price = { currency: 'EUR', price_per_tib_year: 50, price_basis: 'CONFIGURED' as const };
  assert.equal(
    costTotalsText([
      { ...price, repositories: 3, now_per_year: 1500, growth_per_year: 25.5, growth_known_of: 1 },
    ]),
    '1500 EUR a year at the price of 50 EUR per TiB and year, and +25.5 per year of this growth (1 of 3)',
  );
});

test('of vaults no byte is 0 that nobody tells: null with the reason, and what the vaults store is said', async () => {
  const { db } = database.metrics;
  for (const table of ['job_efficiency', 'repository_efficiency', 'efficiency_summary'] as const) {
    const rows = await db.selectFrom(table).select(['data_bytes', 'stored_bytes']).execute();
    assert.ok(rows.length > 0);
    for (const { data_bytes, stored_bytes } of rows)
      assert.deepEqual([data_bytes, stored_bytes], [null, null]);
  }
  const stored = await db
    .selectFrom('repository_efficiency')
    .select(['source_id', 'reported_bytes'])
    .execute();
  const held = new Map(stored.map(({ source_id, reported_bytes }) => [source_id, reported_bytes]));

  const include = ['reclaimable', 'repositories', 'history'];
  const { text, data } = await asking.ask('get_efficiency_metrics', { include }, END);

  const { vaults, vault_bytes, stored_bytes } = data.estate as Row;
  assert.deepEqual([vaults, stored_bytes], [VAULTS, null]);
  assert.equal(
    vault_bytes,
    [...held.values()].reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
  );
  for (const row of data.per_source as Row[]) assert.equal(row.vault_bytes, held.get(String(row.source_id)));
  for (const row of data.repositories as Row[]) {
    assert.deepEqual([row.data_bytes, row.stored_bytes], [null, null]);
    assert.equal(row.reported_bytes, held.get(String(row.source_id)));
    assert.match(String(row.not_measurable_reason), /Azure Backup tells/);
  }
  assert.doesNotMatch(text, /\b0 bytes|0 EXCELLENT/);
  assert.ok((data.reclaimable as Row[]).length > 0);

  const [source] = held.keys();
  const one = await asking.ask('get_efficiency_metrics', { source, include: ['history'] }, END);
  for (const { stored_bytes: bytes, display } of one.data.history as Row[])
    assert.deepEqual([bytes, display], [null, 'not known']);
});

test('answers about many vaults are short, say of fresh data one line, and list what is to be done before sums', async () => {
  for (const tool of [
    'get_health_status',
    'get_capacity_forecast',
    'get_efficiency_metrics',
    'find',
  ] as const) {
    const { text, data } = await asking.ask(tool, tool === 'find' ? { name: 'v' } : {}, END);
    assert.ok((text.length + JSON.stringify(data).length) / 4 <= 4_000, tool);
    assert.equal(text.match(/ h old, fresh/g)?.length, 1, tool);
    const lines = text.split('\n').filter((line) => line.length > 60 && !line.startsWith('|'));
    assert.equal(new Set(lines).size, lines.length, `${tool} repeats itself`);
  }
});

test('a vault that is there no more is not online, at moments since that was seen', async () => {
  const { db } = database.metrics;
  const { source_id, repository_id, name } = await db
    .selectFrom('repository')
    .select(['source_id', 'repository_id', 'name'])
    .orderBy('source_id')
    .executeTakeFirstOrThrow();
  const seen = new Date(END.getTime() - 60_000);
  const told = async (as_of: string) => {
    const args = { source: source_id, as_of };
    const found = await asking.ask('find', { name, kind: 'vault', ...args }, END);
    const capacity = await asking.ask(
      'get_capacity_forecast',
      { repository: repository_id, detail: 'detailed', ...args },
      END,
    );
    const [row] = found.data.found as Row[];
    return [String(row?.state).includes('OFFLINE'), (capacity.data.repository as Row).online];
  };
  assert.deepEqual(await told(END.toISOString()), [false, true]);
  await db
    .insertInto('run')
    .values({
      source_id,
      run_id: randomUUID(),
      worker: 'capacity',
      status: 'failed',
      started_at: seen,
      finished_at: seen,
      error_code: 'not-found',
      error_message: 'there is no such vault any more',
      program_version: 'test',
    })
    .execute();
  assert.deepEqual(await told(END.toISOString()), [true, false]);
  assert.deepEqual(await told(new Date(seen.getTime() - 60_000).toISOString()), [false, true]);
});
