import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpEnvironment } from '../../src/cli/demo.ts';
import { loadConfig } from '../../src/config/config.ts';

test('the demo asks its own database, whatever the .env of the folder names', () => {
  const real = {
    DB_HOST: 'db.example.com',
    DB_NAME: 'metrics',
    DB_READER_USER: 'reader_contoso',
    DB_READER_PASSWORD_FILE: '/run/secrets/reader',
  };
  const { external, metricsName, dataDir, logins } = loadConfig({ ...real, ...mcpEnvironment() }).database;
  assert.equal(external, undefined);
  assert.equal(metricsName, 'dr365v_metrics');
  assert.match(dataDir, /\.dr365.demo$/);
  assert.deepEqual(logins, {});
});
