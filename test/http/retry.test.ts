import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { backOffMs, RETRY_DEFAULTS, retryAfterMs } from '../../src/http/retry.ts';
import { journalEntries, withJournal } from '../../src/journal.ts';
import { connectTo, errorOf } from '../support/http-server.ts';
import { createTestClock } from '../support/test-clock.ts';
import { type Handler, sendJson, startTlsServer } from '../support/tls-server.ts';

const GET = { endpoint: '/x' };

/** Answers the first requests in turn, and all later ones well. */
function inTurn(...turns: Handler[]): Handler {
  let number = 0;
  return (request, response) => {
    const turn = turns[number];
    number += 1;
    return turn ? turn(request, response) : sendJson(response, 200, { ok: true });
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    sendJson(response, code, {}, headers);
const reset: Handler = (_request, response) => void response.destroy();
const truncatedBody: Handler = (_request, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"data":[');
  setImmediate(() => response.destroy());
};
const truncatedJson: Handler = (_request, response) => void response.end('{"data":[{"id":');
const silent: Handler = () => {};

test('trouble that passes is retried: 502, 503, 504, a reset, a cut body, broken JSON', async () => {
  for (const trouble of [status(502), status(503), status(504), reset, truncatedBody, truncatedJson]) {
    await using server = await startTlsServer(inTurn(trouble, trouble));
    await using http = connectTo(server);
    const tally = { requests: 0, retries: 0 };
    assert.deepEqual((await http.get('/x', { ...GET, tally })).json, { ok: true });
    assert.deepEqual(tally, { requests: 3, retries: 2 });
  }
});

test('an answer that does not come in time is asked for again', async () => {
  await using server = await startTlsServer(inTurn(silent));
  await using http = connectTo(server);
  assert.equal((await http.get('/x', { ...GET, timeoutMs: 300 })).status, 200);
});

test('a server that never answers in time is unreachable, and the message says how long was waited', async () => {
  await using server = await startTlsServer(silent);
  await using http = connectTo(server);
  const tally = { requests: 0, retries: 0 };
  const journal = await withJournal(async () => {
    const error = await errorOf(http.get('/x', { ...GET, timeoutMs: 60, tally }));
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /within 60 ms/);
    return journalEntries();
  });
  // Whether a request came as far as the server in that time is open.
  assert.deepEqual(tally, { requests: 3, retries: 2 });
  assert.deepEqual(journal.trouble, [{ where: '/x', what: 'unreachable (TimeoutError)', times: 3 }]);
});

test('a 500 is retried twice and no more', async () => {
  await using server = await startTlsServer(status(500));
  await using http = connectTo(server);
  assert.equal((await http.get('/x', GET)).status, 500);
  assert.equal(server.requests.length, 3);
});

test('what is wrong with the request is not retried', async () => {
  for (const code of [400, 401, 403, 404]) {
    await using server = await startTlsServer(status(code));
    await using http = connectTo(server);
    assert.equal((await http.get('/x', GET)).status, code);
    assert.equal(server.requests.length, 1);
  }
});

test('the waits between retries double', async () => {
  await using server = await startTlsServer(status(502));
  await using http = connectTo(server);
  await http.get('/x', GET);
  // Half of 500, 1000, 2000 and 4000 ms, and half of the other half, as chance is one half here.
  assert.deepEqual(http.clock.slept, [375, 750, 1500, 3000]);
});

test('a wait is never longer than the cap, and never shorter than half', () => {
  for (const random of [0, 0.999]) {
    const clock = { ...createTestClock(), random: () => random };
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const full = Math.min(RETRY_DEFAULTS.capMs, 500 * 2 ** attempt);
      const wait = backOffMs(attempt, RETRY_DEFAULTS, clock);
      assert.ok(wait >= full / 2 && wait <= full);
    }
  }
});

test('Retry-After is honoured in seconds and as a date, and capped', async () => {
  const clock = createTestClock(Date.parse('2026-03-01T12:00:00Z'));
  const wait = (header: string | undefined) => retryAfterMs(header, RETRY_DEFAULTS, clock);
  assert.equal(wait('7'), 7_000);
  assert.equal(wait('Sun, 01 Mar 2026 12:00:30 GMT'), 30_000);
  assert.equal(wait('Sun, 01 Mar 2026 11:00:00 GMT'), 0);
  assert.equal(wait('86400'), 60_000);
  assert.equal(wait('soon'), undefined);
  assert.equal(wait(undefined), undefined);
});

test('a 429 with Retry-After holds back all requests to the server for as long', async () => {
  await using server = await startTlsServer(inTurn(status(429, { 'retry-after': '7' })));
  await using http = connectTo(server);
  assert.equal((await http.get('/x', GET)).status, 200);
  assert.deepEqual(http.clock.slept, [7_000]);
});

test('a 429 that does not end is given back as it is', async () => {
  await using server = await startTlsServer(status(429));
  await using http = connectTo(server);
  assert.equal((await http.get('/x', GET)).status, 429);
  assert.equal(server.requests.length, 5);
});

test('JSON that stays broken is a bad answer', async () => {
  await using server = await startTlsServer(truncatedJson);
  await using http = connectTo(server);
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'bad-answer');
  assert.equal(server.requests.length, 3);
});

test('an answer larger than the bound is given up at once', async () => {
  await using server = await startTlsServer((_request, response) => void response.end('x'.repeat(5_000)));
  await using http = connectTo(server, { maxBytes: 1_000 });
  const error = await errorOf(http.get('/x', { ...GET, expect: 'text' }));
  assert.equal(error.code, 'bad-answer');
  assert.match(error.message, /1000 bytes/);
  assert.equal(server.requests.length, 1);
});

test('a form that must go once goes once, and nothing of its answer gets into a message', async () => {
  await using server = await startTlsServer(
    (_request, response) => void response.end('{"access_token":"s3cret'),
  );
  await using http = connectTo(server);
  const call = { ...GET, fields: { a: 'b c\\d+&' }, repeatable: false };
  const error = await errorOf(http.postForm('/form', call));
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0]?.body, 'a=b%20c%5Cd%2B%26');
  assert.equal(error.code, 'bad-answer');
  assert.ok(!inspect(error, { depth: 5 }).includes('s3cret'));
});

test('a form goes to no other path than those the server was made with', async () => {
  await using server = await startTlsServer(status(200));
  await using http = connectTo(server);
  assert.throws(() => http.postForm('/other', { ...GET, fields: {}, repeatable: false }), /takes no form/);
  assert.equal(server.requests.length, 0);
});

test('redirects are not followed', async () => {
  await using server = await startTlsServer(status(302, { location: '/elsewhere' }));
  await using http = connectTo(server);
  assert.equal((await http.get('/x', GET)).status, 302);
  assert.equal(server.requests.length, 1);
});
