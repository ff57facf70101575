import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { toListed } from '../../../src/mcp/listing.ts';
import { TOOLS } from '../../../src/mcp/tools.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { advise } from '../../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addRun, addSource } from '../../support/health-rows.ts';
import { simulate } from '../../support/simulated.ts';
import { collect } from '../../workers/risk/helpers.ts';
import { type Answer, type Asking, openAsking, type Row } from './asking.ts';
import { argumentsOf, plansOf, seeAnswers } from './made-up.ts';
import { assertContract, assertRowsExist } from './rules.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAMES = TOOLS.map(({ name }) => name);
/** Arguments that a tool cannot do without. */
const NEEDED: Record<string, Row> = {
  find: { name: 'a' },
  get_workload: { workload: '*' },
};

let database: TestDatabase;
let simulators: Simulator[];
let asking: Asking;
/** Answers as they were given in the course of the replay. */
const recorded: { tool: string; args: Row; answer: Answer }[] = [];
let end: Date;

before(async () => {
  database = await createTestDatabase();
  asking = openAsking(database);
  simulators = [
    await simulate({ scenario: 'demo', jobs: 6, days: 21 }),
    atLocalhost(await simulate({ scenario: 'healthy', jobs: 3, days: 21, seed: 5 })),
  ];
  for (const day of [0, 1]) await replayDay(day);
});

after(async () => {
  await asking?.[Symbol.asyncDispose]();
  for (const simulator of simulators ?? []) await simulator[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** A source is known by its address. */
function atLocalhost(simulator: Simulator): Simulator {
  return Object.assign(simulator, { url: simulator.url.replace('127.0.0.1', 'localhost') });
}

/** A day of both servers; on the last one the second server is not read any more. */
async function replayDay(day: number): Promise<void> {
  const [first] = simulators as [Simulator];
  if (day > 0) for (const simulator of simulators) simulator.clock.advance(DAY);
  const now = first.clock.now();
  for (const simulator of day === 1 ? [first] : simulators) await collect(simulator, database, { now });
  await advise(database, now);
  end = new Date(now.getTime() + 10 * 60_000);
  NEEDED.explain_failure ??= { job: await oneJob() };
  for (const tool of NAMES) {
    for (const extra of [{}, { limit: 3, detail: 'detailed' }]) {
      const args = { ...NEEDED[tool], ...extra };
      const result = await asking.call(tool, args, end);
      if (!result.isError)
        recorded.push({ tool, args, answer: { text: result.text, data: result.structured } });
    }
  }
}

async function oneJob(): Promise<unknown> {
  const { data } = await asking.ask('get_health_status', { status: 'ALL' }, end);
  return (data.jobs as Row[])[0]?.job_id;
}

test('every tool is listed with title, annotations, output schema and an example, all in at most 6,000 tokens', () => {
  const listed = TOOLS.map(toListed);
  for (const { name, title, description = '', annotations, outputSchema } of listed) {
    assert.ok(title, name);
    assert.match(description, /Example: \{.*\}/, name);
    assert.deepEqual(annotations, {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    });
    assert.ok(outputSchema?.required?.includes('not_known'), name);
    const [, example = ''] = /Example: (\{.*\})\.?/.exec(description) ?? [];
    const tool = TOOLS.find((one) => one.name === name);
    assert.ok(tool?.input.safeParse(JSON.parse(example)).success, `${name} ${example}`);
  }
  const tokens = JSON.stringify({ tools: listed }).length / 4;
  assert.ok(tokens <= 6_000, `${tokens} tokens`);
  assert.ok(listed.length <= 15);
});

test('every answer of every tool keeps the contract', async () => {
  assert.deepEqual([...new Set(recorded.map(({ tool }) => tool))].sort(), NAMES.toSorted());
  for (const { tool, answer } of recorded) assertContract(tool, answer);
  await assertRowsExist(
    database,
    recorded.map(({ answer }) => answer),
  );
});

test('what an answer proposes next can be called', async () => {
  const done = new Set<string>();
  for (const { answer } of recorded) {
    for (const step of answer.data.next_steps as { tool: string; arguments: Row }[]) {
      const key = JSON.stringify(step);
      if (done.has(key)) continue;
      done.add(key);
      assertContract(step.tool, await asking.ask(step.tool, step.arguments, end));
    }
  }
  assert.ok(done.size > 10);
});

test('answers recorded in the course of time are given again with as_of, byte for byte', async () => {
  for (const { tool, args, answer } of recorded) {
    const again = await asking.ask(tool, { ...args, as_of: answer.data.as_of }, end);
    assert.equal(JSON.stringify(again), JSON.stringify(answer), `${tool} ${JSON.stringify(args)}`);
  }
});

test('data that is a month old is called stale by every tool', async () => {
  const later = new Date(end.getTime() + 30 * DAY);
  for (const tool of NAMES) {
    const answer = await asking.ask(tool, { ...NEEDED[tool] }, later);
    assertContract(tool, answer);
    assert.match(answer.text, /stale|NOT MEASURED/i, tool);
  }
});

test('an empty database is answered by every tool with why there is nothing', async () => {
  await using empty = await createTestDatabase();
  await using other = openAsking(empty);
  for (const tool of NAMES) {
    const result = await other.call(tool, { ...NEEDED[tool] }, end);
    if (result.isError) assert.doesNotMatch(result.text, /internal error/, tool);
    else assertContract(tool, { text: result.text, data: result.structured });
    assert.match(result.text, /nothing|no |none/i, tool);
  }
});

test('a source whose runs fail is said beside the one that is fine', async () => {
  const { db } = database.metrics;
  await addSource(db, {
    source_id: 'broken-1',
    name: 'broken',
    first_seen_at: new Date(end.getTime() + HOUR),
  });
  const finished_at = new Date(end.getTime() + 2 * HOUR);
  for (const worker of ['health', 'capacity', 'efficiency', 'rto'])
    await addRun(db, {
      source_id: 'broken-1',
      worker,
      status: 'failed',
      finished_at,
      error_code: 'unreachable',
      error_message: 'x',
    });
  const later = new Date(end.getTime() + 3 * HOUR);
  for (const tool of [
    'get_health_status',
    'get_capacity_forecast',
    'get_efficiency_metrics',
    'get_recovery_performance',
    'get_data_freshness',
    'what_changed',
  ]) {
    const answer = await asking.ask(tool, { ...NEEDED[tool] }, later);
    assertContract(tool, answer);
    assert.match(answer.text, /the source did not answer/, tool);
  }
});

test('whatever is asked, an answer keeps its schema and a refusal is written for whoever asks', async () => {
  const seen = seeAnswers(recorded.map(({ tool, args, answer }) => ({ tool, args, data: answer.data })));
  const kinds = new Set<string>();
  for (const tool of TOOLS) {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(argumentsOf(tool, { ...NEEDED[tool.name] }, seen), async (args) => {
        const result = await asking.call(tool.name, args, end);
        if (!result.isError) {
          answered += 1;
          for (const name of ['what_if', 'include', 'chart', 'cursor'])
            if (args[name] !== undefined) kinds.add(`${tool.name} ${name}`);
          tool.output.parse(result.structured);
          assert.ok(result.text.length + JSON.stringify(result.structured).length <= 32_000);
          return;
        }
        assert.doesNotMatch(
          result.text,
          /internal error|TypeError|\bat .*:\d+|select |node_modules/,
          JSON.stringify(args),
        );
      }),
      { numRuns: 40, seed: 7, examples: plansOf(tool.name, seen).map((args): [Row] => [args]) },
    );
    assert.ok(answered >= 10, `${tool.name}: ${answered} of 40 answered`);
  }
  for (const { name, input } of TOOLS) {
    const taken = ['what_if', 'include', 'chart'].filter((one) => one in input.shape);
    const turned = seen.pages.some(({ tool }) => tool === name) ? ['cursor'] : [];
    for (const one of [...taken, ...turned]) assert.ok(kinds.has(`${name} ${one}`), `${name} ${one}`);
  }
});
