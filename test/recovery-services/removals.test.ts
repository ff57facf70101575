import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzurePolicy } from '../../src/azure/policies.ts';
import { shortened, shortestDays } from '../../src/recovery-services/policies.ts';
import { startOnSimulator } from './session.ts';
import { startWritable } from './writable.ts';

const WAIT = { wait_seconds: 120 };

test('a policy that keeps copies for less time is destructive: confirmed as such, and not to be undone', async () => {
  await using estate = await startWritable();
  const { session, done, machines, vault, changes } = estate;
  await done('create_policy', { policy_name: 'short-7', schedule_type: 'Daily', retention_days: 7, ...WAIT });
  const args = { vault_name: vault.name, vm_name: machines[0]?.name, policy_name: 'short-7', ...WAIT };
  changes();
  const held = await session.ask('enable_protection', args);
  assert.deepEqual([held.status, held.plan.reversible, changes()], ['confirmation_required', false, []]);
  assert.match(held.plan.dangers[0], /about 7 days at most instead of \d+/);
  const dry = await session.ask('enable_protection', { ...args, dry_run: true });
  assert.deepEqual(dry.plan, held.plan);
  const { structured } = await session.call('enable_protection', { ...args, confirm: true });
  assert.deepEqual([structured.data.status, changes().length], ['done', 1]);
});

test('where only changes are allowed, what removes recovery points is not done, and what removes none is', async () => {
  await using estate = await startWritable();
  const { simulator, done, machines, vault, changes } = estate;
  await done('create_policy', { policy_name: 'short-7', schedule_type: 'Daily', retention_days: 7, ...WAIT });
  await done('create_policy', {
    policy_name: 'long-400',
    schedule_type: 'Daily',
    retention_days: 400,
    ...WAIT,
  });
  changes();
  await using session = await startOnSimulator(simulator, { settings: { allowWrites: true } });
  const args = { vault_name: vault.name, vm_name: machines[0]?.name };
  for (const confirm of [{}, { confirm: true }]) {
    const error = await session.refused('enable_protection', {
      ...args,
      policy_name: 'short-7',
      ...confirm,
    });
    assert.deepEqual([error.kind, error.code], ['writes_disabled', 'writes-disabled']);
    assert.match(error.hint, /set allow_destructive = true in/);
  }
  const { plan } = await session.ask('enable_protection', { ...args, policy_name: 'short-7', dry_run: true });
  assert.equal(plan.dangers.length, 1);
  assert.deepEqual(changes(), []);
  const longer = await session.ask('enable_protection', { ...args, policy_name: 'long-400' });
  assert.deepEqual([longer.status, changes().length], ['accepted', 1]);
});

test('taking up stopped protection removes what the policy would not have kept so long', async () => {
  await using estate = await startWritable();
  const { session, done, machines, vault, changes } = estate;
  const machine = { vault_name: vault.name, vm_name: machines[0]?.name };
  await done('create_policy', { policy_name: 'short-7', schedule_type: 'Daily', retention_days: 7, ...WAIT });
  await done('create_policy', {
    policy_name: 'long-400',
    schedule_type: 'Daily',
    retention_days: 400,
    ...WAIT,
  });
  await session.ask('disable_protection', { ...machine, ...WAIT, confirm: true });
  changes();
  const held = await session.ask('enable_protection', { ...machine, policy_name: 'short-7' });
  assert.deepEqual([held.status, held.plan.reversible, changes()], ['confirmation_required', false, []]);
  assert.match(held.plan.dangers.join(), /removed, for good/);
  const { status } = await session.ask('enable_protection', {
    ...machine,
    policy_name: 'long-400',
    ...WAIT,
  });
  assert.equal(status, 'done');
});

type Kept = [count: number, durationType: string];
const policy = (rules: Partial<Record<'daily' | 'weekly' | 'monthly' | 'yearly', Kept>>) =>
  ({
    retentionPolicy: Object.fromEntries(
      Object.entries(rules).map(([name, [count, durationType]]) => [
        `${name}Schedule`,
        { retentionDuration: { count, durationType } },
      ]),
    ),
  }) as Partial<AzurePolicy> as AzurePolicy;

test('each kind of copy counts for itself, and what is not known counts as shorter', () => {
  const gfs = policy({ daily: [30, 'Days'], weekly: [12, 'Weeks'], yearly: [7, 'Years'] });
  const daysOnly = policy({ daily: [90, 'Days'] });
  assert.deepEqual(shortened(gfs, gfs), []);
  assert.deepEqual(shortened(daysOnly, policy({ daily: [91, 'Days'] })), []);
  assert.match(shortened(gfs, daysOnly)[0] ?? '', /about 90 days at most instead of 2555/);
  const fewerDays = policy({ daily: [7, 'Days'], weekly: [12, 'Weeks'], yearly: [7, 'Years'] });
  assert.match(shortened(gfs, fewerDays).join(), /Of the daily .* older than about 7 days .* kept for 30/);
  const weekly = policy({ weekly: [104, 'Weeks'] });
  assert.match(shortened(daysOnly, weekly).join(), /Of the daily .* about 0 days/);
  for (const unknown of [null, policy({}), policy({ daily: [3, 'Moons'] })])
    assert.match(shortened(gfs, unknown).join(), /is not known/);
  assert.deepEqual([shortestDays(gfs), shortestDays(policy({}))], [30, null]);
});

test('where writes are off, a call that lacks arguments is told that, and nothing of arguments', async () => {
  await using estate = await startWritable('azure-writable', { settings: {} });
  for (const tool of ['enable_protection', 'disable_protection', 'cancel_job', 'restore_files']) {
    const error = await estate.session.refused(tool, { nonsense: 1 });
    assert.deepEqual([error.kind, error.code], ['writes_disabled', 'writes-disabled'], tool);
  }
});

test('a resource guard is told as what may stand in the way', async () => {
  await using estate = await startWritable();
  estate.vault.hasGuard = true;
  const { plan } = await estate.done('disable_protection', {
    vm_name: estate.machines[0]?.name,
    dry_run: true,
  });
  assert.match(plan.effects.join(), /Azure may refuse this until the owner of the guard has approved/);
});
