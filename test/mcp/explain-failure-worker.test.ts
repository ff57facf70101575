import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import { simulate } from '../support/simulated.ts';
import { collect } from '../workers/risk/helpers.ts';

const TOOL = 'explain_failure';
type Row = Record<string, unknown>;
type Answer = Record<'run' | 'reason' | 'incident' | 'machine' | 'job', Row> &
  Record<'suspects' | 'attempts' | 'also_failed' | 'failed_objects', Row[]> & {
    verdict: string;
    summary: string;
    same_reason: { this_job: Row };
  };

const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1);

async function open(scenario: string) {
  await using stack = new AsyncDisposableStack();
  const simulator = stack.use(await simulate({ scenario, jobs: 16 }));
  const database = stack.use(await createTestDatabase());
  await collect(simulator, database, { workers: ['capacity', 'rto', 'health'] });
  const mcp = stack.use(await startMcp(toEnvironment(database.settings)));
  const as_of = new Date(simulator.clock.now().getTime() + 60_000).toISOString();
  const { db } = database.metrics;
  const jobs = await db.selectFrom('job_health').selectAll().orderBy('job_id').execute();
  const sizes: number[] = [];
  const ask = async (args: Row) => {
    const { data, text } = await mcp.ask(TOOL, { as_of, ...args });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text))
      assert.ok(numbers.has(String(Number(number))), `${number} is in the text only\n${text}`);
    sizes.push((text.length + JSON.stringify(data).length) / 4);
    return data as unknown as Answer;
  };
  const owned = stack.move();
  const close = async () => {
    await owned.disposeAsync();
    assert.ok(Math.max(0, ...sizes) < 4500, `${Math.max(...sizes)} tokens`);
  };
  return { db, jobs, ask, [Symbol.asyncDispose]: close };
}

test('a full repository: each job that fails names it, and nobody ran well on it', async () => {
  await using opened = await open('repository-full');
  const { jobs, ask, db } = opened;
  const failing = jobs.filter(({ failure_streak }) => failure_streak > 0);
  assert.ok(failing.length >= 5);
  for (const job of failing) {
    const {
      verdict,
      run,
      reason,
      suspects,
      attempts,
      incident: found,
      also_failed,
    } = await ask({ job: job.job_id });
    assert.equal(verdict, 'FAILING');
    assert.equal(reason.cause, 'STORAGE_FULL');
    assert.equal(reason.basis, 'task');
    assert.equal(run.attempts, attempts.length);
    assert.equal(attempts.at(-1)?.session_id, reason.session_id);
    const repository = suspects.find(({ kind }) => kind === 'repository');
    assert.equal(repository?.id, job.repository_id);
    assert.deepEqual(
      [repository?.others_failed, repository?.others_well, repository?.speaks],
      [failing.length - 1, 0, 'FOR'],
    );
    assert.equal(found.failed_jobs, failing.length);
    assert.deepEqual(
      also_failed.map(({ job_id }) => job_id).toSorted(byText),
      failing
        .map(({ job_id }) => job_id)
        .filter((id) => id !== job.job_id)
        .toSorted(byText),
    );
  }
  const one = await ask({ job: failing[0]?.job_id });
  const { count } = await db
    .selectFrom('session_reason')
    .innerJoin('session', (join) =>
      join
        .onRef('session.source_id', '=', 'session_reason.source_id')
        .onRef('session.session_id', '=', 'session_reason.session_id'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('fingerprint', '=', String(one.reason.fingerprint))
    .where('job_id', '=', String(failing[0]?.job_id))
    .executeTakeFirstOrThrow();
  assert.equal((one.same_reason.this_job as Row).sessions, count);

  for (const job of jobs.filter(({ failure_streak }) => failure_streak === 0)) {
    const { verdict, summary, job: card } = await ask({ job: job.job_id });
    assert.equal(verdict, 'NOT_FAILING', job.job_name);
    assert.match(summary, /It does not fail/);
    assert.equal(card.status, job.status);
  }
});

test('a proxy that is down is named and offline, and the repositories are cleared by what failed elsewhere', async () => {
  await using opened = await open('proxy-down');
  const { jobs, ask } = opened;
  const failing = jobs.filter(({ failure_streak }) => failure_streak > 0);
  assert.ok(failing.length >= 3);
  for (const { job_id } of failing) {
    const { suspects } = await ask({ job: job_id });
    const of = (wanted: string) => suspects.filter(({ kind }) => kind === wanted);
    const [proxy] = of('proxy');
    assert.deepEqual([proxy?.state, proxy?.speaks], ['OFFLINE', 'NOT_RECORDED']);
    assert.ok(String(proxy?.basis).includes('NAMED_IN_REASON'));
    assert.ok([...of('repository'), ...of('host')].every(({ speaks }) => speaks !== 'FOR'));
  }
});

test('of one job in which one machine fails, that machine fails itself and the others do not', async () => {
  await using opened = await open('vss-one-guest');
  const { jobs, ask, db } = opened;
  const [job] = jobs.filter(({ failure_streak }) => failure_streak > 3);
  const machines = await db.selectFrom('workload_recovery').selectAll().execute();
  const own = machines.filter(({ job_ids }) => job_ids.includes(job?.job_id ?? ''));
  assert.ok(own.length >= 3);
  const verdicts = [];
  for (const { workload_id } of own) {
    const { verdict, machine, failed_objects, reason } = await ask({ workload: workload_id });
    verdicts.push(`${verdict} ${String(machine.failed_itself)}`);
    assert.equal(reason.cause, 'VSS');
    assert.equal(
      failed_objects.some(({ object_name }) => object_name === machine.workload_name),
      verdict === 'FAILING',
    );
  }
  assert.deepEqual(verdicts.toSorted(byText), [
    'FAILING true',
    ...Array.from({ length: own.length - 1 }, () => 'FAILS_FOR_OTHERS false'),
  ]);
});
