import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, type Row, startWithClient } from './client.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Session = Row & {
  jobId: string;
  state: string;
  usn: number;
  creationTime: string;
  endTime?: string;
  sessionType: string;
  result: { result: string };
};

const sessions = async (client: Client, query = {}) =>
  (await client.list('/api/v1/sessions', query)) as unknown as Session[];

test('a session that runs is seen to end as the clock goes on', async () => {
  await using client = await startWithClient();
  const [job] = await client.list('/api/v1/jobs/states', { typeFilter: 'VSphereBackup' });
  client.simulator.clock.set(new Date(Date.parse(String(job?.nextRun)) + 3 * 60_000));
  const [before] = await sessions(client, { stateFilter: 'Working', jobIdFilter: job?.id ?? '' });
  assert.equal(before?.endTime, undefined);
  assert.equal(before?.result.result, 'None');

  client.simulator.clock.advance(5 * HOUR);

  const { body: after } = await client.get(`/api/v1/sessions/${before?.id}`);
  assert.equal(after.state, 'Stopped');
  assert.notEqual((after.result as { result: string }).result, 'None');
  assert.ok(Date.parse(String(after.endTime)) > Date.parse(String(before?.creationTime)));
  assert.ok(Number(after.usn) > Number(before?.usn));
});

test('new sessions appear as the clock goes on, and keep their ids', async () => {
  await using client = await startWithClient();
  const before = await sessions(client);
  client.simulator.clock.advance(3 * DAY);
  const after = new Set((await sessions(client)).map(({ id }) => id));

  assert.ok(after.size > before.length + 3 * 96, 'the resynchronisation alone comes 96 times a day');
  assert.ok(before.every(({ id }) => after.has(id)));
});

test('sessions are there as long as retention keeps them', async () => {
  await using client = await startWithClient({ days: 60, retentionDays: 20 });
  const oldest = async () =>
    (await sessions(client, { orderColumn: 'CreationTime', orderAsc: true, limit: 1 }))[0];
  const first = await oldest();
  const age = client.simulator.clock.now().getTime() - Date.parse(first?.creationTime ?? '');
  assert.ok(age <= 20 * DAY && age > 19.9 * DAY);

  client.simulator.clock.advance(DAY);

  assert.equal((await client.get(`/api/v1/sessions/${first?.id}`)).status, 404);
  assert.ok(Date.parse((await oldest())?.creationTime ?? '') > Date.parse(first?.creationTime ?? ''));
});

test('pages put together are the list, whatever the order', async () => {
  await using client = await startWithClient({ jobs: 30, days: 8 });
  const all = new Set((await sessions(client)).map(({ id }) => id));
  for (const orderColumn of ['CreationTime', 'EndTime', 'Name', 'State', 'Result', 'SessionType']) {
    const rows = await client.list('/api/v1/sessions', { orderColumn, orderAsc: true }, 300);
    assert.equal(rows.length, all.size, orderColumn);
    assert.deepEqual(new Set(rows.map(({ id }) => id)), all, orderColumn);
  }
});

test('sessions are found by when they ended, in that order', async () => {
  await using client = await startWithClient({ jobs: 30, days: 8 });
  const edge = '2026-03-02T22:30:00Z';
  const found = await sessions(client, { endedAfterFilter: edge, orderColumn: 'EndTime', orderAsc: true });
  const wanted = (await sessions(client)).filter(
    ({ endTime }) => endTime !== undefined && Date.parse(endTime) >= Date.parse(edge),
  );

  assert.equal(found.length, wanted.length);
  const ends = found.map(({ endTime }) => Date.parse(endTime ?? ''));
  assert.deepEqual(
    ends,
    ends.toSorted((a, b) => a - b),
  );
});

test('a retry is a session of its own: a suffix up to 1.3-rev1, fields from 1.3-rev2 on', async () => {
  await using older = await startWithClient({ scenario: 'retry-storm', revision: '1.3-rev1' });
  await using newer = await startWithClient({ scenario: 'retry-storm', revision: '1.3-rev2' });
  const suffixed = (await sessions(older)).filter(({ name }) => / \(Retry \d\)$/.test(name));
  const linked = (await sessions(newer)).filter(({ retryInfo }) => retryInfo) as (Session & {
    originalSessionId: string;
  })[];

  assert.ok(suffixed.length > 10);
  assert.equal(linked.length, suffixed.length);
  const { body: original } = await newer.get(`/api/v1/sessions/${linked[0]?.originalSessionId}`);
  assert.equal(original.jobId, linked[0]?.jobId);
  assert.equal((original.result as { result: string }).result, 'Failed');
});

test('an immediate copy has a parent that stays open and children with hidden jobs', async () => {
  await using client = await startWithClient({ revision: '1.3-rev2' });
  const children = (await sessions(client, { typeFilter: 'BackupCopyJob' })).filter(({ name }) =>
    name.includes('\\'),
  );
  const jobs = new Set((await client.list('/api/v1/jobs/states')).map(({ id }) => id));

  assert.ok(children.length > 10);
  assert.ok(children.every(({ jobId }) => !jobs.has(jobId)));
  const { body: parent } = await client.get(`/api/v1/sessions/${String(children[0]?.parentSessionId)}`);
  assert.equal(parent.sessionType, 'BackupCopyJobParent');
  assert.ok(jobs.has(String(parent.jobId)));
});

test('a failure has its reason in the task session and in the log', async () => {
  await using client = await startWithClient({ scenario: 'vss-one-guest' });
  const finding = client.simulator.truth.findings.health.find(({ kind }) => kind === 'JOB_FAILING');
  const [latest] = await sessions(client, { jobIdFilter: finding?.entity.id ?? '', resultFilter: 'Failed' });
  const { body: tasks } = await client.get(`/api/v1/sessions/${latest?.id}/taskSessions`);
  const { body: log } = await client.get(`/api/v1/sessions/${latest?.id}/logs`, { statusFilter: 'Failed' });
  const failed = (tasks.data as { result: { result: string; message: string } }[]).filter(
    ({ result }) => result.result === 'Failed',
  );

  assert.equal(failed.length, 1);
  assert.match(failed[0]?.result.message ?? '', /VSS/);
  assert.ok((log.records as { title: string }[]).some(({ title }) => title.includes('VSS')));
});

test('deep pages of a filtered list give what the whole list has there', async () => {
  await using client = await startWithClient({ jobs: 40, days: 20 });
  const query = { typeFilter: ['BackupJob', 'AgentBackup'], orderColumn: 'CreationTime', orderAsc: true };
  const all = await sessions(client, query);
  const { body } = await client.get('/api/v1/sessions', { ...query, skip: all.length - 7, limit: 50 });

  assert.deepEqual(body.data, all.slice(-7));
  assert.ok(all.every(({ sessionType }) => sessionType === 'BackupJob' || sessionType === 'AgentBackup'));
});
