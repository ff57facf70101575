import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TOOLS } from '../../src/mcp/tools.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { openAsking, type Row } from '../mcp/contract/asking.ts';
import { assertContract } from '../mcp/contract/rules.ts';
import { simulate } from '../support/simulated.ts';
import { type Answered, assertExpected, type Expected, withFacts } from './check.ts';
import { collectEstates, type Estates } from './estate.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { openRawApi } from './raw-api.ts';

type Question = {
  id: string;
  estate: keyof Estates;
  ask: string;
  /** Hours after the last run at which it is asked; 0.2 if left out. */
  hours_later?: number;
  calls: { tool: string; args?: Row }[];
  facts: Expected[];
  /** Most tokens of one answer, text and structured content together. */
  tokens?: number;
};

const QUESTIONS = JSON.parse(readFileSync(join(import.meta.dirname, 'questions.json'), 'utf8')) as Question[];
const USUAL_TOKENS = 4_000;
const MOST_CALLS = 3;
const HOUR = 3_600_000;

let simulator: Simulator;
let estates: Estates;
let facts: Facts;

before(async () => {
  simulator = await simulate({
    scenario: 'demo',
    seed: 7,
    jobs: 24,
    days: 40,
    azurePort: 0,
    azureVaults: 3,
    azureItems: 20,
    azureDays: 40,
  });
  estates = await collectEstates(simulator);
  facts = await gatherFacts(simulator, await openRawApi(simulator));
});

after(async () => {
  for (const database of Object.values(estates ?? {})) await database[Symbol.asyncDispose]();
  await simulator?.[Symbol.asyncDispose]();
});

test('there are at least 60 questions, ten for a server alone and ten for vaults alone, and each argument is used', () => {
  const of = (estate: string) => QUESTIONS.filter((one) => one.estate === estate).length;
  assert.ok(QUESTIONS.length >= 60 && of('veeam') >= 10 && of('azure') >= 10);
  assert.equal(new Set(QUESTIONS.map(({ id, estate }) => `${estate} ${id}`)).size, QUESTIONS.length);
  const used = new Set(
    QUESTIONS.flatMap(({ calls }) => calls).flatMap(({ tool, args = {} }) =>
      Object.keys(args).map((name) => `${tool} ${name}`),
    ),
  );
  const all = TOOLS.flatMap(({ name, input }) => Object.keys(input.shape).map((one) => `${name} ${one}`));
  assert.deepEqual(
    all.filter((one) => !used.has(one)),
    [],
  );
  for (const { id, calls } of QUESTIONS) assert.ok(calls.length <= MOST_CALLS, id);
});

async function answersTo({ estate, calls, hours_later = 0.2 }: Question): Promise<Answered[]> {
  const now = new Date(simulator.clock.now().getTime() + hours_later * HOUR);
  await using asking = openAsking(estates[estate]);
  const answers: Answered[] = [];
  for (const { tool, args = {} } of calls) {
    const last = answers.at(-1)?.data.next_cursor;
    const given = withFacts(args, { ...facts, ...(last === undefined ? {} : { 'next.cursor': last }) });
    const result = await asking.call(tool, given, now);
    answers.push({ ...result, data: result.isError ? {} : result.structured });
  }
  return answers;
}

for (const question of QUESTIONS) {
  test(`${question.estate}, ${question.id}: ${question.ask}`, async () => {
    const answers = await answersTo(question);
    for (const [index, { isError, text, data }] of answers.entries()) {
      if (isError) continue;
      assertContract(question.calls[index]?.tool ?? '', { text, data });
      const tokens = (text.length + JSON.stringify(data).length) / 4;
      assert.ok(tokens <= (question.tokens ?? USUAL_TOKENS), `${tokens} tokens`);
    }
    for (const [index, expected] of withFacts(question.facts, facts).entries()) {
      const answer = answers[expected.call ?? 0];
      assert.ok(answer, `fact ${index}`);
      assertExpected(expected, answer, `fact ${index}`);
    }
    assert.deepEqual(await answersTo(question), answers, 'asked again');
  });
}
