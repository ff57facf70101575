import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Routes, VAULT_PATH } from '../azure/fake-arm.ts';
import { simulate } from '../support/simulated.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { ALLOWED, startFake, startOnSimulator } from './session.ts';

const CONFIG = `${VAULT_PATH}/backupconfig/vaultconfig`;

/** A vault whose settings really change. `patch`: what a PATCH is answered in place of that. */
function vault(properties: Record<string, unknown>, patch?: Handler): Routes {
  const state = { ...properties };
  return {
    [CONFIG]: (request, response) => {
      if (request.method === 'PATCH') {
        Object.assign(state, JSON.parse(request.body).properties);
        if (patch) return patch(request, response);
      }
      sendJson(
        response,
        200,
        { id: CONFIG, name: 'vaultconfig', properties: state },
        { 'x-ms-request-id': 'r-1' },
      );
    },
  };
}

const SAFE = {
  enhancedSecurityState: 'Enabled',
  softDeleteFeatureState: 'Enabled',
  softDeleteRetentionPeriodInDays: 14,
};
const OFF = { soft_delete: 'Disabled' };

test('with the usual configuration it is not offered, and refused without asking Azure', async () => {
  await using fake = await startFake(vault(SAFE));
  const { tools } = await fake.session.client.listTools();
  assert.ok(!tools.some(({ name }) => name === 'recovery_services_update_vault_config'));
  const error = await fake.session.refused('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([error.kind, error.code], ['writes_disabled', 'writes-disabled']);
  assert.match(error.hint, /allow_writes = true and allow_destructive = true/);
  assert.equal(fake.arm.requests.length, 0);
});

test('unconfirmed it shows the exact request and the danger, and sends nothing but reads', async () => {
  await using fake = await startFake(vault(SAFE), { settings: ALLOWED });
  for (const args of [OFF, { ...OFF, dry_run: true, confirm: true }]) {
    const data = await fake.session.ask('update_vault_config', args);
    assert.equal(data.status, 'dry_run' in args ? 'dry_run' : 'confirmation_required');
    assert.deepEqual(data.plan.requests, [
      {
        method: 'PATCH',
        path: CONFIG,
        api_version: '2023-04-01',
        body: { properties: { softDeleteFeatureState: 'Disabled' } },
      },
    ]);
    assert.match(data.plan.dangers[0], /SECURITY IS LOWERED/);
    assert.equal(data.plan.reversible, true);
  }
  assert.deepEqual([...new Set(fake.arm.requests.map(({ method }) => method))], ['GET']);
});

test('confirmed it sends the planned request once, and says what is changed', async () => {
  await using fake = await startFake(vault(SAFE), { settings: ALLOWED });
  const { structured, text } = await fake.session.callShown('update_vault_config', {
    soft_delete_days: 30,
    confirm: true,
  });
  const { status, before, after, changed } = structured.data;
  assert.deepEqual(
    [status, before.soft_delete_days, after.soft_delete_days, changed],
    ['done', 14, 30, ['soft_delete_days']],
  );
  assert.deepEqual(
    [structured.meta.vault_id, structured.meta.api_version, structured.meta.request_id],
    [VAULT_PATH, '2023-04-01', 'r-1'],
  );
  assert.match(text, /^Changed: soft_delete_days\./);
  const writes = fake.arm.requests.filter(({ method }) => method !== 'GET');
  assert.deepEqual(
    writes.map(({ method, body }) => [method, JSON.parse(body)]),
    [['PATCH', { properties: { softDeleteRetentionPeriodInDays: 30 } }]],
  );
  const [sent, accepted] = fake.session.audit();
  assert.deepEqual(
    [sent?.phase, sent?.tool, sent?.client, sent?.path, accepted?.phase, accepted?.requestId],
    ['sent', 'recovery_services_update_vault_config', 'dr365 test 1.0.0', CONFIG, 'accepted', 'r-1'],
  );
});

test('what is so already changes nothing', async () => {
  await using fake = await startFake(vault(SAFE), { settings: ALLOWED });
  const { status, changed } = await fake.session.ask('update_vault_config', {
    soft_delete: 'Enabled',
    confirm: true,
  });
  assert.deepEqual([status, changed], ['unchanged', []]);
});

test('a person who can be asked decides, whatever confirm says', async () => {
  for (const [yes, outcome] of [
    [true, 'done'],
    [false, 'refused-by-user'],
  ] as const) {
    const asked: string[] = [];
    await using fake = await startFake(vault(SAFE), {
      settings: ALLOWED,
      elicit: ({ message }) => {
        asked.push(message);
        return { action: 'accept', content: { confirm: yes } };
      },
    });
    const { structured } = await fake.session.call('update_vault_config', { ...OFF, confirm: !yes });
    assert.equal(structured.data?.status ?? structured.error.code, outcome);
    assert.match(
      asked[0] ?? '',
      /PATCH .*vaultconfig .*"softDeleteFeatureState":"Disabled".*DANGER: SECURITY/s,
    );
  }
});

test('arguments are refused in words: nothing to change, an unknown one, days out of range', async () => {
  await using fake = await startFake(vault(SAFE), { settings: ALLOWED });
  const refusals = [
    [{}, /nothing to change/],
    [{ soft_delet: 'Enabled' }, /did you mean soft_delete\?/],
    [{ soft_delete_days: 3 }, /soft_delete_days/],
    [{ ...OFF, vault_name: 'prdo' }, /the configuration has: prod/],
  ] as const;
  for (const [args, message] of refusals) {
    const error = await fake.session.refused('update_vault_config', args);
    assert.match(error.message, message);
    assert.ok(['validation', 'not_found'].includes(error.kind));
  }
});

test('AlwaysON is told as irreversible, and is never tried to be turned back', async () => {
  await using fake = await startFake(vault(SAFE), { settings: ALLOWED });
  const { plan } = await fake.session.ask('update_vault_config', { soft_delete: 'AlwaysON' });
  assert.equal(plan.reversible, false);
  await using always = await startFake(vault({ ...SAFE, softDeleteFeatureState: 'AlwaysON' }), {
    settings: ALLOWED,
  });
  const error = await always.session.refused('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([error.kind, error.code], ['conflict', 'soft-delete-always-on']);
});

test('a refusal of Azure has its code, its request id and what to do: a resource guard, no rights, no such vault', async () => {
  const refusal =
    (status: number, code: string): Handler =>
    (_request, response) =>
      sendJson(
        response,
        status,
        { error: { code, message: `${code} says no` } },
        { 'x-ms-request-id': 'r-9' },
      );
  const cases = [
    [403, 'AuthorizationFailed', 'forbidden', /Backup Contributor/],
    [400, 'UserErrorOperationBlockedByResourceGuard', 'forbidden', /MUA/],
    [409, 'CloudInternalErrorConflict', 'conflict', /list_backup_jobs/],
  ] as const;
  for (const [status, code, kind, hint] of cases) {
    await using fake = await startFake(vault(SAFE, refusal(status, code)), { settings: ALLOWED });
    const error = await fake.session.refused('update_vault_config', { ...OFF, confirm: true });
    assert.deepEqual(
      [error.kind, error.code, error.http_status, error.request_id],
      [kind, code, status, 'r-9'],
    );
    assert.match(error.hint, hint);
    assert.equal(fake.session.audit().at(-1)?.phase, 'refused');
  }
  await using none = await startFake({}, { settings: ALLOWED });
  assert.equal(
    (await none.session.refused('update_vault_config', { ...OFF, confirm: true })).kind,
    'not_found',
  );
});

test('a connection that breaks after the write was taken is not a failure: the state is read, nothing is sent again', async () => {
  await using fake = await startFake(
    vault(SAFE, (_request, response) => void response.destroy()),
    { settings: ALLOWED },
  );
  const { structured } = await fake.session.callShown('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([structured.data.status, structured.data.after.soft_delete], ['done', 'Disabled']);
  assert.match(structured.meta.warnings[0], /no answer/);
  assert.equal(fake.arm.requests.filter(({ method }) => method === 'PATCH').length, 1);
  assert.deepEqual(
    fake.session.audit().map(({ phase }) => phase),
    ['sent', 'not known'],
  );
});

test('that the settings cannot be read after the change is told, and is no failure', async () => {
  let isPatched = false;
  const routes = vault(SAFE, (_request, response) => {
    isPatched = true;
    sendJson(response, 200, {});
  });
  const usual = routes[CONFIG] as Handler;
  routes[CONFIG] = (request, response) =>
    isPatched ? sendJson(response, 403, { error: { code: 'No', message: 'no' } }) : usual(request, response);
  await using fake = await startFake(routes, { settings: ALLOWED });
  const { structured } = await fake.session.callShown('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([structured.ok, structured.data?.status], [true, 'done']);
  assert.match(structured.meta.warnings.join(' '), /change was made, and could not be looked at.*asked for/);
});

test('a change that Azure goes on with is not called done', async () => {
  const routes = vault(SAFE, (_request, response) => sendJson(response, 202, {}));
  await using fake = await startFake(routes, { settings: ALLOWED });
  const { structured, text } = await fake.session.callShown('update_vault_config', { ...OFF, confirm: true });
  assert.equal(structured.data.status, 'accepted');
  assert.match(text, /^Azure is changing soft_delete\./);
});

test('a 429 is waited out; a storm of them ends as throttled, and says how long to wait', async () => {
  let refusals = 0;
  const storm =
    (times: number): Handler =>
    (request, response) => {
      refusals += 1;
      if (refusals > times)
        return sendJson(response, 200, { id: CONFIG, properties: JSON.parse(request.body).properties });
      sendJson(
        response,
        429,
        { error: { code: 'TooManyRequests', message: 'slow down' } },
        { 'retry-after': '7' },
      );
    };
  await using brief = await startFake(vault(SAFE, storm(2)), { settings: ALLOWED });
  assert.equal((await brief.session.ask('update_vault_config', { ...OFF, confirm: true })).status, 'done');
  refusals = 0;
  await using never = await startFake(vault(SAFE, storm(1000)), { settings: ALLOWED });
  const error = await never.session.refused('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([error.kind, error.retry_after_s], ['throttled', 7]);
});

test('a pause that nobody would wait for is told at once', async () => {
  await using fake = await startFake(
    vault(SAFE, (_request, response) =>
      sendJson(response, 429, { error: { code: 'TooManyRequests' } }, { 'retry-after': '240' }),
    ),
    { settings: ALLOWED },
  );
  const error = await fake.session.refused('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([error.kind, error.retry_after_s, fake.arm.clock.slept], ['throttled', 240, []]);
});

test('a client that can be asked and does not answer has not agreed', async () => {
  await using fake = await startFake(vault(SAFE), {
    settings: ALLOWED,
    elicit: () => {
      throw new Error('the window was closed');
    },
  });
  const error = await fake.session.refused('update_vault_config', { ...OFF, confirm: true });
  assert.deepEqual([error.kind, fake.session.audit()], ['confirmation_required', []]);
});

test('the simulated Azure takes the change and keeps it; its resource guard stops what lowers security', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', azureDays: 20 });
  await using session = await startOnSimulator(simulator, { settings: ALLOWED });
  const done = await session.ask('update_vault_config', { soft_delete_days: 60, confirm: true });
  assert.deepEqual([done.status, done.after.soft_delete_days], ['done', 60]);
  assert.equal((await session.ask('get_vault_config')).config.soft_delete_days, 60);
  const [vault] = simulator.azure?.world.vaults ?? [];
  assert.ok(vault);
  vault.hasGuard = true;
  const error = await session.refused('update_vault_config', { soft_delete: 'Disabled', confirm: true });
  assert.deepEqual([error.kind, /MUA/.test(error.hint)], ['forbidden', true]);
  assert.equal((await session.ask('get_vault_config')).config.soft_delete, 'Enabled');
});
