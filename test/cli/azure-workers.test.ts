import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type Ended, runDr365, startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

const SMALL = { jobs: 4, days: 3, azurePort: 0, azureVaults: 2, azureItems: 10, azureDays: 10 };

type Line = { worker: string; sourceId: string; status: string; error?: { code: string; message: string } };

const linesOf = ({ stdout }: Ended): Line[] =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const environment = (simulator: Simulator, database: TestDatabase, changes: Partial<Config> = {}) =>
  toEnvironment({ ...configOf(simulator, database), ...changes });

const isVault = ({ sourceId }: Line) => sourceId.startsWith('azure:rsv-');

test('one run of a worker covers the backup server and every vault, a line for each', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const ended = await runDr365(['worker', 'capacity'], environment(simulator, database));
  assert.equal(ended.code, 0, ended.stderr);
  const lines = linesOf(ended);
  assert.deepEqual(
    lines.map(({ worker, status }) => [worker, status]),
    [1, 2, 3].map(() => ['capacity', 'succeeded']),
  );
  assert.equal(lines.filter(isVault).length, 2);
  assert.equal(new Set(lines.map(({ sourceId }) => sourceId)).size, 3);
});

test('a backup server that refuses the password does not keep the vaults from being read: exit code 2', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = { ...environment(simulator, database), VEEAM_PASSWORD: 'correct horse battery' };
  const ended = await runDr365(['worker', 'health'], env);
  assert.equal(ended.code, 2);
  const lines = linesOf(ended);
  assert.deepEqual(
    lines.filter(isVault).map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  const [server] = lines.filter((line) => !isVault(line));
  assert.equal(server?.error?.code, 'sign-in');
  assert.match(ended.stderr, /127\.0\.0\.1\S*: could not be read, nothing is on record: .*VEEAM_PASSWORD/);
  assert.ok(!ended.stderr.includes('correct horse battery'));
});

test('Azure that refuses the token does not keep the backup server from being read: exit code 2', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = { ...environment(simulator, database), AZURE_ACCESS_TOKEN: 'S3cret-and-wrong' };
  const ended = await runDr365(['worker', 'health'], env);
  assert.equal(ended.code, 2, ended.stderr);
  const [server, azure, ...more] = linesOf(ended);
  assert.deepEqual(more, []);
  assert.equal(server?.status, 'succeeded');
  assert.deepEqual([azure?.sourceId, azure?.status, azure?.error?.code], ['azure', 'failed', 'sign-in']);
  assert.ok(!`${ended.stderr}${ended.stdout}`.includes('S3cret-and-wrong'));
});

test('a vault that may not be read is a failed run among the others: exit code 1', async () => {
  await using simulator = await simulate({ ...SMALL, scenario: 'azure-forbidden-vault' });
  await using database = await createTestDatabase();
  const ended = await runDr365(['worker', 'health'], environment(simulator, database));
  assert.equal(ended.code, 1, ended.stderr);
  const lines = linesOf(ended);
  assert.deepEqual(
    lines.filter(isVault).map(({ status, error }) => error?.code ?? status),
    ['succeeded', 'forbidden'],
  );
  assert.match(ended.stderr, /azure:rsv-\S+: the run failed and is on record/);
});

test('a subscription that cannot be listed is told beside the vaults of the others', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const [, second] = simulator.azure?.subscriptions ?? [];
  simulator.azure?.faults.add(`forbidden:path=/subscriptions/${second}/providers`);
  const ended = await runDr365(['worker', 'capacity'], environment(simulator, database));
  assert.equal(ended.code, 1, ended.stderr);
  const lines = linesOf(ended);
  assert.deepEqual(
    lines.map(({ status, error }) => error?.code ?? status),
    ['succeeded', 'succeeded', 'forbidden'],
  );
  assert.equal(lines[2]?.sourceId, `azure:subscription:${second}`);
});

test('with Azure alone every worker runs, and none asks for a backup server', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = environment(simulator, database, { veeam: [] });
  for (const worker of ['health', 'capacity', 'efficiency', 'rto', 'risk', 'remediation']) {
    const ended = await runDr365(['worker', worker], env);
    assert.equal(ended.code, 0, `${worker}: ${ended.stderr}`);
    assert.equal(linesOf(ended).length, 2, worker);
    assert.doesNotMatch(ended.stderr, /VEEAM|VBR/);
  }
  assert.deepEqual(simulator.requests.list(), []);
});

test('with Azure alone the scheduler starts, catches up and ends', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const never = Object.fromEntries(
    ['HEALTH', 'CAPACITY', 'EFFICIENCY', 'RTO', 'MOUNTS'].map((name) => [`SCHEDULE_${name}`, '0 4 1 1 *']),
  );
  const { child, ended } = startDr365(['workers', 'capacity'], {
    ...environment(simulator, database, { veeam: [] }),
    ...never,
  });
  const sources = async () =>
    database.metrics.db.selectFrom('run').select('source_id').where('status', '=', 'succeeded').execute();
  while ((await sources()).length < 2 && child.exitCode === null)
    await new Promise((done) => setTimeout(done, 50));
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.equal((await sources()).length, 2);
});

test('an account that sees no vault is told what it lacks, without a stack: exit code 1', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = {
    ...environment(simulator, database, { veeam: [] }),
    AZURE_VAULT_NAME: 'no-such-vault',
  };
  const { code, stdout, stderr } = await runDr365(['worker', 'health'], env);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^dr365: the account sees no Recovery Services vault in subscription .* of the name no-such-vault.*Backup Reader there\n$/,
  );
});
