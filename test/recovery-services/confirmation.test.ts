import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW } from '../support/simulated.ts';
import { createTestClock } from '../support/test-clock.ts';
import { ALLOWED, startOnSimulator } from './session.ts';
import { startWritable, type Writable } from './writable.ts';

const removalOf = ({ vault, machines }: Writable, place = 0) => ({
  vault_name: vault.name,
  vm_name: machines[place]?.name,
  delete_backup_data: true,
});

test('a plan that was never shown is not carried out, whatever confirm says; then it is, once', async () => {
  await using estate = await startWritable();
  const { session, changes } = estate;
  const args = { ...removalOf(estate), confirm: true };
  changes();
  const first = await session.call('disable_protection', args);
  assert.deepEqual([first.isError, first.structured.data.status], [false, 'confirmation_required']);
  assert.equal(first.structured.data.plan.requests[0].method, 'DELETE');
  assert.match(first.text, /was not shown/);
  assert.deepEqual([changes(), session.audit()], [[], []]);
  const second = await session.call('disable_protection', { ...args, wait_seconds: 120 });
  assert.deepEqual([second.structured.data.status, changes().length], ['done', 1]);
});

test('what was shown of one machine, one mode or one session confirms no other', async () => {
  await using estate = await startWritable();
  const { session, simulator, changes } = estate;
  const { delete_backup_data: _, ...stop } = removalOf(estate);
  await session.call('disable_protection', stop);
  changes();
  for (const other of [removalOf(estate), removalOf(estate, 1)]) {
    const { structured } = await session.call('disable_protection', { ...other, confirm: true });
    assert.equal(structured.data.status, 'confirmation_required');
  }
  await using fresh = await startOnSimulator(simulator, { settings: ALLOWED });
  const { structured } = await fresh.call('disable_protection', { ...stop, confirm: true });
  assert.equal(structured.data.status, 'confirmation_required');
  assert.deepEqual(changes(), []);
});

test('a plan is good for 15 minutes, and for the state that it was made from', async () => {
  const clock = createTestClock(NOW.getTime());
  await using estate = await startWritable('azure-writable', { connection: { clock } });
  const { session, vault, changes } = estate;
  const args = removalOf(estate);
  const held = async (more: object) =>
    (await session.call('disable_protection', { ...args, ...more })).structured.data;
  await held({ dry_run: true });
  clock.advance(15 * 60_000 + 1);
  changes();
  assert.equal((await held({ confirm: true })).status, 'confirmation_required');
  vault.softDelete = 'Disabled';
  const changed = await held({ confirm: true });
  assert.equal(changed.status, 'confirmation_required');
  assert.match(changed.plan.dangers.join(), /GONE AT ONCE/);
  assert.deepEqual(changes(), []);
  clock.advance(15 * 60_000 - 1);
  assert.equal((await held({ confirm: true })).status, 'accepted');
});

test('one agreement is for one restore', async () => {
  await using estate = await startWritable();
  const { session, vault, machines, changes } = estate;
  const storage =
    '/subscriptions/0/resourceGroups/rg-staging/providers/Microsoft.Storage/storageAccounts/ststaging';
  const args = {
    vault_name: vault.name,
    vm_name: machines[0]?.name,
    recovery_point_id: 'latest',
    restore_type: 'RestoreDisks',
    target_resource_group: 'rg-restored',
    staging_storage_account_id: storage,
    wait_seconds: 120,
  };
  changes();
  const { status } = await session.ask('restore_vm', { ...args, confirm: true });
  assert.deepEqual([status, changes().length], ['accepted', 1]);
  estate.simulator.clock.advance(20 * 3_600_000);
  const again = await session.call('restore_vm', { ...args, confirm: true });
  assert.deepEqual([again.structured.data?.status, changes()], ['confirmation_required', []]);
});
