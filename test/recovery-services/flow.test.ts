import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type McpSession, startMcp } from '../support/mcp-client.ts';
import { simulate } from '../support/simulated.ts';
import { NET, STORAGE } from './writable.ts';

const COMMAND = [join(import.meta.dirname, '../../src/cli/dr365.mjs'), 'recovery-services'];
const HOUR = 3_600_000;
/** The simulated Azure runs behind by this, and is moved on instead of waited for. */
const BEHIND_MS = 30 * HOUR;

type Answer = any; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of all tools

/** A folder with a configuration that allows all writes. */
function configured({ azure, caFile }: Simulator) {
  assert.ok(azure);
  const root = mkdtempSync(join(tmpdir(), 'dr365-rs-flow-'));
  const file = join(root, 'recovery_services.toml');
  const [vault] = azure.world.vaults;
  assert.ok(vault);
  const lines = [
    '[recovery_services]',
    `tenant_id = "${azure.tenantId}"`,
    `client_id = "${azure.clientId}"`,
    `resource_manager_url = "${azure.url}"`,
    `authority_host = "${azure.url}"`,
    `ca_file = '${caFile}'`,
    'state_dir = "state"',
    'allow_writes = true',
    'allow_destructive = true',
    '[recovery_services.vaults.main]',
    `name = "${vault.name}"`,
    `resource_group = "${vault.group}"`,
    `subscription_id = "${vault.subscription}"`,
    'is_default = true',
  ];
  writeFileSync(file, lines.join('\n'));
  return {
    root,
    file,
    env: { AZURE_CLIENT_SECRET: azure.clientSecret, HOME: root },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Asks a tool; writes are waited for, destructive ones confirmed after their plan was seen. */
function walker(mcp: McpSession, said: string[]) {
  const ask = async (tool: string, args: object = {}): Promise<Answer> => {
    const { text, data } = await mcp.ask(`recovery_services_${tool}`, { ...args });
    said.push(text, JSON.stringify(data));
    return (data as Answer).data;
  };
  return {
    ask,
    confirmed: async (tool: string, args: object): Promise<Answer> => {
      const { status, plan } = await ask(tool, args);
      assert.equal(status, 'confirmation_required');
      assert.ok(plan.requests.length > 0);
      return ask(tool, { ...args, confirm: true });
    },
  };
}

test('a client walks the whole life of a protected machine over stdio: found, protected, backed up, restored, let go', async () => {
  await using simulator = await simulate({
    scenario: 'azure-writable',
    now: new Date(Date.now() - BEHIND_MS),
    speed: 60,
    azureVaults: 1,
    azureItems: 12,
    azureDays: 20,
    jobs: 5,
    days: 10,
  });
  const { azure, clock } = simulator;
  assert.ok(azure);
  const { world } = azure;
  using folder = configured(simulator);
  const { root, file, env } = folder;
  const [bare] = world.unprotected;
  assert.ok(bare);
  const machine = { vm_name: bare.name, vm_resource_group: bare.group };
  const said: string[] = [];
  let log = '';
  {
    await using mcp = await startMcp(env, [...COMMAND, '--config', file]);
    const { ask, confirmed } = walker(mcp, said);
    const { tools } = await mcp.client.listTools();
    assert.equal(tools.length, 27);

    // Found
    assert.equal((await ask('check_registration_status', machine)).protection_status, 'NotProtected');
    assert.equal((await ask('refresh_containers')).state, 'refreshed');
    const { items } = await ask('list_protectable_items', { name_contains: bare.name });
    assert.deepEqual(
      items.map((one: Answer) => one.friendly_name),
      [bare.name],
    );

    // Protected, by a policy of its own
    const wait = { wait_seconds: 60 };
    await ask('create_policy', {
      policy_name: 'walk-hourly',
      schedule_type: 'Hourly',
      interval_hours: 4,
      window_start: '08:00',
      window_hours: 12,
      retention_days: 30,
      time_zone: 'Europe/Berlin',
      ...wait,
    });
    const enabled = await ask('enable_protection', { ...machine, policy_name: 'walk-hourly', ...wait });
    assert.deepEqual([enabled.status, enabled.state], ['done', 'IRPending']);

    // Backed up: the operation first, then the job
    const started = await ask('trigger_backup', { ...machine, retention_days: 90 });
    assert.deepEqual([started.status, started.operation_state], ['accepted', 'running']);
    const tracked = await ask('track_async_operation', { handle: started.operation.handle, ...wait });
    assert.equal(tracked.state, 'succeeded');
    assert.equal(tracked.job.status, 'InProgress', 'that the operation succeeded says nothing of the backup');
    clock.advance(6 * HOUR);
    const { job } = await ask('get_job_details', { job_id: tracked.job_id });
    assert.deepEqual([job.operation, job.outcome], ['Backup', 'success']);
    const { jobs } = await ask('list_backup_jobs', { entity_contains: bare.name, from: isoAgo(48 * HOUR) });
    assert.ok(jobs.some(({ id }: Answer) => id === tracked.job_id));
    const { points } = await ask('list_recovery_points', machine);
    const [point] = points;
    assert.equal(point.restorable_now, true);
    assert.equal(
      (await ask('get_recovery_point', { ...machine, recovery_point_id: point.id })).point.id,
      point.id,
    );

    // Restored in all three ways; the file recovery beside
    const common = { ...machine, recovery_point_id: point.id, staging_storage_account_id: STORAGE, ...wait };
    const target = { target_resource_group: 'rg-walk', target_vm_name: 'walk-02' };
    const net = { virtual_network_id: NET, subnet_id: `${NET}/subnets/default` };
    for (const more of [
      { restore_type: 'RestoreDisks', target_resource_group: 'rg-walk', disk_luns: [0] },
      { restore_type: 'AlternateLocation', ...target, ...net },
      { restore_type: 'OriginalLocation' },
    ]) {
      const restore = await confirmed('restore_vm', { ...common, ...more });
      assert.ok(restore.job_id, JSON.stringify(restore));
      clock.advance(5 * HOUR);
      assert.equal((await ask('get_job_details', { job_id: restore.job_id })).job.outcome, 'success');
    }
    assert.ok(world.unprotected.some(({ name }) => name === 'walk-02'));
    const files = { ...machine, recovery_point_id: point.id };
    const session = await ask('restore_files', { ...files, confirm_secret_delivery: true });
    assert.equal(statSync(session.script.delivered_to).mode & 0o777, 0o600);
    assert.equal((await ask('restore_files', { ...files, action: 'status' })).session, 'active');
    assert.equal((await ask('restore_files', { ...files, action: 'revoke' })).session, 'revoked');

    // Let go: stopped, taken up again, deleted, brought back, deleted; its databases unregistered
    assert.equal((await confirmed('disable_protection', { ...machine, ...wait })).mode, 'retained');
    const again = { ...machine, policy_name: 'DefaultPolicy', ...wait };
    assert.equal((await ask('enable_protection', again)).status, 'done');
    const remove = { ...machine, delete_backup_data: true, ...wait };
    const removed = await confirmed('disable_protection', remove);
    assert.ok(Date.parse(removed.soft_deleted_until) > world.now());
    assert.equal(
      (await ask('enable_protection', { ...again, undelete: true, wait_seconds: 120 })).status,
      'done',
    );
    await confirmed('disable_protection', remove);
    const databases = { ...machine, workload_type: 'SQLDataBase', ...wait };
    assert.equal((await ask('register_vm', databases)).state, 'registered');
    assert.equal((await ask('reregister_vm', databases)).state, 'registered');
    assert.equal((await confirmed('unregister_vm', databases)).state, 'unregistered');
    const { items: left } = await ask('list_protected_items', { name_contains: bare.name });
    assert.deepEqual(
      left.map((one: Answer) => one.soft_deleted),
      [true],
    );
    log = mcp.log();
  }
  assertNoSecrets([log, ...said].join('\n'), [
    ...world.writes.secrets,
    azure.clientSecret,
    ...keptTokens(join(root, 'state')),
  ]);
  assert.match(log, /write accepted/);
});

const isoAgo = (ms: number) => new Date(Date.now() - ms).toISOString();

function keptTokens(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('token-'))
    .map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { token: string }).token);
}

function assertNoSecrets(everything: string, secrets: string[]): void {
  assert.ok(secrets.length >= 4, 'scripts, passwords, the secret and the token');
  for (const secret of secrets) assert.ok(!everything.includes(secret), 'a secret left the server');
}
