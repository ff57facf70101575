import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as pages from '../../../src/mcp/apps/generated-views.ts';
import { addCapacityEstate, ID } from '../../support/capacity-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type McpSession, startMcp, toEnvironment } from '../../support/mcp-client.ts';
import { type HostAnswers, openPage } from './fake-page.ts';
import { GENERATED, renderViews } from './render-views.ts';

const AS_OF = '2024-11-20T10:30:00.000Z';
const TOOL = 'get_capacity_forecast';
const HOSTILE = '<img src=x onerror=alert(1)>&"\'';

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addCapacityEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const call = (args: Record<string, unknown>) =>
  mcp.client.callTool({ name: TOOL, arguments: { as_of: AS_OF, ...args } });
const callAgain: HostAnswers[string] = ({ name, arguments: args }) =>
  mcp.client.callTool({ name: name as string, arguments: args as Record<string, unknown> });
const askServer: HostAnswers = {
  'tools/call': callAgain,
  'resources/read': ({ uri }) => mcp.client.readResource({ uri: uri as string }),
};

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 3000 && !holds(); round += 1) await sleep(10);
  assert.ok(holds());
}

/** The view of the capacity tool after the host has given it a result. */
async function showIn(args: Record<string, unknown>, result: object, answers: HostAnswers, able?: object) {
  const page = openPage(pages.capacityPage, answers, able);
  await until(() => page.sent.some(({ method }) => method === 'ui/notifications/initialized'));
  page.tell({ method: 'ui/notifications/tool-input', params: { arguments: { as_of: AS_OF, ...args } } });
  page.tell({ method: 'ui/notifications/tool-result', params: result });
  return page;
}

test('the generated views are those that the sources make', async () => {
  assert.equal(
    readFileSync(GENERATED, 'utf8'),
    await renderViews(),
    'run node test/mcp/apps/render-views.ts',
  );
});

for (const [name, page] of Object.entries(pages)) {
  test(`${name} is small, whole, and asks no network for anything`, () => {
    assert.ok(Buffer.byteLength(page) <= 20_000, `${Buffer.byteLength(page)} bytes`);
    const addresses = page.match(/(?:https?:|["'`(=])\/\/[^\s"'`)]+/g) ?? [];
    assert.deepEqual([...new Set(addresses)], ['http://www.w3.org/2000/svg']);
    assert.doesNotMatch(
      page,
      /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|fetch\(|import\(|XMLHttp|url\((?!#)|@import|<link|\bsrc=/,
    );
    assert.match(page, /prefers-color-scheme:dark/);
  });
}

test('a name that looks like markup is shown as text, and nothing is made of it', async () => {
  const result = await call({ limit: 50 });
  const { repositories, summary } = result.structuredContent as { repositories: object[]; summary: string };
  const named = repositories.map((row) => ({ ...row, repository_name: HOSTILE }));
  const hostile = { ...result, structuredContent: { summary: summary + HOSTILE, repositories: named } };
  const page = await showIn({ limit: 50 }, hostile, askServer);
  await until(() => page.shown().filter((text) => text.startsWith('<img')).length === repositories.length);
  assert.ok(page.part('summary').textContent.includes(HOSTILE));
  const made = new Set(
    page
      .part('chart')
      .all()
      .map(({ tag }) => tag),
  );
  assert.deepEqual([...made].sort(), ['defs', 'path', 'pattern', 'rect', 'svg', 'text']);
});

test('one repository is drawn at once, and again with its days, which the view asks for', async () => {
  const page = await showIn({ repository: ID.growing }, await call({ repository: ID.growing }), askServer);
  await until(() => page.sent.filter(({ method }) => method === 'ui/notifications/size-changed').length >= 3);
  const [asked] = page.sent.filter(({ method }) => method === 'tools/call');
  assert.deepEqual(JSON.parse(JSON.stringify(asked?.params?.arguments)), {
    repository: ID.growing,
    source: 'vbr-1',
    include: [],
    history: '90d',
    as_of: AS_OF,
  });
  const shown = page.shown();
  assert.ok(shown.includes('Repo Täglich'));
  for (const threshold of ['80 % = 16 TiB', '90 % = 18 TiB', '100 % = 20 TiB'])
    assert.ok(shown.includes(threshold));
  const labels = page
    .part('chart')
    .all()
    .map((one) => one.attributes.get('aria-label') ?? '');
  assert.ok(
    labels.filter((label) => label.endsWith('used')).length > 10,
    'a mark for each day that was read',
  );
});

test('the picture comes too where the host withholds the structured content', async () => {
  const { structuredContent: _withheld, ...result } = await call({ limit: 3 });
  const page = await showIn({ limit: 3 }, result, askServer);
  await until(() => page.shown().includes('Repo Voll'));
});

test('and where it withholds it from the answer to the view as well', async () => {
  const dropping: HostAnswers = {
    ...askServer,
    'tools/call': async (params) => {
      const { structuredContent: _withheld, ...rest } = (await callAgain(params)) as {
        structuredContent: object;
      };
      return rest;
    },
  };
  const { structuredContent: _withheld, ...result } = await call({ limit: 3 });
  const page = await showIn({ limit: 3 }, result, dropping, { serverTools: {}, serverResources: {} });
  await until(() => page.shown().includes('Repo Voll'));
});

test('a host that hands nothing on gets the text, whole', async () => {
  const { structuredContent: _withheld, ...result } = await call({ limit: 3 });
  const page = await showIn({ limit: 3 }, result, {}, {});
  await until(() => !page.part('text').hidden && page.part('text').textContent !== '');
  assert.equal(page.part('text').textContent, (result.content as { text: string }[])[0]?.text);
});

test('an error is shown in its words, and an empty database as nothing known', async () => {
  const refused = await call({ repository: 'no such repository' });
  const page = await showIn({ repository: 'no such repository' }, refused, {}, {});
  await until(() => /no such repository/.test(page.part('text').textContent));

  await using empty = await createTestDatabase();
  await using session = await startMcp(toEnvironment(empty.settings));
  const nothing = await session.client.callTool({ name: TOOL, arguments: {} });
  const blank = await showIn({}, nothing, {}, {});
  await until(() => blank.part('summary').textContent.length > 30);
  assert.deepEqual(blank.shown(), []);
});

test('one stop for Tab, arrows from part to part, and each is read out', async () => {
  const page = await showIn({ limit: 3 }, await call({ limit: 3 }), askServer);
  await until(() => page.shown().includes('Repo Voll'));
  const marks = page
    .part('chart')
    .all()
    .filter(({ attributes }) => attributes.has('tabindex'));
  assert.deepEqual(
    marks.map(({ attributes }) => attributes.get('tabindex')),
    ['0', '-1', '-1'],
  );
  marks[0]?.listeners.get('keydown')?.({ key: 'ArrowDown', preventDefault: () => {} });
  assert.equal(marks[1]?.focused, 1);
  assert.deepEqual(
    marks.map(({ attributes }) => attributes.get('tabindex')),
    ['-1', '0', '-1'],
  );
  assert.match(page.part('readout').textContent, /^Scale-out 1: priority urgent/);
  marks[0]?.listeners.get('keydown')?.({ key: 'x', preventDefault: () => assert.fail() });
});

test('the theme is the host’s, then and later; other windows are not heard', async () => {
  const page = await showIn({ limit: 3 }, await call({ limit: 3 }), askServer);
  await until(() => page.shown().includes('Repo Voll'));
  assert.equal(page.root.dataset.theme, 'dark');
  page.tell({ method: 'ui/notifications/host-context-changed', params: { theme: 'light' } });
  assert.equal(page.root.dataset.theme, 'light');
  page.tell({ method: 'ui/notifications/host-context-changed', params: { theme: 'dark' } }, {});
  assert.equal(page.root.dataset.theme, 'light');
  page.tell({ id: 77, method: 'ui/resource-teardown', params: {} });
  assert.ok(page.sent.some((message) => message.id === 77));
});
