import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VAULT_PATH } from '../azure/fake-arm.ts';
import { allRows, startEstate } from './estate.ts';
import { startFake } from './session.ts';

type PointRow = {
  id: string;
  time: string;
  restorable_now: boolean;
  tiers: { type: string; status: string }[];
};
const ITEM = `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;app01/protectedItems/VM;iaasvmcontainerv2;rg-app;app01`;
const ITEMS = {
  [`${VAULT_PATH}/backupProtectedItems`]: {
    value: [
      {
        id: ITEM,
        name: 'VM;iaasvmcontainerv2;rg-app;app01',
        properties: {
          friendlyName: 'app01',
          backupManagementType: 'AzureIaasVM',
          sourceResourceId:
            '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/app01',
        },
      },
    ],
  },
};

test('list_recovery_points: all points of a window, newest first, ids with all their digits', async () => {
  await using estate = await startEstate();
  const item = estate.items().find(({ kind }) => kind === 'vm');
  assert.ok(item);
  const args = { vault_name: item.vault.name, vm_name: item.holder.toUpperCase(), from: '2026-02-10' };
  const rows = await allRows<PointRow>(estate.session, 'list_recovery_points', 'points', {
    ...args,
    limit: 4,
  });
  const { world } = estate.azure;
  const points = [...world.runs.points(item, world.now())].filter(({ at }) => at >= Date.parse('2026-02-10'));
  assert.equal(rows.length, points.length);
  assert.deepEqual(
    rows.map(({ time }) => time.slice(0, 16)),
    points.map(({ at }) => new Date(at).toISOString().slice(0, 16)),
  );
  assert.ok(rows.every(({ id }) => /^\d{17,}$/.test(id)));
  const data = await estate.session.ask('list_recovery_points', { ...args, limit: 1 });
  assert.deepEqual([data.newest, data.oldest], [rows[0]?.time, rows.at(-1)?.time]);
  const instant = await allRows<PointRow>(estate.session, 'list_recovery_points', 'points', {
    ...args,
    tier: 'InstantRP',
  });
  assert.deepEqual(
    instant.map(({ id }) => id),
    rows
      .filter(({ tiers }) => tiers.some(({ type, status }) => type === 'InstantRP' && status === 'Valid'))
      .map(({ id }) => id),
  );
});

test('get_recovery_point: what a list shows of it and more', async () => {
  await using estate = await startEstate();
  const item = estate.items().find(({ kind }) => kind === 'vm');
  assert.ok(item);
  const args = { vault_name: item.vault.name, vm_name: item.holder, vm_resource_group: item.group };
  const { points } = await estate.session.ask('list_recovery_points', { ...args, limit: 1 });
  const { point } = await estate.session.ask('get_recovery_point', {
    ...args,
    recovery_point_id: points[0].id,
  });
  for (const name of Object.keys(points[0])) assert.deepEqual(point[name], points[0][name], name);
  assert.equal(point.vm_size, 'Standard_D2s_v3');
  assert.equal(point.ilr_session_active, false);
  const gone = await estate.session.refused('get_recovery_point', { ...args, recovery_point_id: '1234567' });
  assert.deepEqual([gone.kind, gone.code], ['not_found', 'no-such-point']);
});

test('points of a soft-deleted item are left out and told, and shown on request', async () => {
  await using estate = await startEstate('azure-soft-deleted');
  const { world } = estate.azure;
  const item = estate.items().find(({ kind, state }) => kind === 'vm' && state.deletedAt !== undefined);
  assert.ok(item);
  assert.ok([...world.runs.points(item, world.now())].length > 0);
  const args = { vault_name: item.vault.name, vm_name: item.holder, from: '2026-02-10' };
  const { structured } = await estate.session.call('list_recovery_points', args);
  assert.equal(structured.data.total, 0);
  assert.deepEqual([structured.data.newest, structured.data.oldest], [null, null]);
  assert.match(structured.meta.warnings[0], /soft-deleted and left out/);
  const shown = await estate.session.ask('list_recovery_points', { ...args, include_soft_deleted: true });
  assert.ok(shown.total > 0 && shown.points[0].soft_deleted);
});

test('a machine that is not named, not there or named twice is told before any point is asked for', async () => {
  await using fake = await startFake(ITEMS);
  for (const tool of ['list_recovery_points', 'get_recovery_point']) {
    const more = tool === 'get_recovery_point' ? { recovery_point_id: '1' } : {};
    const none = await fake.session.refused(tool, more);
    assert.deepEqual([none.kind, none.code], ['validation', 'arguments']);
    const wrong = await fake.session.refused(tool, { vm_name: 'app02', ...more });
    assert.deepEqual([wrong.kind, wrong.code], ['not_found', 'no-such-machine']);
    assert.match(wrong.hint, /app01/);
  }
  const bad = await fake.session.refused('get_recovery_point', {
    vm_name: 'app01',
    recovery_point_id: '../x',
  });
  assert.equal(bad.kind, 'validation');
  assert.ok(!fake.arm.requests.some(({ path }) => path.includes('recoveryPoints')));
});

test('disks, encryption and the archive are shown; keys of encrypted machines never are', async () => {
  const path = `${ITEM}/recoveryPoints/26083826328862`;
  await using fake = await startFake({
    ...ITEMS,
    [path]: {
      id: path,
      name: '26083826328862',
      properties: {
        objectType: 'IaasVMRecoveryPoint',
        recoveryPointTime: '2026-02-20T22:32:46.6088472Z',
        recoveryPointType: 'AppConsistent',
        isSourceVMEncrypted: true,
        keyAndSecret: {
          kekDetails: { keyBackupData: 'SECRET-KEY' },
          bekDetails: { secretData: 'SECRET-BEK' },
        },
        recoveryPointTierDetails: [{ type: 3, status: 1 }],
        recoveryPointMoveReadinessInfo: { Archive: { isReadyForMove: false } },
        zones: ['1'],
        securityType: 'TrustedLaunch',
        recoveryPointDiskConfiguration: {
          includedDiskList: [{ lun: -1, name: 'os' }],
          excludedDiskList: [{ lun: 2, name: 'scratch' }],
        },
      },
    },
  });
  const { structured, text } = await fake.session.call('get_recovery_point', {
    vm_name: 'app01',
    recovery_point_id: '26083826328862',
  });
  const { point } = structured.data;
  assert.deepEqual(
    [point.restorable_now, point.encrypted, point.archive_ready, point.disks, point.tiers],
    [
      false,
      true,
      false,
      { included: [{ lun: -1, name: 'os' }], excluded: [{ lun: 2, name: 'scratch' }] },
      [{ type: 'ArchivedRP', status: 'Valid' }],
    ],
  );
  assert.ok(!text.includes('SECRET') && !fake.session.everything().includes('SECRET'));
});
