import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReading } from '../../src/reading.ts';
import { backupFileSchema, backupObjectSchema } from '../../src/veeam/backups.ts';
import { jobSchema, jobStateSchema } from '../../src/veeam/jobs.ts';
import { getLicense } from '../../src/veeam/license.ts';
import { managedServerSchema } from '../../src/veeam/managed-servers.ts';
import { replicaSchema } from '../../src/veeam/replicas.ts';
import { repositoryStateSchema, scaleOutRepositorySchema } from '../../src/veeam/repositories.ts';
import { getSecurityAnalyzerLastRun } from '../../src/veeam/security-analyzer.ts';
import { getServerCertificate, getServerTime } from '../../src/veeam/server.ts';
import { getSessionLog } from '../../src/veeam/session-logs.ts';
import { sessionSchema } from '../../src/veeam/sessions.ts';
import { guid, startFakeVeeam } from '../support/fake-veeam.ts';

const ZERO = '00000000-0000-0000-0000-000000000000';
const id = guid(1);

test('a row needs nothing but its id', () => {
  for (const schema of [
    sessionSchema,
    jobStateSchema,
    jobSchema,
    repositoryStateSchema,
    backupObjectSchema,
  ]) {
    assert.equal(schema.parse({ id: `{${id.toUpperCase()}}`, somethingNew: { a: 1 } }).id, id);
    assert.equal(schema.safeParse({}).success, false);
    assert.equal(schema.safeParse({ id: ZERO }).success, false);
  }
});

test('enumerations are written as in the newest revision, and stay open', () => {
  const state = jobStateSchema.parse({
    id,
    status: 'running',
    workload: 'cloudVm',
    type: 'Backup',
    lastResult: 'SUCCESS',
  });
  assert.deepEqual(
    [state.status, state.workload, state.type, state.lastResult],
    ['Running', 'CloudVm', 'VSphereBackup', 'Success'],
  );
  assert.equal(jobStateSchema.parse({ id, type: 'QuantumBackup' }).type, 'QuantumBackup');
  const type = (name: string) => repositoryStateSchema.parse({ id, type: name }).type;
  assert.deepEqual(['DDBoost', 'HPStoreOnceIntegration', 'Quantum', 'SmartObjectS3', 'winlocal'].map(type), [
    'DellDataDomain',
    'HPEStoreOnce',
    'QuantumDXi',
    'S3Integrated',
    'WinLocal',
  ]);
  assert.equal(replicaSchema.parse({ id, type: 'Regular' }).type, 'Snapshot');
  assert.equal(backupObjectSchema.parse({ id, platformName: 'EC2' }).platformName, 'AWSEC2');
  assert.equal(backupObjectSchema.parse({ id, platformName: 'VmWare' }).platformName, 'VMware');
  assert.equal(managedServerSchema.parse({ id, updatesState: 'NotAvaliable' }).updatesState, 'NotAvailable');
});

test('ids that mean "none" are absent', () => {
  const session = sessionSchema.parse({ id, jobId: ZERO, relatedSessionId: '', parentSessionId: `{${id}}` });
  assert.equal(session.jobId, undefined);
  assert.equal(session.relatedSessionId, undefined);
  assert.equal(session.parentSessionId, id);
});

test('a misspelt transferred size counts', () => {
  assert.equal(sessionSchema.parse({ id, progress: { transferedSize: 7 } }).progress?.transferredSize, 7);
  assert.equal(
    sessionSchema.parse({ id, progress: { transferedSize: 7, transferredSize: 8 } }).progress
      ?.transferredSize,
    8,
  );
  assert.equal(
    sessionSchema.parse({ id, progress: { readSize: '9007199254740991' } }).progress?.readSize,
    2 ** 53 - 1,
  );
});

test('one object of a backup file and several are alike', () => {
  assert.deepEqual(backupFileSchema.parse({ id, objectId: guid(2) }).objectIds, [guid(2)]);
  assert.deepEqual(backupFileSchema.parse({ id, objectIds: [guid(2), guid(3)] }).objectIds, [
    guid(2),
    guid(3),
  ]);
  assert.deepEqual(backupFileSchema.parse({ id }).objectIds, []);
});

test('one status of an extent and several are alike', () => {
  const parse = (status: unknown) =>
    scaleOutRepositorySchema.parse({ id, performanceTier: { performanceExtents: [{ id, status }] } })
      .performanceTier?.performanceExtents?.[0]?.status;
  assert.deepEqual(parse('maintenance'), ['Maintenance']);
  assert.deepEqual(parse(['Sealed', 'Normal']), ['Sealed', 'Normal']);
  assert.equal(parse(undefined), undefined);
});

test('a job of an unknown kind keeps what fits', () => {
  const job = jobSchema.parse({
    id,
    name: 'x',
    type: 'NewKind',
    schedule: { runAutomatically: true, daily: 'every day', retry: { retryCount: 3 } },
    storage: [1, 2],
  });
  assert.deepEqual(job.schedule, {
    runAutomatically: true,
    daily: undefined,
    retry: { retryCount: 3 },
  });
  assert.equal(job.storage, undefined);
});

test('the dates of a licence are its own, or the last of its sections', async () => {
  const summaries = {
    instanceLicenseSummary: { expirationDate: '2027-01-01T00:00:00Z', licensedInstancesNumber: 10.5 },
    socketLicenseSummary: {
      expirationDate: '2026-12-31T23:00:00-05:00',
      supportExpirationDate: '2026-06-01T00:00:00Z',
    },
  };
  for (const [license, expected] of [
    [{ expirationDate: '2026-05-05T00:00:00Z', ...summaries }, '2026-05-05T00:00:00Z'],
    [summaries, '2026-12-31T23:00:00-05:00'],
    [{}, undefined],
  ]) {
    await using veeam = await startFakeVeeam({ '/api/v1/license': () => license });
    assert.equal((await getLicense(veeam.client())).expirationDate, expected);
  }
});

test('a log is in its order, filtered also where the server does not, with text and lists of details alike', async () => {
  const records = [
    { id: 3, status: 'Failed', title: 'c', additionalInfo: [{ field: 'f', data: 'd' }] },
    { id: 1, status: 'Failed', title: 'a', additionalInfo: 'plain' },
    { id: 2, status: 'Succeeded', title: 'b' },
  ];
  await using veeam = await startFakeVeeam({
    [`/api/v1/sessions/${id}/logs`]: () => ({ totalRecords: 3, records }),
  });
  const reading = createReading('sessions/logs');
  const log = await getSessionLog(veeam.client(), id, { status: 'Failed', reading });
  assert.deepEqual(
    log.map(({ title }) => title),
    ['a', 'c'],
  );
  assert.deepEqual(
    log.map(({ additionalInfo }) => additionalInfo?.[0]?.data),
    ['plain', 'd'],
  );
  assert.deepEqual([reading.rowsFetched, reading.complete], [3, true]);
});

test('an analyser that never ran is null, and known', async () => {
  await using veeam = await startFakeVeeam();
  const reading = createReading('securityAnalyzer/lastRun');
  assert.equal(await getSecurityAnalyzerLastRun(veeam.client(), reading), null);
  assert.deepEqual([reading.complete, reading.rowsFetched], [true, 0]);
});

test('the certificate keeps its misspelt thumbprint, and needs no sign-in', async () => {
  await using veeam = await startFakeVeeam({
    '/api/v1/serverCertificate': () => ({ thumprint: 'AB', validBy: '2027-01-01T00:00:00Z' }),
  });
  const certificate = await getServerCertificate(veeam.client());
  assert.deepEqual([certificate.thumbprint, certificate.validBy], ['AB', '2027-01-01T00:00:00Z']);
  assert.equal(veeam.grants.length, 0);
});

test('the server time comes with its zone and how far it is off, without signing in', async () => {
  await using veeam = await startFakeVeeam();
  const time = await getServerTime(veeam.client());
  // Our clock stands at 12:00:00 UTC, the server says 13:00:00.1234567+01:00.
  assert.deepEqual(time, {
    serverTime: new Date('2026-03-01T12:00:00.123Z'),
    zone: 'Europe/Paris',
    zoneBasis: 'windows-name',
    skewMs: 123,
  });
  assert.equal(veeam.grants.length, 0);
});

test('the skew is taken at the middle of the request', async () => {
  await using veeam = await startFakeVeeam();
  const { clock } = veeam;
  const plain = veeam.routes['/api/v1/serverTime'];
  veeam.routes['/api/v1/serverTime'] = (request, response) => {
    clock.advance(4_000); // the request took four seconds, so its middle is at 12:00:02
    return plain?.(request, response);
  };
  assert.equal((await getServerTime(veeam.client())).skewMs, 123 - 2_000);
});

test('a configured zone takes the place of the server’s', async () => {
  await using veeam = await startFakeVeeam({
    '/api/v1/serverTime': () => ({ serverTime: '2026-03-01T21:00:00' }),
  });
  const time = await getServerTime(veeam.client({}, { timeZone: 'Asia/Tokyo' }));
  assert.equal(time.serverTime.toISOString(), '2026-03-01T12:00:00.000Z');
  assert.equal(time.zoneBasis, 'configured');
});
