import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { form, signIn, startWithClient } from './client.ts';

test('the certificate has the fingerprint that is stated, and its file can be trusted as an authority', async () => {
  await using client = await startWithClient();
  const { simulator } = client;
  let seen = '';
  const dispatcher = new Agent({
    connect: {
      ca: simulator.ca,
      checkServerIdentity: (_host: string, { fingerprint256 }: { fingerprint256: string }) => {
        seen = fingerprint256;
        return undefined;
      },
    },
  });
  const { statusCode, body } = await request(`${simulator.url}/api/v1/serverTime`, { dispatcher });
  await body.dump();
  await dispatcher.destroy();

  assert.equal(statusCode, 200);
  assert.equal(seen, simulator.fingerprint);
});

test('a client that asks for a revision newer than the server is refused, an older one is served', async () => {
  await using client = await startWithClient({ revision: '1.3-rev1' });
  const asks = async (revision: string) =>
    client.send('GET', '/api/v1/serverTime', { headers: { 'x-api-version': revision } });

  assert.equal((await asks('1.3-rev2')).body.errorCode, 'NotImplemented');
  assert.equal((await asks('1.3-rev2')).status, 400);
  assert.equal((await asks('1.3-rev0')).status, 200);
  assert.equal((await asks('1.2-rev1')).status, 200);
  const { text } = await client.send('GET', '/swagger/index.js');
  assert.match(text, /\/swagger\/v1\.3-rev1\/swagger\.json/);
  assert.doesNotMatch(text, /1\.3-rev2/);
});

test('a list gives 200 rows unless told otherwise, sessions newest first', async () => {
  await using client = await startWithClient();
  const { body } = await client.get('/api/v1/sessions');
  const rows = body.data as { creationTime: string }[];

  assert.equal(rows.length, 200);
  assert.deepEqual(body.pagination, { ...(body.pagination as object), count: 200, skip: 0, limit: 200 });
  const times = rows.map(({ creationTime }) => Date.parse(creationTime));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  );
});

test('unknown parameters are ignored, values that cannot be are refused', async () => {
  await using client = await startWithClient();

  assert.equal((await client.get('/api/v1/sessions', { offset: 100, noSuchThing: 'x' })).status, 200);
  for (const query of [
    { typeFilter: 'NoSuchType' },
    { createdAfterFilter: 'yesterday' },
    { limit: 'many' },
    { orderAsc: 'perhaps' },
  ]) {
    const { status, body } = await client.get('/api/v1/sessions', query);
    assert.equal(status, 400, JSON.stringify(query));
    assert.equal(typeof body.message, 'string');
  }
});

test('what a role may not see answers 403, the rest goes on', async () => {
  await using viewer = await startWithClient({ role: 'Viewer' });
  await using security = await startWithClient({ role: 'Security Administrator' });
  const status = async (client: typeof viewer, path: string) => (await client.get(path)).status;

  assert.equal(await status(viewer, '/api/v1/license'), 403);
  assert.equal(await status(viewer, '/api/v1/securityAnalyzer/bestPractices'), 403);
  assert.equal(await status(viewer, '/api/v1/jobs/states'), 200);
  assert.equal(await status(security, '/api/v1/securityAnalyzer/bestPractices'), 200);
  assert.equal(await status(security, '/api/v1/taskSessions'), 403);
});

test('older revisions spell and shape things in their own way', async () => {
  await using client = await startWithClient({ revision: '1.3-rev2' });
  const as = async (revision: string, path: string) => {
    const { body } = await client.send('POST', '/api/oauth2/token', signIn(client.simulator));
    const reply = await client.send('GET', path, {
      headers: { 'x-api-version': revision, authorization: `Bearer ${String(body.access_token)}` },
    });
    return reply.body;
  };
  const states = async (revision: string) =>
    (await as(revision, '/api/v1/jobs/states')).data as Record<string, string>[];

  assert.equal((await states('1.3-rev0'))[0]?.workload, 'vm');
  assert.equal((await states('1.3-rev1'))[0]?.workload, 'Vm');
  assert.ok((await states('1.3-rev2')).some(({ type }) => type === 'ProxmoxBackupJob'));
  const proxmox = (await states('1.3-rev1')).find(({ type }) => type === 'Unknown');
  assert.equal(proxmox?.lastRun, undefined, 'older revisions know nothing of its runs');
  assert.ok('expirationDate' in (await as('1.3-rev1', '/api/v1/license')));
  assert.ok(!('expirationDate' in (await as('1.3-rev2', '/api/v1/license'))));
  assert.equal((await as('1.3-rev2', '/api/v1/serverTime')).ianaTimeZoneId, 'Europe/Berlin');
  assert.equal(
    (await as('1.3-rev1', '/api/v1/serverTime')).timeZone,
    '(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
  );
});

test('a job of a newer platform is in the states only', async () => {
  await using client = await startWithClient();
  const states = await client.list('/api/v1/jobs/states');
  const details = await client.list('/api/v1/jobs');
  const hidden = states.filter(({ id }) => !details.some((one) => one.id === id));

  assert.equal(hidden.length, 1);
  assert.equal((await client.get(`/api/v1/jobs/${hidden[0]?.id}`)).status, 400);
});

test('nothing but GET, sign-in and sign-out is there', async () => {
  await using client = await startWithClient();

  assert.equal((await client.send('POST', '/api/v1/jobs')).status, 401);
  const { body } = await client.send('POST', '/api/oauth2/token', signIn(client.simulator));
  const authorization = `Bearer ${String(body.access_token)}`;
  assert.equal((await client.send('POST', '/api/v1/jobs', { headers: { authorization } })).status, 405);
  assert.equal((await client.send('GET', '/api/v1/nothing', { headers: { authorization } })).status, 404);
});

test('tokens: one use for a refresh token, and sign-out ends its own session alone', async () => {
  await using client = await startWithClient();
  const open = async () =>
    (await client.send('POST', '/api/oauth2/token', signIn(client.simulator))).body as Record<string, string>;
  const refresh = (token = '') =>
    client.send('POST', '/api/oauth2/token', form({ grant_type: 'refresh_token', refresh_token: token }));
  const probe = async (token = '') =>
    (await client.send('GET', '/api/v1/jobs', { headers: { authorization: `Bearer ${token}` } })).status;
  const [first, second] = [await open(), await open()];

  const renewed = await refresh(first.refresh_token);
  assert.equal(renewed.status, 200);
  assert.equal((await refresh(first.refresh_token)).status, 401);
  assert.equal(await probe(first.access_token), 401, 'the old pair is gone');
  await client.send('POST', '/api/oauth2/logout', {
    headers: { authorization: `Bearer ${String(renewed.body.access_token)}` },
  });
  assert.equal(await probe(String(renewed.body.access_token)), 401);
  assert.equal(await probe(second.access_token), 200);
});

test('ten wrong passwords in a row lock the account', async () => {
  await using client = await startWithClient();
  const { username, password } = client.simulator;
  for (let i = 0; i < 10; i += 1) {
    const { status } = await client.send(
      'POST',
      '/api/oauth2/token',
      form({ grant_type: 'password', username, password: `wrong ${i}` }),
    );
    assert.equal(status, 401);
  }
  const { status, body } = await client.send(
    'POST',
    '/api/oauth2/token',
    form({ grant_type: 'password', username, password }),
  );
  assert.equal(status, 401);
  assert.equal(body.errorCode, 'AccessDenied');
});
