import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReading, type Reading } from '../../src/reading.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { listAuthorizationEvents } from '../../src/veeam/authorization-events.ts';
import {
  listBackupFiles,
  listBackupObjects,
  listBackups,
  listObjectsOfBackup,
} from '../../src/veeam/backups.ts';
import { createVeeamClient, type VeeamClient } from '../../src/veeam/client.ts';
import { getConfigBackup } from '../../src/veeam/config-backup.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';
import { getRestoredItems, listFileBrowsers } from '../../src/veeam/file-restores.ts';
import { getJob, listJobStates, listJobs } from '../../src/veeam/jobs.ts';
import { getLicense } from '../../src/veeam/license.ts';
import { listMalwareEvents } from '../../src/veeam/malware-events.ts';
import { listManagedServers } from '../../src/veeam/managed-servers.ts';
import type { Page } from '../../src/veeam/pages.ts';
import { listProxies, listProxyStates } from '../../src/veeam/proxies.ts';
import { listReplicaPoints, listReplicas } from '../../src/veeam/replicas.ts';
import {
  listRepositories,
  listRepositoryStates,
  listScaleOutRepositories,
} from '../../src/veeam/repositories.ts';
import { listRestoreMounts, MOUNT_KINDS } from '../../src/veeam/restore-mounts.ts';
import { listRestorePoints } from '../../src/veeam/restore-points.ts';
import { getBestPractices, getSecurityAnalyzerLastRun } from '../../src/veeam/security-analyzer.ts';
import { getServerCertificate, getServerInfo } from '../../src/veeam/server.ts';
import { getSessionLog, getTaskSessionLog } from '../../src/veeam/session-logs.ts';
import { getSession, listSessions } from '../../src/veeam/sessions.ts';
import { listTaskSessionsOf } from '../../src/veeam/task-sessions.ts';

const REVISIONS = ['1.3-rev0', '1.3-rev1', '1.3-rev2'];
const NOW = new Date('2026-03-02T09:00:00Z');

type Lister = (client: VeeamClient, reading: Reading) => AsyncIterable<Page<{ id: string }>>;

/** Lists that have rows in every estate, and those that may be empty. */
const FILLED: Record<string, Lister> = {
  backups: listBackups,
  'backup objects': listBackupObjects,
  'job states': listJobStates,
  jobs: listJobs,
  'managed servers': listManagedServers,
  'proxy states': listProxyStates,
  proxies: listProxies,
  'repository states': listRepositoryStates,
  repositories: listRepositories,
  'scale-out repositories': listScaleOutRepositories,
  replicas: listReplicas,
  'replica points': (client, reading) => listReplicaPoints(client, { reading }),
  'restore points': (client, reading) => listRestorePoints(client, { reading }),
  'recovery sessions': (client, reading) =>
    listSessions(client, { by: 'CreationTime', types: RECOVERY_SESSION_TYPES, reading }),
};
const SOMETIMES: Record<string, Lister> = {
  'malware events': (client, reading) => listMalwareEvents(client, { reading }),
  'requests created': (client, reading) => listAuthorizationEvents(client, { reading }),
  'requests decided': (client, reading) => listAuthorizationEvents(client, { by: 'ProcessedTime', reading }),
  'file browsers': listFileBrowsers,
  ...Object.fromEntries(
    MOUNT_KINDS.map((kind): [string, Lister] => [
      `mounts of ${kind}`,
      (client, reading) => listRestoreMounts(client, kind, reading),
    ]),
  ),
};

async function start(revision: string) {
  const simulator = await startSimulator({
    seed: 9,
    days: 20,
    jobs: 40,
    scenario: 'demo',
    now: NOW,
    speed: 0,
    revision,
  });
  const client = clientOf(simulator);
  const dispose = async () => {
    await client.close();
    await simulator.close();
  };
  return { client, [Symbol.asyncDispose]: dispose };
}

function clientOf({ url, username, password, ca }: Simulator): VeeamClient {
  const { hostname, port } = new URL(url);
  return createVeeamClient({
    server: hostname,
    port: Number(port),
    username,
    password,
    tls: { mode: 'ca', ca },
  });
}

test('every list is read whole in every revision, and no row is rejected', async () => {
  for (const revision of REVISIONS) {
    await using server = await start(revision);
    for (const [name, list] of Object.entries({ ...FILLED, ...SOMETIMES })) {
      const reading = createReading(name);
      const pages = await Array.fromAsync(list(server.client, reading));
      const rows = pages.flatMap(({ items }) => items);
      const what = `${name} of ${revision}`;
      assert.deepEqual(
        [reading.complete, reading.rowsRejected, reading.rowsTotal ?? 0],
        [true, 0, rows.length],
        what,
      );
      if (name in FILLED) assert.ok(rows.length > 0, what);
    }
  }
});

test('what belongs to one session, job, backup or server is read in every revision', async () => {
  for (const revision of REVISIONS) {
    await using server = await start(revision);
    const { client } = server;
    const first = async <Row>(pages: AsyncIterable<Page<Row>>) => (await Array.fromAsync(pages))[0]?.items[0];

    const session = await first(listSessions(client, { by: 'EndTime', types: ['BackupJob'] }));
    assert.ok(session);
    assert.deepEqual(await getSession(client, session.id), session);
    const task = await first(listTaskSessionsOf(client, session.id));
    assert.equal(task?.sessionId, session.id);
    assert.ok((await getSessionLog(client, session.id)).length > 0);
    assert.ok(Array.isArray(await getTaskSessionLog(client, task?.id ?? '', { status: 'Warning' })));

    const job = await first(listJobs(client));
    assert.deepEqual(await getJob(client, job?.id ?? ''), job);
    assert.ok(job?.schedule);

    const backup = await first(listBackups(client));
    assert.ok(backup);
    assert.equal((await first(listBackupFiles(client, [backup.id])))?.backupId, backup.id);
    assert.ok(await first(listObjectsOfBackup(client, backup.id)));
    assert.equal((await first(listRestorePoints(client, { backupId: backup.id })))?.backupId, backup.id);
    assert.equal(await getRestoredItems(client, session.id), null);

    assert.match((await getServerInfo(client)).buildVersion ?? '', /^13\./);
    assert.ok((await getServerCertificate(client)).validBy);
    assert.ok((await getLicense(client)).expirationDate, revision);
    assert.equal(typeof (await getConfigBackup(client)).isEnabled, 'boolean');
    assert.ok((await getBestPractices(client)).length > 0);
    assert.equal((await getSecurityAnalyzerLastRun(client))?.sessionType, 'SecurityComplianceAnalyzer');
  }
});
