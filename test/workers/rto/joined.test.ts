import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusinessContext } from '../../../src/business/load.ts';
import { createTestDatabase } from '../../support/database.ts';
import {
  azureId,
  concludeRto,
  fillMixed,
  itemId,
  MIXED_NOW,
  type MixedMachine,
  recoveryOf,
  resultsOf,
  VAULT,
  VBR,
  veeamId,
} from '../../support/mixed-rows.ts';

const UUID = '11112222-3333-4444-5555-666677778888';
const SWAPPED = '22221111-3333-4444-5555-666677778888';
const both = (name: string, veeam: number[], azure: number[]): MixedMachine => ({
  name,
  veeamId: UUID,
  azureId: SWAPPED,
  veeam,
  azure,
});
const withIds = (machine: MixedMachine, index: number): MixedMachine => ({
  ...machine,
  veeamId: UUID.replace(/^.{4}/, `1${index}11`),
  azureId: UUID.replace(/^.{4}/, `1${index}11`),
});
const hoursAgo = (hours: number) => MIXED_NOW.getTime() - hours * 3_600_000;

test('a machine whose backups in Veeam stopped and in Azure go on keeps its RPO, and the Azure point is named', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [200, 224], [3, 27])]);
  await concludeRto(database, VAULT);
  const ofVeeam = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.equal(ofVeeam.rpo_status, 'MET');
  assert.equal(ofVeeam.newest_point_at?.getTime(), hoursAgo(3));
  assert.equal(ofVeeam.newest_point_id, `${itemId('erp')}/0`);
  const [protection] = ofVeeam.protections;
  assert.equal(protection?.source_id, VAULT);
  assert.equal(protection?.workload_id, azureId('erp'));
  assert.equal(protection?.rpo_status, 'MET');
  assert.equal(protection?.newest_point_id, ofVeeam.newest_point_id);
  assert.equal(protection?.basis, 'BIOS_UUID');
  assert.equal(ofVeeam.home_source_id, null);
  assert.match(ofVeeam.reasons.join('\n'), /newest usable restore point is that of another source/);
  assert.match(ofVeeam.reasons.join('\n'), /by the restore points of this source alone its RPO is BREACHED/);
  assert.deepEqual(
    ofVeeam.locations.map(({ location_id, other_source_id, status, repository_type }) => [
      location_id,
      other_source_id,
      status,
      repository_type,
    ]),
    [
      [`${VAULT}/vault-west:abc123`, VAULT, 'MET', 'AzureVault'],
      ['repo-1', null, 'BREACHED', 'WinLocal'],
    ],
  );
  const ofAzure = await recoveryOf(db, await concludeRto(database, VAULT), azureId('erp'));
  assert.deepEqual(
    [ofAzure.home_source_id, ofAzure.home_workload_id, ofAzure.rpo_status],
    [VBR, veeamId('erp'), 'MET'],
  );
});

test('and the other way round', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [3, 27], [200, 224])]);
  await concludeRto(database, VAULT);
  const ofVeeam = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.deepEqual([ofVeeam.rpo_status, ofVeeam.newest_point_id], ['MET', 'backup-erp/0']);
  assert.equal(ofVeeam.protections[0]?.rpo_status, 'BREACHED');
  const ofAzure = await recoveryOf(db, await concludeRto(database, VAULT), azureId('erp'));
  assert.deepEqual([ofAzure.rpo_status, ofAzure.newest_point_id], ['MET', 'backup-erp/0']);
});

test('where both stopped the RPO is missed', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [100], [50])]);
  await concludeRto(database, VAULT);
  const row = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.equal(row.rpo_status, 'BREACHED');
  assert.equal(Math.round(row.rpo_age_hours ?? 0), 50);
});

test('what a vault has and nobody has read yet is not known: neither that there is none, nor that the RPO is missed', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [200], []), both('crm', [3], []), both('old', [200], [])].map(withIds));
  await db
    .updateTable('watermark')
    .set({ read_until: new Date(0) })
    .execute();
  await db
    .updateTable('azure_item')
    .set({ last_point_at: new Date(hoursAgo(2)) })
    .execute();
  await db.updateTable('azure_item').set({ is_soft_deleted: true }).where('name', '=', 'old').execute();
  await concludeRto(database, VAULT);
  const runId = await concludeRto(database, VBR);
  const states = ['erp', 'crm', 'old'].map(async (name) => {
    const row = await recoveryOf(db, runId, veeamId(name));
    return [row.rpo_status, row.protections[0]?.rpo_status];
  });
  assert.deepEqual(await Promise.all(states), [
    ['UNKNOWN', 'UNKNOWN'],
    ['MET', 'UNKNOWN'],
    // Nothing that is deleted could keep its RPO.
    ['BREACHED', 'UNKNOWN'],
  ]);
});

test('a name alone joins nothing: the pair is listed as unsure, and the configuration settles it', async () => {
  const machines: MixedMachine[] = [
    { name: 'erp', veeam: [200], azure: [3] },
    { name: 'zebra-17', veeam: [200], azure: [3] },
  ];
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, machines);
  await concludeRto(database, VAULT);
  const runId = await concludeRto(database, VBR);
  const row = await recoveryOf(db, runId, veeamId('zebra-17'));
  assert.deepEqual([row.rpo_status, row.protections, row.home_source_id], ['BREACHED', [], null]);
  const matches = await db
    .selectFrom('workload_match')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('workload_id')
    .execute();
  assert.deepEqual(
    matches.map(({ workload_id, other_workload_id, verdict, basis }) => [
      workload_id,
      other_workload_id,
      verdict,
      basis,
    ]),
    [
      [veeamId('erp'), azureId('erp'), 'UNSURE', 'NAME'],
      [veeamId('zebra-17'), azureId('zebra-17'), 'UNSURE', 'NAME'],
    ],
  );
  assert.ok(
    matches.every(({ probability, evidence }) => probability < 0.95 && (evidence as unknown[]).length > 0),
  );
  const business = parseBusinessContext(
    `[machines]\nsame = [["${VBR}/zebra-17", "vault-west/zebra-17"]]\ndifferent = [["${VBR}/erp", "${VAULT}:erp"], ["gone", "erp"]]`,
    'dr365.toml',
  );
  const second = await concludeRto(database, VBR, { business });
  assert.equal((await recoveryOf(db, second, veeamId('zebra-17'))).rpo_status, 'MET');
  const summary = await db
    .selectFrom('recovery_summary')
    .select(['matches', 'not_known'])
    .where('run_id', '=', second)
    .executeTakeFirstOrThrow();
  assert.deepEqual(summary.matches, { same: 1, unsure: 0, different: 1 });
  assert.match(
    (summary.not_known as string[]).join('\n'),
    /\[machines\] different names "gone": no source has it/,
  );
});

test('tests on either side are tests of the machine', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [{ ...both('erp', [3], [3]), azureTests: [[48, true]] }]);
  await concludeRto(database, VAULT);
  const row = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.deepEqual([row.trials, row.ok_trials, row.recency], [1, 1, 'FRESH']);
  assert.equal(row.last_test_class, 'FULL_VM');
});

test('what another source read long ago counts with its age, and that is said', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [200], [60])]);
  await concludeRto(database, VAULT, { now: new Date(hoursAgo(50)) });
  const row = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.equal(row.rpo_status, 'BREACHED');
  assert.equal(row.protections[0]?.is_stale, true);
  assert.equal(Math.round(row.protections[0]?.age_hours as number), 50);
  assert.match(row.reasons.join('\n'), /last judged 50 hours ago: its points count with their age/);
});

test('a machine is listed where it is read: with its home, and here once nobody has read that for too long', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [200], [60])]);
  await concludeRto(database, VBR, { now: new Date(hoursAgo(50)) });
  const homeAt = async (hours: number) => {
    const runId = await concludeRto(database, VAULT, { now: new Date(hoursAgo(hours)) });
    return (await recoveryOf(db, runId, azureId('erp'))).home_source_id;
  };
  assert.deepEqual([await homeAt(49), await homeAt(25), await homeAt(23)], [VBR, VBR, null]);
  const ofVeeam = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.deepEqual([ofVeeam.home_source_id, await homeAt(0)], [null, VBR]);
});

test('the clock of another source is brought to that of this one', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  // By its own clock, which is 30 hours ahead, the newest point of the vault is of 3 hours from now.
  await fillMixed(db, [both('erp', [200], [-3])]);
  await concludeRto(database, VAULT, { skewHours: 30 });
  const row = await recoveryOf(db, await concludeRto(database, VBR), veeamId('erp'));
  assert.deepEqual([row.rpo_status, Math.round(row.rpo_age_hours ?? 0)], ['BREACHED', 27]);
});

test('a point that was found gone just now is gone, also where the clock of its source is behind', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [{ name: 'files', veeam: [3, 27] }, both('erp', [3], [3])]);
  await db.updateTable('restore_point').set({ vanished_at: MIXED_NOW }).execute();
  for (const skewHours of [-1, -0.0001, 0, 1]) {
    await concludeRto(database, VAULT, { skewHours });
    const runId = await concludeRto(database, VBR, { skewHours });
    const rows = await Promise.all(['files', 'erp'].map((name) => recoveryOf(db, runId, veeamId(name))));
    assert.deepEqual(
      rows.map(({ rpo_status, restore_points }) => [rpo_status, restore_points]),
      [
        ['NEVER', 0],
        ['NEVER', 0],
      ],
      `${skewHours} hours`,
    );
  }
});

test('a source of which no other knows a machine writes what it writes alone', async () => {
  const own: MixedMachine[] = [
    { name: 'erp', veeamId: UUID, veeam: [3, 27], veeamTests: [[40, true]] },
    { name: 'files', veeam: [50] },
  ];
  await using alone = await createTestDatabase();
  await fillMixed(alone.metrics.db, own);
  await concludeRto(alone, VBR);
  await using beside = await createTestDatabase();
  await fillMixed(beside.metrics.db, [...own, { name: 'somewhere-else', azure: [3] }]);
  await concludeRto(beside, VAULT);
  await concludeRto(beside, VBR);
  assert.equal(await resultsOf(beside.metrics.db, VBR), await resultsOf(alone.metrics.db, VBR));
  const { matches } = await alone.metrics.db
    .selectFrom('recovery_summary')
    .select('matches')
    .executeTakeFirstOrThrow();
  assert.deepEqual(matches, {});
});
