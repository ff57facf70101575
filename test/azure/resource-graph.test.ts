import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listJobs } from '../../src/azure/jobs.ts';
import { listPolicies } from '../../src/azure/policies.ts';
import { listProtectedItems } from '../../src/azure/protected-items.ts';
import type { AzureReading } from '../../src/azure/reading.ts';
import { sweepJobs, sweepPolicies, sweepProtectedItems } from '../../src/azure/resource-graph.ts';
import { createReading } from '../../src/reading.ts';
import { errorOf } from '../support/http-server.ts';
import { sendJson } from '../support/tls-server.ts';
import { rowsOf, SUBSCRIPTION, startFakeArm, VAULT, VAULT_PATH } from './fake-arm.ts';

const GRAPH = '/providers/Microsoft.ResourceGraph/resources';
const subscriptionIds = [SUBSCRIPTION];
const item = (name: string, properties: object = {}) => ({
  id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/${name}`,
  name,
  properties: { friendlyName: name, ...properties },
});

test('items, policies and jobs are rows of the same kind, from Resource Graph and from the vault', async () => {
  const job = {
    id: `${VAULT_PATH}/backupJobs/j`,
    name: 'j',
    properties: { status: 'Completed', startTime: '2026-02-28T01:00:00Z', endTime: '2026-02-28T02:00:00Z' },
  };
  const policy = { id: `${VAULT_PATH}/backupPolicies/p`, name: 'p', properties: { timeZone: 'UTC' } };
  const rows: Record<string, object> = { protecteditems: item('a'), backuppolicies: policy, backupjobs: job };
  await using arm = await startFakeArm({
    [`${VAULT_PATH}/backupProtectedItems`]: { value: [rows.protecteditems] },
    [`${VAULT_PATH}/backupPolicies`]: { value: [policy] },
    [`${VAULT_PATH}/backupJobs`]: { value: [job] },
    [GRAPH]: ({ body }, response) => {
      const { query } = JSON.parse(body) as { query: string };
      const [, kind = ''] = /\/(\w+)' /.exec(query) ?? [];
      const row = rows[kind] as { id: string };
      const graphed = {
        ...row,
        id: row.id.toLowerCase(),
        subscriptionId: SUBSCRIPTION,
        resourceGroup: 'rg-vault',
      };
      sendJson(response, 200, { totalRecords: 1, count: 1, resultTruncated: 'false', data: [graphed] });
    },
  });
  const client = arm.client();
  const from = new Date('2026-02-27T00:00:00Z');
  const pairs = [
    [
      await rowsOf(listProtectedItems(client, VAULT)),
      await rowsOf(sweepProtectedItems(client, { subscriptionIds })),
    ],
    [await rowsOf(listPolicies(client, VAULT)), await rowsOf(sweepPolicies(client, { subscriptionIds }))],
    [
      await rowsOf(listJobs(client, VAULT, { from })),
      await rowsOf(sweepJobs(client, { subscriptionIds, from })),
    ],
  ];
  for (const [listed, swept] of pairs) {
    const plain = (found: object[] = []) => found.map((row) => ({ ...row, id: 0, parts: 0 }));
    assert.equal(listed?.length, 1);
    assert.deepEqual(plain(swept), plain(listed));
  }
  await client.close();
});

test('pages are asked for with the token of the one before, at the pace that the quota allows', async () => {
  const sent: { query: string; subscriptions: string[]; options: Record<string, unknown> }[] = [];
  await using arm = await startFakeArm({
    [GRAPH]: ({ body, query }, response) => {
      sent.push(JSON.parse(body));
      assert.equal(query.get('api-version'), '2024-04-01');
      const isFirst = sent.length === 1;
      const answer = {
        totalRecords: 2,
        resultTruncated: isFirst ? 'true' : 'false',
        data: [item(String(sent.length))],
      };
      const quota = { 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:00:05' };
      sendJson(response, 200, isFirst ? { ...answer, $skipToken: 'more' } : answer, quota);
    },
  });
  const client = arm.client();
  const reading: AzureReading = createReading('graph');
  const items = await rowsOf(sweepProtectedItems(client, { subscriptionIds, reading }));
  assert.deepEqual(
    items.map(({ name }) => name),
    ['1', '2'],
  );
  assert.deepEqual(
    sent.map(({ options }) => options.$skipToken),
    [undefined, 'more'],
  );
  assert.deepEqual(sent[0]?.subscriptions, subscriptionIds);
  assert.deepEqual([sent[0]?.options.$top, sent[0]?.options.resultFormat], [1000, 'objectArray']);
  assert.match(String(sent[0]?.query), /project id,.*order by id/);
  assert.deepEqual(arm.clock.slept, [5000]);
  assert.deepEqual([reading.pages, reading.rowsTotal, reading.complete], [2, 2, true]);
  assert.equal(reading.throttle?.queriesLeft, 0);
  await client.close();
});

test('rows that are cut off, subscriptions that are left out and pages in a circle are not complete', async () => {
  for (const [answer, headers, reason] of [
    [{ resultTruncated: 'true' }, {}, /cut the rows off/],
    [{ resultTruncated: true }, {}, /cut the rows off/],
    [
      { resultTruncated: 'false' },
      { 'x-ms-tenant-subscription-limit-hit': 'true' },
      /part of the subscriptions/,
    ],
    [{ resultTruncated: 'true', $skipToken: 'same' }, {}, /circle/],
  ] as const) {
    await using arm = await startFakeArm({
      [GRAPH]: (_request, response) => sendJson(response, 200, { ...answer, data: [item('a')] }, headers),
    });
    const client = arm.client();
    const reading = createReading('graph');
    assert.equal((await rowsOf(sweepProtectedItems(client, { subscriptionIds, reading }))).length, 1);
    assert.equal(reading.complete, false);
    assert.match(String(reading.reason), reason);
    await client.close();
  }
});

test('jobs from before what Resource Graph keeps are known to be missing', async () => {
  await using arm = await startFakeArm({ [GRAPH]: { data: [], resultTruncated: 'false' } });
  const client = arm.client();
  const reading = createReading('graph');
  await rowsOf(sweepJobs(client, { subscriptionIds, reading, from: new Date('2026-02-01T00:00:00Z') }));
  assert.equal(reading.complete, false);
  assert.match(String(reading.reason), /14 days/);
  assert.match(
    String(JSON.parse(arm.requests[0]?.body ?? '{}').query),
    /datetime\(2026-02-01T00:00:00\.000Z\)/,
  );
  await client.close();
});

test('an answer in the form of a table is refused', async () => {
  await using arm = await startFakeArm({ [GRAPH]: { data: { columns: [], rows: [] } } });
  const client = arm.client();
  assert.equal((await errorOf(rowsOf(sweepPolicies(client, { subscriptionIds })))).code, 'bad-answer');
  await client.close();
});

test('the state that only Resource Graph tells comes beside the vault’s own', async () => {
  const properties = { currentProtectionState: 'protectionconfigured', protectionState: 'Protected' };
  await using arm = await startFakeArm({
    [GRAPH]: { data: [item('a', properties)], resultTruncated: 'false' },
  });
  const client = arm.client();
  const [found] = await rowsOf(sweepProtectedItems(client, { subscriptionIds }));
  assert.deepEqual(
    [found?.currentProtectionState, found?.protectionState],
    ['ProtectionConfigured', 'Protected'],
  );
  await client.close();
});
