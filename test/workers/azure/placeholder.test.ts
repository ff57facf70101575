import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { listSources } from '../../../src/pipeline/advisor.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { runOnAzure } from '../../../workers/main.ts';
import { openAsking, type Row } from '../../mcp/contract/asking.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, NOW, simulate } from '../../support/simulated.ts';

const SIZE = {
  scenario: 'azure-healthy',
  days: 10,
  jobs: 3,
  azureVaults: 2,
  azureItems: 4,
  azureDays: 8,
} as const;
const hours = (n: number) => new Date(NOW.getTime() + n * 3_600_000);

test('a subscription that could not be listed is failed until its vaults answer, and then it is gone', async () => {
  await using simulator = await simulate(SIZE);
  await using database = await createTestDatabase();
  const [first, second] = simulator.azure?.subscriptions ?? [];
  for (const id of [first, second])
    simulator.azure?.faults.add(`forbidden:path=/subscriptions/${id}/providers`);
  const [failed, ...others] = await scheduled(simulator, database, NOW);
  assert.deepEqual([failed?.sourceId, failed?.status], [`azure:subscription:${first}`, 'failed']);
  assert.deepEqual(others, []);
  assert.deepEqual(await told(database, hours(1)), [[`azure:subscription:${first}`, 'failed']]);
  assert.deepEqual(await listSources(database), [], 'there is nothing to advise on');

  // One of the two is permitted: the other is on record as failed, beside the vaults of the first.
  simulator.azure?.faults.clear();
  simulator.azure?.faults.add(`forbidden:path=/subscriptions/${second}/providers`);
  await scheduled(simulator, database, hours(1));
  const states = await told(database, hours(2));
  assert.deepEqual(
    states.map(([id, state]) => [id?.startsWith('azure:rsv-') ? 'vault' : id, state]),
    [
      ['vault', 'fresh'],
      [`azure:subscription:${second}`, 'failed'],
    ],
  );
  assert.equal((await listSources(database)).length, 1);

  simulator.azure?.faults.clear();
  await scheduled(simulator, database, hours(2));
  const ended = await told(database, hours(3));
  assert.equal(ended.length, 2);
  for (const [id, state] of ended)
    assert.ok(id?.startsWith('azure:rsv-') && state === 'fresh', `${id} ${state}`);
});

test('a subscription id that was corrected is gone a day after the right one answers', async () => {
  await using simulator = await simulate(SIZE);
  await using database = await createTestDatabase();
  const wrong = '00000000-0000-4000-8000-000000000000';
  const [failed] = await scheduled(simulator, database, NOW, [wrong]);
  assert.equal(failed?.sourceId, `azure:subscription:${wrong}`);
  await scheduled(simulator, database, hours(1));
  assert.equal((await told(database, hours(2))).length, 3);
  await scheduled(simulator, database, hours(28));
  assert.deepEqual(
    (await told(database, hours(28))).map(([, state]) => state),
    ['fresh', 'fresh'],
  );
});

test('a vault that is there no more fails once, and is not missed anew every hour', async () => {
  await using simulator = await simulate(SIZE);
  await using database = await createTestDatabase();
  await scheduled(simulator, database, NOW);
  const gone = 'azure:rsv-gone:abc123';
  const group = `/subscriptions/${simulator.azure?.subscriptions[0]}/resourcegroups/rg-gone`;
  await database.metrics.db
    .insertInto('source')
    .values({
      source_id: gone,
      kind: 'azure',
      name: 'rsv-gone',
      upstream_id: `${group}/providers/microsoft.recoveryservices/vaults/rsv-gone`,
      first_seen_at: hours(-100),
    })
    .execute();
  const runs = await scheduled(simulator, database, hours(1));
  const [failed] = runs.filter(({ status }) => status === 'failed');
  assert.deepEqual([failed?.sourceId, failed?.error?.code], [gone, 'not-found']);
  assert.equal((await scheduled(simulator, database, hours(2))).length, runs.length - 1);
});

function scheduled(simulator: Simulator, database: TestDatabase, now: Date, subscriptionIds?: string[]) {
  const { azure, ...config } = configOf(simulator, database);
  assert.ok(azure);
  const asked = { ...config, azure: subscriptionIds ? { ...azure, subscriptionIds } : azure };
  return runOnAzure('health', asked, database, {
    log: createLog('silent'),
    clock: () => now,
    isUnattended: true,
  });
}

async function told(database: TestDatabase, now: Date): Promise<[string | undefined, string | undefined][]> {
  await using asking = openAsking(database);
  const { data } = await asking.ask('get_data_freshness', { worker: 'health' }, now);
  const rows = (data.sources ?? []) as Row[];
  return rows
    .map((row): [string, string] => [String(row.source_id), String(row.state)])
    .toSorted(
      ([a], [b]) => Number(a.startsWith('azure:s')) - Number(b.startsWith('azure:s')) || (a < b ? -1 : 1),
    );
}
