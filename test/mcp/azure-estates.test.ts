import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOOLS } from '../../src/mcp/tools.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { simulate } from '../support/simulated.ts';
import { runRound } from './azure-estate.ts';
import { type Answer, type Asking, openAsking, type Row } from './contract/asking.ts';
import { assertContract, assertRowsExist } from './contract/rules.ts';

const DAY = 24 * 3_600_000;
const rows = (value: unknown) => (value ?? []) as Row[];

type Estate = { database: TestDatabase; simulator: Simulator; asking: Asking; end: Date };
let azureOnly: Estate;
let mixed: Estate;

/** Two days of an estate: the second round knows of the machines that the first one found. */
async function open(scenario: string, jobs: number, veeam: boolean): Promise<Estate> {
  const size = { azureVaults: 2, azureItems: 20, azureDays: 20, days: 20, jobs };
  const simulator = await simulate({ scenario, azurePort: 0, ...size });
  const database = await createTestDatabase();
  await runRound(simulator, database, { now: simulator.clock.now(), veeam });
  simulator.clock.advance(DAY);
  await runRound(simulator, database, { now: simulator.clock.now(), veeam });
  const end = new Date(simulator.clock.now().getTime() + 600_000);
  return { database, simulator, asking: openAsking(database), end };
}

before(async () => {
  azureOnly = await open('azure-all', 4, false);
  mixed = await open('azure-mixed-machines', 12, true);
});

after(async () => {
  for (const estate of [azureOnly, mixed]) {
    await estate?.asking[Symbol.asyncDispose]();
    await estate?.simulator[Symbol.asyncDispose]();
    await estate?.database[Symbol.asyncDispose]();
  }
});

type Asked = { tool: string; args: Row; answer: Answer | undefined; refusal: string };

/** Every tool about all and about one thing, with what else it takes. */
async function askAll({ asking, end }: Estate): Promise<Asked[]> {
  const asked: Asked[] = [];
  const ask = async (tool: string, args: Row): Promise<Row> => {
    const result = await asking.call(tool, args, end);
    const answer = result.isError ? undefined : { text: result.text, data: result.structured as Row };
    asked.push({ tool, args, answer, refusal: result.isError ? result.text : '' });
    return answer?.data ?? {};
  };
  await ask('get_health_status', {});
  const [job] = rows((await ask('get_health_status', { status: 'ALL', detail: 'detailed' })).jobs);
  for (const tool of ['get_health_status', 'explain_failure', 'get_efficiency_metrics'])
    await ask(tool, { job: job?.job_id, source: job?.source_id });
  const [machine] = rows((await ask('get_recovery_performance', {})).workloads);
  for (const tool of ['get_recovery_performance', 'get_workload', 'explain_failure'])
    await ask(tool, { workload: machine?.workload_id, source: machine?.source_id });
  const lists = ['coverage', 'next_tests', 'mass_restore', 'locations', 'trials'];
  for (const include of lists) await ask('get_recovery_performance', { include: [include] });
  for (const what_if of [
    { kind: 'mass_restore' },
    { kind: 'mass_restore', slots: 4 },
    { kind: 'target', rto_minutes: 120, rpo_hours: 12 },
  ])
    await ask('get_recovery_performance', { what_if });
  const [place] = rows((await ask('get_capacity_forecast', {})).repositories);
  const repository = { repository: place?.repository_id, source: place?.source_id };
  const extras = ['events', 'attribution', 'ledger', 'accuracy', 'history'];
  await ask('get_capacity_forecast', { ...repository, include: extras });
  for (const what_if of [
    { kind: 'more_space', add_tb: 5 },
    { kind: 'lead_time', days: 30 },
    { kind: 'fewer_restore_points', share: 0.5 },
    { kind: 'new_machines', count: 5, bytes_each: 1e11, bytes_per_day_each: 1e9 },
  ])
    await ask('get_capacity_forecast', { ...repository, what_if });
  for (const include of ['anomalies', 'reclaimable', 'repositories', 'history'])
    await ask('get_efficiency_metrics', { include: [include] });
  await ask('get_efficiency_metrics', {});
  await ask('get_efficiency_metrics', { changes: '1d' });
  const [risk] = rows((await ask('analyze_risks', {})).risks);
  await ask('analyze_risks', { include: ['compliance', 'inputs', 'unprotected'] });
  await ask('analyze_risks', { item: risk?.item_id, source: risk?.source_id });
  await ask('analyze_risks', { changed_since: '1h' });
  await ask('get_remediation_plan', { risk: risk?.item_id, source: risk?.source_id });
  await ask('get_remediation_plan', { limit: 1 });
  await ask('get_remediation_plan', { history: '7d' });
  const [found] = rows((await ask('find', { name: 'a' })).found);
  await ask('find', { name: found?.id, kind: found?.kind });
  await ask('what_changed', { since: '1d' });
  await ask('get_data_freshness', { detail: 'detailed' });
  return asked;
}

/** The head of a column says how wide its ranges are. */
const withoutWidths = (answer: Answer): Answer => ({
  ...answer,
  text: answer.text.replaceAll('(90 %)', ''),
});

for (const [name, estate] of [
  ['vaults alone', () => azureOnly],
  ['a backup server and vaults', () => mixed],
] as const)
  test(`every tool answers for ${name}, by the contract, and refuses only what nobody knows`, async () => {
    const asked = await askAll(estate());
    assert.deepEqual(
      [...new Set(asked.map(({ tool }) => tool))].sort(),
      TOOLS.map((tool) => tool.name).toSorted(),
    );
    for (const { tool, args, answer, refusal } of asked) {
      if (answer) assertContract(tool, withoutWidths(answer));
      else assert.match(refusal, /^what_if: .*not known/, `${tool} ${JSON.stringify(args)}`);
    }
    await assertRowsExist(
      estate().database,
      asked.flatMap(({ answer }) => answer ?? []),
    );
    for (const { answer } of asked)
      for (const step of (answer?.data.next_steps ?? []) as { tool: string; arguments: Row }[])
        assertContract(
          step.tool,
          withoutWidths(await estate().asking.ask(step.tool, step.arguments, estate().end)),
        );
  });

test('of vaults alone nothing is said that only a backup server has, and no bytes are zero that nobody tells', async () => {
  for (const { tool, args, answer, refusal } of await askAll(azureOnly)) {
    const where = `${tool} ${JSON.stringify(args)}`;
    const text = answer?.text ?? refusal;
    const ours = text.replaceAll(/`[^`]*`/g, '');
    assert.doesNotMatch(ours, /backup server|\bprox(y|ies)\b|files? of backups|no file of any/i, where);
    assert.doesNotMatch(ours, /(^|[^\d.])0 bytes|\b0 GB\b/, where);
  }
  const { data } = await azureOnly.asking.ask('get_efficiency_metrics', {}, azureOnly.end);
  const estate = data.estate as Row;
  assert.deepEqual([estate.data_bytes, estate.stored_bytes], [null, null]);
  for (const job of rows(data.jobs)) {
    assert.deepEqual([job.data_bytes, job.stored_bytes], [null, null]);
    assert.match(String((job.combined_efficiency as Row).not_measurable_reason), /Azure Backup tells/);
  }
  const capacity = (await azureOnly.asking.ask('get_capacity_forecast', {}, azureOnly.end)).data;
  assert.match(
    String(capacity.summary),
    /2 repositories: .*TiB, no limit known: they grow, and never fill\./,
  );
});

test('ids of vaults are said in full, so that they can be asked with', async () => {
  const { asking, end } = azureOnly;
  const { data } = await asking.ask('get_health_status', { status: 'ALL', limit: 20 }, end);
  for (const { job_id, source_id } of rows(data.jobs).slice(0, 5)) {
    const card = await asking.ask('get_health_status', { job: job_id, source: source_id }, end);
    assert.equal((card.data.job as Row).job_id, job_id);
  }
  const { data: machines } = await asking.ask('get_recovery_performance', { limit: 20 }, end);
  for (const { workload_id } of rows(machines.workloads).slice(0, 5)) {
    const card = await asking.ask('get_workload', { workload: workload_id }, end);
    assert.equal(rows(card.data.protections)[0]?.workload_id, workload_id);
  }
});

test('machines that both halves protect are one row each, in every tool that lists machines', async () => {
  const { database, asking, end } = mixed;
  const { db } = database.metrics;
  const joined = await db
    .selectFrom('workload_recovery as w')
    .select(['source_id', 'run_id', 'workload_id', 'name'])
    .where('home_source_id', 'is not', null)
    .orderBy('run_id')
    .execute();
  assert.ok(joined.length > 0);
  const { data } = await asking.ask('get_recovery_performance', {}, end);
  const estate = data.estate as Row & { workloads: number; protections: number };
  const latest = (
    await db
      .selectFrom('run')
      .select(['source_id', 'run_id'])
      .distinctOn('source_id')
      .where('worker', '=', 'rto')
      .orderBy('source_id')
      .orderBy('finished_at', 'desc')
      .execute()
  ).map(({ run_id }) => run_id);
  const protections = await db
    .selectFrom('workload_recovery')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('run_id', 'in', latest)
    .executeTakeFirstOrThrow();
  assert.equal(estate.protections, Number(protections.count));
  assert.equal(estate.in_several_sources, estate.protections - estate.workloads);
  const [one] = joined.filter(({ run_id }) => latest.includes(run_id));
  const card = (await asking.ask('get_workload', { workload: one?.workload_id }, end)).data;
  const [home, ...others] = rows(card.protections);
  assert.equal(home?.is_home, true);
  assert.ok(others.some(({ workload_id }) => workload_id === one?.workload_id));
  const found = rows(
    (await asking.ask('find', { name: one?.workload_id, kind: 'workload' }, end)).data.found,
  );
  assert.deepEqual(
    found.map(({ id }) => id),
    [home?.workload_id],
  );
});
