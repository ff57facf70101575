import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/config.ts';
import { LIST, NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

const FIRST = 'first-token-0123456789==';
const SECOND = 'second.token_~0123456789';
const as = (token: string) => ({ authorization: `Bearer ${token}` });

test('each of several tokens is let in, and nobody without one', async () => {
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_TOKEN: `${FIRST}, ${SECOND}` });

  assert.equal((await server.post(LIST, as(FIRST))).status, 200);
  assert.equal((await server.post(LIST, as(SECOND))).status, 200);
  assert.equal((await server.post(LIST, { authorization: `bearer ${SECOND}` })).status, 200);
  for (const headers of [
    {},
    as('wrong'),
    as(''),
    as(`${FIRST}x`),
    as(FIRST.slice(0, -1)),
    as(`${FIRST},${SECOND}`),
    { authorization: FIRST },
    { authorization: `Basic ${FIRST}` },
  ]) {
    const { status } = await server.post(LIST, headers);
    assert.equal(status, 401, JSON.stringify(headers));
  }
  assert.equal((await server.send({ path: `/mcp?access_token=${FIRST}`, method: 'POST' })).status, 401);
});

test('a refusal says where the metadata of the resource are, and these need no token', async () => {
  await using server = await startHttpMcp({
    ...NO_DATABASE,
    MCP_HTTP_TOKEN: FIRST,
    MCP_HTTP_PUBLIC_URL: 'https://dr365.example/',
  });

  const without = await server.post(LIST);
  assert.equal(
    without.headers.get('www-authenticate'),
    'Bearer realm="dr365", resource_metadata="https://dr365.example/.well-known/oauth-protected-resource/mcp"',
  );
  const wrong = await server.post(LIST, as('wrong'));
  assert.match(wrong.headers.get('www-authenticate') ?? '', /error="invalid_token", error_description="the /);
  for (const path of ['', '/mcp']) {
    const metadata = await server.send({ path: `/.well-known/oauth-protected-resource${path}` });
    assert.deepEqual(await metadata.json(), {
      resource: 'https://dr365.example/mcp',
      resource_name: 'dr365 backup risk intelligence',
      bearer_methods_supported: ['header'],
    });
  }
});

test('a server without tokens protects nothing, and does not say that it does', async () => {
  await using server = await startHttpMcp();
  assert.equal((await server.send({ path: '/.well-known/oauth-protected-resource' })).status, 404);
});

test('a token is let in until its end', async () => {
  const listed = `${FIRST};expires=2001-01-01 ${SECOND};expires=2999-01-01T12:00:00+02:00`;
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_TOKEN: listed });

  const expired = await server.post(LIST, as(FIRST));
  assert.equal(expired.status, 401);
  assert.match(expired.headers.get('www-authenticate') ?? '', /the bearer token has expired/);
  assert.equal((await server.post(LIST, as(SECOND))).status, 200);
});

test('tokens of a file are exchanged while the server runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-test-'));
  const file = join(folder, 'tokens');
  try {
    writeFileSync(file, `# of the desk\n${FIRST}\n`);
    await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_TOKEN_FILE: file });
    const statusOf = async (token: string) => (await server.post(LIST, as(token))).status;
    assert.deepEqual([await statusOf(FIRST), await statusOf(SECOND)], [200, 401]);

    writeFileSync(file, `${FIRST}\n${SECOND}\n`);
    assert.deepEqual([await statusOf(FIRST), await statusOf(SECOND)], [200, 200]);

    writeFileSync(file, `${SECOND}\nno token at all!\n`);
    assert.deepEqual([await statusOf(FIRST), await statusOf(SECOND)], [401, 200]);

    rmSync(file);
    assert.deepEqual([await statusOf(FIRST), await statusOf(SECOND)], [401, 401]);

    writeFileSync(file, '');
    assert.equal(await statusOf(''), 401, 'a list without tokens lets nobody in');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('beyond this machine a token of a file that is easy to guess lets nobody in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-test-'));
  const file = join(folder, 'tokens');
  try {
    writeFileSync(file, `short\n${FIRST}\n`);
    const env = { ...NO_DATABASE, MCP_HTTP_TOKEN_FILE: file };
    const statusOf = async (host: string, token: string) => {
      await using server = await startHttpMcp({ ...env, MCP_HTTP_HOST: host });
      const { status } = await server.post(LIST, as(token));
      const read = server.log().find(({ msg }) => msg === 'MCP_HTTP_TOKEN_FILE read');
      return { status, tooShort: read?.tooShort };
    };
    assert.deepEqual(await statusOf('0.0.0.0', 'short'), { status: 401, tooShort: 1 });
    assert.deepEqual(await statusOf('0.0.0.0', FIRST), { status: 200, tooShort: 1 });
    assert.deepEqual(await statusOf('127.0.0.1', 'short'), { status: 200, tooShort: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('neither the log nor an answer shows a token, only the beginning of its digest', async () => {
  await using server = await startHttpMcp({ ...NO_DATABASE, MCP_HTTP_TOKEN: FIRST });
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_health_status' } };
  const said = await (await server.post(call, as(FIRST))).text();
  await server.post(call, as('some-wrong-token'));

  const id = createHash('sha256').update(FIRST).digest('hex').slice(0, 8);
  const audit = server.log().find(({ msg }) => msg === 'tool called');
  assert.equal(audit?.caller, `token ${id}`);
  assert.doesNotMatch(said + JSON.stringify(server.log()), new RegExp(`${FIRST}|some-wrong-token`));
});

test('wrong settings are named, each with what would be right, and no token is shown', () => {
  const wrong = {
    MCP_HTTP_PORT: '99999',
    MCP_HTTP_TOKEN: 'fine-token-0123456789 secret;expires=soon',
    MCP_HTTP_TOKEN_FILE: '/no/such/file',
    MCP_HTTP_ALLOWED_HOSTS: 'https://dr365.example',
    MCP_HTTP_ALLOWED_ORIGINS: 'dr365.example',
    MCP_HTTP_PUBLIC_URL: 'dr365',
    MCP_HTTP_SESSIONS: 'yes',
    MCP_HTTP_RATE_PER_MINUTE: '0',
    MCP_HTTP_MAX_BODY_KB: '-1',
    MCP_HTTP_TIMEOUT_SECONDS: '1h',
  };
  assert.throws(
    () => loadConfig(wrong),
    ({ name, message }: Error) => {
      assert.equal(name, 'ConfigError');
      for (const variable of Object.keys(wrong)) assert.match(message, new RegExp(`${variable}\\b`));
      assert.doesNotMatch(message, /secret|fine-token/);
      return true;
    },
  );
});
