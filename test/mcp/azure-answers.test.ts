import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { classifyAzureProblem } from '../../src/analysis/health/failure-cause-azure.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../support/simulated.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';

const END = new Date(NOW.getTime() + 600_000);
let database: TestDatabase;
let asking: Asking;

/** Two vaults with all kinds of trouble, as their first runs saw them; what users of Azure Backup alone have. */
before(async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    azureVaults: 2,
    azureItems: 20,
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
