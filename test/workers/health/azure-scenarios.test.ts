import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArmId } from '../../../src/azure/ids.ts';
import { AZURE_SCENARIOS } from '../../../src/simulator/azure/scenarios.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { toItemId } from '../../../workers/azure/ids.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

const SIZE = { days: 60, jobs: 4, azureVaults: 3, azureItems: 40, azureDays: 60 };
/** Their effect is on the run, not on findings: they are in azure-trouble.test.ts. */
const OF_THE_RUN = ['azure-throttled-vault'];

/** What is wrong by the simulator's words, in ours. */
const KINDS: Record<string, string> = {
  AZURE_ITEM_FAILING: 'JOB_FAILING',
  AZURE_RPO_BREACH: 'JOB_STALE',
  AZURE_NEVER_BACKED_UP: 'JOB_NEVER_RAN',
  AZURE_SOFT_DELETED: 'ITEM_SOFT_DELETED',
  AZURE_PROTECTION_STOPPED: 'ITEM_PROTECTION_STOPPED',
  AZURE_SOFT_DELETE_OFF: 'VAULT_SOFT_DELETE_OFF',
  AZURE_IMMUTABILITY_OFF: 'VAULT_IMMUTABILITY_OFF',
  AZURE_NO_SECOND_PERSON: 'VAULT_NO_SECOND_PERSON',
};
/** What an item that fails or is not started shows besides. */
const BESIDES = ['JOB_SILENT', 'JOB_STALE', 'RELIABILITY_DEGRADING', 'TIMING_PATTERN'];

for (const { name } of AZURE_SCENARIOS.filter((one) => !OF_THE_RUN.includes(one.name))) {
  test(`scenario ${name}: every injected finding is reported, and nothing else`, async () => {
    await using simulator = await simulate({ scenario: name, ...SIZE });
    await using database = await createTestDatabase();
    await runOnSimulatedAzure(simulator, database);
    const reported = await reportedFindings(database);
    const expected = expectedFindings(simulator);
    assert.deepEqual(
      expected.filter((one) => !reported.includes(one)),
      [],
      'missed',
    );
    const troubled = expected.map((line) => line.split(' ')[1]);
    const more = reported.filter((line) => {
      const [kind = '', entity] = line.split(' ');
      return !expected.includes(line) && !(BESIDES.includes(kind) && troubled.includes(entity));
    });
    assert.deepEqual(more, [], 'not in the truth');
  });
}

test('a second run writes nothing and asks for items and new jobs alone', async () => {
  await using simulator = await simulate({ scenario: 'azure-all', ...SIZE });
  await using database = await createTestDatabase();
  const first = await runOnSimulatedAzure(simulator, database);
  simulator.azure?.requests.clear();
  const second = await runOnSimulatedAzure(simulator, database);
  assert.ok(first.every(({ rowsLoaded }) => rowsLoaded > 1_000));
  assert.deepEqual(
    second.map(({ rowsLoaded, status }) => [rowsLoaded, status]),
    first.map(() => [0, 'succeeded']),
  );
  // The list of vaults, and of each vault: itself, items, jobs; jobs that run are read one by one where the list has none.
  const asked = simulator.azure?.requests.count() ?? 0;
  assert.ok(asked <= 2 + 3 * 4, `${asked} requests`);
});

/** Entities by the vault's own names: a line for each finding. */
async function reportedFindings({ metrics }: TestDatabase): Promise<string[]> {
  const rows = await metrics.db
    .selectFrom('health_finding')
    .select(['kind', 'entity_id', 'entity_name', 'entity_kind'])
    .execute();
  const lines = rows.map(
    ({ kind, entity_id, entity_name, entity_kind }) =>
      `${kind} ${entity_kind === 'vault' ? entity_name : entity_id}`,
  );
  return [...new Set(lines)].sort();
}

function expectedFindings({ truth, azure }: Simulator): string[] {
  const injected = (truth.findings.azure?.findings ?? []).flatMap(({ kind, entity }) => {
    const own = KINDS[kind];
    const item = toItemId(parseArmId(entity.id).parts);
    return own ? [`${own} ${item ?? entity.name}`] : [];
  });
  // What a careful administrator leaves unlocked can be switched off.
  const unlocked = (azure?.world.vaults ?? [])
    .filter(({ immutability, isForbidden }) => immutability === 'Unlocked' && !isForbidden)
    .map(({ name }) => `VAULT_IMMUTABILITY_UNLOCKED ${name}`);
  return [...new Set([...injected, ...unlocked])].sort();
}
