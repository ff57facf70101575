import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import {
  addCollectorRuns,
  azureId,
  concludeRto,
  fillMixed,
  MIXED_NOW,
  VAULT,
} from '../support/mixed-rows.ts';
import { openAsking, type Row } from './contract/asking.ts';
import { assertContract } from './contract/rules.ts';

const END = new Date(MIXED_NOW.getTime() + 60_000);
const UNTIL = '2026-03-29T12:00:00Z';

test('a machine whose backups were deleted is told with the day until which they can be brought back', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const item = { protection_state: 'ProtectionStopped', is_soft_deleted: true };
  await fillMixed(db, [
    { name: 'gone', azure: [50, 74], item },
    { name: 'here', azure: [5, 29] },
  ]);
  await db
    .updateTable('azure_item')
    .set({ deleted_for_good_at: new Date(UNTIL) })
    .where('name', '=', 'gone')
    .execute();
  await concludeRto(database, VAULT);
  await addCollectorRuns(db, VAULT);
  await using asking = openAsking(database);
  const ask = async (name: string) => {
    const answer = await asking.ask('get_workload', { workload: azureId(name) }, END);
    assertContract('get_workload', answer);
    const [protection] = answer.data.protections as Row[];
    return { ...answer, protection };
  };
  const gone = await ask('gone');
  assert.deepEqual(gone.protection?.deleted, { until: UNTIL });
  assert.match(String(gone.data.summary), /DELETED: .* restorable by undelete until 2026-03-29T12:00:00Z/);
  assert.match(gone.text, /^- deleted, restorable by undelete until 2026-03-29T12:00:00Z$/m);
  assert.equal((gone.protection?.rpo as Row | undefined)?.hidden_by_job, null);
  assert.equal((await ask('here')).protection?.deleted, undefined);
});
