import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBudget } from '../../src/http/budget.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { connectTo, errorOf, NAMES } from '../support/http-server.ts';
import { sendJson, startTlsServer } from '../support/tls-server.ts';

const GET = { endpoint: '/x' };

test('after three calls that failed the server is left alone, then tried once', async () => {
  let broken = true;
  await using server = await startTlsServer((_request, response) =>
    sendJson(response, broken ? 503 : 200, {}),
  );
  await using http = connectTo(server, { retry: { retries: 0 }, breaker: { openMs: 60_000 } });
  for (let call = 0; call < 3; call += 1) assert.equal((await http.get('/x', GET)).status, 503);
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'circuit-open');
  assert.equal(error.retryable, true);
  assert.equal(server.requests.length, 3);

  http.clock.advance(60_001);
  assert.equal((await http.get('/x', GET)).status, 503); // the trial fails, so it is closed again
  assert.equal((await errorOf(http.get('/x', GET))).code, 'circuit-open');

  broken = false;
  http.clock.advance(60_001);
  assert.equal((await http.get('/x', GET)).status, 200);
  assert.equal((await http.get('/x', GET)).status, 200);
});

test('a failing endpoint (500, 403) does not close the server for the others', async () => {
  await using server = await startTlsServer(({ path }, response) =>
    sendJson(response, path === '/x' ? 500 : 200, {}),
  );
  await using http = connectTo(server, { retry: { retries: 0 } });
  for (let call = 0; call < 6; call += 1) await http.get('/x', GET);
  assert.equal((await http.get('/y', GET)).status, 200);
});

test('no more requests are sent than the budget of the run has, retries included', async () => {
  await using server = await startTlsServer((_request, response) => sendJson(response, 502, {}));
  await using http = connectTo(server);
  const budget = createBudget(3);
  const error = await errorOf(http.get('/x', { ...GET, budget }));
  assert.equal(error.code, 'budget');
  assert.match(error.message, /3 requests/);
  assert.equal(server.requests.length, 3);
});

test('no more than three requests are under way at a time', async () => {
  let now = 0;
  let most = 0;
  await using server = await startTlsServer((_request, response) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      sendJson(response, 200, {});
    }, 20);
  });
  await using http = connectTo(server);
  await Promise.all(Array.from({ length: 12 }, () => http.get('/x', GET)));
  assert.equal(most, 3);
  assert.equal(server.requests.length, 12);
});

test('a call that is stopped ends with the reason, under way and while waiting for its turn', async () => {
  await using server = await startTlsServer(() => {});
  await using http = connectTo(server, { concurrency: 1 });
  const stop = new AbortController();
  const calls = [1, 2].map(() => errorOf(http.get('/x', { ...GET, signal: stop.signal })));
  stop.abort(new Error('the run was stopped'));
  for (const error of await Promise.all(calls)) assert.equal(error.message, 'the run was stopped');
  assert.ok(server.requests.length <= 1);
});

test('each endpoint has its counters', async () => {
  let first = true;
  await using server = await startTlsServer((_request, response) => {
    sendJson(response, first ? 502 : 200, { text: 'x' });
    first = false;
  });
  await using http = connectTo(server);
  await http.get('/x', GET);
  await http.get('/y', { endpoint: '/y' });
  const { '/x': x, '/y': y } = http.counters();
  assert.equal(x?.requests, 2);
  assert.equal(x?.retries, 1);
  assert.equal(x?.bytes, 24);
  assert.equal(y?.requests, 1);
});

test('an unknown host, a closed port and a silent address say which setting to check', async () => {
  const make = (host: string, port: number) =>
    createHttpServer({
      host,
      port,
      tls: { mode: 'system' },
      names: NAMES,
      formPaths: [],
      retry: { retries: 0 },
    });
  const unknown = make('no-such-host.invalid', 9419);
  const error = await errorOf(unknown.get('/x', GET));
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /no-such-host\.invalid.*VEEAM_SERVER/);

  const server = await startTlsServer(() => {});
  await server[Symbol.asyncDispose]();
  const closed = make('localhost', server.port);
  const refused = await errorOf(closed.get('/x', GET));
  assert.equal(refused.code, 'unreachable');
  assert.match(refused.message, /refused.*VEEAM_PORT/);
  await Promise.all([unknown.close(), closed.close()]);
});
