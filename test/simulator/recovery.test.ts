import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveryTruth, WorkloadTruth } from '../../src/simulator/truth/recovery.ts';
import { buildTruth } from '../../src/simulator/truth/truth.ts';
import { type Client, NOW, type Row, startWithClient } from './client.ts';

const MINUTE = 60_000;
const GIB = 2 ** 30;

type Point = Row & { creationTime: string; backupId: string; originalSize?: number; malwareStatus?: string };
type Task = Row & {
  type: string;
  sessionId: string;
  creationTime: string;
  endTime?: string;
  restorePointId?: string | null;
  result?: { result: string; isCanceled: boolean };
  scanResult?: string;
};
type Session = Row & { creationTime: string; endTime?: string; sessionType: string; jobId: string };

const ALL = { days: 60 };

function truthOf({ simulator: { world, clock } }: Client): RecoveryTruth {
  const { recovery } = buildTruth(world, clock.now().getTime()).findings;
  assert.ok(recovery);
  return recovery;
}

const named = ({ workloads }: RecoveryTruth, name: string): WorkloadTruth => {
  const found = workloads.filter((one) => one.name === name);
  assert.equal(found.length, 1, name);
  return found[0] as WorkloadTruth;
};

const read = async <T>(client: Client, path: string, query = {}) =>
  (await client.list(path, query)) as unknown as T[];

test('every estate restores, browses, mounts and verifies now and then, and each task leads to a point', async () => {
  for (const revision of ['1.3-rev0', '1.3-rev1', '1.3-rev2']) {
    await using client = await startWithClient({ jobs: 60, days: 60, revision }, revision);
    const points = new Map((await read<Point>(client, '/api/v1/restorePoints')).map((one) => [one.id, one]));
    const restores = await read<Task>(client, '/api/v1/taskSessions', { typeFilter: 'Restore' });
    const scans = await read<Task>(client, '/api/v1/taskSessions', { typeFilter: 'Antivirus' });
    const types = new Set(
      (await read<Session>(client, '/api/v1/sessions')).map(({ sessionType }) => sessionType),
    );
    const recent = [...restores, ...scans].filter(
      ({ creationTime }) => Date.parse(creationTime) > NOW.getTime() - 6 * 86_400_000,
    );

    assert.ok(restores.length > 20 && scans.length > 20, revision);
    for (const type of [
      'RestoreVm',
      'FileLevelRestore',
      'LinuxFileLevelRestore',
      'InstantRecovery',
      'SureBackup',
    ])
      assert.ok(types.has(type), `${type} ${revision}`);
    assert.equal(types.has('SureBackupContentScan'), revision !== '1.3-rev0');
    assert.ok(recent.length > 0);
    for (const { restorePointId, name } of recent)
      assert.equal(points.get(restorePointId ?? '')?.name, name, `${name} ${revision}`);
    assert.ok(
      restores.every((task) => !('progress' in task)),
      'a restore does not say how much it restored',
    );
  }
});

test('a restore takes its overhead, and time by the size of the machine', async () => {
  await using client = await startWithClient({ scenario: 'recovery-healthy', jobs: 20, days: 90 });
  const { workloads, speeds } = truthOf(client);
  let compared = 0;
  for (const { name, platform, sizeBytes, restoreMinutes, trials } of workloads) {
    const speed = speeds.find((one) => one.platform === platform);
    if (restoreMinutes === null || sizeBytes === null || !speed) continue;
    assert.ok(Math.abs(restoreMinutes - speed.overheadMinutes - sizeBytes / GIB / speed.gibPerMinute) < 1e-9);
    for (const trial of trials) {
      if (trial.class !== 'FULL_VM' || trial.outcome !== 'OK') continue;
      assert.ok(Math.abs((trial.minutes ?? 0) / restoreMinutes - 1) < 0.3, name);
      compared += 1;
    }
  }
  assert.ok(compared > 36);
  assert.ok(named(truthOf(client), 'app-12').isTested);
});

test('the trials of the truth are those that the API shows', async () => {
  await using client = await startWithClient({ scenario: 'recovery-failed-restores', ...ALL });
  const truth = truthOf(client);
  const tasks = new Map((await read<Task>(client, '/api/v1/taskSessions')).map((one) => [one.id, one]));
  const points = new Map((await read<Point>(client, '/api/v1/restorePoints')).map((one) => [one.id, one]));
  const trials = truth.workloads.flatMap(({ trials: own }) => own);

  assert.ok(trials.length > 50);
  for (const { taskId, startedAt, endedAt, point, outcome, sessionId } of trials) {
    const task = tasks.get(taskId ?? '');
    assert.equal(task?.sessionId, sessionId);
    assert.equal(Date.parse(task?.creationTime ?? ''), Date.parse(startedAt));
    assert.ok(Date.parse(task?.endTime ?? '') <= Date.parse(endedAt ?? '') + 1);
    assert.equal(task?.restorePointId, point?.id);
    const stored = points.get(point?.id ?? '');
    if (stored) assert.equal(Date.parse(stored.creationTime), Date.parse(point?.at ?? ''));
    if (outcome === 'CANCELED') assert.equal(task?.result?.isCanceled, true);
  }
  const [half, never, canceled] = ['ledger-01', 'ledger-02', 'ledger-03'].map((name) => named(truth, name));
  const failed = (one?: WorkloadTruth) => one?.trials.filter(({ outcome }) => outcome === 'FAILED') ?? [];
  assert.ok(failed(half).length >= 3 && failed(half).every(({ minutes }) => (minutes ?? 99) <= 3));
  assert.ok(failed(never).length >= 6);
  assert.ok(canceled?.trials.some(({ outcome }) => outcome === 'CANCELED'));
});

test('an instant recovery is mounting, then mounted at the moment that the truth says', async () => {
  await using client = await startWithClient({ scenario: 'recovery-instant-mount' });
  const { clock } = client.simulator;
  const state = async () => {
    const rows = await client.list('/api/v1/restore/instantRecovery/vSphere/vm');
    return rows.find(({ vmName }) => vmName === 'instant-01')?.state;
  };
  const seen: [number, unknown][] = [];
  for (let minute = 0; minute < 9; minute += 1) {
    seen.push([minute, await state()]);
    clock.advance(MINUTE);
  }
  assert.deepEqual(
    seen.map(([, one]) => one),
    [undefined, undefined, ...Array(4).fill('Mounting'), ...Array(3).fill('Mounted')],
  );
  const { mounts } = truthOf(client);
  const mount = mounts.find(({ name, trial }) => name === 'instant-01' && trial.outcome === 'RUNNING');
  assert.equal(mount?.trial.readyMinutes, 4);

  clock.advance(293 * MINUTE - 30_000);
  assert.equal(await state(), 'Dismounting');
  clock.advance(MINUTE);
  assert.equal(await state(), undefined);
});

test('what else can be mounted is in a list of its own, and a mount can fail', async () => {
  await using client = await startWithClient({ scenario: 'recovery-instant-mount' });
  const of = async (path: string) => client.list(`/api/v1/${path}`);
  assert.equal((await of('restore/instantRecovery/vSphere/fcd'))[0]?.state, 'Mounted');
  assert.equal((await of('restore/instantRecovery/unstructuredData'))[0]?.state, 'Published');
  assert.equal((await of('restore/instantRecovery/azure/vm'))[0]?.state, 'Ready');
  assert.equal((await of('dataIntegration'))[0]?.mountState, 'Mounted');
  const failed = (await of('restore/instantRecovery/vSphere/vm')).find(({ state }) => state === 'Failed');
  assert.equal(failed?.vmName, 'instant-03');
  assert.match(String(failed?.errorMessage), /mount/);
});

test('machines that a green job no longer has get no new points, and nothing else tells', async () => {
  await using client = await startWithClient({ scenario: 'recovery-rpo-hidden', ...ALL });
  const truth = truthOf(client);
  const hidden = truth.breaches.filter(({ isHidden }) => isHidden);
  const states = await client.list('/api/v1/jobs/states', { nameFilter: 'Core services' });
  const points = await read<Point>(client, '/api/v1/restorePoints', { nameFilter: 'core-*' });
  const newest = (name: string) =>
    Math.max(
      ...points.filter((one) => one.name === name).map(({ creationTime }) => Date.parse(creationTime)),
    );

  assert.deepEqual(hidden.map(({ name }) => name).sort(), ['core-pki-01', 'core-print-01']);
  assert.deepEqual([states[0]?.lastResult, states[0]?.objectsCount], ['Success', 1]);
  for (const { name, rpoAgeHours } of hidden)
    assert.equal((NOW.getTime() - newest(name)) / 3_600_000, rpoAgeHours, name);
  assert.ok(named(truth, 'core-file-01').drops.length === 1 && named(truth, 'core-file-01').breach === null);
  const [session] = await client.list('/api/v1/sessions', { jobIdFilter: states[0]?.id ?? '', limit: 1 });
  const tasks = await client.get(`/api/v1/sessions/${session?.id}/taskSessions`);
  assert.deepEqual(
    (tasks.body.data as Row[]).map(({ name }) => name),
    ['core-dc-01'],
  );
});

test('copies keep the time of their source, so that what a copy did today makes no machine younger', async () => {
  await using client = await startWithClient({ scenario: 'recovery-copies', ...ALL });
  const truth = truthOf(client);
  const stopped = named(truth, 'warehouse-01');
  const only = named(truth, 'archive-01');

  assert.ok((stopped.rpoAgeHours ?? 0) > 5 * 24 && stopped.breach?.reason === 'JOB_SILENT');
  assert.ok(stopped.locations.every(({ newest }) => newest?.at === stopped.newest?.at));
  assert.deepEqual(
    only.locations.map(({ isCopy, points }) => [isCopy, points > 0]),
    [
      [false, false],
      [true, true],
    ],
  );
  assert.ok((named(truth, 'mail-01').rpoAgeHours ?? 99) < 30);
  for (const { locations } of truth.workloads)
    for (const { backupObjectId, points, newest } of locations) {
      const rows = await client.list(`/api/v1/backupObjects/${backupObjectId}/restorePoints`);
      assert.deepEqual([rows.length, rows[0]?.id], [points, newest?.id]);
    }
});

test('the newest points are infected, the last clean one is older, and only a point that was looked at is verified', async () => {
  await using client = await startWithClient({ scenario: 'recovery-infected-newest', ...ALL });
  const truth = truthOf(client);
  const points = await read<Point>(client, '/api/v1/restorePoints', { nameFilter: 'clinic-*' });
  for (const name of ['clinic-db', 'clinic-app', 'clinic-web']) {
    const own = points.filter((one) => one.name === name); // newest first
    const clean = own.find(({ malwareStatus }) => malwareStatus === 'Clean');
    assert.equal(named(truth, name).lastClean?.id, clean?.id, name);
    assert.equal(clean?.id === own[0]?.id, name === 'clinic-web', name);
  }
  const db = named(truth, 'clinic-db');
  assert.ok(db.lastSafe && db.lastClean && db.lastSafe.at < db.lastClean.at);
  const scans = await read<Task>(client, '/api/v1/taskSessions', { scanResultFilter: 'Infected' });
  assert.deepEqual([...new Set(scans.map(({ name }) => name))], ['clinic-db']);
});

test('immutability is known per location, and replicas have states and points of their own', async () => {
  await using immutable = await startWithClient({ scenario: 'recovery-immutable', ...ALL });
  const days = (name: string) =>
    named(truthOf(immutable), name).locations.map(({ immutableDays }) => immutableDays);
  assert.deepEqual([days('vault-1'), days('vault-2'), days('vault-3')], [[14], [0, 30], [0]]);

  await using client = await startWithClient({ scenario: 'recovery-replicas', ...ALL });
  const truth = truthOf(client);
  const rows = await client.list('/api/v1/replicas');
  for (const { id, name, state, newest, points } of truth.replicas) {
    assert.equal(rows.find((row) => row.id === id)?.state, state, name);
    const own = await client.list(`/api/v1/replicas/${id}/replicaPoints`);
    assert.deepEqual([own.length, own[0]?.id], [points, newest?.id]);
  }
  const states = Object.fromEntries(truth.replicas.map(({ machine, state }) => [machine, state]));
  assert.equal(states['dispatch-02'], 'Failover');
  const age = NOW.getTime() - Date.parse(named(truth, 'planning-01').replicas[0]?.newest?.at ?? '');
  assert.ok(age > 4 * 86_400_000);
});

test('names mislead where ids do not, and without ids nothing leads to some machines', async () => {
  await using client = await startWithClient({ scenario: 'recovery-misleading-names', ...ALL });
  const truth = truthOf(client);
  assert.deepEqual(
    ['SQL01', 'SQL01-TEST'].map(
      (name) => named(truth, name).trials.filter((one) => one.class === 'FULL_VM').length,
    ),
    [0, 4],
  );
  assert.deepEqual(truth.unmapped, []);
  const tasks = await read<Task>(client, '/api/v1/taskSessions', { nameFilter: 'SQL01' });
  assert.ok(
    tasks.some(({ type }) => type === 'Restore'),
    'called SQL01',
  );

  await using bare = await startWithClient({ scenario: 'recovery-without-point-ids', ...ALL });
  const restores = await read<Task>(bare, '/api/v1/taskSessions', { typeFilter: 'Restore' });
  assert.ok(restores.length > 5 && restores.every((task) => task.restorePointId === undefined));
  const led = truthOf(bare).workloads.flatMap(({ trials }) => trials.map(({ ledBy }) => ledBy));
  assert.deepEqual([...new Set(led)].sort(), ['NAME', 'NOTHING', 'POINT']);
});

test('odd rows are there: no end, an end before the start, missing ids, twins, no sizes', async () => {
  await using client = await startWithClient({ scenario: 'recovery-odd-rows', ...ALL });
  const truth = truthOf(client);
  const first = named(truth, 'odd-01').trials.filter((one) => one.class === 'FULL_VM');
  assert.deepEqual([...new Set(first.map(({ excluded }) => String(excluded)))].sort(), [
    'NOT_POSITIVE',
    'TOO_LONG',
    'null',
  ]);
  assert.ok(first.some(({ outcome }) => outcome === 'RUNNING'));
  const sessions = await read<Session>(client, '/api/v1/sessions', { typeFilter: 'RestoreVm' });
  assert.ok(
    sessions.some(({ creationTime, endTime }) => endTime && Date.parse(endTime) < Date.parse(creationTime)),
  );
  const tasks = await read<Task>(client, '/api/v1/taskSessions', { nameFilter: 'restored-machine' });
  assert.equal(tasks.length, 4);
  assert.ok(tasks.some(({ restorePointId }) => restorePointId === null));

  const objects = await client.list('/api/v1/backupObjects', { nameFilter: '*odd-*' });
  const twins = objects.filter(({ name }) => name.startsWith('outdated_'));
  assert.equal(twins.length, 2);
  assert.ok(
    twins.every(
      ({ id, restorePointsCount }) =>
        restorePointsCount === 0 && objects.filter((one) => one.id === id).length === 2,
    ),
  );
  const sizeless = await read<Point>(client, '/api/v1/restorePoints', { nameFilter: 'odd-03' });
  assert.ok(sizeless.length > 5 && sizeless.every(({ originalSize }) => originalSize === 0));
  assert.equal(named(truth, 'odd-new').newest, null);
  assert.equal(named(truth, 'odd-03').sizeBytes, null);
});

test('a failed verification of several machines says in its log alone which one did not come up', async () => {
  await using client = await startWithClient({ scenario: 'recovery-failing-surebackup', ...ALL });
  const truth = truthOf(client);
  const last = (name: string) => named(truth, name).trials.findLast((one) => one.class === 'SUREBACKUP');
  const all = ['billing-db', 'billing-app', 'billing-web'].map(last);
  assert.deepEqual(
    all.map((one) => [one?.outcome, one?.really]),
    [
      ['UNKNOWN', 'FAILED'],
      ['UNKNOWN', 'OK'],
      ['UNKNOWN', 'OK'],
    ],
  );
  assert.equal(last('payroll-01')?.outcome, 'FAILED');
  assert.equal(last('intranet-01')?.outcome, 'OK');
  const { body } = await client.get(`/api/v1/sessions/${all[0]?.sessionId}/logs`, { statusFilter: 'Failed' });
  assert.match(JSON.stringify(body.records), /billing-db: Heartbeat test: Failed/);
});

test('nothing that matters most has been restored: in the scenario and in the demo', async () => {
  await using client = await startWithClient({ scenario: 'recovery-untested-tier1', ...ALL });
  const { untested } = truthOf(client);
  for (const name of ['erp-db-01', 'erp-app-01', 'erp-app-02']) assert.ok(untested.includes(name), name);
  assert.ok(!untested.includes('test-web-01'));

  await using demo = await startWithClient({ scenario: 'demo', jobs: 60, days: 90 });
  const truth = truthOf(demo);
  const { injections } = demo.simulator.truth;
  const never = injections.find(({ kind }) => kind === 'never-restored')?.jobs ?? [];
  const own = truth.workloads.filter(({ locations }) => locations.some(({ job }) => never.includes(job.id)));
  assert.ok(never.length > 0 && own.length > 0 && own.every(({ isTested }) => !isTested));
});

test('five thousand machines and their restores are listed in seconds', async () => {
  await using client = await startWithClient({ jobs: 1500, days: 20, scenario: 'recovery-healthy' });
  const restores = await read<Task>(client, '/api/v1/taskSessions', { typeFilter: 'Restore' });
  const objects = await client.list('/api/v1/backupObjects');
  assert.ok(objects.length > 5000 && restores.length > 500);
  assert.ok(truthOf(client).workloads.length > 4500);
});
