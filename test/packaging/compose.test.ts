import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config.ts';
import { assertMayListen, MCP_VARIABLES } from '../../src/config-mcp.ts';
import { createGuard } from '../../src/mcp/http/guard.ts';
import { composeService, composeServices, requiredVariables } from './compose-file.ts';

const TOKEN = 'a-token-of-some-length';
const http = composeService('mcp-http');

test('with compose the collectors alone know the backup server and Azure', () => {
  const knowing = composeServices().filter(({ text }) => /\b(VEEAM|AZURE)_/.test(text));
  assert.deepEqual(
    knowing.map(({ name }) => name),
    ['collectors'],
  );
});

test('with compose each part has its own login and no other', () => {
  const logins = composeServices().map(({ name, environment }) => [
    name,
    Object.keys(environment()).filter((one) => /^(DB_|POSTGRES_)\w*PASSWORD/.test(one)),
  ]);
  assert.deepEqual(Object.fromEntries(logins), {
    postgres: ['POSTGRES_PASSWORD'],
    migrate: ['DB_PASSWORD', 'DB_COLLECTOR_PASSWORD', 'DB_ADVISOR_PASSWORD', 'DB_READER_PASSWORD'],
    collectors: ['DB_COLLECTOR_PASSWORD'],
    advisors: ['DB_ADVISOR_PASSWORD'],
    mcp: ['DB_READER_PASSWORD'],
    'mcp-http': ['DB_READER_PASSWORD'],
  });
});

test('with compose the collectors alone have a network with a way out', () => {
  const networks = composeServices().map(({ name, text }) => [
    name,
    /^ {4}networks: \[(.*)\]$/m.exec(text)?.[1],
  ]);
  assert.deepEqual(Object.fromEntries(networks), {
    postgres: 'inside',
    migrate: 'inside',
    collectors: 'inside, outside',
    advisors: 'inside',
    mcp: 'inside',
    'mcp-http': 'inside, published',
  });
});

test('the service over HTTP needs nothing in .env for the others to start', () => {
  const others = composeServices().filter(({ name }) => name !== 'mcp-http');
  const needed = requiredVariables(others.map(({ text }) => text).join(''));
  assert.deepEqual(
    requiredVariables(http.text).filter((name) => !needed.includes(name)),
    [],
  );
});

test('the service over HTTP without a token ends with one line that says so', () => {
  const { mcpHttp } = loadConfig(http.environment());
  assert.throws(() => assertMayListen(mcpHttp), {
    name: 'ConfigError',
    message: /^MCP_HTTP_TOKEN is not set.*$/,
  });
});

test('the service over HTTP gets each setting of the server, but for where it listens in its container', () => {
  const names = Object.keys(MCP_VARIABLES).filter((name) => !/_(HOST|PORT)$/.test(name));
  const inside = http.environment(Object.fromEntries(names.map((name) => [name, `<${name}>`])));
  for (const name of names) assert.ok(inside[name]?.includes(`<${name}>`), name);
  const elsewhere = http.environment({ MCP_HTTP_HOST: '10.0.0.1', MCP_HTTP_PORT: '80' });
  assert.deepEqual([elsewhere.MCP_HTTP_HOST, elsewhere.MCP_HTTP_PORT], ['0.0.0.0', '3365']);
  assert.match(http.text, /^ {4}ports: \["127\.0\.0\.1:\$\{MCP_HTTP_PORT:-3365\}:3365"\]$/m);
});

test('the service over HTTP is called by its published names and no other', () => {
  const env = { MCP_HTTP_TOKEN: TOKEN, MCP_HTTP_ALLOWED_HOSTS: 'dr365.example, other.example:8443' };
  const { mcpHttp } = loadConfig(http.environment(env));
  assertMayListen(mcpHttp);
  const guard = createGuard(mcpHttp);
  const isRefused = (host: string) =>
    guard.check({ headers: { host } } as Parameters<typeof guard.check>[0]) !== undefined;
  for (const host of [
    '127.0.0.1:3365',
    'localhost:9000',
    'mcp-http:3365',
    'dr365.example',
    'other.example:8443',
  ])
    assert.equal(isRefused(host), false, host);
  for (const host of ['evil.example', 'other.example', 'mcp-http.evil.example', '172.18.0.5:3365'])
    assert.equal(isRefused(host), true, host);
});

test('the health check of the service over HTTP tells 200 from 503 and from nobody there', async () => {
  const [, folded = ''] = /- --eval\n +- >-\n((?: {10}.*\n)+)/.exec(http.text) ?? [];
  const script = folded.trim().replace(/\n +/g, ' ');
  const asked: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const check = async () => {
    const options = { env: { ...process.env, MCP_HTTP_PORT: String(port) } };
    return promisify(execFile)(process.execPath, ['--eval', script], options).then(
      () => 0,
      (error: { code: unknown }) => error.code,
    );
  };

  assert.equal(await check(), 0);
  status = 503;
  assert.equal(await check(), 1);
  server.close();
  await once(server, 'close');
  assert.equal(await check(), 1);
  assert.deepEqual(asked, ['/healthz', '/healthz']);
});
