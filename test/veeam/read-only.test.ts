import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FakeVeeam, guid, startFakeVeeam } from '../support/fake-veeam.ts';
import { reachable } from '../support/imports.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const ID = guid(7);

/** What the readers are called with, besides the client; without an entry: nothing. */
const ARGUMENTS: Record<string, unknown[]> = {
  listSessions: [{ by: 'EndTime', since: new Date(0) }],
  getSession: [ID],
  listTaskSessions: [{ by: 'CreationTime' }],
  listTaskSessionsOf: [ID],
  getSessionLog: [ID, { status: 'Failed' }],
  getTaskSessionLog: [ID],
  getJob: [ID],
  listBackupFiles: [[ID]],
  listObjectsOfBackup: [ID],
  listRestoreMounts: ['vSphere'],
  getRestoredItems: [ID],
};

async function callEveryReader(veeam: FakeVeeam): Promise<string[]> {
  const client = veeam.client();
  const called: string[] = [];
  for (const file of globSync('veeam/*.ts', { cwd: SOURCES })) {
    const module = (await import(join(SOURCES, file))) as Record<string, unknown>;
    for (const [name, reader] of Object.entries(module)) {
      if (typeof reader !== 'function' || !/^(get|list)[A-Z]/.test(name)) continue;
      called.push(name);
      const result = reader(client, ...(ARGUMENTS[name] ?? [])) as AsyncIterable<unknown> | Promise<unknown>;
      const done = Symbol.asyncIterator in result ? Array.fromAsync(result) : result;
      await done.catch(() => {}); // the server knows none of these paths; what is sent is of interest
    }
  }
  veeam.clock.advance(880_000);
  await client.get('/api/v1/license').catch(() => {});
  await client.close();
  return called;
}

test('whatever is called, only GET, sign-in, refresh and sign-out are ever sent', async () => {
  await using veeam = await startFakeVeeam();
  const called = await callEveryReader(veeam);
  assert.ok(called.length >= 35, `${called.length} readers`);
  for (const name of Object.keys(ARGUMENTS)) assert.ok(called.includes(name), name);
  const others = veeam.requests.filter(({ method }) => method !== 'GET');
  assert.deepEqual(
    others.map(
      ({ method, path, body }) => `${method} ${path} ${new URLSearchParams(body).get('grant_type') ?? '-'}`,
    ),
    ['POST /api/oauth2/token password', 'POST /api/oauth2/token refresh_token', 'POST /api/oauth2/logout -'],
  );
  for (const { method, path, body, headers } of veeam.requests) {
    assert.match(String(headers['x-api-version']), /^1\.\d-rev\d$/);
    if (method === 'GET') assert.equal(body, '');
    if (method === 'GET') assert.match(path, /^\/(api\/v1|swagger)\//);
  }
});

test('a method, a body or another path cannot be slipped in', async () => {
  await using veeam = await startFakeVeeam({ '/api/v1/license': () => ({}) });
  const client = veeam.client();
  const slipped = {
    method: 'DELETE',
    body: 'x',
    fields: { a: 'b' },
    path: '/api/v1/other',
    query: { a: 'b' },
  };
  await client.get('/api/v1/license', slipped);
  const [request] = veeam.sent('/api/v1/license');
  assert.deepEqual([request?.method, request?.body], ['GET', '']);
  for (const path of [
    '/api/oauth2/token',
    'https://elsewhere/api/v1/x',
    '/api/v1/x?y=1',
    '//elsewhere/api/v1/x',
    '/api/v1/sessions/../../oauth2/token',
    '',
  ]) {
    await assert.rejects(client.get(path), /is no path of the Veeam API/);
  }
  assert.deepEqual(Object.keys(client).toSorted(), [
    'address',
    'clock',
    'close',
    'counters',
    'forRun',
    'get',
    'identity',
    'observeBuild',
    'revision',
    'settings',
  ]);
});

test('requests are made in one place, and forms are posted from one', () => {
  const using = (pattern: RegExp) =>
    globSync('{http,veeam}/*.ts', { cwd: SOURCES })
      .filter((file) => pattern.test(readFileSync(join(SOURCES, file), 'utf8')))
      .toSorted();
  assert.deepEqual(using(/dispatcher\.(request|stream|pipeline|dispatch)\(|\bfetch\(|https?\.request\(/), [
    'http/exchange.ts',
  ]);
  assert.deepEqual(using(/\.postForm\(/), ['veeam/connection.ts']);
  // The type of a request names them; who sends them is another matter.
  assert.deepEqual(using(/['"](PUT|PATCH|DELETE)['"]/), ['http/exchange.ts']);
});

test('what polls and what answers never reach what writes', () => {
  const writing = ['src/azure/writer.ts', 'src/recovery-services/'];
  for (const file of [
    'workers/main.ts',
    'workers/advisors.ts',
    'src/mcp/main.ts',
    'src/mcp/http/main.ts',
    'src/mcp/tools.ts',
  ]) {
    const reached = [...reachable(file).files.keys()];
    assert.ok(reached.length > 20, file);
    assert.deepEqual(
      reached.filter((path) => writing.some((part) => path.startsWith(part))),
      [],
      file,
    );
  }
});
