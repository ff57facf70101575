import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { takePlaceholders } from '../../src/packaging/placeholders.ts';
import { SETTINGS } from '../../src/packaging/settings.ts';
import { startMcp } from '../support/mcp-client.ts';
import { type Built, buildOnce } from './built.ts';

let built: Built;
before(async () => {
  built = await buildOnce();
});
after(() => built[Symbol.dispose]());

const BLANK = Object.fromEntries(
  SETTINGS.map(({ variable, field }) => [variable, `\${user_config.${field}}`]),
);

test('blank fields get their defaults, and the one without a default is named', () => {
  const env: Record<string, string | undefined> = { ...BLANK, PATH: '/bin' };
  assert.deepEqual(takePlaceholders(env), ['"Password of the read-only role" (db_reader_password)']);
  assert.deepEqual(env, {
    PATH: '/bin',
    DB_HOST: 'localhost',
    DB_PORT: '5432',
    DB_READER_USER: 'dr365_reader',
    DB_NAME: 'dr365v_metrics',
    DB_RISK_NAME: 'dr365v',
    DB_TLS: 'off',
    DB_CA_FILE: '',
    LOG_LEVEL: 'info',
  });
});

test('a value that only looks like a placeholder in part is a value', () => {
  const password = 'a${user_config.db_reader_password}';
  const env = { DB_READER_PASSWORD: password };
  assert.deepEqual(takePlaceholders(env), []);
  assert.deepEqual(env, { DB_READER_PASSWORD: password });
});

test('a placeholder in a variable that no form knows is named by the variable', () => {
  assert.deepEqual(takePlaceholders({ DB_OWNER_PASSWORD: '${user_config.owner}' }), [
    'DB_OWNER_PASSWORD (owner)',
  ]);
});

test('a server with a blank password starts, lists its tools, and says what to fill in', async () => {
  await using mcp = await startMcp(BLANK, [built.server]);
  assert.ok((await mcp.client.listTools()).tools.length > 0);
  const message = await mcp.refused('get_health_status');
  assert.match(message, /fill in "Password of the read-only role" \(db_reader_password\)/);
  assert.doesNotMatch(message, /\$\{/);
  assert.match(mcp.log(), /^dr365: The extension dr365 is not set up to the end: fill in "Password of/);
});

test('with the password alone the rest has defaults, so that the database is asked', async () => {
  const env = { ...BLANK, DB_READER_PASSWORD: 'x', DB_PORT: '1' };
  await using mcp = await startMcp(env, [built.server]);
  assert.match(await mcp.refused('get_health_status'), /The database does not answer/);
});
