import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addEstate,
  addJob,
  addJobs,
  addReason,
  addSession,
  hoursBefore,
  jobHealth,
  RUN_AT,
  uuid,
} from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';

const TOOL = 'explain_failure';
const AS_OF = '2024-11-20T10:30:00.000Z';
const at = (day: number, clock: string) => new Date(`2024-11-${day}T${clock}:00Z`);
const DENIED = 'Failed to open VDDK disk: access denied';
type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

let database: TestDatabase;
let mcp: McpSession;
let night: string[];

before(async () => {
  database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  await addJob(db, { job_id: uuid(2), name: 'Exchange Täglich' });
  await addJob(db, { job_id: uuid(3), name: 'File Server' });
  await addSession(db, { created_at: at(17, '21:00') });
  const failed = { result: 'Failed', message: 'Job finished with error' };
  // A night that only the second attempt brought right, then one that failed twice.
  const first = await addSession(db, { ...failed, created_at: at(18, '21:00'), ended_at: at(18, '21:05') });
  await addSession(db, { created_at: at(18, '21:15') });
  const second = await addSession(db, { ...failed, created_at: at(19, '21:00'), ended_at: at(19, '21:05') });
  const third = await addSession(db, { ...failed, created_at: at(19, '21:15'), ended_at: at(19, '21:20') });
  night = [second, third];
  await addReason(db, {
    session_id: first,
    message: 'Time-out',
    fingerprint: 'f2',
    cause: 'TIMEOUT',
    basis: 'log',
  });
  await addReason(db, { session_id: second, object_names: ['sql01'] });
  await addReason(db, { session_id: third });
  // Others in the same repository, and the same failure of another job a week ago.
  await addSession(db, {
    job_id: uuid(3),
    name: 'File Server',
    created_at: at(19, '20:50'),
    ended_at: at(19, '21:10'),
  });
  const other = { ...failed, job_id: uuid(2), name: 'Exchange Täglich' };
  const week = await addSession(db, { ...other, created_at: at(12, '03:00'), ended_at: at(12, '03:05') });
  await addReason(db, { session_id: week });
  // Failed once, was made good, and has not been started since.
  await addJob(db, { job_id: uuid(77), name: 'Cold' });
  await addJobs(db, [
    jobHealth({
      run_id: uuid(500),
      job_id: uuid(77),
      job_name: 'Cold',
      status: 'BREACHED',
      freshness: 'BREACHED',
      failure_count: 1,
      last_good_end: at(14, '01:00'),
      last_good_age_hours: 153,
    }),
  ]);
  const cold = { job_id: uuid(77), name: 'Cold' };
  const old = await addSession(db, {
    ...failed,
    ...cold,
    created_at: at(13, '00:30'),
    ended_at: at(13, '01:00'),
  });
  await addReason(db, { session_id: old, fingerprint: 'f77', cause: 'SERVICE_DOWN' });
  await addSession(db, { ...cold, created_at: at(14, '00:30'), ended_at: at(14, '01:00') });
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (args: Row) =>
  (await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data as Row &
    Record<'run' | 'reason' | 'same_reason' | 'job', Row>;

test('the last failed run is a chain of attempts with a reason, its basis, its cause, and how often it came', async () => {
  const { verdict, run, reason, attempts, same_reason, job, summary } = await ask({ job: 'sql nightly' });

  assert.equal(verdict, 'FAILING');
  assert.deepEqual(
    [run.started_at, run.ended_at, run.outcome, run.attempts],
    ['2024-11-19T21:00:00Z', '2024-11-19T21:20:00Z', 'FAILED', 2],
  );
  assert.deepEqual(
    rows(attempts).map(({ session_id, same_reason: same }) => [session_id, same]),
    night.map((id) => [id, true]),
  );
  assert.deepEqual(
    [reason.text, reason.basis, reason.cause, reason.session_id],
    [DENIED, 'task', 'CREDENTIALS', night[1]],
  );
  assert.deepEqual(same_reason.this_job, {
    jobs: 1,
    sessions: 2,
    first_at: '2024-11-19T21:00:00Z',
    last_at: '2024-11-19T21:15:00Z',
  });
  assert.equal((same_reason.other_jobs as Row).sessions, 1);
  assert.match(String(summary), /; 1 sessions of 1 other jobs\./);
  assert.equal(job.failing_since, '2024-11-16T22:00:00Z');
});

test('a job that ran well on the same repository at that time speaks against the repository', async () => {
  const { suspects, ran_well, summary } = await ask({ job: uuid(1) });
  const [repository] = rows(suspects).filter(({ kind }) => kind === 'repository');

  assert.deepEqual(
    [repository?.id, repository?.others_failed, repository?.others_well, repository?.speaks],
    [uuid(900), 0, 1, 'AGAINST'],
  );
  assert.deepEqual(
    rows(ran_well).map(({ job_id }) => job_id),
    [uuid(3)],
  );
  assert.match(String(summary), /speaks AGAINST the repository as the cause/);
});

test('a session names another run, and a session of no run is answered with those that failed', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, job: uuid(1), session: night[0] });
  assert.equal((data.run as Row).run_id, night[0]);
  const refused = await mcp.refused(TOOL, { as_of: AS_OF, job: uuid(1), session: 'nothing' });
  assert.match(
    refused,
    /Session "nothing" is none of a run of this job in the last 90 days\.\nThe last ones that failed:/,
  );
  assert.ok(refused.includes(night[1] ?? '?'));
});

test('a job that does not fail says so with its state, and one that never ran is not called fine', async () => {
  const fine = await ask({ job: 'File Server' });
  assert.equal(fine.verdict, 'NOT_FAILING');
  assert.match(String(fine.summary), /^It does not fail.*Its status is OK\./);
  assert.equal(fine.run, undefined);
  const late = await ask({ job: 'exchange taglich' });
  assert.match(String(late.summary), /It does not fail now.*Its status is LATE\./);
});

test('a job that is not started any more is not explained by a failure that was made good', async () => {
  const { verdict, summary, run, reason, not_known } = await ask({ job: 'Cold' });
  assert.equal(verdict, 'NOT_STARTING');
  assert.match(String(summary), /^NOT STARTING: no run was started since 2024-11-14T01:00:00Z/);
  assert.deepEqual([run, reason], [undefined, undefined]);
  assert.match(JSON.stringify(not_known), /Why nothing is started/);
});

test('what was known then is what is answered, also after a better reason came', async () => {
  const before = JSON.stringify(await mcp.ask(TOOL, { as_of: AS_OF, job: uuid(1) }));
  await database.metrics.db
    .updateTable('session_reason')
    .set({ message: 'Something else', cause: 'UNKNOWN', fingerprint: 'f9', known_from: new Date() })
    .where('session_id', '=', night[1] ?? '')
    .execute();
  assert.equal(JSON.stringify(await mcp.ask(TOOL, { as_of: AS_OF, job: uuid(1) })), before);
});

test('wrong arguments are answered with what is right', async () => {
  assert.match(await mcp.refused(TOOL, {}), /give one of job and workload/);
  assert.match(await mcp.refused(TOOL, { job: 'a', workload: 'b' }), /give one of job and workload/);
  assert.match(await mcp.refused(TOOL, { jb: 'a' }), /unknown argument jb \(did you mean job\?\)/);
  assert.match(
    await mcp.refused(TOOL, { as_of: AS_OF, job: 'SQL Nigthly' }),
    /nearest names are:\n- `SQL Nightly`/,
  );
  assert.match(await mcp.refused(TOOL, { as_of: AS_OF, job: '*e*' }), /2 of kind job fit.*Give its id/s);
});

test('without any run the answer is NOT_MEASURED, which is no sign that nothing fails', async () => {
  const as_of = hoursBefore(RUN_AT, 1000).toISOString();
  const { data } = await mcp.ask(TOOL, { as_of, job: 'x' });
  assert.equal(data.verdict, 'NOT_MEASURED');
  assert.match(String(data.summary), /history starts at .*no sign that nothing fails/s);
  const machine = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'sql01' });
  assert.equal(machine.data.verdict, 'NOT_MEASURED');
});
