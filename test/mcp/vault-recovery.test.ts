import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../support/simulated.ts';
import { openAsking, type Row } from './contract/asking.ts';

const rows = (value: unknown) => (value ?? []) as Row[];

test('recovery of a vault is told in words of a vault, and another RPO is judged on its points', async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    azureVaults: 1,
    azureItems: 20,
    azureDays: 20,
    days: 10,
    jobs: 3,
  });
  await using database = await createTestDatabase();
  // The list of items is read by the first, and the second does without.
  for (const worker of ['health', 'rto'] as const)
    for (const { status } of await runOnSimulatedAzure(simulator, database, { worker }))
      assert.equal(status, 'succeeded');
  const now = new Date(NOW.getTime() + 600_000);
  await using asking = openAsking(database);
  const texts: string[] = [];
  const ask = async (tool: string, args: Row) => {
    const { text, data } = await asking.ask(tool, args, now);
    texts.push(text);
    return data;
  };
  const include = ['coverage', 'next_tests', 'trials', 'locations'];
  const all = await ask('get_recovery_performance', { include, detail: 'detailed', limit: 50 });
  const untested = rows(all.workloads).find(
    ({ sla_status, rpo_status }) => sla_status === 'UNTESTED' && rpo_status === 'MET',
  );
  const card = await ask('get_recovery_performance', { workload: untested?.workload_id });
  assert.match(JSON.stringify(card), /no restore of it has succeeded/);
  await ask('get_workload', { workload: untested?.workload_id });
  const what_if = { kind: 'target', rto_minutes: 120, rpo_hours: 12 };
  const { what_if: answer } = await ask('get_recovery_performance', { what_if, limit: 50 });
  for (const text of texts) assert.doesNotMatch(text, /surebackup|\bprox(y|ies)\b|content scan/i);
  const target = (answer as Row).target as Row;
  const after = Object.keys(target.rpo_after as Row);
  assert.ok(after.includes('BREACHED') && !after.includes('UNKNOWN'), after.join());
});
