import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusinessContext } from '../../../src/business/load.ts';
import { createTestDatabase } from '../../support/database.ts';
import {
  azureId,
  concludeRto,
  fillMixed,
  recoveryOf,
  VAULT,
  VBR,
  veeamId,
} from '../../support/mixed-rows.ts';

const weekly = JSON.stringify({ kind: 'daily', weekdays: [6], minuteOfDay: 1320, zone: 'UTC' });

test('where nobody set an RPO, an item of a vault has that of its policy and a machine of a server the default', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [
    { name: 'weekly', azure: [86, 254] },
    { name: 'unsaid', azure: [86, 254] },
    { name: 'server', veeam: [86, 254] },
  ]);
  await db.updateTable('job').set({ schedule: weekly }).where('name', 'in', ['weekly', 'server']).execute();
  const run = await concludeRto(database, VAULT);
  const told = async (runId: string, id: string) => {
    const row = await recoveryOf(db, runId, id);
    return [row.rpo_target_hours, row.rpo_target_basis, row.rpo_status];
  };
  assert.deepEqual(await told(run, azureId('weekly')), [252, 'POLICY', 'MET']);
  assert.deepEqual(await told(run, azureId('unsaid')), [24, 'DEFAULT', 'BREACHED']);
  const ofServer = await concludeRto(database, VBR);
  assert.deepEqual(await told(ofServer, veeamId('server')), [24, 'DEFAULT', 'BREACHED']);
  const business = parseBusinessContext('[targets]\nrpo_hours = 48\n', 'dr365.toml');
  const agreed = await concludeRto(database, VAULT, { business });
  assert.deepEqual(await told(agreed, azureId('weekly')), [48, 'TIER', 'BREACHED']);
});
