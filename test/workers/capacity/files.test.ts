import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { DAY_MS, runCapacity, sum } from './helpers.ts';

/** Bytes that the server reports for the files of each backup now. */
function reported({ world, clock }: Simulator): Map<string, number> {
  const at = clock.now().getTime();
  const bytes = new Map<string, number>();
  for (const place of world.estate.protected) {
    const job = world.estate.jobs[place.job];
    if (!job || job.kind === 'replica') continue;
    const id = world.ids.of('backup', job.index);
    const own = sum(world.storage.pointsOf(place, at).map(({ sizes }) => sizes.backupSize));
    if (own > 0) bytes.set(id, (bytes.get(id) ?? 0) + own);
  }
  return bytes;
}

async function ledgerOf({ metrics: { db } }: TestDatabase) {
  const { ledger_run_id } = await db
    .selectFrom('capacity_summary')
    .select('ledger_run_id')
    .orderBy('concluded_at', 'desc')
    .executeTakeFirstOrThrow();
  return db.selectFrom('space_ledger').selectAll().where('run_id', '=', ledger_run_id).execute();
}

const sorted = (bytes: Map<string, number>) => [...bytes].toSorted(([a], [b]) => (a < b ? -1 : 1));

const FILES = /^\/api\/v1\/backups\/[^/]+\/backupFiles$/;
const fileRequests = ({ requests }: Simulator) =>
  requests.list().filter(({ path }) => FILES.test(path)).length;

test('the ledger adds up to the reported bytes of each backup, to the byte, day after day', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 20, days: 60 });
  await using database = await createTestDatabase();
  for (let day = 0; day < 4; day += 1) {
    assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
    const bytes = new Map<string, number>();
    for (const line of await ledgerOf(database))
      bytes.set(line.backup_id, (bytes.get(line.backup_id) ?? 0) + line.stored_bytes);
    assert.deepEqual(sorted(bytes), sorted(reported(simulator)));
    simulator.clock.advance(DAY_MS);
  }
  const lines = await ledgerOf(database);
  const bases = new Set(lines.map(({ basis }) => basis));
  for (const basis of ['RETENTION', 'GFS', 'ACTIVE_CHAIN']) assert.ok(bases.has(basis), basis);
  assert.ok(
    lines.every(({ basis, due_on }) => (basis === 'RETENTION' || basis === 'GFS') === (due_on !== null)),
  );
  assert.ok(
    lines.some(({ held_until }) => held_until !== null),
    'some are on hardened repositories',
  );
  assert.ok(lines.every(({ job_id, basis }) => job_id !== null || basis === 'NO_JOB'));
});

test('what retention deleted is marked as vanished at the next reading and was known before', async () => {
  await using simulator = await simulate({ jobs: 10, days: 60 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const before = await db.selectFrom('backup_file').select('backup_file_id').execute();
  const known = simulator.clock.now();
  simulator.clock.advance(10 * DAY_MS);
  await runCapacity(simulator, database);
  const gone = await db.selectFrom('backup_file').selectAll().where('vanished_at', 'is not', null).execute();
  assert.ok(gone.length > 0);
  assert.ok(gone.every(({ vanished_at }) => vanished_at?.getTime() === simulator.clock.now().getTime()));
  const past = await db.selectFrom('backup_file_past').selectAll().where('known_from', '<=', known).execute();
  assert.ok(
    past.every(
      (row) => row.vanished_at === null && row.known_until.getTime() === simulator.clock.now().getTime(),
    ),
  );
  assert.equal(
    before.length,
    (await db.selectFrom('backup_file').select('backup_file_id').where('first_seen_at', '=', known).execute())
      .length,
  );
});

test('files are read once a day, whatever the number of runs, and completeness says so', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const backups = (await db.selectFrom('backup').select('backup_id').execute()).length;
  assert.equal(fileRequests(simulator), backups);
  for (let hour = 0; hour < 6; hour += 1) {
    simulator.clock.advance(3_600_000);
    await runCapacity(simulator, database);
  }
  assert.equal(fileRequests(simulator), backups);
  const endpoints = await db
    .selectFrom('run_endpoint')
    .select(['outcome', 'message'])
    .where('endpoint', '=', 'backups/backupFiles')
    .execute();
  assert.ok(endpoints.every(({ outcome }) => outcome === 'complete'));
  assert.ok(
    endpoints.some(
      ({ message }) => message === `files of 0 of ${backups} backups were due: they are read once a day`,
    ),
  );
  assert.equal(
    new Set((await db.selectFrom('space_ledger').select('run_id').execute()).map((row) => row.run_id)).size,
    1,
  );
  simulator.clock.advance(DAY_MS);
  await runCapacity(simulator, database);
  assert.equal(fileRequests(simulator), 2 * backups);
});

test('of a large backup new files only are read, and all of them after a week', async () => {
  await using simulator = await simulate({ jobs: 60, days: 60 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const large = await db
    .selectFrom('backup_sample')
    .select(['backup_id', 'files'])
    .where('files', '>', 500)
    .execute();
  assert.ok(large.length > 0, 'the estate has a backup of more than 500 files');
  const path = `/api/v1/backups/${large[0]?.backup_id}/backupFiles`;
  const rows = async () => {
    simulator.requests.clear();
    simulator.clock.advance(DAY_MS);
    await runCapacity(simulator, database);
    return simulator.requests.rows(path);
  };
  assert.ok((await rows()) < 200, 'the second day');
  for (let day = 2; day < 7; day += 1) await rows();
  assert.ok((await rows()) >= 500, 'the eighth day');
  const kinds = await db
    .selectFrom('backup_sample')
    .select('is_whole')
    .where('backup_id', '=', large[0]?.backup_id ?? '')
    .orderBy('sampled_at')
    .execute();
  assert.deepEqual(
    kinds.map(({ is_whole }) => is_whole),
    [true, false, false, false, false, false, false, true],
  );
});

test('growth per backup, per job and of other data adds up to the change of use, exactly', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 20, days: 60 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const { repositories } = simulator.world.estate;
  for (let day = 0; day < 9; day += 1) {
    await runCapacity(simulator, database);
    simulator.clock.advance(DAY_MS);
    for (const one of repositories) if (one.name === 'Repository 02') one.foreignBytes += 12_345_678_901;
  }
  const { ledger_run_id } = await db
    .selectFrom('capacity_summary')
    .select('ledger_run_id')
    .orderBy('concluded_at', 'desc')
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('capacity_attribution')
    .selectAll()
    .where('run_id', '=', ledger_run_id)
    .execute();
  const groups = [...Map.groupBy(rows, (row) => `${row.repository_id} ${row.period_days}`).values()];
  assert.ok(groups.length > 10);
  for (const own of groups) {
    const of = (kind: string) => own.filter((row) => row.kind === kind);
    const [total] = of('TOTAL');
    const [other] = of('OTHER');
    if (total?.delta_bytes === null) assert.equal(total.reason, 'NO_READING_OF_THE_REPOSITORY');
    else {
      assert.equal(
        sum(of('JOB').map((row) => row.delta_bytes)) + Number(other?.delta_bytes),
        total?.delta_bytes,
      );
      assert.equal(
        sum(of('BACKUP').map((row) => row.delta_bytes)) + Number(other?.delta_bytes),
        total?.delta_bytes,
      );
      assert.equal(Number(total?.bytes_after) - Number(total?.bytes_before), total?.delta_bytes);
    }
  }
  const foreign = repositories.find(({ name }) => name === 'Repository 02');
  const ofForeign = rows.filter((row) => row.repository_id === foreign?.id && row.kind === 'OTHER');
  // Our own history is 8 days long, so the month counts from its begin.
  assert.deepEqual(
    new Map(ofForeign.map((row) => [row.period_days, row.delta_bytes])),
    new Map([
      [7, 7 * 12_345_678_901],
      [30, 8 * 12_345_678_901],
    ]),
  );
  assert.ok(rows.some((row) => row.kind === 'JOB' && Number(row.delta_bytes) !== 0 && row.name !== null));
});

test('a backup that is gone frees its bytes and its files', async () => {
  await using simulator = await simulate({ jobs: 10, days: 40 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const job = simulator.world.estate.jobs.find(({ kind }) => kind === 'vsphere');
  assert.ok(job);
  const backupId = simulator.world.ids.of('backup', job.index);
  const before = await db
    .selectFrom('backup_sample')
    .selectAll()
    .where('backup_id', '=', backupId)
    .executeTakeFirstOrThrow();
  job.kind = 'replica'; // a replica leaves no backup
  simulator.clock.advance(DAY_MS);
  await runCapacity(simulator, database);
  assert.notEqual(
    (await db.selectFrom('backup').selectAll().where('backup_id', '=', backupId).executeTakeFirstOrThrow())
      .vanished_at,
    null,
  );
  assert.deepEqual(
    await db
      .selectFrom('backup_file')
      .selectAll()
      .where('backup_id', '=', backupId)
      .where('vanished_at', 'is', null)
      .execute(),
    [],
  );
  assert.deepEqual(
    (await ledgerOf(database)).filter((line) => line.backup_id === backupId),
    [],
  );
  const row = await db
    .selectFrom('capacity_attribution')
    .selectAll()
    .where('contributor_id', '=', `BACKUP ${backupId}`)
    .where('period_days', '=', 7)
    .executeTakeFirstOrThrow();
  assert.deepEqual(
    [row.bytes_before, row.bytes_after, row.delta_bytes],
    [before.stored_bytes, null, -before.stored_bytes],
  );
});

test('a backup whose files cannot be read leaves the others, and the run says so and tries again', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const job = simulator.world.estate.jobs.find(({ kind }) => kind === 'vsphere');
  const backupId = simulator.world.ids.of('backup', job?.index ?? 0);
  simulator.faults.add({ name: 'error-500', path: `/backups/${backupId}/` });
  const summary = await runCapacity(simulator, database);
  assert.equal(summary.status, 'partial');
  assert.match(summary.incomplete[0]?.reason ?? '', /not read: /);
  assert.equal(
    (await db.selectFrom('capacity_summary').select('files_read_at').executeTakeFirstOrThrow()).files_read_at,
    null,
  );
  simulator.faults.clear();
  simulator.requests.clear();
  simulator.clock.advance(3_600_000);
  assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
  assert.equal(fileRequests(simulator), 1);
  simulator.clock.advance(DAY_MS);
  await runCapacity(simulator, database);
  // What it held at the first reading is not known, so nobody says that it grew.
  const rows = await db.selectFrom('capacity_attribution').selectAll().orderBy('until_at', 'desc').execute();
  assert.ok(rows.length > 10);
  const newest = rows.filter((row) => row.until_at.getTime() === simulator.clock.now().getTime());
  assert.deepEqual(
    newest.filter((row) => row.backup_id === backupId),
    [],
  );
});

test('a ledger that was made without the retention of jobs is made anew once that is read', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const bases = async () => new Set((await ledgerOf(database)).map(({ basis }) => basis));
  simulator.faults.add({ name: 'error-500', path: '/api/v1/jobs' });
  assert.equal((await runCapacity(simulator, database)).status, 'partial');
  assert.ok(!(await bases()).has('RETENTION'));
  simulator.faults.clear();
  simulator.clock.advance(3_600_000);
  assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
  assert.ok((await bases()).has('RETENTION'));
  simulator.clock.advance(3_600_000);
  const made = await ledgerOf(database);
  await runCapacity(simulator, database);
  assert.deepEqual(await ledgerOf(database), made, 'and not each hour');
});

test('a server that cannot list its backups still has its repositories forecast', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  simulator.faults.add({ name: 'error-500', path: '/api/v1/backups' });
  const summary = await runCapacity(simulator, database);
  assert.equal(summary.status, 'partial');
  const forecasts = await database.metrics.db
    .selectFrom('capacity_forecast')
    .select(['backup_bytes', 'other_bytes', 'use_bytes'])
    .execute();
  assert.ok(forecasts.length > 5);
  assert.ok(forecasts.every((row) => row.backup_bytes === null && row.other_bytes === null));
});

test('a clock that was a year ahead once delays no reading of files', async () => {
  await using simulator = await simulate({ jobs: 6, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  await sql`update watermark set read_until = read_until + interval '1 year'`.execute(db);
  simulator.requests.clear();
  simulator.clock.advance(DAY_MS);
  await runCapacity(simulator, database);
  assert.ok(fileRequests(simulator) > 0);
});
