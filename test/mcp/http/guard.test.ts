import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { ACCEPT, type HttpServerUnderTest, LIST, NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

/** A message with headers that fetch would not send. */
function statusWith(
  { url }: HttpServerUnderTest,
  headers: Record<string, string>,
  path = '/mcp',
): Promise<number> {
  return new Promise((done, failed) => {
    const sent = request(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...ACCEPT, ...headers },
    });
    sent.on('response', (response) => {
      response.resume();
      response.once('end', () => done(response.statusCode ?? 0));
    });
    sent.once('error', failed);
    sent.end(JSON.stringify(LIST));
  });
}

test('a request that calls the server by a name it does not have is refused', async () => {
  await using server = await startHttpMcp();
  const { port } = new URL(server.url);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST', 'localhost:80'])
    assert.equal(await statusWith(server, { host }), 200, host);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    'evil.example#localhost',
    'localhost@evil.example',
    '10.0.0.1',
    '169.254.169.254',
  ])
    assert.equal(await statusWith(server, { host }), 403, host);
});

test('a web page of somebody else is refused, whatever name it calls the server by', async () => {
  await using server = await startHttpMcp();
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://localhost'])
    assert.equal(await statusWith(server, { origin }), 200, origin);
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://', '', 'x'])
    assert.equal(await statusWith(server, { origin }), 403, origin);
});

test('names and origins of the settings are let in, and no others', async () => {
  await using server = await startHttpMcp({
    ...NO_DATABASE,
    MCP_HTTP_ALLOWED_HOSTS: 'DR365.example, mcp:3365',
    MCP_HTTP_ALLOWED_ORIGINS: 'https://tools.example',
  });
  for (const host of ['dr365.example', 'dr365.example:443', 'mcp:3365'])
    assert.equal(await statusWith(server, { host }), 200, host);
  assert.equal(await statusWith(server, { host: 'mcp:1' }), 403);
  for (const origin of ['https://tools.example', 'https://dr365.example'])
    assert.equal(await statusWith(server, { origin }), 200, origin);
  for (const origin of ['http://tools.example', 'https://tools.example:8443', 'https://x.tools.example'])
    assert.equal(await statusWith(server, { origin }), 403, origin);
});

test('only a page whose origin is in the settings may read what the server says', async () => {
  await using server = await startHttpMcp({
    ...NO_DATABASE,
    MCP_HTTP_ALLOWED_ORIGINS: 'https://tools.example',
  });
  const allowed = await server.send({ method: 'OPTIONS', headers: { origin: 'https://tools.example' } });
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://tools.example');
  const local = await server.post(LIST, { origin: 'http://localhost:8080' });
  assert.equal(local.status, 200);
  assert.equal(local.headers.get('access-control-allow-origin'), null);
});

test('there is nothing beside the protocol but health and metadata', async () => {
  await using server = await startHttpMcp();
  for (const path of ['/', '/mcp/', '/mcp/../etc/passwd', '/sse', '/.env'])
    assert.equal(await statusWith(server, {}, path), 404, path);
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const response = await server.send({ method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get('allow'), 'POST');
  }
  // A load balancer asks by address.
  assert.equal(await statusWith(server, { host: '10.0.0.1' }, '/healthz'), 200);
});
