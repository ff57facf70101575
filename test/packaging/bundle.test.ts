import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { listedTools } from '../../src/mcp/listed-tools.ts';
import { createTestDatabase } from '../support/database.ts';
import { addEstate } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { type Built, buildOnce } from './built.ts';

const AS_OF = '2024-11-20T10:30:00.000Z';
const NOTHING_THERE = { DB_HOST: '127.0.0.1', DB_PORT: '1', DB_READER_PASSWORD: 'x' };

let built: Built;
before(async () => {
  built = await buildOnce();
});
after(() => built[Symbol.dispose]());

async function introduction({ client }: McpSession): Promise<object> {
  const { tools } = await client.listTools();
  return {
    version: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions(),
    tools,
  };
}

test('the bundle introduces itself and lists its tools as the sources do, alone in a folder', async () => {
  await using sources = await startMcp(NOTHING_THERE);
  await using bundle = await startMcp(NOTHING_THERE, [built.server]);
  assert.deepEqual(await introduction(bundle), await introduction(sources));
});

test('every tool of the bundle answers, refuses and pages as the sources do', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  const env = toEnvironment(database.settings);
  await using sources = await startMcp(env);
  await using bundle = await startMcp(env, [built.server]);
  const answer = (mcp: McpSession, name: string, args: object) =>
    mcp.client.callTool({ name, arguments: { ...args } });

  const questions: [string, object][] = [
    ['get_health_status', { as_of: AS_OF, limit: 1 }],
    ['get_health_status', { as_of: AS_OF, detail: 'detailed', history: '30d' }],
    ['get_health_status', { job: 'no such job' }],
    ['get_health_stat', {}],
    ...(await listedTools()).flatMap(({ name }): [string, object][] => [
      [name, { as_of: AS_OF }],
      [name, { as_of: 'the day before the flood' }],
      [name, { nonsense: 1 }],
    ]),
  ];
  for (const [name, args] of questions) {
    const expected = await answer(sources, name, args);
    assert.deepEqual(await answer(bundle, name, args), expected, `${name} ${JSON.stringify(args)}`);
  }
});

test('a database that does not answer is told in the same words', async () => {
  await using bundle = await startMcp(NOTHING_THERE, [built.server]);
  assert.match(await bundle.refused('get_health_status'), /^The database does not answer: check DB_HOST/);
});

test('a database that is older than the program is found out by the migrations inside', async () => {
  await using database = await createTestDatabase();
  const owner = await database.as('owner');
  await sql`delete from kysely_migration where name = '0004_health'`.execute(owner.metrics.db);
  await using bundle = await startMcp(toEnvironment(database.settings), [built.server]);
  assert.match(await bundle.refused('get_health_status'), /older than this program/);
});

test('wrong settings end the bundle with code 2 and one message', () => {
  const { status, stderr } = spawnSync(process.execPath, [built.server], {
    env: { DB_HOST: '127.0.0.1', DB_PORT: 'many', DB_READER_PASSWORD: 'x' },
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.match(stderr, /^dr365: DB_PORT=many is wrong: it has to be a port number/);
});

const REPLACED =
  /^(MCP error -?\d+: )*The program of this server was replaced or removed while it ran: start the server again/;

const replacements: [string, (file: string, code: string) => void][] = [
  ['by a longer one', (file, code) => writeFileSync(file, `${code}/* newer */\n`)],
  ['by a shorter one', (file, code) => writeFileSync(file, code.slice(0, 1000))],
  ['by one of the same length', (file, code) => writeFileSync(file, code.replaceAll('a', 'b'))],
  ['by nothing', (file) => rmSync(file)],
];

test('a server whose file is replaced while it runs says so, runs none of it, and shows no path', async () => {
  const code = readFileSync(built.server, 'utf8');
  for (const [how, replace] of replacements) {
    const file = join(dirname(built.server), 'replaced.cjs');
    writeFileSync(file, code);
    await using bundle = await startMcp(NOTHING_THERE, [file]);
    replace(file, code);
    assert.match(await bundle.refused('find', { name: 'sql' }), REPLACED, how);
    assert.match(await bundle.refused('find', { name: 'sql' }), REPLACED, `${how}, again`);
    for (const asked of [
      () => bundle.client.listResources(),
      () => bundle.client.readResource({ uri: 'dr365://glossary' }),
      () => bundle.client.listPrompts(),
      () => bundle.client.getPrompt({ name: 'morning_check' }),
    ])
      await assert.rejects(asked, { message: REPLACED }, how);
  }
});

test('a Node.js that is too old is told which one is needed', () => {
  const preload = join(dirname(built.server), 'old.cjs');
  writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '18.20.0' });");
  const { status, stderr } = spawnSync(process.execPath, ['-r', preload, built.server], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /^dr365 needs Node\.js \d+ or newer, this is 18\.20\.0/);
});
