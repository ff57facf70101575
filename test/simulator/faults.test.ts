import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { type Row, signIn, startWithClient } from './client.ts';

const PATH = '/api/v1/jobs/states';

test('a busy server refuses, with and without saying when to come back', async () => {
  await using client = await startWithClient();
  const { faults } = client.simulator;
  faults.add({ name: 'throttle', retryAfter: 3, times: 1 }, { name: 'throttle', times: 2 });

  const [first, second, third] = [await client.get(PATH), await client.get(PATH), await client.get(PATH)];

  assert.deepEqual([first.status, first.headers['retry-after']], [429, '3']);
  assert.deepEqual([second.status, second.headers['retry-after']], [429, undefined]);
  assert.equal(third.status, 200);
});

test('errors come in the form of the API, or as a page of whatever stands in front', async () => {
  await using client = await startWithClient({
    faults: ['error-500:times=1', 'error-502:after=1,times=1', 'error-503:after=2,times=1,retryAfter=1'],
  });
  const { simulator } = client;
  simulator.faults.clear();
  simulator.faults.add('error-500:times=1');
  const broken = await client.get(PATH);
  simulator.faults.add('error-502:times=1');
  const page = await client.get(PATH);
  simulator.faults.add('error-503:times=1,retryAfter=1');
  const starting = await client.get(PATH);

  assert.deepEqual([broken.status, broken.body.errorCode], [500, 'UnknownError']);
  assert.deepEqual([page.status, page.headers['content-type']], [502, 'text/html']);
  assert.deepEqual([starting.status, starting.headers['retry-after']], [503, '1']);
});

test('an answer can break off: with the connection, or with a whole response of half a JSON text', async () => {
  await using client = await startWithClient();
  client.simulator.faults.add('reset:times=1');
  await assert.rejects(client.get(PATH));
  client.simulator.faults.add('truncate:times=1');
  const half = await client.get(PATH);

  assert.equal(half.status, 200);
  assert.throws(() => JSON.parse(half.text));
  assert.equal((await client.get(PATH)).status, 200);
});

test('tokens can be lost before their time', async () => {
  await using client = await startWithClient();
  client.simulator.faults.add('lose-refresh');

  assert.equal((await client.get(PATH)).status, 401);
  assert.equal((await client.send('POST', '/api/oauth2/token', signIn(client.simulator))).status, 200);
});

test('a token lives as long as it says', async () => {
  await using client = await startWithClient({ tokenSeconds: 1 });
  const { body } = await client.send('POST', '/api/oauth2/token', signIn(client.simulator));
  assert.equal(body.expires_in, 1);
  await new Promise((done) => setTimeout(done, 1100));
  const { status, body: refusal } = await client.send('GET', PATH, {
    headers: { authorization: `Bearer ${String(body.access_token)}` },
  });

  assert.deepEqual([status, refusal.errorCode], [401, 'ExpiredToken']);
});

test('retention takes the head of the list while it is read, so that pages shift', async () => {
  await using client = await startWithClient();
  const query = { orderColumn: 'CreationTime', orderAsc: true };
  const before = await client.list('/api/v1/sessions', query);
  client.simulator.faults.add('head-deletion:times=1,count=50,path=/sessions');
  const { body } = await client.get('/api/v1/sessions', { ...query, skip: 100, limit: 10 });

  assert.deepEqual(
    (body.data as Row[]).map(({ id }) => id),
    before.slice(150, 160).map(({ id }) => id),
  );
});

test('a row can come on two pages', async () => {
  await using client = await startWithClient({ faults: ['duplicate-row:path=/sessions'] });
  const page = async (skip: number) =>
    (await client.get('/api/v1/sessions', { skip, limit: 20 })).body.data as Row[];
  const [first, second] = [await page(0), await page(20)];

  assert.equal(second[0]?.id, first.at(-1)?.id);
  assert.equal(second.length, 20);
});

test('lists of task sessions that hold agents fail up to 1.3-rev1, those of other sessions do not', async () => {
  await using client = await startWithClient({ faults: ['agent-tasks-500:path=/taskSessions'] });

  assert.equal((await client.get('/api/v1/taskSessions', { limit: 1000 })).status, 500);
  assert.equal(
    (await client.get('/api/v1/taskSessions', { limit: 1000, sessionTypeFilter: 'BackupJob' })).status,
    200,
  );
  assert.equal(
    (await client.get('/api/v1/taskSessions', { limit: 1000, sessionTypeFilter: 'AgentBackup' })).status,
    500,
  );
});

test('the clock can jump, and the certificate can change', async () => {
  await using client = await startWithClient();
  const { simulator } = client;
  const [before, fingerprint] = [simulator.clock.now().getTime(), simulator.fingerprint];
  simulator.faults.add('clock-skew:minutes=25', 'new-certificate');
  await client.get(PATH);

  assert.equal(simulator.clock.now().getTime() - before, 25 * 60_000);
  assert.notEqual(simulator.fingerprint, fingerprint);
});

test('faults strike the same requests for the same seed', async () => {
  const statuses = async () => {
    await using client = await startWithClient({ seed: 9, faults: ['error-503:probability=0.4,path=/jobs'] });
    const seen: number[] = [];
    for (let i = 0; i < 30; i += 1) seen.push((await client.get(PATH)).status);
    return seen;
  };
  const first = await statuses();

  assert.deepEqual(await statuses(), first);
  assert.ok(first.includes(200) && first.includes(503));
});

test('a fault that does not exist is a mistake that is explained', async () => {
  await assert.rejects(
    startWithClient({ faults: ['no-such-fault'] }),
    (error) => error instanceof ConfigError && /throttle/.test(error.message),
  );
  await assert.rejects(startWithClient({ faults: ['slow:ms=long'] }), ConfigError);
});

test('requests are counted, with the rows that they brought', async () => {
  await using client = await startWithClient();
  const { requests } = client.simulator;
  requests.clear();
  await client.list('/api/v1/sessions', {}, 500);
  const total = client.simulator.truth.estate.sessions;

  assert.equal(requests.rows('/api/v1/sessions'), total);
  assert.equal(requests.count('/api/v1/sessions'), Math.ceil((total + 1) / 500));
  assert.ok(requests.bytes() > total * 300);
  assert.equal(requests.list()[0]?.query, 'skip=0&limit=500');
});
