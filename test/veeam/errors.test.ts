import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceError } from '../../src/errors.ts';
import { listJobStates } from '../../src/veeam/jobs.ts';
import { getSession } from '../../src/veeam/sessions.ts';
import { DONE, guid, problem, startFakeVeeam } from '../support/fake-veeam.ts';
import { errorOf } from '../support/http-server.ts';

const PATH = '/api/v1/jobs/states';

test('a 403 is of its endpoint alone, and nothing of it is remembered', async () => {
  let allowed = false;
  await using veeam = await startFakeVeeam({
    [PATH]: (_request, response) =>
      allowed ? { data: [] } : problem(response, 403, 'AccessDenied', 'Access is denied'),
    '/api/v1/license': () => ({ status: 'Valid' }),
  });
  const client = veeam.client();
  const error = await errorOf(client.get(PATH));
  assert.ok(error instanceof SourceError);
  assert.equal(error.code, 'forbidden');
  assert.equal(error.status, 403);
  assert.match(error.message, /\/jobs\/states of localhost:\d+ answered 403.*AccessDenied: Access is denied/);
  assert.equal((await client.get('/api/v1/license')).status, 200);
  allowed = true;
  assert.equal((await client.get(PATH)).status, 200);
});

test('each status has its code', async () => {
  for (const [status, code, retryable] of [
    [400, 'rejected', false],
    [404, 'not-found', false],
    [405, 'rejected', false],
    [429, 'throttled', true],
    [500, 'server-error', true],
    [503, 'server-error', true],
    [302, 'bad-answer', false],
  ] as const) {
    await using veeam = await startFakeVeeam({
      [PATH]: (_request, response) => problem(response, status, 'UnknownError', 'trouble'),
    });
    const error = await errorOf(veeam.client().get(PATH));
    assert.deepEqual([error.code, error.retryable, error.status], [code, retryable, status]);
  }
});

test('an error may have an empty body, a page of HTML, or JSON of another kind', async () => {
  for (const body of ['', '<html><body>Bad Gateway</body></html>', '[1]', '"text"', '{"errorCode":7}']) {
    await using veeam = await startFakeVeeam({
      [PATH]: (_request, response) => {
        response.writeHead(400, { 'content-type': 'text/html' });
        response.end(body);
        return DONE;
      },
    });
    const error = await errorOf(veeam.client().get(PATH));
    assert.equal(error.code, 'rejected');
    assert.match(error.message, /answered 400/);
    assert.ok(!error.message.includes('<html>'));
  }
});

test('control characters and long texts of a server do not get through', async () => {
  await using veeam = await startFakeVeeam({
    [PATH]: (_request, response) =>
      problem(response, 400, 'UnknownError', `a\u001b[31m\nb${'x'.repeat(2_000)}`),
  });
  const error = await errorOf(veeam.client().get(PATH));
  assert.match(error.message, /a \[31m b/);
  assert.ok(error.message.length < 500);
});

test('success with a page of HTML, or without rows, is a bad answer', async () => {
  for (const body of ['<html></html>', '', '{}', '{"data":{}}', '[]']) {
    await using veeam = await startFakeVeeam({
      [PATH]: (_request, response) => {
        response.end(body);
        return DONE;
      },
    });
    const error = await errorOf(Array.fromAsync(listJobStates(veeam.client())));
    assert.equal(error.code, 'bad-answer');
  }
});

test('a session that is gone is null', async () => {
  await using veeam = await startFakeVeeam();
  assert.equal(await getSession(veeam.client(), guid(1)), null);
});
