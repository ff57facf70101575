import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { listAzureItems } from '../../src/queries/remediation-azure.ts';
import { createTestDatabase } from '../support/database.ts';
import { addSession } from '../support/health-rows.ts';
import { fillMixed, itemId, MIXED_NOW, VAULT } from '../support/mixed-rows.ts';

const hoursAgo = (hours: number) => new Date(MIXED_NOW.getTime() - hours * 3_600_000);

test('the error of an item is that of its newest failed backup, not of a restore, a warning or a failure before', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [{ name: 'erp', azure: [3] }]);
  const item = itemId('erp');
  const add = async (id: string, hours: number, type: string, result: string, code: string | null) => {
    const created_at = hoursAgo(hours);
    const session = { session_id: id, created_at, ended_at: created_at, session_type: type, result };
    await addSession(db, { source_id: VAULT, job_id: item, ...session });
    // What says nothing of its failure has a row without anything.
    const said = { code, title: code, item_id: code && item, recommendations: [], known_from: created_at };
    const row = { source_id: VAULT, session_id: id, seq: 0, message: null, ...said };
    await db.insertInto('azure_job_error').values(row).execute();
  };
  const seen = async () => (await listAzureItems(asReader(db), VAULT)).map(({ errorCode }) => errorCode);

  assert.deepEqual(await seen(), [null]);
  await add('a', 30, 'AzureBackup', 'Failed', 'ExtensionSnapshotFailed');
  await add('b', 20, 'AzureRestore', 'Failed', 'UserErrorKeyVaultPermissionsNotConfigured');
  await add('c', 10, 'AzureBackup', 'Warning', 'UserErrorFsFreezeFailed');
  assert.deepEqual(await seen(), ['ExtensionSnapshotFailed']);
  await add('d', 5, 'AzureBackup', 'Failed', null);
  assert.deepEqual(await seen(), [null]);
});
