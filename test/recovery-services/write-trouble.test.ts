import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/http/clock.ts';
import { sourceId } from '../../src/simulator/azure/ids.ts';
import { NOW } from '../support/simulated.ts';
import { createTestClock } from '../support/test-clock.ts';
import { ALLOWED, neverLeaves, startOnSimulator } from './session.ts';
import { STORAGE, startWritable, type Writable } from './writable.ts';

const WAIT = { wait_seconds: 150 };

/** The arguments of a backup of the first machine, and the end of the path of its request. */
function backupOf({ vault, machines }: Writable) {
  const name = machines[0]?.name ?? '';
  return { args: { vault_name: vault.name, vm_name: name, ...WAIT }, path: `${name}/backup` };
}

const restoreOf = ({ vault, machines }: Writable, type: string) => ({
  vault_name: vault.name,
  vm_name: machines[0]?.name,
  recovery_point_id: 'latest',
  restore_type: type,
  staging_storage_account_id: STORAGE,
  ...WAIT,
});

test('a storm of 429 ends as throttled with the time to wait, and nothing was started; a short one is waited out', async () => {
  await using estate = await startWritable();
  const { azure, session } = estate;
  const { args, path } = backupOf(estate);
  azure.faults.add({ name: 'throttle', path, retryAfter: 7 });
  const error = await session.refused('trigger_backup', args);
  assert.deepEqual([error.kind, error.http_status, error.retry_after_s], ['throttled', 429, 7]);
  assert.equal(session.audit().at(-1)?.phase, 'refused');
  azure.faults.clear();
  azure.faults.add({ name: 'throttle', path, retryAfter: 2, times: 2 });
  const { job_id } = await session.ask('trigger_backup', args);
  assert.equal((await session.ask('get_job_details', { job_id })).job.operation, 'Backup');
});

test('a POST whose answer is lost is never sent again: the state tells, or the answer says that it does not', async () => {
  for (const seconds of [0, 8]) {
    await using estate = await startWritable();
    const { azure, session, simulator, changes } = estate;
    const { args, path } = backupOf(estate);
    azure.world.writes.seconds = seconds;
    azure.faults.add({ name: 'reset', path, times: 1 });
    changes();
    const { structured } = await session.call('trigger_backup', args);
    assert.equal(changes().length, 1, 'one request');
    if (seconds === 0) {
      assert.deepEqual([structured.data.status, structured.meta.warnings.length], ['accepted', 1]);
      const { job } = await session.ask('get_job_details', { job_id: structured.data.job_id });
      assert.equal(job.operation, 'Backup');
      continue;
    }
    assert.match(structured.error.message, /whether Azure took POST .* is not known/);
    assert.match(structured.error.hint, /Do not repeat the call yet/);
    assert.deepEqual(
      session.audit().map(({ phase }) => phase),
      ['sent', 'not known'],
    );
    simulator.clock.advance(60_000);
    assert.equal((await session.refused('trigger_backup', args)).code, 'backup-running');
  }
});

test('a PUT or DELETE whose answer is lost is done if the state shows it; else it may be sent once more', async () => {
  for (const [tool, more] of [
    ['disable_protection', { confirm: true }],
    ['disable_protection', { confirm: true, delete_backup_data: true }],
    ['enable_protection', { policy_name: 'vm-daily-gfs' }],
    ['create_policy', { policy_name: 'lost-answer', schedule_type: 'Daily', retention_days: 30 }],
  ] as const) {
    await using estate = await startWritable();
    const { azure, session, changes, vault, machines } = estate;
    const machine = machines.find(({ policy }) => policy.name !== 'vm-daily-gfs');
    azure.world.writes.seconds = 0;
    const isPolicy = tool === 'create_policy';
    const path = isPolicy ? 'backupPolicies/lost-answer' : '/protectedItems/';
    const args = {
      vault_name: vault.name,
      ...(isPolicy ? {} : { vm_name: machine?.name }),
      ...WAIT,
      ...more,
    };
    // The first look at a policy is a read of the same path.
    azure.faults.add({ name: 'reset', path, times: isPolicy ? 2 : 1 });
    changes();
    const { structured, text } = await session.callShown(tool, args);
    assert.equal(structured.data?.status, 'done', text);
    assert.equal(changes().length, 1, `${tool}: one request`);
  }
  await using estate = await startWritable();
  const { azure, session, changes, vault, machines } = estate;
  azure.faults.add({ name: 'reset', path: '/protectedItems/', times: 1 });
  changes();
  const args = { vault_name: vault.name, vm_name: machines[0]?.name, confirm: true };
  const error = await session.refused('disable_protection', args);
  // Azure was still at it when the same was sent again, which it does not take twice.
  assert.deepEqual([error.kind, error.code, changes().length], ['conflict', 'BMSUserErrorObjectLocked', 2]);
});

test('a token that expires half-way is renewed, and the operation is followed to its end', async () => {
  await using estate = await startWritable();
  const { simulator, azure } = estate;
  neverLeaves(azure.clientSecret);
  const { tenantId, clientId, clientSecret, url } = azure;
  await using session = await startOnSimulator(simulator, {
    settings: ALLOWED,
    connection: { clock: createTestClock(NOW.getTime()) },
    azure: {
      resourceManagerUrl: url,
      authorityHost: url,
      credential: { mode: 'client-secret', tenantId, clientId, clientSecret },
      tls: { mode: 'ca', ca: readFileSync(simulator.caFile, 'utf8') },
    },
  });
  azure.faults.add({ name: 'expire-tokens', path: 'operationsStatus', times: 1 });
  const { args } = backupOf(estate);
  const { job_id, operation_state } = await session.ask('trigger_backup', args);
  assert.deepEqual([operation_state, typeof job_id], ['succeeded', 'string']);
  const signIns = azure.requests.list().filter(({ path }) => path.endsWith('/oauth2/v2.0/token'));
  assert.equal(signIns.length, 2);
});

test('an operation that cannot be looked at any more is still accepted: with its handle, and what to do', async () => {
  for (const [fault, said] of [
    ['empty-401', /could not be read/],
    ['not-found', /could not be read/],
    ['throttle', /could not be read/],
  ] as const) {
    await using estate = await startWritable();
    const { azure, session } = estate;
    azure.faults.add({ name: fault, path: 'operationsStatus' });
    const { structured } = await session.call('trigger_backup', backupOf(estate).args);
    assert.equal(structured.data.status, 'accepted');
    assert.match(structured.meta.warnings[0], said);
    azure.faults.clear();
    const { handle } = structured.data.operation;
    const { state, job_id } = await session.ask('track_async_operation', { handle, ...WAIT });
    assert.deepEqual([state, typeof job_id], ['succeeded', 'string']);
  }
  await using estate = await startWritable();
  estate.azure.world.writes.isForgetful = true;
  const { operation } = await estate.session.ask('trigger_backup', backupOf(estate).args);
  const gone = await estate.session.refused('track_async_operation', { handle: operation.handle });
  assert.deepEqual([gone.kind, gone.code], ['not_found', 'operation-not-found']);
});

test('an operation that fails half-way has Azure’s code and words, at once or when it is tracked', async () => {
  await using estate = await startWritable();
  const { azure, session } = estate;
  const { args } = backupOf(estate);
  const failure = { kind: 'backup', code: 'CloudInternalError', message: 'Something broke inside.' } as const;
  azure.world.writes.failures.push({ ...failure, times: 2 });
  const error = await session.refused('trigger_backup', args);
  assert.deepEqual([error.kind, error.code], ['azure', 'CloudInternalError']);
  assert.match(
    error.message,
    /Azure accepted the request, and the operation .* then failed: Something broke inside/,
  );
  assert.match(error.hint, /list_backup_jobs/);
  const { operation } = await session.ask('trigger_backup', { ...args, wait_seconds: 0 });
  const tracked = await session.ask('track_async_operation', { handle: operation.handle, ...WAIT });
  assert.deepEqual([tracked.state, tracked.error.code], ['failed', 'CloudInternalError']);
});

test('that an operation succeeded is kept apart from how its job ended', async () => {
  await using estate = await startWritable();
  const { azure, session, simulator } = estate;
  azure.world.writes.failingJobs = 1;
  const { operation_state, status, job_id } = await session.ask('trigger_backup', backupOf(estate).args);
  assert.deepEqual([operation_state, status], ['succeeded', 'accepted']);
  simulator.clock.advance(6 * 3_600_000);
  assert.equal((await session.ask('get_job_details', { job_id })).job.outcome, 'failed');
});

test('a client that gives up ends the waiting, not the backup', async () => {
  await using estate = await startWritable('azure-writable', { connection: { clock: systemClock } });
  const { session, simulator, azure } = estate;
  const giveUp = new AbortController();
  const call = session.call('trigger_backup', backupOf(estate).args, giveUp.signal);
  const outcome = assert.rejects(call);
  for (let looks = 0; session.audit().length < 2 && looks < 200; looks += 1) await pause(20);
  giveUp.abort();
  await outcome;
  for (let looks = 0; !session.log().includes('given up') && looks < 200; looks += 1) await pause(20);
  assert.match(session.log(), /given up/);
  assert.deepEqual(
    session.audit().map(({ phase }) => phase),
    ['sent', 'accepted'],
  );
  simulator.clock.advance(60_000);
  azure.world.settle();
  assert.equal(azure.world.jobs.countRunning(estate.vault, azure.world.now()), 1);
});

test('an operation that Azure wants left alone for as long as the waiting is still running, with what to ask next', async () => {
  await using estate = await startWritable();
  const { session, azure, simulator, vault } = estate;
  azure.world.writes.retryAfter = [60];
  const { isError, text, structured } = await session.call('refresh_containers', { vault_name: vault.name });
  const { status, state, operation } = structured.data;
  assert.deepEqual(
    [isError, status, state, operation.poll_again_after_s],
    [false, 'accepted', 'refreshing', 60],
  );
  assert.match(
    text,
    /^The vault is still looking around\. track_async_operation with the handle .* 60 s at the/,
  );
  simulator.clock.advance(60_000);
  const asked = await session.ask('track_async_operation', { handle: operation.handle });
  assert.equal(asked.state, 'succeeded');
});

test('a client that asks for it is told how far an operation is', async () => {
  await using estate = await startWritable();
  const told: string[] = [];
  const call = {
    name: 'recovery_services_refresh_containers',
    arguments: { vault_name: estate.vault.name, wait_seconds: 300 },
  };
  await estate.session.client.callTool(call, undefined, {
    onprogress: ({ message = '', progress, total }) => told.push(`${message} ${progress}/${total}`),
  });
  assert.match(told.at(-1) ?? '', /^the operation is succeeded \d+\/300$/);
});

test('a person who can be asked sees the exact plan and what is lost, and decides', async () => {
  for (const yes of [false, true]) {
    const asked: string[] = [];
    await using estate = await startWritable('azure-writable', {
      elicit: ({ message }) => {
        asked.push(message);
        return yes ? { action: 'accept', content: { confirm: true } } : { action: 'decline' };
      },
    });
    estate.changes();
    const { structured } = await estate.session.call('restore_vm', {
      ...restoreOf(estate, 'OriginalLocation'),
      confirm: !yes,
    });
    assert.match(
      asked[0] ?? '',
      /POST .*\/restore .*"recoveryType":"OriginalLocation".*DANGER: EVERYTHING.*CANNOT/s,
    );
    assert.equal(structured.data?.status ?? structured.error.code, yes ? 'accepted' : 'refused-by-user');
    assert.equal(estate.changes().length, yes ? 1 : 0);
  }
});

test('a resource guard, an immutable vault and another vault are told as such', async () => {
  await using guarded = await startWritable('azure-guarded-writes');
  for (const one of guarded.azure.world.vaults)
    Object.assign(one, { hasGuard: true, immutability: 'Disabled' });
  const stop = { vault_name: guarded.vault.name, vm_name: guarded.machines[0]?.name, confirm: true };
  const error = await guarded.session.refused('disable_protection', stop);
  assert.equal(error.kind, 'forbidden');
  assert.match(error.hint, /resource guard/);

  await using estate = await startWritable();
  const { session, vault, machines, azure, items, changes } = estate;
  vault.immutability = 'Locked';
  changes();
  const remove = {
    vault_name: vault.name,
    vm_name: machines[0]?.name,
    delete_backup_data: true,
    confirm: true,
  };
  const immutable = await session.refused('disable_protection', remove);
  assert.deepEqual([immutable.kind, immutable.code], ['conflict', 'immutable-vault']);

  const other = items(azure.world.vaults[1]).find(({ kind }) => kind === 'vm');
  assert.ok(other);
  const args = { vault_name: vault.name, vm_resource_id: sourceId(other), policy_name: 'DefaultPolicy' };
  for (const tool of ['enable_protection', 'register_vm']) {
    const { policy_name: _, ...machine } = args;
    const elsewhere = await session.refused(tool, tool === 'register_vm' ? machine : args);
    assert.deepEqual([elsewhere.kind, elsewhere.code], ['conflict', 'protected-elsewhere']);
    assert.match(elsewhere.message, new RegExp(azure.world.vaults[1]?.name ?? ''));
  }
  assert.deepEqual(changes(), []);
});

test('what was deleted comes back with undelete, by two requests one after the other', async () => {
  await using estate = await startWritable();
  const { session, vault, machines, done, changes } = estate;
  const vm_name = machines[0]?.name;
  await done('disable_protection', { vm_name, delete_backup_data: true, confirm: true, ...WAIT });
  const again = { vault_name: vault.name, vm_name, policy_name: 'DefaultPolicy', ...WAIT };
  const error = await session.refused('enable_protection', again);
  assert.deepEqual([error.kind, error.code], ['conflict', 'soft-deleted']);
  assert.match(error.hint, /undelete = true/);
  assert.equal(
    (await session.refused('trigger_backup', { vault_name: vault.name, vm_name })).code,
    'soft-deleted',
  );
  changes();
  const halfway = await session.ask('enable_protection', { ...again, undelete: true, wait_seconds: 0 });
  assert.deepEqual([halfway.status, changes().length], ['accepted', 1]);
  await session.ask('track_async_operation', { handle: halfway.operation.handle, ...WAIT });
  const back = await session.ask('enable_protection', { ...again, undelete: true, wait_seconds: 300 });
  assert.deepEqual([back.status, changes().length], ['done', 1]);
  const { points } = await done('list_recovery_points', { vm_name });
  assert.ok(points.length > 0, 'its points are there again');
});
