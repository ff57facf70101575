import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVeeamClient } from '../../src/veeam/client.ts';
import { getServerInfo } from '../../src/veeam/server.ts';
import { DONE, problem, type Route, startFakeVeeam } from '../support/fake-veeam.ts';
import { errorOf } from '../support/http-server.ts';

const documents =
  (...revisions: string[]): Route =>
  (_request, response) => {
    response.end(`{"urls":[${revisions.map((one) => `{"url":"/swagger/v${one}/swagger.json"}`).join(',')}]}`);
    return DONE;
  };
const missing: Route = (_request, response) => problem(response, 404, 'NotFound', 'none');

/** A server that takes the given header values and says NotImplemented to others. */
const accepting =
  (...revisions: string[]): Route =>
  ({ headers }, response) =>
    revisions.includes(String(headers['x-api-version']))
      ? { serverTime: '2026-03-01T13:00:00+01:00' }
      : problem(response, 400, 'NotImplemented', 'The requested version is not supported');

test('the newest revision that the server lists and we know is spoken', async () => {
  for (const [listed, spoken] of [
    [['1.2-rev1', '1.3-rev0', '1.3-rev1', '1.3-rev2'], '1.3-rev2'],
    [['1.3-rev1', '1.3-rev0'], '1.3-rev1'],
    [['1.3-rev0'], '1.3-rev0'],
    [['1.2-rev1'], '1.2-rev1'],
    [['1.4-rev0', '1.3-rev2'], '1.3-rev2'],
  ] as const) {
    await using veeam = await startFakeVeeam({
      '/swagger/index.js': documents(...listed),
      '/api/v1/jobs/states': () => ({ data: [] }),
    });
    const client = veeam.client();
    await client.get('/api/v1/jobs/states');
    assert.equal(await client.revision(), spoken);
    assert.equal(veeam.sent('/api/v1/jobs/states')[0]?.headers['x-api-version'], spoken);
    assert.equal(veeam.sent('/swagger/index.js').length, 1);
  }
});

test('without a list the documents are tried', async () => {
  await using veeam = await startFakeVeeam({
    '/swagger/index.js': missing,
    '/swagger/v1.3-rev1/swagger.json': () => ({ openapi: '3.0.1' }),
    '/swagger/v1.3-rev0/swagger.json': () => ({ openapi: '3.0.1' }),
  });
  assert.equal(await veeam.client().revision(), '1.3-rev1');
});

test('without documents the header is tried on serverTime, newest first', async () => {
  await using veeam = await startFakeVeeam({
    '/swagger/index.js': missing,
    '/api/v1/serverTime': accepting('1.3-rev0', '1.2-rev1'),
  });
  assert.equal(await veeam.client().revision(), '1.3-rev0');
  const tried = veeam.sent('/api/v1/serverTime').map(({ headers }) => headers['x-api-version']);
  assert.deepEqual(tried, ['1.3-rev2', '1.3-rev1', '1.3-rev0']);
});

test('an HTML page for every path is no document', async () => {
  const page: Route = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>welcome</html>');
    return DONE;
  };
  await using veeam = await startFakeVeeam({
    '/swagger/index.js': page,
    '/swagger/v1.3-rev2/swagger.json': page,
    '/swagger/v1.3-rev1/swagger.json': page,
    '/swagger/v1.3-rev0/swagger.json': page,
    '/swagger/v1.2-rev1/swagger.json': page,
    '/api/v1/serverTime': accepting('1.3-rev1'),
  });
  assert.equal(await veeam.client().revision(), '1.3-rev1');
});

test('a configured revision is used as it is', async () => {
  await using veeam = await startFakeVeeam({ '/api/v1/serverTime': accepting('1.3-rev0', '1.3-rev1') });
  assert.equal(await veeam.client({}, { apiVersion: '1.3-rev0' }).revision(), '1.3-rev0');
});

test('a configured revision that the server does not have names the variable and what there is', async () => {
  await using veeam = await startFakeVeeam({ '/api/v1/serverTime': accepting('1.3-rev0', '1.3-rev1') });
  const error = await errorOf(veeam.client({}, { apiVersion: '1.3-rev2' }).revision());
  assert.equal(error.code, 'rejected');
  assert.match(error.message, /VEEAM_API_VERSION=1\.3-rev2: it offers 1\.3-rev0, 1\.3-rev1/);
});

test('a configured revision that we do not know is a wrong setting', () => {
  assert.throws(
    () =>
      createVeeamClient({
        server: 'localhost',
        port: 9419,
        username: 'u',
        password: 'p',
        tls: { mode: 'system' },
        apiVersion: '1.9-rev0',
      }),
    (error: Error) => error.name === 'ConfigError' && /VEEAM_API_VERSION=1\.9-rev0/.test(error.message),
  );
});

test('a server that only has newer revisions is named as such', async () => {
  await using veeam = await startFakeVeeam({ '/swagger/index.js': documents('2.0-rev0') });
  const error = await errorOf(veeam.client().revision());
  assert.equal(error.code, 'rejected');
  assert.match(error.message, /it offers 2\.0-rev0/);
});

test('something that is no Veeam server is named as such', async () => {
  const away: Route = (_request, response) => {
    response.writeHead(404, { 'content-type': 'text/html' });
    response.end('<html>nothing here</html>');
    return DONE;
  };
  await using veeam = await startFakeVeeam({ '/swagger/index.js': away, '/api/v1/serverTime': away });
  const error = await errorOf(veeam.client().revision());
  assert.equal(error.code, 'rejected');
  assert.match(error.message, /VEEAM_SERVER and VEEAM_PORT/);
});

test('a failed negotiation is tried again with the next call', async () => {
  await using veeam = await startFakeVeeam({
    '/swagger/index.js': (_request, response) => problem(response, 503, 'ServiceUnavailable', 'starting'),
  });
  const client = veeam.client();
  assert.equal((await errorOf(client.revision())).code, 'server-error');
  veeam.routes['/swagger/index.js'] = documents('1.3-rev1');
  assert.equal(await client.revision(), '1.3-rev1');
});

test('an updated server is asked again which revisions it has', async () => {
  let buildVersion = '13.0.1.180';
  await using veeam = await startFakeVeeam({ '/api/v1/serverInfo': () => ({ vbrId: 'x', buildVersion }) });
  const client = veeam.client();
  await getServerInfo(client);
  assert.equal(await client.revision(), '1.3-rev1');
  veeam.routes['/swagger/index.js'] = documents('1.3-rev1', '1.3-rev2');
  buildVersion = '13.1.0.411';
  await getServerInfo(client);
  assert.equal(await client.revision(), '1.3-rev2');
});
