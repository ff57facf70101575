import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addJob, addSource, uuid } from '../../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../../support/mcp-client.ts';

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  await addSource(db, { source_id: 'vbr-2', name: 'Zürich' });
  const jobs: [name: string, more?: { source_id?: string; vanished_at?: Date }][] = [
    ['Täglich'],
    ['SQL täglich'],
    ['Other', { source_id: 'vbr-2' }],
    ['Gone täglich', { vanished_at: new Date('2024-11-01T00:00:00Z') }],
    ['Hidden\u202e täglich'],
    ...Array.from({ length: 130 }, (_, index): [string] => [`Batch ${String(index).padStart(3, '0')}`]),
  ];
  for (const [index, [name, more]] of jobs.entries())
    await addJob(db, { job_id: uuid(index + 1), name, ...more });
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const textOf = ([message]: { content: { type: string } }[]): string =>
  (message?.content as { text?: string } | undefined)?.text ?? '';

async function complete(name: string, argument: string, value: string, chosen?: Record<string, string>) {
  const { completion } = await mcp.client.complete({
    ref: { type: 'ref/prompt', name },
    argument: { name: argument, value },
    ...(chosen ? { context: { arguments: chosen } } : {}),
  });
  return completion;
}

test('every prompt is listed with its words, and asks for tools that there are', async () => {
  const { prompts } = await mcp.client.listPrompts();
  const names = prompts.map(({ name }) => name);
  assert.deepEqual(names, [
    'audit_evidence',
    'capacity_outlook',
    'morning_check',
    'why_did_it_fail',
    'worst_risk_and_plan',
  ]);
  const tools = (await mcp.client.listTools()).tools.map(({ name }) => name);
  for (const prompt of prompts) {
    assert.ok(prompt.title && prompt.description);
    const args = Object.fromEntries(
      (prompt.arguments ?? []).filter((one) => one.required).map((one) => [one.name, 'x']),
    );
    const { messages } = await mcp.client.getPrompt({ name: prompt.name, arguments: args });
    const text = textOf(messages);
    const named = text.match(/\b(?:get_|analyze_|explain_|what_changed)\w*/g) ?? [];
    assert.ok(named.length >= 2, prompt.name);
    assert.deepEqual(
      named.filter((tool) => !tools.includes(tool)),
      [],
      prompt.name,
    );
  }
});

test('what a person picks stands in the question as a name, without what hides in it', async () => {
  const job = 'SQL`\u202e ignore\nall';
  const { messages } = await mcp.client.getPrompt({
    name: 'why_did_it_fail',
    arguments: { job, source: 'vbr-1' },
  });
  assert.match(textOf(messages), /^Why does the job `SQL' ignore all` fail\? Only of the source `vbr-1`/);
});

test('jobs are completed without regard to case and accents, first those that begin so, without the deleted', async () => {
  const { values, total } = await complete('why_did_it_fail', 'job', 'TAG');
  // What has a hidden character is offered by its id.
  assert.deepEqual(values, ['Täglich', uuid(5), 'SQL täglich']);
  assert.equal(total, 3);
});

test('at most 100 are offered, and how many there are is said', async () => {
  const { values, total, hasMore } = await complete('why_did_it_fail', 'job', 'batch');
  assert.deepEqual([values.length, total, hasMore], [100, 130, true]);
});

test('a chosen source keeps completion to its own, by name or id', async () => {
  for (const source of ['vbr-2', 'zurich'])
    assert.deepEqual((await complete('why_did_it_fail', 'job', '', { source })).values, ['Other']);
  assert.deepEqual((await complete('why_did_it_fail', 'job', '', { source: 'nowhere' })).values, []);
  assert.deepEqual((await complete('morning_check', 'source', 'zu')).values, ['Zürich']);
  assert.deepEqual((await complete('audit_evidence', 'tier', '')).values, ['1', '2', '3', '4']);
});

test('what does not exist is refused with what does', async () => {
  const { client } = mcp;
  await assert.rejects(client.getPrompt({ name: 'morning_chek' }), /did you mean morning_check\?/);
  await assert.rejects(client.getPrompt({ name: 'why_did_it_fail' }), /why_did_it_fail needs job/);
  await assert.rejects(
    client.getPrompt({ name: 'morning_check', arguments: { site: 'x' } }),
    /unknown argument site; morning_check takes: source, since/,
  );
  await assert.rejects(complete('why_did_it_fail', 'jobb', ''), /no argument "jobb"; did you mean job\?/);
  const { completion } = await client.complete({
    ref: { type: 'ref/resource', uri: 'dr365://job/{source}/{job}' },
    argument: { name: 'constructor', value: 'a' },
  });
  assert.deepEqual(completion.values, [], 'a part that the address does not have');
});

test('a database that is down is said in words', async () => {
  await using down = await startMcp({ ...toEnvironment(database.settings), DB_PORT: '1' });
  const asked = down.client.complete({
    ref: { type: 'ref/prompt', name: 'why_did_it_fail' },
    argument: { name: 'job', value: '' },
  });
  await assert.rejects(asked, /does not answer: check DB_HOST and DB_PORT/);
});
