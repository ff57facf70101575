import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runDr365, startDr365 } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addRead, assess, critical, type Receiver, startReceiver } from './estate.ts';

function environmentOf(
  { settings: { external, metricsName, riskName, logins } }: TestDatabase,
  receiver: Receiver,
) {
  const { url, caFile = '' } = receiver.settings;
  return {
    PATH: process.env.PATH ?? '',
    LOG_LEVEL: 'debug',
    DB_HOST: external?.host ?? '',
    DB_PORT: String(external?.port),
    DB_NAME: metricsName,
    DB_RISK_NAME: riskName,
    ...Object.fromEntries(
      Object.entries(logins).flatMap(([role, { user, password }]) => [
        [`DB_${role.toUpperCase()}_USER`, user],
        [`DB_${role.toUpperCase()}_PASSWORD`, password],
      ]),
    ),
    // A server that is not there: reading it fails, telling of what is known does not.
    VEEAM_SERVER: '127.0.0.1',
    VEEAM_PORT: '1',
    VEEAM_USERNAME: 'x',
    VEEAM_PASSWORD: 'x-password',
    VEEAM_TLS_FINGERPRINT: '00'.repeat(32),
    NOTIFY_WEBHOOK_URL: url,
    NOTIFY_CA_FILE: caFile,
    NOTIFY_ON: 'critical',
  };
}

test('the process of the collectors tells by itself, dr365 notify has nothing to add, and no line has the address', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  const now = new Date();
  await addRead(database, now);
  await assess(advisor, now, [critical('a')]);
  const env = environmentOf(database, receiver);
  const { child, ended } = startDr365(['workers', 'health'], env);
  while (receiver.requests.length === 0) await sleep(50);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const done = await runDr365(['notify'], env);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^0 messages made, [01] messages? sent/);
  const told = receiver.bodies().map(({ id }) => id);
  assert.equal(new Set(told).size, 1);
  for (const secret of ['very-secret', 'x-password']) assert.ok(!`${stderr}${done.stderr}`.includes(secret));
});

test('the process of the advisor tells nobody, also where it is given the address', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  await addRead(database, new Date());
  await assess(advisor, new Date(Date.now() - 7_200_000), [critical('a')]);
  const before = await countRuns(database);
  const { child, ended } = startDr365(['workers', 'risk'], environmentOf(database, receiver));
  while ((await countRuns(database)) === before) await sleep(100);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
  assert.equal(receiver.requests.length, 0);
});

/** Runs of the advisor that ended. */
async function countRuns({ risk }: TestDatabase): Promise<number> {
  const row = await risk.db
    .selectFrom('run')
    .select(({ fn }) => fn.countAll<number>().as('runs'))
    .where('status', '<>', 'running')
    .executeTakeFirstOrThrow();
  return row.runs;
}
