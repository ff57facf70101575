import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../../src/log.ts';
import { withWorkerLock } from '../../../src/pipeline/locks.ts';
import { isDue, runAdvisorOnce, runDueOn } from '../../../workers/advisors.ts';
import { runDr365, startDr365, toEnvironment } from '../../support/child.ts';
import { createTestDatabase } from '../../support/database.ts';
import { configOf, NOW, simulate } from '../../support/simulated.ts';
import { collect, HOUR_MS } from './helpers.ts';

const RESULTS = [
  'risk_item',
  'risk_hazard',
  'risk_facts',
  'risk_input',
  'risk_compliance',
  'risk_summary',
] as const;

const withoutVeeam = (env: Record<string, string>) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('VEEAM_')));

test('runs that are killed leave nothing; the next one concludes, as the advisor and without a backup server', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 30 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  const env = withoutVeeam(toEnvironment(configOf(simulator, database)));
  for (const wait of [250, 400, 550, 700, 900]) {
    const { child, ended } = startDr365(['worker', 'risk'], env);
    await sleep(wait);
    child.kill('SIGKILL');
    await ended;
  }
  const { code, stdout, stderr } = await runDr365(['worker', 'risk'], env);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).worker, 'risk');
  const { db } = (await database.as('reader')).risk;
  const runs = await db.selectFrom('run').select(['run_id', 'status']).execute();
  const concluded = new Set(
    runs.filter(({ status }) => ['succeeded', 'partial'].includes(status)).map(({ run_id }) => run_id),
  );
  assert.ok(concluded.size > 0 && runs.every(({ status }) => status !== 'running'));
  for (const table of RESULTS) {
    const rows = await db.selectFrom(table).select('run_id').distinct().execute();
    assert.deepEqual(new Set(rows.map(({ run_id }) => run_id)), concluded, table);
  }
});

test('collectors may not write risks, advisors no facts, and nobody changes what was concluded', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 5, days: 10 });
  await using database = await createTestDatabase();
  await collect(simulator, database, { workers: ['health'] });
  const advisor = await database.as('advisor');
  const [run] = await runAdvisorOnce('risk', advisor, { log: createLog('silent'), clock: () => NOW });
  assert.equal(run?.status, 'partial');
  const refused = { code: '42501' };
  const asCollector = runAdvisorOnce('risk', database, { log: createLog('silent'), clock: () => NOW });
  await assert.rejects(asCollector, refused);
  await assert.rejects(advisor.metrics.db.deleteFrom('job').execute(), refused);
  await assert.rejects(advisor.risk.db.updateTable('risk_item').set({ score: 0 }).execute(), refused);
  await assert.rejects(advisor.risk.db.deleteFrom('risk_facts').execute(), refused);
});

test('an advisor is due when a collector has ended since, however, or after an hour', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 5, days: 10 });
  await using database = await createTestDatabase();
  await collect(simulator, database, { workers: ['health'] });
  const advisor = await database.as('advisor');
  const at = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS);
  const due = (hours: number) => isDue('risk', advisor, '127.0.0.1', at(hours));
  const run = (hours: number) =>
    runDueOn(['risk'], advisor, '127.0.0.1', { log: createLog('silent'), clock: () => at(hours) });
  assert.equal(await due(0.1), true, 'it never ran');
  assert.equal((await run(0.1)).length, 1);
  assert.equal(await due(0.2), false);
  assert.deepEqual(await run(0.2), []);
  assert.equal(await due(1.2), true, 'more than an hour ago');
  await collect(simulator, database, { workers: ['capacity'], now: at(0.5) });
  assert.equal(await due(0.6), true, 'a collector has ended');
  assert.equal((await run(0.6)).length, 1);
  await simulator[Symbol.asyncDispose]();
  await collect(simulator, database, { workers: ['capacity'], now: at(0.8) });
  assert.equal(await due(0.9), true, 'one that failed has ended too');
});

test('where another process is at the risks, the plan that rests on them is left to it', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 5, days: 10 });
  await using database = await createTestDatabase();
  await collect(simulator, database, { workers: ['capacity'] });
  const [one, other] = [await database.as('advisor'), await database.as('advisor')];
  const run = async () => {
    const options = { log: createLog('silent'), clock: () => NOW };
    const runs = await runDueOn(['risk', 'remediation'], one, '127.0.0.1', options);
    return runs.map(({ status }) => status);
  };
  await withWorkerLock(other.risk.pool, 'risk', '127.0.0.1', async () => {
    assert.deepEqual(await run(), ['busy']);
  });
  assert.equal((await run()).length, 2);
});

test('advisors are scheduled without a backup server, and only names of workers are taken', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 5, days: 10 });
  await using database = await createTestDatabase();
  await collect(simulator, database, { workers: ['health'] });
  const env = withoutVeeam(toEnvironment(configOf(simulator, database)));
  const { child, ended } = startDr365(['workers', 'risk'], env);
  const { db } = (await database.as('reader')).risk;
  for (;;) {
    if (await db.selectFrom('risk_summary').select('run_id').executeTakeFirst()) break;
    await sleep(50);
  }
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const wrong = await runDr365(['workers', 'helth'], env);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /"helth" was given.*health.*risk/);
  assert.equal((await runDr365(['workers', 'health'], env)).code, 2, 'a collector needs a backup server');
});
