import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTestDatabase, type TestDatabase, testServer } from '../../support/database.ts';
import { addEstate } from '../../support/health-rows.ts';
import { startMcp, toEnvironment } from '../../support/mcp-client.ts';
import { connectClient, spawnHttpMcp, startHttpMcp } from '../../support/mcp-http.ts';

const TOOL = 'get_health_status';
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: TOOL, arguments: {} } };

type Lock = AsyncDisposable & { waiting: () => Promise<number>; release: () => Promise<void> };

/** Holds what every answer needs, so that each call waits in the database. */
async function lockDatabase({ settings }: TestDatabase): Promise<Lock> {
  const { host, port, user, password } = testServer();
  const connectAs = async (database: string) => {
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    return client;
  };
  const holder = await connectAs(settings.metricsName);
  const watcher = await connectAs('postgres');
  await holder.query('begin; lock table source, run in access exclusive mode');
  return {
    waiting: async () => {
      const { rowCount } = await watcher.query(
        `select from pg_stat_activity where datname = $1 and application_name = 'dr365 mcp' and wait_event_type = 'Lock'`,
        [settings.metricsName],
      );
      return rowCount ?? 0;
    },
    release: async () => void (await holder.query('rollback')),
    [Symbol.asyncDispose]: async () => void (await Promise.all([holder.end(), watcher.end()])),
  };
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await sleep(20);
}

test('a client that hangs up takes its questions back from the database', async () => {
  await using database = await createTestDatabase();
  await using server = await startHttpMcp(toEnvironment(database.settings));
  await using lock = await lockDatabase(database);

  const hangUp = new AbortController();
  const asked = Array.from({ length: 6 }, () =>
    server.send({
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(CALL),
      signal: hangUp.signal,
    }),
  );
  const ended = Promise.allSettled(asked);
  await until(async () => (await lock.waiting()) === 4); // as many as the pool has connections; two wait for those
  hangUp.abort();
  await ended;
  await until(async () => (await lock.waiting()) === 0);
  await until(() => server.log().filter(({ msg }) => msg === 'tool called').length === 6);
  assert.ok(server.log().every(({ msg, givenUp }) => msg !== 'tool called' || givenUp === true));

  await lock.release();
  assert.equal((await server.post(CALL)).status, 200);
});

test('a question that is cancelled in a session, or on stdio, is taken back from the database', async () => {
  await using database = await createTestDatabase();
  const env = toEnvironment(database.settings);
  await using server = await startHttpMcp({ ...env, MCP_HTTP_SESSIONS: 'on' });
  await using session = await server.connect();
  await using stdio = await startMcp(env);
  await using lock = await lockDatabase(database);
  for (const client of [session, stdio.client]) {
    const cancel = new AbortController();
    const asked = client.callTool({ name: TOOL }, undefined, { signal: cancel.signal });
    const refused = assert.rejects(asked);
    await until(async () => (await lock.waiting()) === 1);
    cancel.abort('no longer needed');
    await refused;
    await until(async () => (await lock.waiting()) === 0);
  }
});

test('an answer that takes longer than the limit is given up, here and in the database', async () => {
  await using database = await createTestDatabase();
  await using server = await startHttpMcp({
    ...toEnvironment(database.settings),
    MCP_HTTP_TIMEOUT_SECONDS: '1',
  });
  await using lock = await lockDatabase(database);
  const { result } = (await (await server.post(CALL)).json()) as {
    result: { isError: boolean; content: { text: string }[] };
  };
  assert.equal(result.isError, true);
  assert.match(result.content[0]?.text ?? '', /^The answer took longer than 1 s and was given up: narrow /);
  await until(async () => (await lock.waiting()) === 0);
});

test('a client that asked for progress hears that its answer is still worked on', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  const env = toEnvironment(database.settings);
  await using stateless = await startHttpMcp(env);
  await using withSessions = await startHttpMcp({ ...env, MCP_HTTP_SESSIONS: 'on' });
  await using one = await stateless.connect();
  await using other = await withSessions.connect();
  await using stdio = await startMcp(env);
  for (const client of [one, other, stdio.client]) {
    await using lock = await lockDatabase(database);
    const heard: number[] = [];
    const asked = client.callTool({ name: TOOL }, undefined, {
      onprogress: ({ progress }) => heard.push(progress),
    });
    await until(() => heard.length >= 2);
    await lock.release();
    assert.equal((await asked).isError, undefined);
    assert.ok(Number(heard[1]) > Number(heard[0]), heard.join());
  }
});

test('a client that sets a log level hears of its calls from that level on, and nothing before', async () => {
  await using database = await createTestDatabase();
  const env = { ...toEnvironment(database.settings), MCP_HTTP_SESSIONS: 'on' };
  await using server = await startHttpMcp(env);
  await using client = await server.connect();
  const heard: unknown[] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => {
    if (method === 'notifications/message') heard.push(params);
  };
  await client.callTool({ name: 'no_such_tool' });
  await client.setLoggingLevel('warning');
  await client.callTool({ name: TOOL });
  await client.callTool({ name: 'no_such_tool' });
  const data = { tool: 'no_such_tool', outcome: 'not answered', rows: 0 };
  assert.deepEqual(heard, [{ level: 'warning', logger: 'dr365', data }]);
});

test('a process that is asked to end answers what it was asked, takes nothing new, and ends with 0', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  for (const MCP_HTTP_SESSIONS of ['off', 'on']) {
    await using server = await spawnHttpMcp({ ...toEnvironment(database.settings), MCP_HTTP_SESSIONS });
    const client = await connectClient(server.url);
    await client.callTool({ name: TOOL });
    await using lock = await lockDatabase(database);
    const asked = client.callTool({ name: TOOL });
    await until(async () => (await lock.waiting()) === 1);
    const ended = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    await until(() =>
      fetch(new URL('/healthz', server.url)).then(
        () => false,
        () => true,
      ),
    );
    await lock.release();
    assert.equal((await asked).isError, undefined);
    assert.deepEqual(await ended, [0, null]);
  }
});
