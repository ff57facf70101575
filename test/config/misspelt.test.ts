import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSettings } from '../../src/cli/doctor-settings.ts';
import { misspeltVariables } from '../../src/config/misspelt.ts';

test('a variable that is one of ours but for a letter is told with the one that was meant', () => {
  const typos = {
    DR365_CONFG: 'DR365_CONFIG',
    SCHEDULE_HELTH: 'SCHEDULE_HEALTH',
    VEEAM_PASSWORDD: 'VEEAM_PASSWORD',
    VEEAM_PASWORD: 'VEEAM_PASSWORD',
    VEEAM_SEVRER: 'VEEAM_SERVER',
    VEEAM_USERNANE: 'VEEAM_USERNAME',
    veeam_port: 'VEEAM_PORT',
  };
  const env = Object.fromEntries(Object.keys(typos).map((name) => [name, 'x']));
  assert.deepEqual(
    misspeltVariables(env),
    Object.entries(typos).map(([name, meant]) => ({ name, meant })),
  );
});

test('variables that are right, set to nothing, or of others are not', () => {
  const env = {
    VEEAM_SERVER: 'a',
    VEEAM_PASSWORD_FILE: '/f',
    VEEAM_PASWORD: ' ',
    PATH: '/bin',
    DB_URL: 'x',
    AZURE_CONFIG_DIR: '/c',
  };
  assert.deepEqual(misspeltVariables(env), []);
});

test('the doctor warns, and shows no value', () => {
  const { checks } = checkSettings({ VEEAM_PASWORD: 'hunter2' });
  const found = checks.find(({ message }) => message.includes('VEEAM_PASWORD'));
  assert.deepEqual([found?.status, found?.remedy], ['WARN', 'set VEEAM_PASSWORD instead']);
  assert.ok(!JSON.stringify(checks).includes('hunter2'));
});
