import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { importSureBackup } from '../../workers/rto/import.ts';
import { runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, NOW, simulate } from '../support/simulated.ts';
import { named, resultsOf, runRto } from '../workers/rto/helpers.ts';

const line = (fields: Record<string, unknown>) =>
  JSON.stringify({
    jobName: 'Verify billing',
    vmName: 'billing-db',
    startTime: '2026-03-18T03:00:00+01:00',
    endTime: '2026-03-18T03:12:30+01:00',
    result: 'Success',
    ...fields,
  });

const imported = ({ metrics: { db } }: TestDatabase) =>
  db.selectFrom('restore_trial').selectAll().where('origin', '=', 'IMPORT').orderBy('object_name').execute();

const scenario = { scenario: 'recovery-failing-surebackup', jobs: 4 };

test('an imported result counts for its machine from the next run on, and a second import changes nothing', async () => {
  await using simulator = await simulate(scenario);
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runRto(simulator, database);
  const before = named((await resultsOf(database)).workloads, 'billing-db');
  const text = [
    line({ bootSeconds: 74.5, tests: { ping: 'Success', sql: 'Failed' }, result: 'Failed', vmId: null }),
    line({ vmName: 'billing-app', vmId: 'VM-9999' }),
    '',
    line({ vmName: 'no-such-machine' }),
  ].join('\r\n');
  const first = await importSureBackup(db, text, { file: 'x.jsonl', now: NOW });
  assert.deepEqual(
    [first.lines, first.stored, first.alreadyThere, first.unmapped],
    [3, 3, 0, ['no-such-machine']],
  );
  const again = await importSureBackup(db, text, { file: 'x.jsonl', now: new Date(NOW.getTime() + 60_000) });
  assert.deepEqual([again.stored, again.alreadyThere], [0, 3]);

  const [app, bad, unknown] = await imported(database);
  assert.deepEqual([app?.mapped_by, bad?.mapped_by, unknown?.mapped_by], ['NAME', 'NAME', 'NONE']);
  assert.equal(bad?.workload_id, before.workload_id);
  assert.deepEqual(
    [bad?.class, bad?.outcome, bad?.boot_seconds, bad?.purpose],
    ['SUREBACKUP', 'FAILED', 74.5, 'TEST'],
  );
  assert.equal(bad?.started_at.toISOString(), '2026-03-18T02:00:00.000Z');

  simulator.clock.advance(3_600_000);
  await runRto(simulator, database);
  const after = named((await resultsOf(database)).workloads, 'billing-db');
  assert.equal(after.verifications, before.verifications + 1);
  assert.equal(after.last_failure_at?.toISOString(), '2026-03-18T02:12:30.000Z');
});

test('the id of a machine comes before its name', async () => {
  await using simulator = await simulate({ ...scenario, revision: '1.3-rev2' });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runRto(simulator, database);
  const { workload_id } = named((await resultsOf(database)).workloads, 'billing-app');
  const vmId = workload_id.split('/').at(-1) ?? '';
  await importSureBackup(db, line({ vmName: 'billing-db', vmId }), { file: 'x', now: NOW });
  const [row] = await imported(database);
  assert.deepEqual([row?.workload_id, row?.mapped_by], [workload_id, 'OBJECT']);
});

test('whatever is wrong is said line by line with what would be right, and nothing is written', async () => {
  await using simulator = await simulate(scenario);
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runRto(simulator, database);
  const wrong: [string, RegExp][] = [
    ['{"jobName":', /line 1: is no JSON/],
    ['[1]', /line 1: is no JSON/],
    [line({ vmName: undefined }), /line 1: vmName is missing/],
    [
      line({ startTime: '2026-03-18T03:00:00' }),
      /startTime "2026-03-18T03:00:00" is wrong: it has to be a time with its offset/,
    ],
    [line({ startTime: '2026-02-30T03:00:00Z', endTime: null }), /startTime .* is wrong/],
    [line({ startTime: '1999-01-01T00:00:00Z' }), /lies before 2000/],
    [line({ startTime: '2027-01-01T00:00:00Z', endTime: null }), /startTime lies in the future/],
    [line({ endTime: '2026-03-18T01:00:00Z' }), /endTime lies before startTime/],
    [line({ result: 'OK' }), /result "OK" is wrong: it has to be Success, Warning or Failed/],
    [line({ bootSeconds: -1 }), /bootSeconds -1 is wrong: it has to be 0 or more/],
    [line({ bootSeconds: '12' }), /bootSeconds "12" is wrong: it has to be a number of seconds/],
    [line({ source: 'elsewhere' }), /source "elsewhere" is unknown: it has to be one of 127\.0\.0\.1/],
    [
      `${line({})}\n${line({ result: 'Failed' })}`,
      /line 2: job, machine and start are those of line 1, the result is not/,
    ],
    ['', /line 1: the file is empty/],
  ];
  for (const [text, message] of wrong)
    await assert.rejects(
      importSureBackup(db, `${text}`, { file: 'results.jsonl', now: NOW }),
      (error) =>
        error instanceof ConfigError &&
        error.message.startsWith('results.jsonl: nothing was imported') &&
        message.test(error.message),
      text,
    );
  // One wrong line among right ones.
  await assert.rejects(
    importSureBackup(db, `${line({})}\n{}`, { file: 'x', now: NOW }),
    /1 problem:\n {2}line 2: jobName is missing$/,
  );
  assert.deepEqual(await imported(database), []);
});

test('the command tells what it stored, and ends with 2 where the file cannot be used', async () => {
  await using simulator = await simulate(scenario);
  await using database = await createTestDatabase();
  await runRto(simulator, database);
  const env = toEnvironment(configOf(simulator, database));
  const folder = mkdtempSync(join(tmpdir(), 'dr365-import-'));
  const file = join(folder, 'results.jsonl');
  try {
    writeFileSync(file, `${line({})}\n`);
    const done = await runDr365(['import:surebackup', file], env);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(JSON.parse(done.stdout).stored, 1);
    writeFileSync(file, `${line({ result: 'None' })}\n`);
    const refused = await runDr365(['import:surebackup', file], env);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /line 1: result "None" is wrong/);
    assert.equal((await runDr365(['import:surebackup'], env)).code, 2);
    assert.equal((await runDr365(['import:surebackup', join(folder, 'none')], env)).code, 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
