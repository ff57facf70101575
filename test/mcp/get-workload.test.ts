import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addJob,
  addJobs,
  addRun,
  addServer,
  addSource,
  failingJob,
  hoursBefore,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRecovery, addRtoRun, MACHINES } from '../support/recovery-rows.ts';

const TOOL = 'get_workload';
const AS_OF = '2024-11-20T10:30:00.000Z';
const VAULT = 'azure-vault-1';
const known = { first_seen_at: hoursBefore(RUN_AT, 900), known_from: hoursBefore(RUN_AT, 900) };
type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  await addServer(db);
  await addSource(db, { source_id: VAULT, kind: 'azure', name: 'vault-one' });
  const health = await addRun(db, { run_id: uuid(500) });
  await addJob(db);
  await addJobs(db, [failingJob({ run_id: health, job_id: uuid(1), job_name: 'SQL Nightly' })]);
  const rto = await addRtoRun(db, { run_id: uuid(502), started_at: RUN_AT });
  const azure = await addRtoRun(db, { run_id: uuid(503), started_at: RUN_AT, source_id: VAULT });
  const machine = { source_id: SOURCE, platform: 'VMware', type: 'VM', tags: [], ...known };
  await db
    .insertInto('workload')
    .values([
      { ...machine, workload_id: 'vm-sql', name: 'SQL01' },
      { ...machine, workload_id: 'vm-mail', name: 'Mail' },
      { ...machine, workload_id: 'vm-gone', name: 'Gone', vanished_at: hoursBefore(RUN_AT, 30) },
      { ...machine, source_id: VAULT, workload_id: 'azure/vm-9', name: 'sql01', platform: 'AzureIaasVM' },
      { ...machine, source_id: VAULT, workload_id: 'azure/vm-8', name: 'sql02', platform: 'AzureIaasVM' },
    ])
    .execute();
  await addRecovery(db, {
    run_id: rto,
    machines: MACHINES.filter(({ id }) => id === 'vm-sql' || id === 'vm-mail'),
  });
  await addRecovery(db, {
    run_id: azure,
    source_id: VAULT,
    machines: [{ id: 'azure/vm-9', name: 'sql01', gib: 90, points: [{ hours: 40 }] }],
  });
  const backup = { source_id: SOURCE, ...known };
  await db
    .insertInto('backup')
    .values({
      ...backup,
      backup_id: 'backup-sql',
      name: 'SQL Nightly',
      job_id: uuid(1),
      repository_name: 'Repo Täglich',
    })
    .execute();
  await db
    .insertInto('backup_object')
    .values({
      ...backup,
      backup_id: 'backup-sql',
      object_id: 'object-sql',
      workload_id: 'vm-sql',
      name: 'SQL01',
      platform_object_id: 'moref-1',
      restore_points_count: 21,
    })
    .execute();
  const event = { source_id: SOURCE, type: 'EncryptedData', detected_at: hoursBefore(RUN_AT, 9), ...known };
  await db
    .insertInto('malware_event')
    .values([
      { ...event, event_id: 'by-object', backup_object_id: 'object-sql', machine_name: 'other' },
      { ...event, event_id: 'by-name', machine_name: 'sql01', state: 'FalsePositive' },
      { ...event, event_id: 'of-another', backup_object_id: 'object-x', machine_name: 'SQL01' },
    ])
    .execute();
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test('a machine that two sources know by one name has two protections, which are not merged', async () => {
  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'sql01' });

  assert.deepEqual(
    rows(data.protections).map(({ source_id, source_kind, workload_id, relation }) => [
      source_id,
      source_kind,
      workload_id,
      relation,
    ]),
    [
      [VAULT, 'azure', 'azure/vm-9', 'ASKED'],
      [SOURCE, 'veeam', 'vm-sql', 'ASKED'],
    ],
  );
  assert.match(
    String(data.summary),
    /2 machines in 2 sources have this name, which does not show that they are the same/,
  );
  const byId = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'VM-SQL' });
  assert.deepEqual(
    rows(byId.data.protections).map(({ workload_id, relation }) => [workload_id, relation]),
    [
      ['vm-sql', 'ASKED'],
      ['azure/vm-9', 'SAME_NAME'],
    ],
  );
  assert.match(byId.text, /the same name in another place, not shown to be the same machine/);
  assert.ok((text.length + JSON.stringify(data).length) / 4 < 6000);
});

test('jobs, backups, places, proof and malware of a machine are those that the rows say', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'vm-sql', source: SOURCE });
  const [one] = rows(data.protections) as Record<string, Row>[];

  assert.deepEqual(
    rows(data.jobs).map(({ job_id, status, cause }) => [job_id, status, cause]),
    [[uuid(1), 'FAILING', 'CREDENTIALS']],
  );
  assert.deepEqual(
    rows(data.backups).map(({ backup_id, restore_points, repository_name }) => [
      backup_id,
      restore_points,
      repository_name,
    ]),
    [['backup-sql', 21, 'Repo Täglich']],
  );
  assert.deepEqual(
    rows(data.places)
      .map(({ location_id, points, newest_point_at }) => [location_id, points, newest_point_at])
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    [
      ['repo-a', 20, '2024-11-20T04:00:00Z'],
      ['repo-b', 1, '2024-11-19T04:00:00Z'],
    ],
  );
  assert.deepEqual(
    rows(data.malware_events).map(({ event_id, matched_by, state }) => [event_id, matched_by, state]),
    [
      ['by-name', 'NAME', 'FalsePositive'],
      ['by-object', 'OBJECT', null],
    ],
  );
  assert.equal(one?.rpo?.age_hours, 6);
  assert.equal(one?.rpo?.target_hours, 12);
  assert.equal(one?.rto?.target_minutes, 240);
  const safe = (one?.points?.safe ?? {}) as { point_id?: string; proof?: Row };
  assert.deepEqual([safe.point_id, safe.proof?.trial_id], ['vm-sql-point-3', 'vm-sql-trial-0']);
  assert.deepEqual(
    rows(data.next_steps).map(({ tool }) => tool),
    ['explain_failure', 'get_recovery_performance'],
  );
});

test('what no worker has concluded is said, and is not called fine', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'vm-sql', source: SOURCE });

  assert.deepEqual(data.not_known, [
    'Unusual backups: no run of the efficiency worker had concluded.',
    'Its risk and 3-2-1-1-0: no run of the risk worker had concluded.',
    'Plans: no run of the remediation worker had concluded.',
  ]);
  const [one] = rows(data.protections);
  assert.deepEqual([one?.risk, one?.compliance], [null, null]);
});

test('a machine that no backup holds any more, and one that was never measured, say so', async () => {
  const gone = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'gone' });
  assert.match(String(gone.data.summary), /^GONE: no backup holds it any more since 2024-11-19T04:00:00Z\./);
  const unmeasured = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'sql02' });
  assert.match(String(unmeasured.data.summary), /Its RPO and RTO were not measured/);
  assert.ok((unmeasured.data.not_known as string[]).some((line) => /concluded nothing about it/.test(line)));
});

test('several names that fit a pattern are listed page by page, and nothing is chosen', async () => {
  const first = await mcp.ask(TOOL, { as_of: AS_OF, workload: '*l0*', limit: 2 });
  assert.equal(first.data.protections, undefined);
  assert.equal(first.data.workloads_matching, 3);
  const second = await mcp.ask(TOOL, { workload: '*l0*', limit: 2, cursor: first.data.next_cursor });
  assert.deepEqual(
    [...rows(first.data.workloads), ...rows(second.data.workloads)].map(({ workload_id, state }) => [
      workload_id,
      state,
    ]),
    [
      ['azure/vm-9', 'RPO BREACHED, restore UNTESTED'],
      ['vm-sql', 'RPO AT_RISK, restore AT_RISK'],
      ['azure/vm-8', 'NOT_MEASURED'],
    ],
  );
});

test('protections are paged, and a cursor belongs to its question', async () => {
  const first = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'sql01', limit: 1 });
  assert.equal((first.data.omitted as Row).protections, 1);
  const cursor = first.data.next_cursor;
  const second = await mcp.ask(TOOL, { workload: 'sql01', limit: 1, cursor });
  assert.equal(rows(second.data.protections)[0]?.workload_id, 'vm-sql');
  assert.equal(second.data.next_cursor, undefined);
  assert.match(
    await mcp.refused(TOOL, { workload: 'mail', limit: 1, cursor }),
    /question with other arguments/,
  );
  assert.match(
    await mcp.refused(TOOL, { workload: 'sql01', limit: 1, cursor, as_of: '2024-11-20T10:31:00Z' }),
    /leave as_of out/,
  );
});

test('wrong arguments and unknown machines are answered with what is right', async () => {
  assert.match(
    await mcp.refused(TOOL, { vm: 'x' }),
    /unknown argument vm .*this tool takes: workload, source/s,
  );
  const unknown = await mcp.refused(TOOL, { as_of: AS_OF, workload: 'sql1' });
  assert.match(unknown, /There is no workload "sql1" among 5 workloads\. The nearest names are:\n- `S/i);
  assert.match(await mcp.refused(TOOL, { workload: 'x', source: 'nowhere' }), /There is no source "nowhere"/);
});

test('without any run the answer says what to start, and is no sign of protection', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: hoursBefore(RUN_AT, 200).toISOString(), workload: 'sql01' });
  assert.match(
    String(data.summary),
    /no result of the rto worker of that moment: its history starts at .*no sign that none is protected/s,
  );
  assert.deepEqual(data.protections, []);
});

test('the same question with the same as_of gives the same answer', async () => {
  const ask = () => mcp.ask(TOOL, { as_of: AS_OF, workload: 'vm-sql', detail: 'detailed' });
  const first = JSON.stringify(await ask());
  await database.metrics.db
    .insertInto('malware_event')
    .values({
      source_id: SOURCE,
      event_id: 'later',
      type: 'X',
      backup_object_id: 'object-sql',
      detected_at: RUN_AT,
      first_seen_at: new Date(),
      known_from: new Date(),
    })
    .execute();
  assert.equal(JSON.stringify(await ask()), first);
});
