import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DONE, PASSWORD, problem, startFakeVeeam } from '../support/fake-veeam.ts';
import { errorOf } from '../support/http-server.ts';

const JOBS = '/api/v1/jobs/states';
const routes = { [JOBS]: () => ({ data: [] }) };

test('the sign-in is a form, percent-encoded, with the revision in the header', async () => {
  await using veeam = await startFakeVeeam(routes);
  await veeam.client().get(JOBS);
  const [signIn] = veeam.sent('/api/oauth2/token');
  assert.equal(signIn?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(signIn?.headers['x-api-version'], '1.3-rev1');
  assert.equal(signIn?.body, 'grant_type=password&username=LAB%5Creader&password=p%20w%2Bd%26%C3%BC%5C1');
  assert.equal(veeam.sent(JOBS)[0]?.headers.authorization, 'Bearer access-1');
});

test('the token is renewed 90 seconds before its end, by the monotonic clock', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await client.get(JOBS);
  veeam.clock.advance(809_000);
  await client.get(JOBS);
  assert.deepEqual(veeam.grants, ['password']);
  veeam.clock.advance(2_000);
  await client.get(JOBS);
  assert.deepEqual(veeam.grants, ['password', 'refresh_token']);
  assert.equal(veeam.sent(JOBS).at(-1)?.headers.authorization, 'Bearer access-2');
});

test('a short-lived token is renewed after half of its life', async () => {
  await using veeam = await startFakeVeeam(routes);
  veeam.auth.expiresIn = 60;
  const client = veeam.client();
  await client.get(JOBS);
  veeam.clock.advance(29_000);
  await client.get(JOBS);
  assert.equal(veeam.grants.length, 1);
  veeam.clock.advance(2_000);
  await client.get(JOBS);
  assert.equal(veeam.grants.length, 2);
});

test('a life that comes as text, or not at all, is no reason to fail', async () => {
  for (const expiresIn of ['900', undefined, 'soon']) {
    await using veeam = await startFakeVeeam(routes);
    veeam.auth.expiresIn = expiresIn;
    assert.equal((await veeam.client().get(JOBS)).status, 200);
  }
});

test('many calls at once sign in once, and refresh once', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await Promise.all(Array.from({ length: 20 }, () => client.get(JOBS)));
  assert.deepEqual(veeam.grants, ['password']);
  veeam.clock.advance(880_000);
  await Promise.all(Array.from({ length: 20 }, () => client.get(JOBS)));
  assert.deepEqual(veeam.grants, ['password', 'refresh_token']);
});

test('many calls that are refused at once refresh once', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await client.get(JOBS);
  veeam.auth.refuse = (token) => token === 'access-1';
  await Promise.all(Array.from({ length: 20 }, () => client.get(JOBS)));
  assert.deepEqual(veeam.grants, ['password', 'refresh_token']);
});

test('where the refresh token is lost the password is used, once', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await client.get(JOBS);
  veeam.auth.refreshLost = true;
  veeam.clock.advance(880_000);
  await Promise.all([client.get(JOBS), client.get(JOBS), client.get(JOBS)]);
  assert.deepEqual(veeam.grants, ['password', 'refresh_token', 'password']);
});

test('a refresh that breaks off is not sent again, since its token is spent', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await client.get(JOBS);
  const token = veeam.routes['/api/oauth2/token'];
  let broken = 0;
  veeam.routes['/api/oauth2/token'] = (request, response) => {
    if (!request.body.includes('refresh_token')) return token?.(request, response);
    broken += 1;
    response.destroy();
    return DONE;
  };
  veeam.clock.advance(880_000);
  await client.get(JOBS);
  assert.equal(broken, 1);
  assert.deepEqual(veeam.grants, ['password', 'password']);
});

test('a server that refuses each token ends in an error after one more try, even with empty bodies', async () => {
  await using veeam = await startFakeVeeam(routes);
  veeam.auth.refuse = () => true;
  const error = await errorOf(veeam.client().get(JOBS));
  assert.equal(error.code, 'sign-in');
  assert.equal(veeam.sent(JOBS).length, 2);
  assert.deepEqual(veeam.grants, ['password', 'refresh_token']);
});

test('a refused password names the settings and is not tried again for a while', async () => {
  await using veeam = await startFakeVeeam(routes);
  veeam.auth.accept = false;
  const client = veeam.client();
  const error = await errorOf(client.get(JOBS));
  assert.equal(error.code, 'sign-in');
  assert.equal(error.retryable, false);
  for (const part of ['VEEAM_USERNAME', 'VEEAM_PASSWORD', 'multi-factor', 'Invalid user name or password']) {
    assert.ok(error.message.includes(part), error.message);
  }
  await Promise.all([1, 2, 3].map(() => errorOf(client.get(JOBS))));
  assert.equal(veeam.grants.length, 1, 'each refused password counts towards a lockout');
  veeam.auth.accept = true;
  veeam.clock.advance(15 * 60_000 + 1);
  assert.equal((await client.get(JOBS)).status, 200);
});

test('no message holds the password or a token, even where the server repeats them', async () => {
  await using veeam = await startFakeVeeam({
    [JOBS]: ({ headers }, response) =>
      problem(response, 400, 'UnknownError', `${headers.authorization} of ${PASSWORD}`),
  });
  const client = veeam.client();
  const error = await errorOf(client.get(JOBS));
  assert.equal(error.code, 'rejected');
  assert.match(error.message, /UnknownError: Bearer \*\*\* of \*\*\*/);
});

test('closing signs out, and a closed client sends nothing', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  await client.get(JOBS);
  await client.close();
  const [logout] = veeam.sent('/api/oauth2/logout');
  assert.equal(logout?.method, 'POST');
  assert.equal(logout?.headers.authorization, 'Bearer access-1');
  assert.equal(logout?.body, '');
  const sent = veeam.requests.length;
  await errorOf(client.get(JOBS));
  assert.equal(veeam.requests.length, sent);
});

test('a client that never signed in has nothing to sign out of', async () => {
  await using veeam = await startFakeVeeam(routes);
  await veeam.client().close();
  assert.equal(veeam.requests.length, 0);
});

test('one caller that is stopped does not stop the sign-in of the others', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  const stop = new AbortController();
  const stopped = errorOf(client.forRun({ signal: stop.signal }).get(JOBS));
  const other = client.get(JOBS);
  stop.abort(new Error('stopped'));
  assert.equal((await stopped).message, 'stopped');
  assert.equal((await other).status, 200);
});

test('each run has a budget of its own on the shared sign-in', async () => {
  await using veeam = await startFakeVeeam(routes);
  const client = veeam.client();
  const run = client.forRun({ requestBudget: 4 });
  await run.get(JOBS); // negotiation, sign-in, and the request itself
  await run.get(JOBS);
  assert.equal((await errorOf(run.get(JOBS))).code, 'budget');
  assert.equal((await client.forRun({ requestBudget: 1 }).get(JOBS)).status, 200);
  assert.equal(veeam.grants.length, 1);
});
