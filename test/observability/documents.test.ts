import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ENDPOINTS } from '../../src/cli/doctor-endpoints.ts';
import { OBSERVABILITY_VARIABLES } from '../../src/config/observability.ts';
import { ROOT } from '../support/imports.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
test('the page on accounts has each endpoint that doctor asks, with its least role', () => {
  const rows = read('DOCS/least-privilege.md').split('\n');
  for (const { path, role = 'Veeam Backup Viewer' } of ENDPOINTS) {
    const row = rows.find((line) => line.startsWith(`| \`${path}\` |`));
    assert.ok(row?.includes(`| ${role}`), `${path}: ${row}`);
  }
  const listed = rows.filter((line) => line.startsWith('| `/api/'));
  assert.equal(listed.length, ENDPOINTS.length);
});

test('the example of settings and the page on observability name each setting', () => {
  const example = read('.env.example');
  const page = read('DOCS/observability.md');
  for (const name of Object.keys(OBSERVABILITY_VARIABLES)) {
    assert.match(example, new RegExp(`^${name}=$`, 'm'), name);
    assert.ok(page.includes(`\`${name}`), name);
  }
});

test('services start commands that exist, and no file of theirs holds a secret', () => {
  const usage = read('src/cli/main.ts');
  const services = readdirSync(join(ROOT, 'DOCS/services'));
  assert.deepEqual(
    services.filter((name) => !/\.(service|xml)$/.test(name)),
    [],
  );
  for (const name of services) {
    const text = read(`DOCS/services/${name}`);
    const [, command = '', rest = ''] = /dr365\.mjs ([^\s<]+)([^\n<]*)/.exec(text) ?? [];
    assert.match(usage, new RegExp(`dr365 ${command}[ \\n]`), name);
    for (const worker of command === 'workers' ? rest.trim().split(' ').filter(Boolean) : [])
      assert.ok(existsSync(join(ROOT, 'workers', worker)), `${name}: ${worker}`);
    assert.doesNotMatch(text, /PASSWORD=|TOKEN=|<password>/, name);
  }
});
