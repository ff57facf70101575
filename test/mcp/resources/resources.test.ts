import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { matchTemplate } from '../../../src/mcp/registry-resources.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addEstate } from '../../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../../support/mcp-client.ts';

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Content = { uri: string; mimeType: string; text: string; _meta?: unknown };
const read = async (uri: string) => (await mcp.client.readResource({ uri })).contents as Content[];

test('every resource that is listed can be read, as what it is listed', async () => {
  const { resources } = await mcp.client.listResources();
  assert.equal(resources.length, 8);
  for (const { uri, mimeType, title, description } of resources) {
    assert.ok(title && description, uri);
    const [content, ...more] = await read(uri);
    assert.equal(more.length, 0);
    assert.equal(content?.mimeType, mimeType);
    assert.ok((content?.text.length ?? 0) > 200, uri);
  }
});

test('each tool that names a view names one that is there, under both keys, and the view wants no network', async () => {
  const { tools } = await mcp.client.listTools();
  const uris = tools.flatMap(({ _meta }) => {
    const ui = (_meta?.ui as { resourceUri: string } | undefined)?.resourceUri;
    assert.equal(_meta?.['ui/resourceUri'], ui);
    return ui ?? [];
  });
  assert.equal(new Set(uris).size, 4);
  for (const uri of uris) {
    const [content] = await read(uri);
    assert.equal(content?.mimeType, 'text/html;profile=mcp-app');
    assert.deepEqual(content?._meta, { ui: { prefersBorder: true, csp: {} } });
  }
});

test('the data model names every table of both databases, with its comment', async () => {
  const [content] = await read('dr365://data-model');
  for (const table of ['job_health', 'capacity_forecast', 'risk_item', 'remediation_plan'])
    assert.match(content?.text ?? '', new RegExp(`- \`${table}\`: (?!no comment).{20}`));
  assert.doesNotMatch(content?.text ?? '', /kysely/);
});

test('the latest report has what the tools say, and what there is no data of', async () => {
  const [content] = await read('dr365://report/latest');
  for (const part of ['## Health', '## Risks', '## Capacity', '## Recovery', 'SQL Nightly', 'STALE'])
    assert.ok(content?.text.includes(part), part);
  assert.match(content?.text ?? '', /no run of the capacity worker/);
});

test('a job has an address, and one that does not exist is refused with the nearest', async () => {
  const [content] = await read('dr365://job/vbr-1/SQL%20Nightly');
  assert.match(content?.text ?? '', /^# Job `SQL Nightly`/);
  assert.match(content?.text ?? '', /FAILING/);
  await assert.rejects(read('dr365://job/vbr-1/SQL%20Nigtly'), /SQL Nightly/);
  await assert.rejects(read('dr365://job/vbr-1'), { code: -32002 });
  await assert.rejects(read('file:///etc/passwd'), { code: -32002 });
});

test('an answer can be read as JSON, and is the tool’s own', async () => {
  const args = { as_of: '2024-11-20T10:30:00.000Z', limit: 1 };
  const [content] = await read(
    `dr365://answer/get_health_status/${encodeURIComponent(JSON.stringify(args))}`,
  );
  assert.deepEqual(JSON.parse(content?.text ?? ''), (await mcp.ask('get_health_status', args)).data);
  await assert.rejects(read('dr365://answer/get_health_status/nonsense'), /has to be a JSON object/);
  await assert.rejects(read('dr365://answer/get_health_status/%5B%5D'), /has to be a JSON object/);
  await assert.rejects(read('dr365://answer/no_such_tool/%7B%7D'), /no tool "no_such_tool"/);
  await assert.rejects(read('dr365://answer/get_health_status/%7B%22limt%22%3A1%7D'), /did you mean limit/);
});

test('templates match whole parts, decoded, and nothing else', () => {
  const template = 'dr365://job/{source}/{job}';
  assert.deepEqual(matchTemplate(template, 'dr365://job/a/b%2Fc%20%C3%A4'), { source: 'a', job: 'b/c ä' });
  for (const uri of [
    'dr365://job/a',
    'dr365://job/a/b/c',
    'dr365://job//b',
    'dr365://jobs/a/b',
    'dr365://job/a/%E0%A4%A',
  ])
    assert.equal(matchTemplate(template, uri), undefined, uri);
});
