import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createRateLimit } from '../../../src/mcp/http/rate-limit.ts';
import { ACCEPT, LIST, NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: number; message: string } }).error;

test('a body larger than the limit is refused, announced or not', async () => {
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_MAX_BODY_KB: '2' });
  const large = JSON.stringify({ ...LIST, params: { padding: 'x'.repeat(3000) } });

  const announced = await server.post(large);
  assert.equal(announced.status, 413);
  assert.match((await errorOf(announced)).message, /larger than 2048 bytes/);

  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked', ...ACCEPT };
  const sent = openRequest(server.url, { method: 'POST', headers });
  sent.write(large.slice(0, 1500));
  sent.write(large.slice(1500));
  const [response] = await once(sent, 'response');
  assert.equal(response.statusCode, 413);
  sent.destroy();

  assert.equal((await server.post(LIST)).status, 200);
});

test('what is no JSON, no JSON-RPC, compressed or of another type is refused with a reason and nothing else', async () => {
  await using server = await startHttpMcp();
  const cases: [string, Record<string, string>, number, number][] = [
    ['{', {}, 400, -32700],
    ['', {}, 400, -32700],
    ['[[[['.repeat(20_000), {}, 400, -32700],
    ['{"hello":"world"}', {}, 400, -32700],
    ['null', {}, 400, -32700],
    [JSON.stringify(Array.from({ length: 21 }, () => LIST)), {}, 400, -32600],
    [JSON.stringify(LIST), { 'content-type': 'text/plain' }, 415, -32000],
    [JSON.stringify(LIST), { 'content-encoding': 'gzip' }, 415, -32000],
    [JSON.stringify(LIST), { accept: 'application/json' }, 406, -32000],
  ];
  for (const [body, headers, status, code] of cases) {
    const response = await server.post(body, headers);
    assert.equal(response.status, status, body.slice(0, 40));
    const { code: found, message, ...rest } = await errorOf(response);
    assert.equal(found, code, message);
    assert.deepEqual(rest, {});
    assert.doesNotMatch(message, /\bat .*:\d+|node_modules|\/work|Unexpected/);
  }
});

test('more messages in a minute than allowed are refused until the budget is back', async () => {
  await using server = await startHttpMcp({
    ...NO_DATABASE,
    MCP_HTTP_RATE_PER_MINUTE: '3',
    MCP_HTTP_TOKEN: 'one-token-0123456789 other-token-0123456789',
  });
  const ask = (token: string) => server.post(LIST, { authorization: `Bearer ${token}-token-0123456789` });
  for (let n = 0; n < 3; n += 1) assert.equal((await ask('one')).status, 200);
  const refused = await ask('one');
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get('retry-after') ?? '', /^([1-9]|1\d|20)$/);
  assert.equal((await ask('other')).status, 200, 'each token has a budget of its own');
});

test('each message of a batch counts', async () => {
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_RATE_PER_MINUTE: '5' });
  const batch = Array.from({ length: 4 }, (_, id) => ({ ...LIST, id }));
  assert.equal((await server.post(batch)).status, 200);
  assert.equal((await server.post(batch)).status, 429);
});

test('guessing tokens is slowed down, and those who have one are not', async () => {
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_TOKEN: 'a-token-0123456789' });
  const statuses: number[] = [];
  for (let n = 0; n < 32; n += 1)
    statuses.push((await server.post(LIST, { authorization: `Bearer guess-${n}` })).status);
  assert.deepEqual(new Set(statuses.slice(0, 30)), new Set([401]));
  assert.equal(statuses.at(-1), 429);
  assert.equal((await server.post(LIST, { authorization: 'Bearer a-token-0123456789' })).status, 200);
});

test('a budget refills evenly, and what costs more than all of it needs all of it', () => {
  let now = 0;
  const { take } = createRateLimit(60, () => now);
  assert.equal(take('a', 60), 0);
  assert.equal(take('a', 1), 1, 'one a second');
  now = 1000;
  assert.equal(take('a', 1), 0);
  assert.equal(take('a', 100), 60);
  now = 61_000;
  assert.equal(take('a', 100), 0);
  assert.equal(take('a', 1), 1);
});

test('headers larger than the limit are refused', async () => {
  await using server = await startHttpMcp();
  const response = await server.post(LIST, { 'x-padding': 'x'.repeat(20_000) });
  assert.equal(response.status, 431);
});

test('a client that sends its request too slowly is cut off', async () => {
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  await using server = await startHttpMcp(NO_DATABASE, { limits });
  const { port } = new URL(server.url);
  const beginnings = [
    'POST /mcp HTTP/1.1\r\nHost: localhost\r\n',
    'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  ];
  for (const beginning of beginnings) {
    const socket = connect(Number(port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(beginning);
    await once(socket, 'close');
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 408 /);
  }
  assert.equal((await server.post(LIST)).status, 200);
});

test('more connections than allowed are closed, and those that were there go on', async () => {
  await using server = await startHttpMcp(NO_DATABASE, { limits: { maxConnections: 2 } });
  const { port } = new URL(server.url);
  const first = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')];
  await Promise.all(first.map((socket) => once(socket, 'connect')));
  const third = connect(Number(port), '127.0.0.1');
  third.on('error', () => {});
  await once(third, 'close');
  const [one] = first;
  one?.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  assert.match(String((await once(one ?? assert.fail(), 'data'))[0]), /^HTTP\/1\.1 200 /);
  for (const socket of first) socket.destroy();
});
