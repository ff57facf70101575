import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { TOOLS } from '../../src/mcp/tools.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { openAsking, type Row } from '../mcp/contract/asking.ts';
import { assertContract } from '../mcp/contract/rules.ts';
import { advise } from '../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { simulate } from '../support/simulated.ts';
import { collectFrom } from './estate.ts';
import { type Known, madeUpArguments } from './made-up.ts';
import { knownIds, stateOf, untilAlone } from './unchanged.ts';

/** EVALUATION_CALLS=2000 asks as often as is promised; each run of the tests asks a part of that. */
const CALLS = Number(process.env.EVALUATION_CALLS ?? 330);
const SEED = Number(process.env.EVALUATION_SEED ?? 11);

let simulator: Simulator;
let database: TestDatabase;
let now: Date;

before(async () => {
  simulator = await simulate({
    scenario: 'demo',
    seed: 3,
    jobs: 16,
    days: 25,
    azurePort: 0,
    azureVaults: 2,
    azureItems: 10,
    azureDays: 25,
  });
  database = await createTestDatabase();
  const at = simulator.clock.now();
  await collectFrom(simulator, database, { now: at });
  await advise(database, at);
  now = new Date(at.getTime() + 600_000);
});

after(async () => {
  await database?.[Symbol.asyncDispose]();
  await simulator?.[Symbol.asyncDispose]();
});

/** Names and ids as answers give them. */
async function namesOf(ask: ReturnType<typeof openAsking>['ask']): Promise<Known> {
  const { data: health } = await ask('get_health_status', { status: 'ALL', limit: 20 }, now);
  const { data: recovery } = await ask('get_recovery_performance', { status: 'ALL', limit: 20 }, now);
  const { data: capacity } = await ask('get_capacity_forecast', { limit: 20 }, now);
  const { data: risks } = await ask('analyze_risks', { limit: 20 }, now);
  const of = (rows: unknown, ...fields: string[]) =>
    (rows as Row[]).flatMap((row) => fields.map((field) => String(row[field])));
  return {
    name: ['a', 'sql', ...of(health.jobs, 'job_name')],
    job: of(health.jobs, 'job_id', 'job_name'),
    workload: of(recovery.workloads, 'workload_id', 'workload_name'),
    workloads: of(recovery.workloads, 'workload_name'),
    repository: of(capacity.repositories, 'repository_id', 'repository_name'),
    to: of(capacity.repositories, 'repository_id'),
    extent: of(capacity.repositories, 'repository_id'),
    item: of(risks.risks, 'item_id', 'name'),
    risk: of(risks.risks, 'item_id'),
    source: of(health.per_source, 'source_id', 'source_name'),
    cursor: [health, recovery, capacity, risks].map(({ next_cursor }) => String(next_cursor)),
  };
}

/** Ids in an answer that no table has. */
function strangers(value: unknown, known: Map<string, Set<string>>): string[] {
  if (Array.isArray(value)) return value.flatMap((part) => strangers(part, known));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([field, part]) =>
    typeof part === 'string' && known.get(field)?.has(part) === false
      ? [`${field} ${part}`]
      : strangers(part, known),
  );
}

test('whatever is asked, answers keep their schema, numbers and ids are those of rows, and nothing is written', async () => {
  await untilAlone(database);
  const before = await stateOf(database);
  const ids = await knownIds(database);
  await using asking = openAsking(database);
  const known = await namesOf(asking.ask);
  const answered: Record<string, number> = {};
  const each = Math.ceil(CALLS / TOOLS.length);
  for (const tool of TOOLS) {
    await fc.assert(
      fc.asyncProperty(madeUpArguments(tool, known), async (args) => {
        const result = await asking.call(tool.name, args, now);
        const where = `${tool.name} ${JSON.stringify(args)}: ${result.text.slice(0, 300)}`;
        if (result.isError) {
          assert.doesNotMatch(
            result.text,
            /internal error|TypeError|\bat .*:\d+|select |node_modules/,
            where,
          );
          return;
        }
        answered[tool.name] = (answered[tool.name] ?? 0) + 1;
        const answer = { text: result.text, data: result.structured };
        assertContract(tool.name, answer);
        assert.deepEqual(strangers(result.structured, ids), [], where);
      }),
      { numRuns: each, seed: SEED },
    );
  }
  for (const { name } of TOOLS)
    assert.ok((answered[name] ?? 0) >= each / 5, `${name}: ${answered[name]} of ${each}`);
  assert.equal(await stateOf(database), before);
});
