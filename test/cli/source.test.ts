import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listSources } from '../../src/pipeline/advisor.ts';
import { runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMcp } from '../support/mcp-client.ts';
import { configOf, simulate } from '../support/simulated.ts';

const ID = '127.0.0.1';

test('a server that is no more is in no answer about now, and in those about then; a run that reads it takes it back', async () => {
  await using simulator = await simulate({ jobs: 3, days: 3 });
  await using database = await createTestDatabase();
  const env = toEnvironment(configOf(simulator, database));
  const without = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('VEEAM_')));
  const source = (args: string[], given: Record<string, string> = without) =>
    runDr365(['source', ...args], given);
  const collect = async () => assert.equal((await runDr365(['worker', 'capacity'], env)).code, 0);
  const shown = async () => {
    const { stdout } = await runDr365(['status', '--json'], without);
    const { workers } = JSON.parse(stdout) as { workers: { sources: unknown[] }[] };
    return workers.reduce((sum, { sources }) => sum + sources.length, 0);
  };
  assert.match((await source(['list'])).stdout, /no source is known/);
  await collect();
  assert.match((await source(['list'])).stdout, new RegExp(`${ID.replaceAll('.', '\\.')}.*: last read 20`));
  assert.ok((await shown()) > 0);

  const configured = await source(['retire', ID], env);
  assert.equal(configured.code, 2);
  assert.match(configured.stderr, /still in the settings.*take it out of \.env or dr365\.toml/);
  const unknown = await source(['retire', 'elsewhere']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no source "elsewhere"/);

  const before = new Date().toISOString();
  const { code, stdout } = await source(['retire', ID]);
  assert.equal(code, 0);
  assert.match(stdout, /^retired .* on 20\d\d-.*: it is in no answer about a later moment/);
  assert.equal((await source(['retire', ID])).stdout, stdout, 'the moment stays');
  assert.match((await source(['list'])).stdout, /: retired 20/);
  assert.equal(await shown(), 0);

  const advisor = await database.as('advisor');
  await using mcp = await startMcp(without);
  const now = await mcp.ask('get_capacity_forecast', {});
  assert.deepEqual(now.data.sources, []);
  assert.match(now.text, /those that are known came later, or were retired before/);
  assert.match(await mcp.refused('get_capacity_forecast', { source: ID }), /^Retired on 20.*give as_of/);
  const then = await mcp.ask('get_capacity_forecast', { as_of: before });
  assert.equal((then.data.sources as unknown[]).length, 1);
  assert.deepEqual(await listSources(advisor), []);

  await collect();
  assert.match((await source(['list'])).stdout, /: last read 20/);
  assert.equal(((await mcp.ask('get_capacity_forecast', {})).data.sources as unknown[]).length, 1);
  assert.equal((await source(['retire', ID])).code, 0);
  assert.match((await source(['resume', ID])).stdout, /counts again/);
  assert.ok((await shown()) > 0);
});

test('what source is not asked for is refused with its usage', async () => {
  for (const args of [[], ['retire'], ['list', 'x'], ['remove', 'x']]) {
    const { code, stderr } = await runDr365(['source', ...args], {});
    assert.equal(code, 2);
    assert.match(stderr, /usage: dr365 source list/);
  }
});
