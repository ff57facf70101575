import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { toRetention } from '../../../src/business/retention.ts';
import type { Metrics } from '../../../src/db/connect.ts';
import { createLog } from '../../../src/log.ts';
import { ensurePartitions } from '../../../src/pipeline/partitions.ts';
import { type MaintenanceOptions, maintain } from '../../../workers/maintenance/maintenance.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { killOnce } from '../../support/maintain-child.ts';
import { addRuns, daysAgo, runStates } from '../../support/old-runs.ts';

const options: MaintenanceOptions = {
  retention: toRetention(),
  clock: () => new Date(),
  log: createLog('silent'),
  pauseMs: 0,
  tries: 2,
};
const monthsFromNow = (months: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 15));
};
const nameOf = (table: string, months: number) =>
  `${table}_${monthsFromNow(months).toISOString().slice(0, 7).replace('-', '_')}`;

const partitionsOf = async ({ metrics }: TestDatabase, table: string) => {
  const { rows } = await sql<{ name: string }>`
    select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ${table}::regclass order by 1`.execute(metrics.db);
  return rows.map(({ name }) => name);
};

const addSession = (db: Metrics, id: string, at: Date) =>
  db
    .insertInto('session')
    .values({
      source_id: 'vbr',
      session_id: id,
      created_at: at,
      name: id,
      session_type: 'BackupJob',
      state: 'Stopped',
      known_from: at,
    })
    .execute();

test('months are made ahead, so that rows are stored also where no maintenance runs for a season', async () => {
  await using database = await createTestDatabase();
  const summary = await maintain('metrics', database, options);
  assert.equal(summary.status, 'succeeded', summary.message);
  for (const table of ['session', 'task_session', 'repository_sample'])
    assert.deepEqual(
      await partitionsOf(database, table),
      [0, 1, 2, 3, 4].map((months) => nameOf(table, months)),
    );
  await addSession(database.metrics.db, 'late', monthsFromNow(4));
  assert.equal(summary.steps.filter(({ action }) => action === 'MAKE_PARTITION').length, 15);
});

test('months that are over in all go as a whole, with what hangs on their sessions; younger ones stay', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await db
    .insertInto('source')
    .values({ source_id: 'vbr', kind: 'veeam', name: 'vbr', first_seen_at: daysAgo(900) })
    .execute();
  const old = [monthsFromNow(-20), monthsFromNow(-16)];
  const young = [monthsFromNow(-10), daysAgo(399), daysAgo(1)];
  await ensurePartitions(db, 'session', [...old, ...young]);
  await ensurePartitions(db, 'repository_sample', old);
  for (const [at, time] of [...old, ...young].entries()) {
    await addSession(db, `s${at}`, time);
    await sql`insert into session_reason (source_id, session_id, basis, known_from) values ('vbr', ${`s${at}`}, 'none', ${time})`.execute(
      db,
    );
  }
  const summary = await maintain('metrics', database, options);
  assert.equal(summary.status, 'succeeded', summary.message);
  const dropped = summary.steps
    .filter(({ action }) => action === 'DROP_PARTITION')
    .map(({ object }) => object);
  assert.deepEqual(dropped, [
    nameOf('repository_sample', -20),
    nameOf('repository_sample', -16),
    nameOf('session', -20),
    nameOf('session', -16),
  ]);
  for (const table of ['session', 'session_reason'] as const) {
    const rows = await db.selectFrom(table).select('session_id').orderBy('session_id').execute();
    assert.deepEqual(
      rows.map(({ session_id }) => session_id),
      ['s2', 's3', 's4'],
      table,
    );
  }
  // A process that stored rows of that month before makes it again.
  await ensurePartitions(db, 'session', old);
  await addSession(db, 'again', old[0] as Date);
});

test('what vanished long ago, and states that ended long ago, go; what is there stays', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await db
    .insertInto('source')
    .values({ source_id: 'vbr', kind: 'veeam', name: 'vbr', first_seen_at: daysAgo(900) })
    .execute();
  const point = (id: string, seen: number, gone: number | null) =>
    sql`insert into restore_point (source_id, restore_point_id, name, created_at, operations, gfs_periods, first_seen_at, vanished_at, known_from)
        values ('vbr', ${id}, 'a', ${daysAgo(seen)}, '{}', '{}', ${daysAgo(seen)}, ${gone === null ? null : daysAgo(gone)}, ${daysAgo(seen)})`.execute(
      db,
    );
  await point('old and there', 900, null);
  await point('gone for long', 900, 420);
  await point('gone lately', 900, 300);
  const job = (at: number, name: string) =>
    sql`insert into job (source_id, job_id, name, type, first_seen_at, known_from) values ('vbr', 'j', ${name}, 'Backup', ${daysAgo(900)}, ${daysAgo(at)})
        on conflict (source_id, job_id) do update set name = excluded.name, known_from = excluded.known_from`.execute(
      db,
    );
  for (const [at, name] of [
    [900, 'first'],
    [800, 'second'],
    [100, 'third'],
  ] as const)
    await job(at, name);
  assert.equal((await maintain('metrics', database, { ...options, batchRows: 1 })).status, 'succeeded');
  const points = await db
    .selectFrom('restore_point')
    .select('restore_point_id as id')
    .orderBy('id')
    .execute();
  assert.deepEqual(
    points.map(({ id }) => id),
    ['gone lately', 'old and there'],
  );
  const nameAt = async (days: number) =>
    (await sql<{ name: string }>`select name from job_as_of(${daysAgo(days)})`.execute(db)).rows.map(
      ({ name }) => name,
    );
  assert.deepEqual(await nameAt(50), ['third']);
  assert.deepEqual(await nameAt(700), ['second']);
  assert.deepEqual(await nameAt(850), []);
});

test('a reader of a month that is to go does not stop the maintenance, and is not stopped', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [monthsFromNow(-20)]);
  const reader = await database.as('reader');
  await reader.metrics.db.transaction().execute(async (trx) => {
    await trx.selectFrom('session').select('session_id').execute();
    const summary = await maintain('metrics', database, options);
    assert.equal(summary.status, 'incomplete');
    assert.match(summary.message ?? '', /always in use/);
    // Collectors write meanwhile.
    await ensurePartitions(db, 'session', [new Date()]);
    await addSession(db, 'now', new Date());
    await trx.selectFrom('session').select('session_id').execute();
  });
  const after = await maintain('metrics', database, options);
  assert.deepEqual(
    after.steps.map(({ object }) => object),
    [nameOf('session', -20)],
  );
});

test('a clock that jumps ahead makes nothing old: ages count from when a source was last heard', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [daysAgo(450), daysAgo(800)]);
  await addRuns(database, { worker: 'health', from: 500, to: 440, everyHours: 12 });
  // The backup server last told its time 440 days ago; by our clock that is long past.
  await db
    .updateTable('run')
    .set({ source_time: daysAgo(440) })
    .execute();
  const summary = await maintain('metrics', database, options);
  assert.equal(summary.status, 'succeeded', summary.message);
  assert.ok(
    (await partitionsOf(database, 'session')).includes(nameOf('session', 0)),
    'months are made by our clock',
  );
  const gone = summary.steps.filter(({ action }) => action !== 'MAKE_PARTITION');
  assert.deepEqual(gone, []);
});

test('two at once: one does it, the other leaves; and one a day is enough', async () => {
  await using database = await createTestDatabase();
  await addRuns(database, { worker: 'health', from: 150, to: 95, everyHours: 1 });
  const both = await Promise.all(
    [1, 2].map(() => maintain('metrics', database, { ...options, batchRows: 100 })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), ['busy', 'succeeded']);
  assert.equal((await maintain('metrics', database, { ...options, ifDue: true })).status, 'not-due');
  const other = await database.as('advisor');
  assert.equal((await maintain('risk', other, { ...options, ifDue: true })).status, 'succeeded');
  const owner = await database.as('owner');
  await sql`update maintenance_run set started_at = now() + interval '1 year'`.execute(owner.metrics.db);
  const again = await maintain('metrics', database, { ...options, ifDue: true });
  assert.equal(again.status, 'succeeded', 'a clock that was ahead once keeps off no maintenance');
});

test('a maintenance that is stopped or out of time ends between two batches, and the next goes on', async () => {
  await using database = await createTestDatabase();
  await addRuns(database, { worker: 'health', from: 150, to: 95, everyHours: 2 });
  const stopped = await maintain('metrics', database, { ...options, signal: AbortSignal.abort() });
  assert.deepEqual([stopped.status, stopped.message], ['incomplete', 'stopped: the next one goes on']);
  const slow = await maintain('metrics', database, { ...options, atMostSeconds: 0 });
  assert.equal(slow.status, 'incomplete');
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
});

test('a process that is killed leaves no run half taken away; what it did is on record, and the next one ends it', async () => {
  await using database = await createTestDatabase();
  await addRuns(database, { worker: 'health', from: 200, to: 95, everyHours: 1 });
  await killOnce(database.settings, async () => {
    const states = await runStates(database.metrics.db, 'health', 'health_incident');
    return states.filter(({ dropped }) => dropped).length >= 20;
  });
  const states = await runStates(database.metrics.db, 'health', 'health_incident');
  for (const { rows, dropped } of states) assert.equal(rows, dropped ? 0 : 3);
  const gone = states.filter(({ dropped }) => dropped).length;
  const { rows: recorded } = await sql<{ runs: number; status: string }>`
    select s.runs, m.status from maintenance_step s join maintenance_run m using (maintenance_id) where s.action = 'THIN'`.execute(
    database.metrics.db,
  );
  assert.deepEqual(recorded, [{ runs: gone, status: 'running' }]);

  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
  const { rows: after } = await sql<{
    status: string;
  }>`select status from maintenance_run order by maintenance_id`.execute(database.metrics.db);
  assert.deepEqual(after, [{ status: 'abandoned' }, { status: 'succeeded' }]);
});

test('who maintains can take away what the rules give up, and nothing else', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [new Date()]);
  await addRuns(database, { worker: 'health', from: 2, to: 1, everyHours: 1 });
  const { rows } = await sql<{ id: number }>`select begin_maintenance('{}') as id`.execute(db);
  const id = rows[0]?.id ?? 0;
  const refused = async (call: string, reason: RegExp) => {
    await assert.rejects(sql.raw(call).execute(db), { message: reason });
  };
  await refused('delete from health_incident', /permission denied/);
  await refused('drop table session', /must be owner/);
  await refused("update retention_rule set setting = 'details'", /permission denied/);
  await refused('update retention_setting set least_days = 1', /permission denied/);
  await refused('delete from maintenance_step', /permission denied/);
  await refused("select delete_results('vbr', gen_random_uuid(), 'health', true)", /permission denied/);
  await refused(
    `select drop_old_partition(${id}, '{"sessions": 1}', now())`,
    /retention of sessions for 1 days is too short: at least 100 days, as reliability/,
  );
  await refused(
    `select thin_results(${id}, '{}', now() + interval '3 years', '{}', 10)`,
    /is ahead of the database/,
  );
  await refused(
    `select begin_maintenance('{"results": 30}')`,
    /retention of results for 30 days is too short/,
  );
  const advisor = await database.as('advisor');
  await assert.rejects(
    sql`select drop_old_rows(1, '{}', now(), 10)`.execute(advisor.metrics.db),
    /permission denied/,
  );
  const reader = await database.as('reader');
  await assert.rejects(sql`select sample_database_size()`.execute(reader.metrics.db), /permission denied/);
});
