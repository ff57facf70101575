import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPT, type HttpServerUnderTest, LIST, NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const SESSIONS = { ...NO_DATABASE, MCP_HTTP_SESSIONS: 'on' };
const TOKENS = ['one-token-0123456789', 'other-token-0123456789'];
const as = (token: string | undefined) => ({ authorization: `Bearer ${token}` });

async function begin(server: HttpServerUnderTest, headers: Record<string, string> = {}): Promise<string> {
  const response = await server.post(INITIALIZE, headers);
  assert.equal(response.status, 200);
  await response.text();
  return response.headers.get('mcp-session-id') ?? assert.fail('no session');
}

test('a session is begun, used and ended, and then gone', async () => {
  await using server = await startHttpMcp(SESSIONS);
  const id = await begin(server);
  assert.match(id, /^[0-9a-f-]{36}$/);
  const session = { 'mcp-session-id': id };
  assert.equal((await server.post(LIST, session)).status, 200);
  assert.equal((await server.send({ method: 'DELETE', headers: session })).status, 200);
  assert.equal((await server.post(LIST, session)).status, 404);
});

test('without a session, or with one that never was, nothing is answered', async () => {
  await using server = await startHttpMcp(SESSIONS);
  assert.equal((await server.post(LIST)).status, 400);
  assert.equal((await server.post(LIST, { 'mcp-session-id': 'x' })).status, 404);
  assert.equal((await server.send({ headers: ACCEPT })).status, 400);
});

test('a session belongs to the token that began it', async () => {
  await using server = await startHttpMcp({ ...SESSIONS, MCP_HTTP_TOKEN: TOKENS.join(' ') });
  const session = { 'mcp-session-id': await begin(server, as(TOKENS[0])) };
  assert.equal((await server.post(LIST, { ...session, ...as(TOKENS[1]) })).status, 404);
  assert.equal((await server.post(LIST, { ...session, ...as(TOKENS[0]) })).status, 200);
});

test('past the limit a new session takes the place of the one that was unused longest', async () => {
  await using server = await startHttpMcp({ ...SESSIONS, MCP_HTTP_MAX_SESSIONS: '2' });
  const [first, second] = [await begin(server), await begin(server)];
  assert.equal((await server.post(LIST, { 'mcp-session-id': first })).status, 200);
  await begin(server);
  assert.equal((await server.post(LIST, { 'mcp-session-id': first })).status, 200);
  assert.equal((await server.post(LIST, { 'mcp-session-id': second })).status, 404);
});

test('a session whose client listens is not taken away', async () => {
  await using server = await startHttpMcp({ ...SESSIONS, MCP_HTTP_MAX_SESSIONS: '1' });
  const id = await begin(server);
  const listening = new AbortController();
  const stream = await server.send({
    headers: { accept: 'text/event-stream', 'mcp-session-id': id },
    signal: listening.signal,
  });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  const refused = await server.post(INITIALIZE);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '30');
  listening.abort();
});

test('a client that lost its connection hears what it missed, and only once', async () => {
  await using server = await startHttpMcp(SESSIONS);
  const id = await begin(server);
  const headers = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  const events = await (await server.post(LIST, headers)).text();
  const [first, last] = [...events.matchAll(/^id: (\S+)$/gm)].map(([, event]) => event);
  assert.ok(first && last && first !== last, events.slice(0, 200));

  const missed = new AbortController();
  const resumed = await server.send({
    headers: { accept: 'text/event-stream', ...headers, 'last-event-id': first },
    signal: missed.signal,
  });
  const [again] = await Array.fromAsync(take(resumed, 1));
  assert.match(again ?? '', new RegExp(`id: ${last}\\ndata: {"result":{"tools":`));
  missed.abort();

  const unknown = await server.send({
    headers: { accept: 'text/event-stream', ...headers, 'last-event-id': 'x' },
  });
  assert.equal(unknown.status, 400);
});

async function* take(response: Response, count: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let seen = 0;
  for await (const chunk of response.body ?? []) {
    yield decoder.decode(chunk as Uint8Array);
    seen += 1;
    if (seen === count) return;
  }
}
