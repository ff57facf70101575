import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { createLog } from '../../../src/log.ts';
import { type Collecting, runOnAzure } from '../../../workers/main.ts';
import { type FakeArm, SUBSCRIPTION, startFakeArm, TOKEN, VAULT_PATH } from '../../azure/fake-arm.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { sendJson } from '../../support/tls-server.ts';

const NOW = new Date('2026-03-18T12:00:00Z');
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

const VM = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/app1`;
const ITEM = 'iaasvmcontainer;iaasvmcontainerv2;rg;app1/protectedItems/vm;iaasvmcontainerv2;rg;app1';
const ITEM_PATH = `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/${ITEM}`;
const item = {
  id: ITEM_PATH,
  name: 'vm;iaasvmcontainerv2;rg;app1',
  properties: {
    friendlyName: 'app1',
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    backupManagementType: 'AzureIaasVM',
    workloadType: 'VM',
    sourceResourceId: VM,
    protectionState: 'Protected',
    lastRecoveryPoint: '2026-03-18T02:00:00Z',
  },
};
const point = (name: string, properties: object) => ({
  id: `${ITEM_PATH}/recoveryPoints/${name}`,
  name,
  properties,
});
const job = {
  id: `${VAULT_PATH}/backupJobs/11112222-3333-4444-5555-666677778888`,
  name: '11112222-3333-4444-5555-666677778888',
  properties: {
    jobType: 'AzureIaaSVMJob',
    operation: 'Backup',
    status: 'Failed',
    startTime: '2026-03-18T11:20:00Z',
    endTime: '2026-03-18T11:30:00Z',
    entityFriendlyName: 'app1',
    backupManagementType: 'AzureIaasVM',
  },
};

const vault = { id: VAULT_PATH, name: 'kv1', location: 'westeurope', properties: {} };

/** Answers by the end of a path; a test changes what it is about. */
type Answers = Record<string, unknown>;
const answers = (): Answers => ({
  vaultconfig: {
    id: `${VAULT_PATH}/backupconfig/vaultconfig`,
    properties: { softDeleteFeatureState: 'Enabled' },
  },
  vaultstorageconfig: {
    id: `${VAULT_PATH}/backupstorageconfig/vaultstorageconfig`,
    properties: { storageModelType: 'GeoRedundant' },
  },
  backupprotecteditems: { value: [item] },
  recoverypoints: { value: [] },
  backupjobs: { value: [] },
  usages: { value: [] },
  backuppolicies: { value: [] },
  backupprotectioncontainers: { value: [] },
  backupresourceguardproxies: { value: [] },
  virtualmachines: { value: [] },
  vaults: { value: [vault] },
  kv1: vault,
});

function serve(arm: FakeArm, answer: Answers, now: Date): void {
  arm.serve(({ path }, response) => {
    const body = answer[path.split('/').at(-1)?.toLowerCase() ?? ''];
    sendJson(response, body ? 200 : 404, body ?? { error: { code: 'ResourceNotFound', message: path } }, {
      date: now.toUTCString(),
    });
  });
}

type Asked = { worker?: Collecting; now?: Date; requestBudget?: number };

async function run(
  arm: FakeArm,
  database: TestDatabase,
  answer: Answers,
  { worker = 'health', now = NOW, requestBudget = 1_000 }: Asked = {},
) {
  serve(arm, answer, now);
  const [one] = await runOnAzure(worker, configOf(arm, requestBudget), database, {
    log: createLog('silent'),
    clock: () => now,
  });
  return one;
}

test('settings of a vault stay known when a run is cut short, and go when they cannot be read any more', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  const softDelete = async () =>
    (await database.metrics.db.selectFrom('azure_vault').select('soft_delete').executeTakeFirst())
      ?.soft_delete;
  assert.equal((await run(arm, database, answer))?.status, 'succeeded');
  assert.equal(await softDelete(), 'Enabled');
  // One request is for the vault itself, so there is none left for its settings.
  const cut = await run(arm, database, answer, { now: later(7), requestBudget: 1 });
  assert.deepEqual([cut?.status, cut?.error?.code], ['failed', 'budget']);
  assert.equal(await softDelete(), 'Enabled');
  delete answer.vaultconfig;
  await run(arm, database, answer, { now: later(14) });
  assert.equal(await softDelete(), null);
});

test('what only the job by itself said of its failure is still known after the list gave it again', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  const errorDetails = [{ errorCode: 400001, errorTitle: 'No agent', errorString: 'The agent is silent' }];
  const details = { ...job, properties: { ...job.properties, errorDetails } };
  answer.backupjobs = { value: [job] };
  answer[job.name] = details;
  const said = async () => {
    const session = await database.metrics.db
      .selectFrom('session')
      .select('message')
      .executeTakeFirstOrThrow();
    const reasons = await database.metrics.db.selectFrom('session_reason').select('message').execute();
    return [session.message, ...reasons.map(({ message }) => message)];
  };
  const expected = ['No agent: The agent is silent', 'No agent: The agent is silent'];
  await run(arm, database, answer);
  assert.deepEqual(await said(), expected);
  await run(arm, database, answer, { now: later(1) });
  assert.deepEqual(await said(), expected);
});

test('points of an item count as known only if each of them says when it was made', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  const at = { recoveryPointTime: '2026-03-18T02:00:00Z' };
  answer.recoverypoints = {
    value: [point('1', at), point('2', { recoveryPointTime: '2026-03-17T02:00:00Z' })],
  };
  const there = async () =>
    (
      await database.metrics.db
        .selectFrom('restore_point')
        .select('restore_point_id')
        .where('vanished_at', 'is', null)
        .execute()
    ).length;
  assert.equal((await run(arm, database, answer, { worker: 'rto' }))?.status, 'succeeded');
  assert.equal(await there(), 2);
  answer.recoverypoints = { value: [point('1', at), point('2', {})] };
  const second = await run(arm, database, answer, { worker: 'rto', now: later(40) });
  assert.equal(await there(), 2, 'a point that was listed is not gone');
  assert.equal(second?.status, 'partial');
});

test('an item that was out of the list for a while has its points again at once', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  answer.recoverypoints = { value: [point('1', { recoveryPointTime: '2026-03-18T02:00:00Z' })] };
  const status = async () => {
    const rows = await database.metrics.db
      .selectFrom('workload_recovery as w')
      .innerJoin('run as r', (join) =>
        join.onRef('r.source_id', '=', 'w.source_id').onRef('r.run_id', '=', 'w.run_id'),
      )
      .select(['w.rpo_status', 'w.restore_points'])
      .where('r.worker', '=', 'rto')
      .orderBy('r.started_at', 'desc')
      .limit(1)
      .execute();
    return rows.map(({ rpo_status, restore_points }) => [rpo_status, restore_points]);
  };
  await run(arm, database, answer, { worker: 'rto' });
  assert.deepEqual(await status(), [['MET', 1]]);
  answer.backupprotecteditems = { value: [] };
  await run(arm, database, answer, { worker: 'rto', now: later(4) });
  answer.backupprotecteditems = { value: [item] };
  await run(arm, database, answer, { worker: 'rto', now: later(8) });
  assert.deepEqual(await status(), [['MET', 1]]);
});

test('an item that was deleted and is protected anew under its old id has no points of the one before', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  answer.recoverypoints = { value: [point('1', { recoveryPointTime: '2026-03-18T02:00:00Z' })] };
  await run(arm, database, answer, { worker: 'rto' });
  const pending = { protectionState: 'IRPending', lastRecoveryPoint: null };
  answer.backupprotecteditems = { value: [{ ...item, properties: { ...item.properties, ...pending } }] };
  answer.recoverypoints = { value: [] };
  await run(arm, database, answer, { worker: 'rto', now: later(4) });
  const [newest] = await database.metrics.db
    .selectFrom('workload_recovery')
    .innerJoin('run', (join) =>
      join
        .onRef('run.source_id', '=', 'workload_recovery.source_id')
        .onRef('run.run_id', '=', 'workload_recovery.run_id'),
    )
    .select('rpo_status')
    .orderBy('run.started_at', 'desc')
    .execute();
  assert.equal(newest?.rpo_status, 'NEVER');
});

test('a vault one of whose figures cannot be read does not seem to have shrunk', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  const usage = (value: string, currentValue: unknown) => ({
    name: { value },
    unit: 'Bytes',
    currentValue,
    nextResetTime: '1970-01-01T00:00:00Z',
  });
  const used = async () =>
    (
      await database.metrics.db
        .selectFrom('repository_sample')
        .select(['used_bytes', 'reason'])
        .orderBy('sampled_at', 'desc')
        .limit(1)
        .execute()
    ).map(({ used_bytes, reason }) => [used_bytes, reason]);
  const figures = [
    [500, [500 + 70, null]],
    [{ odd: true }, [null, 'NO_SIZE_REPORTED']],
    [undefined, [null, 'NO_SIZE_REPORTED']],
    [0, [70, null]],
  ] as const;
  for (const [hours, [value, expected]] of figures.entries()) {
    const items = { ...usage('ProtectedItemCount', 3), unit: 'Count' };
    answer.usages = { value: [usage('GRSStorageUsage', value), usage('LRSStorageUsage', 70), items] };
    await run(arm, database, answer, { worker: 'capacity', now: later(hours) });
    assert.deepEqual(await used(), [expected], JSON.stringify(value));
  }
});

test('where Azure wants a long pause it gets one: each vault is asked once, and the next run tries again', async () => {
  await using arm = await startFakeArm({});
  await using database = await createTestDatabase();
  const answer = answers();
  await run(arm, database, answer);
  arm.requests.length = 0;
  arm.serve(({ path }, response) => {
    if (/backupProtectedItems$/i.test(path))
      return sendJson(
        response,
        429,
        { error: { code: 'TooManyRequests', message: 'later' } },
        { 'retry-after': '3600' },
      );
    return sendJson(response, 200, answer[path.split('/').at(-1)?.toLowerCase() ?? '']);
  });
  const [throttled] = await runOnAzure('health', configOf(arm, 1_000), database, {
    log: createLog('silent'),
    clock: () => later(1),
  });
  assert.deepEqual([throttled?.status, throttled?.error?.code], ['failed', 'throttled']);
  assert.equal(arm.requests.filter(({ path }) => /backupProtectedItems$/i.test(path)).length, 1);
});

function configOf({ origin, certificate }: FakeArm, requestBudget: number): Config {
  return {
    azure: {
      azure: {
        resourceManagerUrl: origin,
        credential: { mode: 'static', token: TOKEN },
        tls: { mode: 'ca', ca: certificate.cert },
      },
      subscriptionIds: [SUBSCRIPTION],
      resourceGroups: [],
      vaultNames: [],
      vaults: [],
      usesResourceGraph: false,
      timeZone: 'UTC',
      backfillDays: 30,
      requestBudget,
    },
  } as unknown as Config;
}
