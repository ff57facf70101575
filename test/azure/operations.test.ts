import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAzureConnection } from '../../src/azure/connection.ts';
import { followOperation, readOperation } from '../../src/azure/operations/follow.ts';
import type { AzureOperation } from '../../src/azure/operations/operation.ts';
import { operationAt } from '../../src/azure/operations/paths.ts';
import { createAzureWriter, UncertainWriteError, type WriteRecord } from '../../src/azure/writer.ts';
import { errorOf } from '../support/http-server.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { type FakeArm, startFakeArm, TOKEN, VAULT, VAULT_PATH } from './fake-arm.ts';

const ITEM = `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c;1/protectedItems/i;1`;
const BACKUP = `${ITEM}/backup`;
const STATUS = `${ITEM}/operationsStatus/op-1`;
const RESULT = `${ITEM}/operationResults/op-1`;

function connect(arm: FakeArm) {
  return createAzureConnection(
    {
      resourceManagerUrl: arm.origin,
      tls: { mode: 'ca', ca: arm.certificate.cert },
      credential: { mode: 'static', token: TOKEN },
    },
    { clock: arm.clock },
  );
}

/** Accepts a POST as Azure does, with the headers that are given. */
const accepts =
  (headers: (origin: string) => Record<string, string>, origin: () => string): Handler =>
  (_request, response) => {
    response.writeHead(202, { 'x-ms-request-id': 'r-1', ...headers(origin()) }).end();
  };

const inTurn = (...turns: Handler[]): Handler => {
  let number = 0;
  return (request, response) => turns[Math.min(number++, turns.length - 1)]?.(request, response);
};

const status =
  (body: object, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    sendJson(response, 200, { id: STATUS, name: 'op-1', ...body }, headers);

const post = { method: 'POST' as const, path: BACKUP, apiVersion: '2023-04-01', body: { a: 1 } };

test('an accepted write is followed by its status document, never before Retry-After is over, up to its job', async () => {
  let origin = '';
  await using arm = await startFakeArm((own) => {
    origin = own;
    return {
      [BACKUP]: accepts(
        (at) => ({
          'azure-asyncoperation': `${at}${STATUS}?api-version=2019-05-13`,
          location: `${at}${RESULT}?api-version=2019-05-13`,
          'retry-after': '60',
        }),
        () => origin,
      ),
      [STATUS]: inTurn(
        status(
          { status: 'InProgress', startTime: '2026-03-01T12:00:00Z', endTime: '0001-01-01T00:00:00Z' },
          { 'retry-after': '15' },
        ),
        status({
          status: 'Succeeded',
          startTime: '2026-03-01T12:00:00Z',
          endTime: '2026-03-01T12:01:10Z',
          properties: { objectType: 'OperationStatusJobExtendedInfo', jobId: 'j-1' },
        }),
      ),
    };
  });
  const connection = connect(arm);
  const { status: code, operation, requestId } = await createAzureWriter(connection).send(post);
  assert.deepEqual([code, requestId, operation?.kind, operation?.id], [202, 'r-1', 'status', 'op-1']);
  assert.ok(operation);
  const told: [string, number][] = [];
  const state = await followOperation(connection, operation, {
    waitMs: 300_000,
    onState: ({ state: now }, waitedMs) => void told.push([now, waitedMs]),
  });
  assert.deepEqual(arm.clock.slept, [60_000, 15_000]);
  assert.deepEqual(told, [
    ['running', 60_000],
    ['succeeded', 75_000],
  ]);
  assert.deepEqual(state?.jobIds, ['j-1']);
  assert.equal(state?.endedAt?.toISOString(), '2026-03-01T12:01:10.000Z');
  const looks = arm.requests.filter(({ method }) => method === 'GET');
  assert.deepEqual(
    looks.map(({ query }) => String(query)),
    ['api-version=2019-05-13', 'api-version=2019-05-13'],
  );
  await connection.close();
});

test('a wait that would end before Azure wants to be asked ends at once, without asking', async () => {
  await using arm = await startFakeArm({ [STATUS]: status({ status: 'InProgress' }) });
  const connection = connect(arm);
  const operation: AzureOperation = {
    kind: 'status',
    target: `${STATUS}?api-version=1`,
    id: 'op-1',
    retryAfterSeconds: 60,
  };
  assert.equal(await followOperation(connection, operation, { waitMs: 59_000 }), undefined);
  assert.equal(arm.requests.length, 0);
  const state = await followOperation(connection, operation, { waitMs: 65_000 });
  assert.equal(state?.state, 'running');
  await connection.close();
});

test('an operation with a result address alone is over when that answers anything but 202', async () => {
  const cases = [
    [204, undefined, 'succeeded'],
    [200, { id: 'x' }, 'succeeded'],
    [202, undefined, 'running'],
    [400, { error: { code: 'BMSUserErrorJobNotCancellable', message: 'it is over' } }, 'failed'],
  ] as const;
  for (const [code, body, expected] of cases) {
    await using arm = await startFakeArm({
      [RESULT]: (_request, response) => {
        if (body) return sendJson(response, code, body);
        response.writeHead(code).end();
      },
    });
    const connection = connect(arm);
    const operation: AzureOperation = {
      kind: 'result',
      target: `${RESULT}?api-version=1`,
      id: 'op-1',
      retryAfterSeconds: 1,
    };
    const { state, error } = await readOperation(connection, operation);
    assert.equal(state, expected);
    assert.equal(error?.code, expected === 'failed' ? 'BMSUserErrorJobNotCancellable' : undefined);
    await connection.close();
  }
});

test('an operation that failed half-way says why, and one that Azure forgot is not found', async () => {
  await using arm = await startFakeArm({
    [STATUS]: status({
      status: 'Failed',
      error: { code: 'UserErrorVmNotFoundV2', message: 'no such machine' },
    }),
  });
  const connection = connect(arm);
  const place = { kind: 'item' as const, item: { ...VAULT, container: 'c;1', item: 'i;1' } };
  const { state, error } = await readOperation(connection, operationAt(place, 'op-1'));
  assert.deepEqual([state, error], ['failed', { code: 'UserErrorVmNotFoundV2', message: 'no such machine' }]);
  const lost = await errorOf(readOperation(connection, operationAt(place, 'op-2')));
  assert.match(lost.message, /404/);
  await connection.close();
});

test('an address of an operation at another host is refused, and the token goes nowhere', async () => {
  await using other = await startFakeArm({});
  await using arm = await startFakeArm({
    [BACKUP]: accepts(
      () => ({ 'azure-asyncoperation': `${other.origin}${STATUS}` }),
      () => '',
    ),
  });
  const connection = connect(arm);
  const records: WriteRecord[] = [];
  const writer = createAzureWriter(connection, { onWrite: (record) => void records.push(record) });
  const error = await errorOf(writer.send(post));
  assert.match(error.message, /^Azure took the request, but .* leads to/);
  assert.deepEqual(
    records.map(({ phase }) => phase),
    ['sent', 'accepted'],
  );
  assert.equal(other.requests.length, 0);
  await connection.close();
});

test('a broken connection: a POST is never sent twice, what has one result is, if the state shows nothing of it', async () => {
  const breaks: Handler = (_request, response) => void response.destroy();
  const done: Handler = (_request, response) => sendJson(response, 200, {});
  for (const [method, seen, sent, outcome] of [
    ['POST', false, 1, 'error'],
    ['POST', undefined, 1, 'error'],
    ['POST', true, 1, null],
    ['PUT', true, 1, null],
    ['PUT', undefined, 1, 'error'],
    ['PUT', false, 2, 200],
    ['DELETE', false, 2, 200],
  ] as const) {
    await using arm = await startFakeArm({ [BACKUP]: inTurn(breaks, done) });
    const connection = connect(arm);
    const records: WriteRecord[] = [];
    const writer = createAzureWriter(connection, { onWrite: (record) => void records.push(record) });
    const result = writer.send({ ...post, method, tookEffect: async () => seen });
    if (outcome === 'error') {
      const error = await errorOf(result);
      assert.ok(error instanceof UncertainWriteError);
      assert.equal(error.seen, seen);
      assert.match(error.message, /whether Azure took .* is not known/);
    } else assert.equal((await result).status, outcome);
    assert.equal(arm.requests.length, sent, `${method} ${seen}`);
    assert.equal(records[1]?.phase, 'not known');
    await connection.close();
  }
});

test('what never left is refused plainly: no sign-in, nobody listens', async () => {
  const arm = await startFakeArm({});
  const connection = connect(arm);
  await arm[Symbol.asyncDispose]();
  const records: WriteRecord[] = [];
  const writer = createAzureWriter(connection, { onWrite: (record) => void records.push(record) });
  const error = await errorOf(writer.send(post));
  assert.ok(!(error instanceof UncertainWriteError));
  assert.deepEqual(
    records.map(({ phase }) => phase),
    ['sent', 'refused'],
  );
  await connection.close();
});

test('a 5xx leaves open what became of a write, which is not sent again', async () => {
  await using arm = await startFakeArm({
    [BACKUP]: (_request, response) => sendJson(response, 503, { error: { code: 'ServiceUnavailable' } }),
  });
  const connection = connect(arm);
  const error = await errorOf(createAzureWriter(connection).send(post));
  assert.ok(error instanceof UncertainWriteError);
  assert.equal(arm.requests.length, 1);
  await connection.close();
});
