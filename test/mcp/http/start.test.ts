import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDr365 } from '../../support/child.ts';
import { createTestDatabase, testServer } from '../../support/database.ts';
import { addEstate } from '../../support/health-rows.ts';
import { startMcp, toEnvironment } from '../../support/mcp-client.ts';
import { LIST, NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

const TOKEN = 'a-token-of-more-than-16';
const AS_OF = '2024-11-20T10:30:00.000Z';
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_health_status' } };

const start = (env: Record<string, string>) =>
  runDr365(['mcp', '--http'], { PATH: process.env.PATH ?? '', MCP_HTTP_PORT: '0', ...NO_DATABASE, ...env });

test('the server does not listen beyond this machine without a token that is hard to guess', async () => {
  for (const [env, reason] of [
    [{ MCP_HTTP_HOST: '0.0.0.0' }, /^dr365: MCP_HTTP_TOKEN is not set, but MCP_HTTP_HOST=0\.0\.0\.0 /],
    [{ MCP_HTTP_HOST: '::' }, /^dr365: MCP_HTTP_TOKEN is not set/],
    [{ MCP_HTTP_HOST: '0.0.0.0', MCP_HTTP_TOKEN: `${TOKEN} short` }, /fewer than 16 characters/],
  ] as const) {
    const { code, stderr, stdout } = await start(env);
    assert.equal(code, 2);
    assert.match(stderr, reason);
    assert.equal(stderr.trim().split('\n').length, 1);
    assert.equal(stdout, '');
  }
});

test('with a token it listens beyond this machine', async () => {
  await using server = await startHttpMcp({
    ...NO_DATABASE,
    MCP_HTTP_HOST: '0.0.0.0',
    MCP_HTTP_TOKEN: TOKEN,
  });
  assert.equal((await server.post(LIST, { authorization: `Bearer ${TOKEN}` })).status, 200);
  assert.equal((await server.post(LIST)).status, 401);
});

test('wrong settings and wrong arguments end the start with 2 and one message', async () => {
  const port = await start({ MCP_HTTP_PORT: 'abc' });
  assert.equal(port.code, 2);
  assert.match(port.stderr, /^dr365: MCP_HTTP_PORT=abc is wrong: it has to be a port number/);
  const argument = await runDr365(['mcp', '--https'], { PATH: process.env.PATH ?? '' });
  assert.equal(argument.code, 2);
  assert.match(argument.stderr, /mcp takes no arguments, "--https" was given/);
});

test('a port that is taken is named with the variable that says another', async () => {
  await using server = await startHttpMcp();
  const { code, stderr } = await start({ MCP_HTTP_PORT: new URL(server.url).port });
  assert.equal(code, 2);
  assert.match(stderr, /dr365: MCP_HTTP_PORT: nothing can listen on 127\.0\.0\.1 port \d+ \(EADDRINUSE\)/);
});

test('the server does not start with the login of a superuser, nor with one that could write', async () => {
  await using database = await createTestDatabase();
  const env = toEnvironment(database.settings);
  const { user, password } = testServer();
  const superuser = await start({ ...env, DB_READER_USER: user, DB_READER_PASSWORD: password });
  assert.equal(superuser.code, 2);
  assert.match(
    superuser.stderr,
    /^dr365: The login of the MCP server is a superuser, so it does not work with it/m,
  );

  const collector = await start({
    ...env,
    DB_READER_USER: 'dr365_collector',
    DB_READER_PASSWORD: 'test-collector',
  });
  assert.equal(collector.code, 2);
  assert.match(collector.stderr, /^dr365: The login of the MCP server may write to tables/m);
});

test('without a database the server starts, lists its tools, and says what is wrong', async () => {
  await using server = await startHttpMcp();
  assert.equal((await server.send({ path: '/healthz' })).status, 200);
  const ready = await server.send({ path: '/readyz' });
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), { status: 'not ready' });

  const { result } = (await (await server.post(LIST)).json()) as { result: { tools: unknown[] } };
  assert.ok(result.tools.length >= 6);
  const answer = (await (await server.post(CALL)).json()) as {
    result: { isError: boolean; content: { text: string }[] };
  };
  assert.equal(answer.result.isError, true);
  assert.equal(
    answer.result.content[0]?.text,
    'The database does not answer: check DB_HOST and DB_PORT, and that PostgreSQL runs.',
  );
});

test('an empty database is ready, and the answer says that no run was made yet', async () => {
  await using database = await createTestDatabase();
  await using server = await startHttpMcp(toEnvironment(database.settings));
  assert.equal((await server.send({ path: '/readyz' })).status, 200);
  const answer = await (await server.post(CALL)).text();
  assert.match(answer, /no run|never|not yet|nothing/i);
});

test('an answer is the same on stdio, over HTTP, and in a session', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  const env = toEnvironment(database.settings);
  const question = { name: 'get_health_status', arguments: { as_of: AS_OF } };
  await using stdio = await startMcp(env);
  const expected = await stdio.client.callTool(question);
  const listed = await stdio.client.listTools();

  for (const MCP_HTTP_SESSIONS of ['off', 'on']) {
    await using server = await startHttpMcp({ ...env, MCP_HTTP_SESSIONS });
    await using client = await server.connect();
    assert.deepEqual(await client.callTool(question), expected);
    assert.deepEqual(await client.listTools(), listed);
    assert.deepEqual(client.getServerVersion(), stdio.client.getServerVersion());
    assert.equal(client.getInstructions(), stdio.client.getInstructions());
    const audit = server.log().find(({ msg }) => msg === 'tool called') ?? {};
    assert.equal(audit.tool, 'get_health_status');
    assert.equal(audit.outcome, 'answered');
    for (const fact of ['ms', 'rows', 'chars']) assert.equal(typeof audit[fact], 'number', fact);
    assert.ok(Number(audit.rows) > 0);
  }
});

test('each revision of the protocol that clients speak is spoken', async () => {
  await using server = await startHttpMcp();
  for (const protocolVersion of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const response = await server.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const { result } = (await response.json()) as { result: { protocolVersion: string } };
    assert.equal(result.protocolVersion, protocolVersion);
    const listed = await server.post(LIST, { 'mcp-protocol-version': protocolVersion });
    assert.equal(listed.status, 200);
  }
  assert.equal((await server.post(LIST, { 'mcp-protocol-version': '1999-01-01' })).status, 400);
});
