import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { startWritable } from './writable.ts';

async function startOnPoint() {
  const estate = await startWritable();
  const [machine] = estate.machines;
  const { points } = await estate.done('list_recovery_points', { vm_name: machine?.name });
  const args = {
    vault_name: estate.vault.name,
    vm_name: machine?.name,
    recovery_point_id: points[0].id as string,
  };
  estate.changes();
  return Object.assign(estate, { args });
}

const AGREED = { confirm_secret_delivery: true };

test('restore_files: the script lands in a file of its owner alone, and nothing of it in any answer or log', async () => {
  await using estate = await startOnPoint();
  const { session, args, azure } = estate;
  const data = await session.ask('restore_files', { ...args, ...AGREED });
  assert.deepEqual([data.status, data.session, data.expires_in_h], ['done', 'active', 12]);
  const { delivered_to: file, sha256, extension } = data.script;
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  assert.ok(file.startsWith(session.stateDir) && file.endsWith(extension));
  const content = readFileSync(file);
  assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
  const secrets = [...azure.world.writes.secrets];
  assert.equal(secrets.length, 2);
  assert.ok(
    secrets.some((secret) => content.includes(secret)),
    'the file holds the password',
  );
  for (const secret of [...secrets, content.toString('utf8'), content.toString('base64')])
    assert.ok(!session.everything().includes(secret));
  assert.ok(data.instructions.some((line: string) => line.includes('3260')));
});

test('restore_files: a session is seen, its script is given again, and it is closed', async () => {
  await using estate = await startOnPoint();
  const { session, args, changes } = estate;
  const act = (action: string, more = {}) => session.ask('restore_files', { ...args, action, ...more });
  assert.deepEqual([(await act('status')).session, (await act('revoke')).status], ['none', 'unchanged']);
  await act('provision', AGREED);
  assert.equal((await act('status')).session, 'active');
  const again = await act('provision', AGREED);
  assert.equal(readdirSync(dirname(again.script.delivered_to)).length, 1);
  const closed = await act('revoke');
  assert.deepEqual([closed.status, closed.session], ['done', 'revoked']);
  assert.equal(readdirSync(dirname(again.script.delivered_to)).length, 0, 'the secret is gone, too');
  assert.equal((await act('status')).session, 'none');
  assert.deepEqual(
    changes().map(({ method, path }) => `${method} ${path.split('/').at(-1)}`),
    [
      'POST provisioninstantitemrecovery',
      'POST provisioninstantitemrecovery',
      'POST revokeinstantitemrecovery',
    ],
  );
});

test('restore_files: without the agreement, dry, or with wrong arguments nothing leaves', async () => {
  await using estate = await startOnPoint();
  const { session, args, changes } = estate;
  const unagreed = await session.refused('restore_files', args);
  assert.deepEqual([unagreed.kind, unagreed.code], ['confirmation_required', 'secret-delivery']);
  assert.match(unagreed.hint, /confirm_secret_delivery = true/);
  const { plan } = await session.ask('restore_files', { ...args, ...AGREED, dry_run: true });
  assert.match(plan.requests[0].path, /\/provisionInstantItemRecovery$/);
  const wrong = [
    [{ recovery_point_id: undefined }, /recovery_point_id/],
    [{ recovery_point_id: '../1' }, /id of a point/],
    [{ recovery_point_id: '123' }, /no recovery point 123/],
    [{ action: 'copy' }, /action/],
    [{ file_paths: ['/etc/hosts'] }, /not possible for Azure VMs/],
    [{ target_storage_account: 'st' }, /not possible for Azure VMs/],
  ] as const;
  for (const [more, message] of wrong)
    assert.match((await session.refused('restore_files', { ...args, ...AGREED, ...more })).message, message);
  assert.deepEqual([changes(), session.audit()], [[], []]);
});

test('restore_files: a role that may not is told, and what Azure does not open is said before', async () => {
  await using estate = await startOnPoint();
  const { session, args, azure, done } = estate;
  azure.world.account = 'reader';
  const error = await session.refused('restore_files', { ...args, ...AGREED });
  assert.deepEqual([error.kind, error.http_status], ['forbidden', 403]);
  assert.match(error.hint, /Backup Operator/);
  azure.world.account = 'contributor';
  await done('disable_protection', {
    vm_name: args.vm_name,
    delete_backup_data: true,
    confirm: true,
    wait_seconds: 120,
  });
  const gone = await session.refused('restore_files', { ...args, ...AGREED });
  assert.deepEqual([gone.kind, gone.code], ['conflict', 'soft-deleted']);
});

test('restore_files: where Azure wants more time than is waited for, it says how long a call has to wait for the script', async () => {
  await using estate = await startOnPoint();
  const { session, args, azure, simulator } = estate;
  azure.world.writes.retryAfter = [90];
  const given = { ...args, ...AGREED, wait_seconds: 60 };
  const { instructions, session: state } = await session.ask('restore_files', given);
  const [, seconds] = /wait_seconds = (\d+)/.exec(instructions[0]) ?? [];
  assert.deepEqual([state, seconds], ['pending', '150']);
  simulator.clock.advance(90_000);
  const second = await session.ask('restore_files', { ...given, wait_seconds: Number(seconds) });
  assert.equal(second.session, 'active');
});

test('restore_files: a session that takes longer than the waiting is pending, and its script comes with the next call', async () => {
  await using estate = await startOnPoint();
  const { session, args, simulator } = estate;
  const first = await session.ask('restore_files', { ...args, ...AGREED, wait_seconds: 0 });
  assert.deepEqual([first.status, first.session, first.script], ['accepted', 'pending', undefined]);
  simulator.clock.advance(60_000);
  const tracked = await session.ask('track_async_operation', { handle: first.operation.handle });
  assert.equal(tracked.state, 'succeeded');
  const second = await session.ask('restore_files', { ...args, ...AGREED });
  assert.equal(statSync(second.script.delivered_to).mode & 0o777, 0o600);
});
