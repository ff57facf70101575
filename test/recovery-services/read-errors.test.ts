import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SUBSCRIPTION } from '../azure/fake-arm.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { startFake } from './session.ts';

const VM = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/app01`;
/** A good call of each tool, and one that is not. */
const CALLS: Record<string, [good: object, bad: object]> = {
  check_registration_status: [{ vm_resource_id: VM, location: 'westeurope' }, { vm_name: '../x' }],
  list_policies: [{}, { backup_management_type: 'Tape' }],
  get_policy_details: [{ policy_name: 'daily' }, { policy_name: '..' }],
  list_protectable_items: [{}, { workload_type: "VM' or 1 eq 1" }],
  list_protected_items: [{}, { health: 'fine' }],
  list_backup_jobs: [{}, { from: '2026-13-01' }],
  get_job_details: [{ job_id: '22222222-2222-2222-2222-222222222222' }, { job_id: 'latest' }],
  list_recovery_points: [{ vm_name: 'app01' }, { vm_name: 'app01', tier: 'Cold' }],
  get_recovery_point: [
    { vm_name: 'app01', recovery_point_id: '1' },
    { vm_name: 'app01', recovery_point_id: 'a/b' },
  ],
};
const REFUSALS = [
  [403, 'AuthorizationFailed', 'forbidden', /Backup Reader/],
  [429, 'TooManyRequests', 'throttled', /wait/],
  [500, 'InternalServerError', 'azure', /request id/],
  [400, 'BMSUserErrorInvalidInput', 'validation', /refused/],
] as const;

for (const [tool, [good, bad]] of Object.entries(CALLS)) {
  test(`${tool}: a refusal of Azure has its code, its request id and what to do`, async () => {
    await using fake = await startFake({});
    for (const [status, code, kind, hint] of REFUSALS) {
      fake.arm.serve((_request, response) =>
        sendJson(
          response,
          status,
          { error: { code, message: `${code} it says` } },
          { 'x-ms-request-id': 'r-3', ...(status === 429 ? { 'retry-after': '9' } : {}) },
        ),
      );
      const error = await fake.session.refused(tool, { ...good });
      assert.deepEqual(
        [error.kind, error.code, error.http_status, error.request_id],
        [kind, code, status, 'r-3'],
      );
      assert.match(error.hint, hint);
      if (status === 429) assert.equal(error.retry_after_s, 9);
    }
    assert.deepEqual(
      [...new Set(fake.arm.requests.map(({ method }) => method))],
      [tool === 'check_registration_status' ? 'POST' : 'GET'],
    );
  });

  test(`${tool}: what is not an answer of Azure, a cut connection and wrong arguments are told as what they are`, async () => {
    await using fake = await startFake({});
    const refused = await fake.session.refused(tool, { ...bad });
    const unknown = await fake.session.refused(tool, { ...good, vualt: 'x' });
    assert.deepEqual([refused.kind, unknown.kind], ['validation', 'validation']);
    assert.match(unknown.message, /unknown argument vualt/);
    assert.equal(fake.arm.requests.length, 0);
    const answers: [Handler, string][] = [
      [(_request, response) => void response.destroy(), 'network'],
      [(_request, response) => sendJson(response, 200, [1]), 'azure'],
      [(_request, response) => void response.end('<html>proxy</html>'), 'azure'],
    ];
    for (const [answer, kind] of answers) {
      fake.arm.serve(answer);
      assert.equal((await fake.session.refused(tool, { ...good })).kind, kind);
    }
  });
}

test('lists: no such vault is told with the vaults that the configuration names', async () => {
  await using fake = await startFake({});
  for (const tool of [
    'list_policies',
    'list_protectable_items',
    'list_protected_items',
    'list_backup_jobs',
  ]) {
    const error = await fake.session.refused(tool);
    assert.deepEqual([error.kind, error.code], ['not_found', 'vault-not-found']);
    assert.match(error.hint, /The configuration names: prod/);
  }
});

test('lists: a cursor of another question is refused, and pages that go in a circle are told', async () => {
  await using fake = await startFake((origin) => {
    const path = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-vault/providers/Microsoft.RecoveryServices/vaults/kv1/backupPolicies`;
    const value = ['a', 'b'].map((name) => ({ id: `${path}/${name}`, name, properties: {} }));
    return { [path]: { value, nextLink: `${origin}${path}?round=1` } };
  });
  const { structured } = await fake.session.call('list_policies', { limit: 1 });
  assert.match(structured.meta.warnings[0], /Not all policies were read: .*circle/);
  const cursor = structured.data.next_cursor;
  const other = await fake.session.refused('list_policies', {
    limit: 1,
    cursor,
    backup_management_type: 'MAB',
  });
  assert.match(other.message, /other arguments/);
  assert.equal((await fake.session.ask('list_policies', { limit: 1, cursor })).policies[0].name, 'b');
});
