import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase } from '../support/database.ts';

const VEEAM = {
  VEEAM_SERVER: '127.0.0.1',
  VEEAM_PORT: '1',
  VEEAM_USERNAME: 'nobody',
  VEEAM_PASSWORD: 'none',
};
const WEBHOOK = { NOTIFY_WEBHOOK_URL: 'http://127.0.0.1:1/hook' };

const COMMANDS = [
  ['migrate'],
  ['worker', 'health'],
  ['worker', 'risk'],
  ['workers'],
  ['workers', 'risk', 'remediation'],
  ['status'],
  ['maintain'],
  ['notify'],
  ['reader', 'list'],
  ['import:capacity', 'package.json'],
  ['import:surebackup', 'package.json'],
];

/** Enough to tell that both databases are looked at. */
const SOME = [['migrate'], ['worker', 'risk']];

for (const kind of ['metrics', 'risk'] as const)
  test(`a ${kind} database of a newer version is refused by every command with one line that says so`, async () => {
    await using database = await createTestDatabase('owner');
    const { db } = kind === 'metrics' ? database.metrics : database.risk;
    await sql`insert into kysely_migration (name, timestamp) values ('9999_future', now()::text)`.execute(
      db as never,
    );
    const config = { veeam: [], azure: undefined, database: database.settings } as never;
    const env = { ...toEnvironment(config), ...VEEAM, ...WEBHOOK };
    const line = `dr365: the ${kind} database is newer than this program (it has 9999_future): use the newer version of dr365\n`;
    await Promise.all(
      (kind === 'metrics' ? COMMANDS : SOME).map(async (command) => {
        const { code, stdout, stderr } = await runDr365(command, env);
        assert.deepEqual({ code, stdout, stderr }, { code: 2, stdout: '', stderr: line }, command.join(' '));
      }),
    );
    const doctor = await runDr365(['doctor'], env);
    assert.notEqual(doctor.code, 0);
    assert.match(doctor.stdout, new RegExp(`FAIL.*the ${kind} database is newer than this program`));
  });
