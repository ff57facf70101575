import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allRows, type Row, VERSION } from './client.ts';
import { at, dailyPolicy, MACHINE, protection, restoreBody, startWriting, type Writing } from './writing.ts';

type Step = { what: string; item: number; hours: number };

const STEPS = [
  'protect',
  'other',
  'stop',
  'delete',
  'undelete',
  'backup',
  'restore',
  'mount',
  'cancel',
  'policy',
  'refresh',
];

const request = (
  arm: Writing,
  { what, item }: Step,
  rows: Row[],
  jobs: Row[],
): [string, string, unknown?] => {
  const row = rows[item % rows.length] as Row;
  const source = row.properties.sourceResourceId;
  const item1 = { protectedItemType: MACHINE, sourceResourceId: source };
  const point = at(row, '/recoveryPoints/1');
  const body = restoreBody({ ...row, name: '1' }, source, 'westeurope');
  const requests: Record<string, [string, string, unknown?]> = {
    protect: ['PUT', at(row), protection(arm.vault, source)],
    other: ['PUT', at(row), protection(arm.vault, source, 'vm-enhanced-4h')],
    stop: ['PUT', at(row), { properties: { ...item1, protectionState: 'ProtectionStopped' } }],
    delete: ['DELETE', at(row)],
    undelete: [
      'PUT',
      at(row),
      { properties: { ...item1, protectionState: 'ProtectionStopped', isRehydrate: true } },
    ],
    backup: ['POST', at(row, '/backup'), { properties: { objectType: 'IaasVMBackupRequest' } }],
    restore: ['POST', `${point}/restore`, body],
    mount: ['POST', `${point}/provisionInstantItemRecovery`, {}],
    cancel: [
      'POST',
      `${arm.vault}/backupJobs/${jobs[item % Math.max(1, jobs.length)]?.name ?? 'none'}/cancel`,
    ],
    policy: ['PUT', `${arm.vault}/backupPolicies/DefaultPolicy`, dailyPolicy(30 + item)],
    refresh: ['POST', `${arm.vault}/backupFabrics/Azure/refreshContainers`],
  };
  return requests[what] ?? ['GET', at(row)];
};

/** Whatever was done: lists have each thing once, copies are of the past, and what is said in two places is the same. */
async function checkLists(arm: Writing, machines: Row[]): Promise<void> {
  const items = await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`);
  assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
  const jobs = await allRows(arm, `${arm.vault}/backupJobs?${VERSION}`);
  assert.equal(new Set(jobs.map(({ id }) => id)).size, jobs.length, 'jobs come once');
  const running = jobs.filter(({ properties }) => properties.endTime === undefined);
  assert.ok(running.every(({ properties }) => /InProgress|Cancelling/.test(String(properties.status))));
  const known = new Set(items.map(({ name }) => name));
  for (const machine of machines) {
    const { status, body } = await arm.ask(`${at(machine)}?${VERSION}`);
    assert.equal(status === 200, known.has(machine.name), machine.name);
    if (status !== 200) continue;
    const points = await arm.ask(`${at(machine)}/recoveryPoints?${VERSION}`);
    const rows = points.body.value ?? [];
    const times = rows.map(({ properties }) => Date.parse(String(properties.recoveryPointTime)));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
      'newest first',
    );
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    assert.ok(times.every((time) => time <= arm.azure.world.now()));
    const last = (body.properties as Row['properties']).lastRecoveryPoint;
    if (rows[0]) assert.equal(last, rows[0].properties.recoveryPointTime);
  }
}

test('no sequence of writes leads to an error of the simulator or to lists that contradict each other', async () => {
  const step = fc.record({
    what: fc.constantFrom(...STEPS),
    item: fc.nat({ max: 3 }),
    hours: fc.constantFrom(0, 0, 1, 9, 30, 400),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), fc.boolean(), async (steps, keeps) => {
      await using arm = await startWriting({ azureItems: 6, azureVaults: 1, azureDays: 20, seed: 5 });
      const softDelete = keeps ? 'Enabled' : 'Disabled';
      Object.assign(arm.azure.world.vaults[0] ?? {}, { immutability: 'Disabled', softDelete });
      const all = await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`);
      const rows = all.filter(({ properties }) => properties.workloadType === 'VM').slice(0, 4);
      for (const one of steps) {
        const { body } = await arm.ask(`${arm.vault}/backupJobs?${VERSION}`);
        const answer = await arm.send(...request(arm, one, rows, body.value ?? []));
        assert.ok(answer.status < 500, `${one.what}: ${JSON.stringify(answer.body)}`);
        arm.simulator.clock.advance(10_000 + one.hours * 3_600_000);
      }
      await checkLists(arm, rows);
    }),
    { numRuns: 12, seed: 20_260_304 },
  );
});
