import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { runAgainst, runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

test('of the machines that both halves of the simulator protect those are joined that are one, and no others', async () => {
  await using simulator = await simulate({
    scenario: 'azure-mixed-machines',
    jobs: 20,
    azurePort: 0,
    azureVaults: 2,
    azureItems: 20,
    azureDays: 10,
  });
  await using database = await createTestDatabase();
  const now = simulator.clock.now();
  const statuses = [
    await runAgainst(simulator, database, { worker: 'rto', now }),
    ...(await runOnSimulatedAzure(simulator, database, { worker: 'rto', now })),
  ].map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)], ['succeeded']);
  const { db } = database.metrics;
  const matches = await db
    .selectFrom('workload_match as m')
    .innerJoin('workload as w', (join) =>
      join.onRef('w.source_id', '=', 'm.other_source_id').onRef('w.workload_id', '=', 'm.other_workload_id'),
    )
    .select(['m.workload_id', 'm.other_workload_id', 'm.verdict', 'w.name'])
    .where('m.source_id', 'like', 'azure:%')
    .execute();
  const pairs = simulator.truth.findings.azure?.pairs ?? [];
  assert.ok(pairs.length > 5);
  const matchOf = (id: string, name: string) =>
    matches.find(
      (row) =>
        row.workload_id === `azure${id.toLowerCase()}` && row.name.toLowerCase() === name.toLowerCase(),
    );
  const joined = matches.filter(({ verdict }) => verdict === 'SAME');
  const truly = pairs.filter(({ same }) => same);
  for (const { variant, same, azure: there, veeam } of pairs) {
    const match = matchOf(there.id, veeam.name);
    const about = `${variant} ${veeam.name}`;
    if (!same) assert.notEqual(match?.verdict, 'SAME', about);
    else {
      // Of some agents the server does not say the id of their hardware: then there is a name alone.
      const hasIds = there.vmId !== null && !match?.other_workload_id.includes('/name/');
      assert.equal(match?.verdict, hasIds ? 'SAME' : 'UNSURE', about);
    }
  }
  assert.ok(joined.length > 0 && joined.length <= truly.length, `${joined.length} of ${truly.length}`);
});
