import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAzureClient } from '../../../src/azure/client.ts';
import { listVaults } from '../../../src/azure/vaults.ts';
import { allRows, filtered, NOW, pathOf, startAzureTest, VERSION } from './client.ts';

test('without a good token there is a 401 that says where to sign in', async () => {
  await using arm = await startAzureTest();
  for (const authorization of ['', 'Bearer wrong', 'Basic abc']) {
    const { status, headers, body } = await arm.ask(`${arm.vault}?${VERSION}`, {
      headers: { authorization },
    });
    assert.equal(status, 401);
    assert.match(String(headers['www-authenticate']), /^Bearer authorization_uri="https:/);
    assert.match(String(body.error?.code), /Authentication/);
  }
});

test('an application signs in with its secret, and with a wrong one it does not', async () => {
  await using arm = await startAzureTest();
  const { tenantId, clientId, clientSecret, url } = arm.azure;
  const connect = (secret: string) =>
    createAzureClient({
      resourceManagerUrl: url,
      authorityHost: url,
      tls: { mode: 'ca', ca: arm.simulator.ca },
      credential: { mode: 'client-secret', tenantId, clientId, clientSecret: secret },
    });
  const [subscriptionId = ''] = arm.azure.subscriptions;
  const good = connect(clientSecret);
  const pages = await Array.fromAsync(listVaults(good, { subscriptionId }));
  assert.equal(pages.flatMap(({ items }) => items).length, 2);
  await good.close();
  const bad = connect('guessed');
  await assert.rejects(Array.fromAsync(listVaults(bad, { subscriptionId })), { code: 'sign-in' });
  await bad.close();
});

test('every answer says which request it was and how many are left', async () => {
  await using arm = await startAzureTest();
  const first = await arm.ask(`${arm.vault}?${VERSION}`);
  const second = await arm.ask(`${arm.vault}?${VERSION}`);
  assert.match(String(first.headers['x-ms-request-id']), /^[0-9a-f-]{36}$/);
  assert.notEqual(first.headers['x-ms-request-id'], second.headers['x-ms-request-id']);
  const left = (answer: typeof first) =>
    Number(answer.headers['x-ms-ratelimit-remaining-subscription-reads']);
  assert.equal(left(first) - left(second), 1);
});

test('requests that Azure would refuse are refused', async () => {
  await using arm = await startAzureTest();
  const refusals: [string, number, string, string?][] = [
    [arm.vault, 400, 'MissingApiVersionParameter'],
    [`${arm.vault}?api-version=latest`, 400, 'InvalidApiVersionParameter'],
    [`${arm.vault}x?${VERSION}`, 404, 'ResourceNotFound'],
    [`${arm.vault}/unknown?${VERSION}`, 404, 'InvalidResourceType'],
    [
      `/subscriptions/none/providers/Microsoft.RecoveryServices/vaults?${VERSION}`,
      404,
      'SubscriptionNotFound',
    ],
    [`${arm.vault}?${VERSION}`, 403, 'AuthorizationFailed', 'DELETE'],
    [`${arm.vault}/backupProtectionContainers?${VERSION}`, 400, 'BMSUserErrorInvalidInput'],
    [`${arm.vault}/backupJobs?${VERSION}&$skipToken=bm8=`, 400, 'BMSUserErrorInvalidInput'],
  ];
  for (const [target, status, code, method = 'GET'] of refusals) {
    const answer = await arm.ask(target, { method });
    assert.deepEqual([answer.status, answer.body.error?.code], [status, code], `${method} ${target}`);
  }
});

test('filters outside the documented subset are refused', async () => {
  await using arm = await startAzureTest();
  for (const filter of [
    "startTime eq '2026-03-01 12:00:00 AM'",
    "startTime eq '2026-03-01 00:00:00' and endTime eq '2026-03-02 00:00:00'",
    "startTime eq '2026-03-01T00:00:00Z' and endTime eq '2026-03-02T00:00:00Z'",
    "startTime eq '2026-02-30 12:00:00 AM' and endTime eq '2026-03-02 12:00:00 AM'",
    "startTime eq '2026-03-03 12:00:00 AM' and endTime eq '2026-03-02 12:00:00 AM'",
    "status eq 'Failed' or status eq 'Completed'",
    "status ne 'Failed'",
    'status eq Failed',
    "colour eq 'red'",
    "status eq 'Failed' and ",
  ]) {
    const { status } = await arm.ask(filtered(`${arm.vault}/backupJobs`, filter));
    assert.equal(status, 400, filter);
  }
});

test('the times of a job filter are a window on a 12-hour clock, both ends included', async () => {
  await using arm = await startAzureTest({ azureItems: 100 });
  const all = await allRows(arm, `${arm.vault}/backupJobs?${VERSION}`);
  const from = Date.UTC(2026, 1, 27);
  const to = Date.UTC(2026, 1, 28, 13, 30);
  const filter = `startTime eq '2026-02-27 12:00:00 AM' and endTime eq '2026-02-28 01:30:00 PM'`;
  const within = await allRows(arm, filtered(`${arm.vault}/backupJobs`, filter));
  const wanted = all.filter(({ properties }) => {
    const at = Date.parse(String(properties.startTime));
    return at >= from && at <= to;
  });
  assert.ok(wanted.length > 50);
  assert.deepEqual(
    within.map(({ name }) => name),
    wanted.map(({ name }) => name),
  );
  const failed = await allRows(
    arm,
    filtered(`${arm.vault}/backupJobs`, "status eq 'failed' and operation eq 'Backup'"),
  );
  assert.deepEqual(
    failed.map(({ name }) => name),
    all
      .filter(({ properties: { status, operation } }) => status === 'Failed' && operation === 'Backup')
      .map(({ name }) => name),
  );
});

test('pages have 200 rows, and links to the next one carry a version of their own', async () => {
  await using arm = await startAzureTest({ azureVaults: 1, azureItems: 450 });
  const first = await arm.ask(
    filtered(`${arm.vault}/backupProtectedItems`, "backupManagementType eq 'AzureIaasVM'"),
  );
  assert.equal(first.body.value?.length, 200);
  assert.match(String(first.body.nextLink), /api-version=2016-12-01&%24filter=.*&%24skipToken=/);
  const rows = await allRows(arm, String(first.body.nextLink));
  assert.equal(new Set([...(first.body.value ?? []), ...rows].map(({ id }) => id)).size, 360);
  assert.ok(rows.every(({ properties }) => properties.backupManagementType === 'AzureIaasVM'));
});

test('recovery points older than 30 days come only when dates are given', async () => {
  await using arm = await startAzureTest();
  const items = await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`);
  const item = items.find(({ properties }) => properties.policyName === 'vm-daily-gfs');
  const path = `${pathOf(item?.id ?? '')}/recoveryPoints`;
  const recent = await allRows(arm, `${path}?${VERSION}`);
  const filter = "startDate eq '2025-11-01 12:00:00 AM' and endDate eq '2026-03-05 12:00:00 AM'";
  const old = await allRows(arm, filtered(path, filter));
  assert.ok(old.length > recent.length);
  const ages = recent.map(
    ({ properties }) => NOW.getTime() - Date.parse(String(properties.recoveryPointTime)),
  );
  assert.ok(ages.every((age) => age <= 30 * 86_400_000));
  const details = await arm.ask(`${pathOf(old.at(-1)?.id ?? '')}?${VERSION}`);
  assert.equal(details.body.name, old.at(-1)?.name);
  assert.ok(old.every(({ name }) => !Number.isSafeInteger(Number(name))));
});

test('operations tell how they stand', async () => {
  await using arm = await startAzureTest();
  const seen: unknown[] = [];
  for (const id of arm.azure.world.operations.keys()) {
    const { body } = await arm.ask(`${arm.vault}/backupOperations/${id}?${VERSION}`);
    seen.push(body.status);
    if (body.status === 'InProgress') assert.match(String(body.endTime), /^0001-01-01/);
    if (body.status !== 'Succeeded') continue;
    const { jobId } = body.properties as { jobId: string };
    const job = await arm.ask(`${arm.vault}/backupJobs/${jobId}?${VERSION}`);
    assert.equal(job.status, 200);
  }
  assert.deepEqual(seen, ['Succeeded', 'InProgress', 'Failed']);
});
