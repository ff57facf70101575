import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VAULT_PATH } from '../azure/fake-arm.ts';
import { allRows, startEstate } from './estate.ts';
import { startFake } from './session.ts';

type JobRow = {
  id: string;
  vault: string;
  entity: string;
  operation: string;
  status: string;
  outcome: string;
  start: string;
  end?: string;
  error_summary?: string;
};
const JOB = '22222222-2222-2222-2222-222222222222';

test('list_backup_jobs: pages are newest first, without gaps or doubles, and of one moment', async () => {
  await using estate = await startEstate();
  const { session } = estate;
  const args = { from: '2026-03-16T12:00:00Z' };
  const rows = await allRows<JobRow>(session, 'list_backup_jobs', 'jobs', args);
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  assert.deepEqual(
    rows.map(({ start }) => start),
    rows
      .map(({ start }) => start)
      .sort()
      .reverse(),
  );
  const first = await session.ask('list_backup_jobs', { limit: 5 });
  assert.deepEqual(first.window, { from: '2026-03-17T12:00:00.000Z', to: '2026-03-18T12:00:00.000Z' });
  assert.equal(
    Object.values(first.summary.by_outcome as Record<string, number>).reduce((sum, n) => sum + n, 0),
    first.total,
  );
  estate.simulator.clock.advance(3 * 3_600_000);
  const second = await session.ask('list_backup_jobs', { limit: 5, cursor: first.next_cursor });
  assert.deepEqual(second.window, first.window);
});

test('list_backup_jobs: filters, and a window over several calls of Azure', async () => {
  await using estate = await startEstate('azure-failing-item');
  const { session } = estate;
  const from = '2026-02-06';
  const list = (args: Record<string, unknown>) =>
    allRows<JobRow>(session, 'list_backup_jobs', 'jobs', { from, limit: 1000, ...args });
  const failed = await list({ status: 'Failed' });
  assert.ok(failed.length >= 3 && failed.every(({ error_summary: error }) => error));
  const windows = estate.azure.requests
    .list()
    .filter(({ path }) => path.endsWith('/backupJobs'))
    .map(({ query }) => /startTime eq '[^']+'/.exec(decodeURIComponent(query.replaceAll('+', ' ')))?.[0]);
  assert.ok(new Set(windows).size >= 2, 'forty days are two windows');
  const entity = failed[0]?.entity ?? '';
  const own = await list({ entity_contains: entity.toUpperCase() });
  assert.ok(own.length > 0 && own.every((row) => row.entity.includes(entity)));
  assert.deepEqual(
    own.filter(({ status }) => status === 'Failed').map(({ id }) => id),
    failed.filter((row) => row.entity.includes(entity)).map(({ id }) => id),
  );
  const { summary, total } = await session.ask('list_backup_jobs', { from, limit: 1 });
  assert.equal(summary.by_outcome.failed, failed.length);
  const restores = await list({ operation: 'Restore' });
  assert.ok(restores.every(({ operation }) => operation === 'Restore') && restores.length < total);
  assert.ok(total > 100);
});

test('list_backup_jobs: a window that makes no sense is refused in words', async () => {
  await using fake = await startFake({});
  const refusals = [
    [{ from: '2026-02-02', to: '2026-02-01' }, 'bad-range', /is not before to/],
    [{ from: '2027-01-01', to: '2027-01-02' }, 'bad-range', /in the future/],
    [{ from: '2020-01-01' }, 'bad-range', /longer than 366 days/],
    [{ from: 'yesterday' }, 'arguments', /a time like/],
    [{ from: '2026-02-01T10:00:00' }, 'arguments', /a time like/],
    [{ status: 'Broken' }, 'arguments', /status/],
  ] as const;
  for (const [args, code, message] of refusals) {
    const error = await fake.session.refused('list_backup_jobs', args);
    assert.deepEqual([error.kind, error.code], ['validation', code]);
    assert.match(error.message, message);
  }
  assert.equal(fake.arm.requests.length, 0);
});

test('get_job_details: a failed job says why, and what Azure recommends', async () => {
  await using estate = await startEstate('azure-failing-item');
  const { session } = estate;
  const { jobs } = await session.ask('list_backup_jobs', { from: '2026-03-10', status: 'Failed', limit: 1 });
  const { job } = await session.ask('get_job_details', { vault_name: jobs[0].vault, job_id: jobs[0].id });
  assert.deepEqual([job.id, job.outcome, job.cancellable], [jobs[0].id, 'failed', false]);
  assert.ok(job.tasks.length > 0 && job.errors.length === 1);
  const [problem] = job.errors;
  assert.match(problem.code, /^\d+$/);
  assert.ok(problem.title && problem.message && problem.recommendations.length > 0);
});

test('get_job_details: progress, size and what is running are read from the older shapes too', async () => {
  const job = (properties: object) => ({
    [`${VAULT_PATH}/backupJobs/${JOB}`]: {
      id: `${VAULT_PATH}/backupJobs/${JOB}`,
      name: JOB,
      properties: { operation: 'Backup', startTime: '2026-02-28T01:00:00.1234567Z', ...properties },
    },
  });
  await using running = await startFake(
    job({
      status: 'InProgress',
      actionsInfo: [1],
      duration: '00:18:20.03',
      extendedInfo: {
        progressPercentage: 42.5,
        estimatedRemainingDuration: 'PT5M',
        tasksList: [
          { taskId: 'Take Snapshot', status: 'Completed', duration: '00:01:00' },
          { taskId: 'Transfer' },
        ],
        propertyBag: {
          'Backup Size': '5120 MB',
          'Target Storage Account': 'https://x.blob/a?sv=1&sig=abc%3D',
        },
        dynamicErrorMessage: '  ',
      },
    }),
  );
  const { job: one } = await running.session.ask('get_job_details', { job_id: JOB });
  assert.deepEqual(
    [one.outcome, one.cancellable, one.progress_pct, one.remaining_s, one.duration_s, one.backup_size_bytes],
    ['running', true, 42.5, 300, 1100, 5120 * 2 ** 20],
  );
  assert.deepEqual(one.tasks, [
    { name: 'Take Snapshot', status: 'Completed', duration_s: 60 },
    { name: 'Transfer', status: null },
  ]);
  assert.equal(one.properties['Target Storage Account'], 'https://x.blob/a', 'no signature leaves');
  assert.deepEqual([one.end, one.errors], [undefined, []]);

  const bag = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`Fact ${n}`, 'x'.repeat(500)]));
  await using wordy = await startFake(
    job({
      status: 'Failed',
      errorDetails: { errorCode: 400001, errorString: 'No agent', recommendations: ['Look'] },
      extendedInfo: { propertyBag: bag, dynamicErrorMessage: 'No agent' },
    }),
  );
  const { job: other } = await wordy.session.ask('get_job_details', { job_id: JOB });
  assert.equal(other.left_out, '5 properties');
  assert.deepEqual(other.errors, [
    { code: '400001', title: null, message: 'No agent', recommendations: ['Look'] },
  ]);
});

test('get_job_details: an id that is none, and a job that Azure has forgotten', async () => {
  await using fake = await startFake({});
  const bad = await fake.session.refused('get_job_details', { job_id: 'job-1' });
  assert.deepEqual([bad.kind, fake.arm.requests.length], ['validation', 0]);
  const gone = await fake.session.refused('get_job_details', { job_id: JOB });
  assert.deepEqual([gone.kind, gone.code], ['not_found', 'no-such-job']);
  assert.match(gone.hint, /vault_name/);
});

test('list_backup_jobs: later pages are of the list that was read for the first, with its warnings', async () => {
  await using estate = await startEstate('azure-forbidden-vault');
  const { session, azure } = estate;
  const first = await session.call('list_backup_jobs', { limit: 5 });
  const asked = azure.requests.list().length;
  estate.simulator.clock.advance(60_000);
  const second = await session.call('list_backup_jobs', {
    limit: 5,
    cursor: first.structured.data.next_cursor,
  });
  assert.equal(azure.requests.list().length, asked, 'Azure is not asked again');
  assert.deepEqual(second.structured.meta, first.structured.meta);
  assert.equal(second.structured.meta.warnings.length, 1);
  await session.ask('clear_auth_cache');
  await session.call('list_backup_jobs', { limit: 5, cursor: first.structured.data.next_cursor });
  assert.ok(azure.requests.list().length > asked, 'who forgets the sign-in forgets the lists');
});
