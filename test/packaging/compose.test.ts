import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/config.ts';
import { assertMayListen, MCP_VARIABLES } from '../../src/config/mcp.ts';
import { createGuard } from '../../src/mcp/http/guard.ts';
import { COMPOSE, composeService, composeServices, requiredVariables } from './compose-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOKEN = 'a-token-of-some-length';
const ONE_SHOT = ['secrets', 'migrate', 'demo-history'];
const http = composeService('mcp');

test('nothing has to be set for compose to read its file', () => {
  assert.deepEqual(requiredVariables(COMPOSE), []);
});

test('the file says nothing that compose 1.29 or v2 does not know', () => {
  assert.doesNotMatch(COMPOSE, /\$\{\w+:?\+/);
  assert.doesNotMatch(COMPOSE, /^(version|name|include):/m);
  assert.doesNotMatch(COMPOSE, /^ {4}(deploy|develop|container_name):/m);
});

test('with compose the collectors alone are told of the backup server and Azure, and of no password', () => {
  const knowing = composeServices().filter(({ environment }) =>
    Object.keys(environment()).some((name) => /^(VEEAM|AZURE)_/.test(name)),
  );
  assert.deepEqual(
    knowing.map(({ name }) => name),
    ['collectors', 'demo-history'],
  );
});

test('no password, secret or token is in the environment of a container', () => {
  for (const { name, environment } of composeServices())
    for (const variable of Object.keys(environment()))
      assert.doesNotMatch(variable, /(PASSWORD|SECRET|TOKEN|_URL_FILE)$/, name);
});

test('each container has the volume of its own secrets and of no other', () => {
  const secrets = composeServices().map(({ name, volumes }) => [
    name,
    volumes.filter((one) => /^(secrets|settings)/.test(one)),
  ]);
  assert.deepEqual(Object.fromEntries(secrets), {
    secrets: [
      'secrets',
      'secrets-postgres',
      'secrets-migrate',
      'settings-collectors',
      'settings-advisor',
      'settings-mcp',
    ],
    postgres: ['secrets-postgres'],
    migrate: ['secrets-migrate'],
    collectors: ['settings-collectors'],
    advisor: ['settings-advisor'],
    mcp: ['settings-mcp'],
    ingress: [],
    'mcp-stdio': ['settings-mcp'],
    simulator: [],
    'demo-history': ['settings-collectors'],
  });
});

test('each part meets Postgres in a network of its own, and the collectors alone have one with a way out', () => {
  const networks = composeServices().map(({ name, networks }) => [name, networks.join(' ')]);
  assert.deepEqual(Object.fromEntries(networks), {
    secrets: '',
    postgres: 'collect advise answer',
    migrate: 'collect',
    collectors: 'collect outside simulated',
    advisor: 'advise',
    mcp: 'answer entry',
    ingress: 'entry published',
    'mcp-stdio': 'answer',
    simulator: 'simulated',
    'demo-history': 'collect simulated',
  });
  assert.match(composeService('secrets').text, /^ {4}network_mode: none$/m);
  const [, declared = ''] = /^networks:\n([\s\S]*?)^volumes:/m.exec(COMPOSE) ?? [];
  const inside = Array.from(declared.matchAll(/^ {2}(\w+): \*inside$/gm), ([, name]) => name);
  assert.deepEqual(inside, ['collect', 'advise', 'answer', 'entry', 'simulated']);
  assert.match(COMPOSE, /^x-inside: &inside\n {2}driver: bridge\n {2}internal: true\n/m);
});

test('each service has bounded logs and memory, and its restart policy', () => {
  for (const { name, whole } of composeServices()) {
    assert.match(whole, /^ +logging: \*logging$/m, name);
    assert.match(whole, /^ +mem_limit: /m, name);
    assert.match(whole, /no-new-privileges:true/, name);
    if (name === 'mcp-stdio') continue;
    assert.match(
      whole,
      ONE_SHOT.includes(name) ? /^ +restart: "no"$/m : /^ +restart: unless-stopped$/m,
      name,
    );
  }
});

test('the containers of the program can write nothing and have no privileges', () => {
  for (const { name, whole } of composeServices()) {
    if (name === 'postgres') continue;
    assert.match(whole, /^ +read_only: true$/m, name);
    assert.match(whole, /^ +cap_drop: \[ALL\]$/m, name);
    if (name === 'secrets') continue;
    assert.doesNotMatch(whole, /cap_add|^ +user:/m, name);
  }
});

test('one port is published, on this machine only', () => {
  const published = composeServices().filter(({ text }) => /^ {4}ports:/m.test(text));
  assert.deepEqual(
    published.map(({ name }) => name),
    ['ingress'],
  );
  assert.match(
    composeService('ingress').text,
    /^ {4}ports: \["127\.0\.0\.1:\$\{MCP_HTTP_PORT:-3365\}:3365"\]$/m,
  );
});

test('what waits for another service waits until it is well', () => {
  assert.match(composeService('migrate').text, /postgres: \{ condition: service_healthy \}/);
  for (const name of ['collectors', 'advisor', 'mcp'])
    assert.match(composeService(name).text, /migrate: \{ condition: service_completed_successfully \}/);
  assert.match(composeService('postgres').text, /secrets: \{ condition: service_completed_successfully \}/);
});

test('each file that .env may name is shown to the service that hands it on', () => {
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  const named = Array.from(example.matchAll(/^(\w+_(?:FILE|PATH)|DR365_CONFIG)=$/gm), ([, name]) =>
    String(name),
  );
  const elsewhere = ['MCP_HTTP_TOKEN_FILE', 'AZURE_FEDERATED_TOKEN_FILE', 'DB_CA_FILE', 'DR365_ENV_FILE'];
  assert.ok(named.length > 4);
  for (const name of named.filter((one) => !elsewhere.includes(one)))
    assert.ok(composeService('secrets').text.includes(`"\${${name}:-/dev/null}:/given/${name}:ro"`), name);
});

test('the server over HTTP does not start without a token', () => {
  const { mcpHttp } = loadConfig({ ...http.environment(), DB_READER_PASSWORD: 'x' });
  assert.throws(() => assertMayListen(mcpHttp), {
    name: 'ConfigError',
    message: /^MCP_HTTP_TOKEN is not set.*$/,
  });
});

test('the server over HTTP gets each setting, but for where it listens in its container and the token', () => {
  const names = Object.keys(MCP_VARIABLES).filter((name) => !/_(HOST|PORT|TOKEN)$/.test(name));
  const inside = http.environment(Object.fromEntries(names.map((name) => [name, `<${name}>`])));
  for (const name of names) assert.ok(inside[name]?.includes(`<${name}>`), name);
  const elsewhere = http.environment({ MCP_HTTP_HOST: '10.0.0.1', MCP_HTTP_PORT: '80' });
  assert.deepEqual([elsewhere.MCP_HTTP_HOST, elsewhere.MCP_HTTP_PORT], ['0.0.0.0', '3365']);
});

test('the server over HTTP is called by its published names and no other', () => {
  const env = { MCP_HTTP_ALLOWED_HOSTS: 'dr365.example, other.example:8443' };
  const { mcpHttp } = loadConfig({
    ...http.environment(env),
    MCP_HTTP_TOKEN: TOKEN,
    DB_READER_PASSWORD: 'x',
  });
  assertMayListen(mcpHttp);
  const guard = createGuard(mcpHttp);
  const isRefused = (host: string) =>
    guard.check({ headers: { host } } as Parameters<typeof guard.check>[0]) !== undefined;
  for (const host of ['127.0.0.1:3365', 'localhost:9000', 'door:3365', 'dr365.example', 'other.example:8443'])
    assert.equal(isRefused(host), false, host);
  for (const host of ['evil.example', 'other.example', 'door.evil.example', '172.18.0.5:3365'])
    assert.equal(isRefused(host), true, host);
});

test('the image is made in two stages of the slim Node.js, without development packages, and runs as nobody special', () => {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  assert.deepEqual(text.match(/^FROM .*$/gm), [
    'FROM node:24-bookworm-slim AS dependencies',
    'FROM node:24-bookworm-slim',
  ]);
  assert.match(text, /npm ci --omit=dev --omit=optional/);
  assert.match(text, /^USER 1000:1000$/m);
  assert.match(text, /^HEALTHCHECK .*health\.ts"\]$/m);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  assert.ok(text.includes(`org.opencontainers.image.version="${version}"`));
});

test('one service builds the image, and all others but the one that a client starts wait for it', () => {
  const building = composeServices().filter(({ text }) => /^ {4}build: /m.test(text));
  assert.deepEqual(
    building.map(({ name }) => name),
    ['secrets'],
  );
  const waitsFor = (name: string): string[] =>
    Array.from(composeService(name).text.matchAll(/^ {6}([\w-]+): \{ condition: /gm), ([, other]) =>
      String(other),
    );
  const isBehind = (name: string): boolean =>
    waitsFor(name).some((one) => one === 'secrets' || isBehind(one));
  for (const { name } of composeServices())
    assert.equal(isBehind(name), !['secrets', 'mcp-stdio'].includes(name), name);
});
