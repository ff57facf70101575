import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { runDr365 } from '../support/child.ts';
import { startReceiver } from './estate.ts';

const problemOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

test('metrics and notifications are off unless they are switched on, and metrics stay on this machine', () => {
  const { metrics, notify } = loadConfig({});
  assert.deepEqual([metrics, notify], [undefined, undefined]);
  assert.deepEqual(loadConfig({ METRICS_PORT: '9365' }).metrics, { host: '127.0.0.1', port: 9365 });
  assert.deepEqual(loadConfig({ NOTIFY_WEBHOOK_URL: 'https://example.test/x' }).notify, {
    url: 'https://example.test/x',
    format: 'json',
    kinds: ['critical', 'stale'],
    maxPerHour: 10,
    caFile: undefined,
  });
  assert.deepEqual(
    loadConfig({ NOTIFY_WEBHOOK_URL: 'https://example.test/x', NOTIFY_ON: 'stale' }).notify?.kinds,
    ['stale'],
  );
});

test('the address of the webhook has to be https, or of this machine, and is never shown', () => {
  for (const url of [
    'http://example.test/secret-path',
    'https://user:secret-path@example.test/',
    'secret-path',
    'ftp://127.0.0.1/secret-path',
    'http://127.0.0.1.example.test/secret-path',
  ]) {
    const problem = problemOf({ NOTIFY_WEBHOOK_URL: url });
    assert.match(problem, /^NOTIFY_WEBHOOK_URL is wrong: it has to be an https/);
    assert.ok(!problem.includes('secret-path'));
  }
  for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:80'])
    assert.equal(problemOf({ NOTIFY_WEBHOOK_URL: `http://${host}/x` }), '');
});

test('the address may come from a file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'url');
  writeFileSync(file, 'https://example.test/from-a-file\n');
  assert.equal(loadConfig({ NOTIFY_WEBHOOK_URL_FILE: file }).notify?.url, 'https://example.test/from-a-file');
  assert.match(problemOf({ NOTIFY_WEBHOOK_URL_FILE: `${file}-not` }), /cannot be read: .* the address/);
});

test('each wrong setting is named with what would be right', () => {
  const problem = problemOf({
    METRICS_PORT: '70000',
    METRICS_HOST: 'a b',
    NOTIFY_FORMAT: 'mail',
    NOTIFY_ON: 'critical,all',
    NOTIFY_MAX_PER_HOUR: '0',
    NOTIFY_CA_FILE: '/nowhere.pem',
  });
  for (const name of [
    'METRICS_PORT',
    'METRICS_HOST',
    'NOTIFY_FORMAT',
    'NOTIFY_ON',
    'NOTIFY_MAX_PER_HOUR',
    'NOTIFY_CA_FILE',
  ])
    assert.match(problem, new RegExp(`${name}=.* is wrong: it has to be `));
});

test('dr365 notify --test sends a test message, without any database', async () => {
  await using receiver = await startReceiver(undefined, 'slack');
  const { url, caFile = '' } = receiver.settings;
  const env = {
    PATH: process.env.PATH ?? '',
    NOTIFY_WEBHOOK_URL: url,
    NOTIFY_FORMAT: 'slack',
    NOTIFY_CA_FILE: caFile,
  };
  const done = await runDr365(['notify', '--test'], env);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /took the test message \(status 202\)/);
  assert.match(JSON.stringify(receiver.bodies()), /Test message of dr365/);

  const { NOTIFY_CA_FILE: _ca, ...untrusted } = env;
  const refused = await runDr365(['notify', '--test'], untrusted);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /NOTIFY_CA_FILE/);
  assert.ok(!`${refused.stderr}${refused.stdout}`.includes('very-secret'));
});

test('dr365 notify says what is missing or wrong', async () => {
  const none = await runDr365(['notify', '--test'], { PATH: process.env.PATH ?? '', NOTIFY_WEBHOOK_URL: '' });
  assert.equal(none.code, 2);
  assert.match(none.stderr, /NOTIFY_WEBHOOK_URL is not set/);
  const wrong = await runDr365(['notify', '--tset'], { PATH: process.env.PATH ?? '' });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--tset/);
});
