import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ArmError } from '../../src/azure/arm-error.ts';
import { createAzureClient } from '../../src/azure/client.ts';
import { listJobs } from '../../src/azure/jobs.ts';
import { listProtectedItems } from '../../src/azure/protected-items.ts';
import type { AzureReading } from '../../src/azure/reading.ts';
import { type AzureSettings, toEndpoint } from '../../src/azure/settings.ts';
import { listUsages } from '../../src/azure/usages.ts';
import { getVault } from '../../src/azure/vaults.ts';
import { ConfigError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { createReading } from '../../src/reading.ts';
import { errorOf } from '../support/http-server.ts';
import { type Handler, sendJson, startTlsServer } from '../support/tls-server.ts';
import { countOf, rowsOf, startFakeArm, TOKEN, VAULT, VAULT_PATH } from './fake-arm.ts';

const USAGES = `${VAULT_PATH}/usages`;
const ITEMS = `${VAULT_PATH}/backupProtectedItems`;
const usage = (name: string) => ({ unit: 'Bytes', currentValue: 1, limit: -1, name: { value: name } });
const item = (name: string) => ({
  id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/${name}`,
  name,
  properties: { friendlyName: name },
});

/** Answers the first requests in turn, and all later ones with `last`. */
function inTurn(last: object, ...turns: Handler[]): Handler {
  let number = 0;
  return (request, response) => {
    const turn = turns[number];
    number += 1;
    return turn ? turn(request, response) : sendJson(response, 200, last);
  };
}

const refuse =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    sendJson(response, status, { error: { code: 'TooManyRequests', message: 'slow down' } }, headers);

test('pages are followed by their links as they are, over empty ones, to an absent, null or empty link', async () => {
  for (const end of [undefined, null, '']) {
    const pages: Record<string, (origin: string) => object> = {
      '': (origin) => ({
        value: [item('a')],
        nextLink: `${origin}${ITEMS}?api-version=2016-12-01&$skipToken=A%2b%3d+x`,
      }),
      'A+= x': (origin) => ({
        value: [],
        nextLink: `${origin.replace('localhost', 'LOCALHOST')}${ITEMS}?$skipToken=B`,
      }),
      B: () => ({ value: [item('b'), item('A')], ...(end === undefined ? {} : { nextLink: end }) }),
    };
    const sent: string[] = [];
    await using arm = await startFakeArm((origin) => ({
      [ITEMS]: ({ query, headers }, response) => {
        assert.equal(headers.authorization, `Bearer ${TOKEN}`);
        sent.push(String(query));
        sendJson(response, 200, pages[query.get('$skipToken') ?? '']?.(origin));
      },
    }));
    const client = arm.client();
    const reading: AzureReading = createReading('items');
    const rows = await rowsOf(listProtectedItems(client, VAULT, {}, { reading }));
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.equal(sent[0], 'api-version=2023-04-01');
    assert.match(String(sent[1]), /^api-version=2016-12-01&/);
    assert.deepEqual(
      [reading.pages, reading.rowsFetched, reading.duplicates, reading.rowsTotal, reading.complete],
      [3, 2, 1, null, true],
    );
    await client.close();
  }
});

test('a link to another host, port or scheme is not followed, and the token is not sent there', async () => {
  await using foreign = await startTlsServer((_request, response) => sendJson(response, 200, { value: [] }));
  const links = (port: number) => [
    `https://localhost:${foreign.port}${USAGES}`,
    `https://127.0.0.1:${foreign.port}${USAGES}`,
    `https://127.0.0.1:${port}${USAGES}`,
    `http://localhost:${port}${USAGES}`,
    `https://localhost:${port}@localhost:${foreign.port}${USAGES}`,
    `//localhost:${foreign.port}${USAGES}`,
    `https://user:word@localhost:${port}${USAGES}`,
    'not a link \u0000',
  ];
  for (const index of links(0).keys()) {
    await using arm = await startFakeArm((origin) => ({
      [USAGES]: { value: [usage('a')], nextLink: links(Number(new URL(origin).port))[index] },
    }));
    const client = arm.client();
    const reading = createReading('usages');
    const error = await errorOf(rowsOf(listUsages(client, VAULT, { reading })));
    assert.equal(error.code, 'bad-answer', links(0)[index]);
    assert.match(error.message, /was not followed/);
    assert.equal(error.retryable, false);
    assert.equal(reading.complete, false);
    assert.equal(arm.requests.length, 1);
    await client.close();
  }
  assert.equal(foreign.requests.length, 0);
});

test('links that go round in a circle end the list, which is then not complete', async () => {
  await using arm = await startFakeArm((origin) => ({
    [USAGES]: { value: [usage('a')], nextLink: `${origin}${USAGES}?page=2` },
  }));
  const client = arm.client();
  const reading = createReading('usages');
  assert.equal((await rowsOf(listUsages(client, VAULT, { reading }))).length, 1);
  assert.equal(reading.complete, false);
  assert.match(String(reading.reason), /circle/);
  assert.equal(arm.requests.length, 2);
  await client.close();
});

test('a list that breaks off after a page gives that page, and is not complete', async () => {
  await using arm = await startFakeArm((origin) => ({
    [USAGES]: inTurn({}, (_request, response) =>
      sendJson(response, 200, { value: [usage('a')], nextLink: `${origin}/subscriptions/gone` }),
    ),
  }));
  const client = arm.client();
  const reading = createReading('usages');
  const pages = listUsages(client, VAULT, { reading });
  assert.equal((await pages.next()).value?.items.length, 1);
  assert.equal((await errorOf(pages.next())).code, 'not-found');
  assert.equal(reading.complete, false);
  await client.close();
});

test('an answer that is no list is refused, not taken for an empty one', async () => {
  for (const answer of [{}, { value: null }, { value: {} }, []]) {
    await using arm = await startFakeArm({ [USAGES]: answer });
    const client = arm.client();
    assert.equal((await errorOf(rowsOf(listUsages(client, VAULT)))).code, 'bad-answer');
    await client.close();
  }
});

test('429 waits as long as Retry-After says, in seconds or until a date, and backs off where it says nothing', async () => {
  const date = new Date(Date.parse('2026-03-01T12:00:00Z') + 90_000).toUTCString();
  for (const [headers, slept] of [
    [{ 'retry-after': '17' }, [17_000]],
    [{ 'retry-after': date }, [90_000]],
    [{}, [375]],
    [{ 'retry-after': 'soon' }, [375]],
  ] as const) {
    await using arm = await startFakeArm({ [USAGES]: inTurn({ value: [] }, refuse(429, headers)) });
    const client = arm.client();
    const reading = createReading('usages');
    await rowsOf(listUsages(client, VAULT, { reading }));
    assert.deepEqual(arm.clock.slept, slept);
    assert.deepEqual([reading.requests, reading.retries, reading.complete], [2, 1, true]);
    await client.close();
  }
});

test('429 after all retries is throttled, with code, request id and how long to wait', async () => {
  await using arm = await startFakeArm({
    [USAGES]: refuse(429, {
      'retry-after': '5',
      'x-ms-request-id': 'id-1',
      'x-ms-ratelimit-remaining-subscription-reads': '0',
    }),
  });
  const client = arm.client();
  const reading: AzureReading = createReading('usages');
  const error = await errorOf(rowsOf(listUsages(client, VAULT, { reading })));
  assert.ok(error instanceof ArmError);
  assert.deepEqual(
    [error.code, error.armCode, error.requestId, error.retryAfterSeconds, error.retryable, error.status],
    ['throttled', 'TooManyRequests', 'id-1', 5, true, 429],
  );
  assert.match(error.message, /request id-1/);
  assert.equal(reading.throttle?.readsLeft, 0);
  await client.close();
});

test('what Azure says about its limits and the request is kept with the reading', async () => {
  await using arm = await startFakeArm({
    [USAGES]: (_request, response) =>
      sendJson(
        response,
        200,
        { value: [] },
        {
          'x-ms-ratelimit-remaining-subscription-resource-requests': '149',
          'x-ms-request-id': 'id-2',
        },
      ),
  });
  const client = arm.client();
  const reading: AzureReading = createReading('usages');
  await rowsOf(listUsages(client, VAULT, { reading }));
  assert.deepEqual(reading.throttle, { readsLeft: null, providerLeft: 149, queriesLeft: null });
  assert.equal(reading.requestId, 'id-2');
  await client.close();
});

test('503 and a dropped connection are asked again; a lasting 503 is a server error', async () => {
  const drop: Handler = (_request, response) => void response.destroy();
  await using arm = await startFakeArm({
    [USAGES]: inTurn({ value: [usage('a')] }, refuse(503), drop, refuse(502)),
    [ITEMS]: refuse(503, { 'retry-after': '1' }),
  });
  const client = arm.client();
  assert.equal((await rowsOf(listUsages(client, VAULT))).length, 1);
  const error = await errorOf(rowsOf(listProtectedItems(client, VAULT)));
  assert.deepEqual([error.code, error.retryable, countOf(arm, ITEMS)], ['server-error', true, 5]);
  await client.close();
});

test('a resource manager that refuses connections is unreachable', async () => {
  const client = createAzureClient(
    { resourceManagerUrl: 'https://127.0.0.1:1', credential: { mode: 'static', token: TOKEN } },
    { retry: { retries: 0 } },
  );
  const error = await errorOf(getVault(client, VAULT));
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /AZURE_RESOURCE_MANAGER_URL/);
  await client.close();
});

test('a certificate that is not trusted ends it before the token is sent', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client({}, { tls: { mode: 'system' } });
  assert.equal((await errorOf(getVault(client, VAULT))).code, 'tls');
  assert.equal(arm.requests.length, 0);
  await client.close();
});

test('a refusal has Azure’s code, its inner details and the request id, and never the token', async () => {
  const error = {
    code: 'AuthorizationFailed',
    message: `The client with token ${TOKEN}\u0007 may not.`,
    target: 'kv1',
    details: [{ error: { code: 'Inner', message: 'inner text' } }],
  };
  await using arm = await startFakeArm({
    [USAGES]: (_request, response) => sendJson(response, 403, { error }, { 'x-ms-request-id': 'id-3' }),
  });
  const client = arm.client();
  const thrown = await errorOf(rowsOf(listUsages(client, VAULT)));
  assert.ok(thrown instanceof ArmError);
  assert.deepEqual([thrown.code, thrown.armCode, thrown.target], ['forbidden', 'AuthorizationFailed', 'kv1']);
  assert.equal(thrown.details[0]?.code, 'Inner');
  assert.match(
    thrown.message,
    /AuthorizationFailed: The client with token \*\*\* may not\.; Inner: inner text; request id-3/,
  );
  assert.ok(!inspect(thrown, { depth: 20, showHidden: true }).includes(TOKEN));
  await client.close();
});

test('refusals of other shapes are errors of the right kind: a proxy’s page, no body, code at the top', async () => {
  for (const [status, body, code] of [
    [502, '<html>bad</html>', 'server-error'],
    [400, '', 'rejected'],
    [409, '{"code":"Conflict","message":"busy"}', 'rejected'],
    [307, '', 'bad-answer'],
  ] as const) {
    await using arm = await startFakeArm({
      [USAGES]: (_request, response) => {
        response.writeHead(status, { location: 'https://elsewhere.example/' });
        response.end(body);
      },
    });
    const client = arm.client({ retry: { retries: 0 } });
    assert.equal((await errorOf(rowsOf(listUsages(client, VAULT)))).code, code);
    await client.close();
  }
});

test('what does not exist is null, and that is a complete answer', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client();
  const reading = createReading('vault');
  assert.equal(await getVault(client, VAULT, { reading }), null);
  assert.equal(reading.complete, true);
  await client.close();
});

test('a 401 for a token that cannot be replaced is sent once', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client({}, { credential: { mode: 'static', token: 'stale' } });
  assert.equal((await errorOf(getVault(client, VAULT))).code, 'sign-in');
  assert.equal(arm.requests.length, 1);
  await client.close();
});

test('a run stops at its budget and at its signal', async () => {
  await using arm = await startFakeArm({ [USAGES]: { value: [] } });
  const client = arm.client();
  const run = client.forRun({ requestBudget: 1 });
  await rowsOf(listUsages(run, VAULT));
  assert.equal((await errorOf(rowsOf(listUsages(run, VAULT)))).code, 'budget');
  const stopped = client.forRun({ signal: AbortSignal.abort(new Error('stopped')) });
  assert.equal((await errorOf(rowsOf(listUsages(stopped, VAULT)))).message, 'stopped');
  assert.equal(arm.requests.length, 1);
  await client.close();
});

test('reading is all it can do: other paths, methods and posts are not sent', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client();
  const call = { apiVersion: '2023-04-01' };
  for (const path of [
    'https://elsewhere/x',
    '//elsewhere/x',
    '/a?b=c',
    '/a/../b',
    '/a/%2E%2e/b',
    '/a\\b',
    '',
    '/a b',
  ])
    await assert.rejects(client.get(path, call), /is no path of Azure/);
  for (const path of [
    `${VAULT_PATH}/backupJobs/1/cancel`,
    `${VAULT_PATH}/backupFabrics/Azure/refreshContainers`,
    `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/i/backup`,
    `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints/1/restore`,
  ])
    await assert.rejects(client.post(path, {}, call), /takes no question/);
  assert.equal(arm.requests.length, 0);
  await client.close();
});

test('logs hold neither token nor secret', async () => {
  await using arm = await startFakeArm({ [USAGES]: { value: [usage('a')] } });
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const client = arm.client({ log });
  await rowsOf(listUsages(client, VAULT));
  await errorOf(client.get('/subscriptions/gone', { apiVersion: '1' }));
  await client.close();
  assert.ok(lines.length >= 2);
  assert.ok(!lines.join('').includes(TOKEN));
});

test('clouds have their own addresses, and the scope follows the address in use', () => {
  const credential = { mode: 'static', token: 'x' } as const;
  const of = (settings: Partial<AzureSettings>) => toEndpoint({ credential, ...settings });
  assert.equal(of({}).scope, 'https://management.azure.com/.default');
  assert.equal(of({ cloud: 'us-government' }).scope, 'https://management.usgovcloudapi.net/.default');
  assert.equal(of({ cloud: 'us-government' }).authorityHost, 'https://login.microsoftonline.us');
  assert.equal(of({ cloud: 'china' }).host, 'management.chinacloudapi.cn');
  assert.equal(of({ cloud: 'china' }).authorityHost, 'https://login.chinacloudapi.cn');
  assert.deepEqual(
    [
      of({ resourceManagerUrl: 'https://stack.local:8443/' }).scope,
      of({ authorityHost: 'https://login.local' }).privateAuthority,
    ],
    ['https://stack.local:8443/.default', true],
  );
  assert.equal(
    of({ resourceManagerUrl: 'https://MANAGEMENT.azure.com:443' }).origin,
    'https://management.azure.com',
  );
  for (const wrong of [
    'http://management.azure.com',
    'management.azure.com',
    'https://a/b',
    'https://u:p@a',
    '',
  ])
    assert.throws(() => of({ resourceManagerUrl: wrong }), ConfigError);
});

test('a certificate file that cannot be used is told before anything is sent', () => {
  const credential = {
    mode: 'certificate',
    tenantId: 't',
    clientId: 'c',
    certificateFile: '/nonexistent.pem',
  } as const;
  assert.throws(
    () => createAzureClient({ credential }),
    /AZURE_CLIENT_CERTIFICATE_PATH=\/nonexistent.pem cannot be read/,
  );
  const noKey = { ...credential, certificateFile: import.meta.filename };
  assert.throws(() => createAzureClient({ credential: noKey }), ConfigError);
});

test('names are encoded as segments, and filters as Azure’s clients do', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client();
  const vault = { ...VAULT, vault: 'kv;1/é' };
  await errorOf(rowsOf(listJobs(client, vault, { from: new Date('2026-03-01T00:00:00Z'), status: "it's" })));
  assert.match(String(arm.requests[0]?.path), /\/vaults\/kv%3B1%2F%C3%A9\/backupJobs$/);
  assert.equal(
    arm.requests[0]?.query.get('$filter'),
    "startTime eq '2026-03-01 12:00:00 AM' and endTime eq '2026-03-01 12:00:00 PM' and status eq 'it''s'",
  );
  assert.throws(() => getVault(client, { ...VAULT, vault: '..' }), /is no name/);
  await client.close();
});
