import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addServer, addSource } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRecovery, addRecoveryEstate, addRtoRun, type MachineOf } from '../support/recovery-rows.ts';

const TOOL = 'get_recovery_performance';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const near = (actual: unknown, expected: number) =>
  assert.ok(Math.abs(Number(actual) - expected) <= 0.051, `${String(actual)} is not ${expected}`);

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addRecoveryEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (what_if: Row, args: Row = {}) => {
  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, ...args, what_if });
  const answer = data.what_if as Row & { mass_restore: Row[]; target: Row };
  return {
    data,
    text,
    target: answer.target,
    mass: answer.mass_restore,
    assumptions: String(answer.assumptions),
  };
};

/** Machines of 100 GiB on a server with 2 restores at once, 10 GiB a minute each, 15 together, 2 minutes before data flow. */
async function workedExample(machines: MachineOf[], slots: number | null = 2) {
  const worked = await createTestDatabase();
  const { db } = worked.metrics;
  await addSource(db);
  await addServer(db);
  const run_id = await addRtoRun(db);
  const summary = {
    gib_per_minute: 10,
    rate_basis: 'FLEET',
    overhead_minutes: 2,
    bandwidth_gib_per_minute: 15,
    bandwidth_basis: 'OBSERVED',
  };
  await addRecovery(db, { run_id, machines, slots, summary });
  return worked;
}

const machine = (n: number, gib: number | null = 100): MachineOf => ({
  id: `vm-${String(n).padStart(3, '0')}`,
  name: `Machine ${n}`,
  gib,
  tier: 1,
  rtoMinutes: 30,
  points: [{ hours: 4 }],
});

test('20 machines at once take what the worked example says, with the first bottleneck and what would relieve it', async () => {
  await using worked = await workedExample(Array.from({ length: 25 }, (_, n) => machine(n)));
  await using session = await startMcp(toEnvironment(worked.settings));
  const simulate = async (plan: Row) => {
    const { data } = await session.ask(TOOL, { as_of: AS_OF, what_if: { kind: 'mass_restore', ...plan } });
    return (data.what_if as { mass_restore: Row[] }).mass_restore[0] as Row;
  };

  for (const [machines, minutes] of [
    [1, 12],
    [2, 15.33],
    [3, 27.33],
    [4, 30.67],
    [10, 76.67],
    [20, 153.33],
  ] as const) {
    const result = await simulate({ machines });
    near(result.minutes, minutes);
    assert.equal(result.machines, machines);
  }
  const twenty = await simulate({ machines: 20 });
  // Two are back after 15.33 minutes, the next two after 30.67; three by themselves would be back after 27.33.
  assert.deepEqual([twenty.bottleneck, twenty.late, twenty.within_targets], ['BANDWIDTH', 18, false]);
  assert.equal(twenty.most_within_target, 3);
  const relief = twenty.relief as Row;
  assert.equal(relief.change, '10 % more bandwidth');
  assert.ok(Number(relief.minutes) < Number(twenty.minutes));
  assert.equal((twenty.finishes as Row[]).length, 8);
  // More of what does not limit them brings little; the answer has both sides.
  const wider = await simulate({ machines: 20, bandwidth_gib_per_minute: 1000 });
  near(wider.before_minutes, 153.33);
  near(wider.minutes, 120);
  assert.deepEqual(
    [(wider.limits as Row).bandwidth_basis, (wider.limits as Row).slots_basis],
    ['PLAN', 'LIMITS'],
  );
  const shut = await simulate({ machines: 2, slots: 0 });
  assert.deepEqual(
    [shut.minutes, shut.within_targets, shut.late, shut.most_within_target],
    [null, null, 2, 0],
  );
});

test('machines of several sizes come back in the order and at the times of the worked example', async () => {
  const sizes = [100, 500, 100, 300, 200];
  await using worked = await workedExample(sizes.map((gib, n) => machine(n, gib)));
  await using session = await startMcp(toEnvironment(worked.settings));
  const { data } = await session.ask(TOOL, { as_of: AS_OF, what_if: { kind: 'mass_restore' } });
  const [result] = (data.what_if as { mass_restore: (Row & { finishes: Row[] })[] }).mass_restore;

  const finishes = result?.finishes.map(({ finish_minutes }) => Number(finish_minutes)) ?? [];
  for (const [index, minutes] of [68, 42, 70, 82.67, 84.67].entries()) near(finishes[index], minutes);
  near(result?.minutes, 84.67);
  near(result?.at_best_minutes, 82);
});

test('what is not known about many restores is said: no number of slots, no size, no bandwidth', async () => {
  await using worked = await workedExample([machine(1), machine(2, null)], null);
  await using session = await startMcp(toEnvironment(worked.settings));
  const question = (plan: Row) => ({ as_of: AS_OF, what_if: { kind: 'mass_restore', ...plan } });

  assert.match(
    await session.refused(TOOL, question({})),
    /how many restores run at once is not known.*give slots/,
  );
  const { data, text } = await session.ask(TOOL, question({ slots: 2 }));
  const [result] = (data.what_if as { mass_restore: Row[] }).mass_restore;
  assert.deepEqual([result?.machines, result?.unknown_sizes, result?.within_targets], [1, 1, null]);
  assert.match(text, /1 more of unknown size are not in that time/);
  const unsized = await session.ask(TOOL, question({ slots: 2, workloads: ['Machine 2'] }));
  assert.match(unsized.data.summary as string, /No machine of known size/);
  assert.equal((unsized.data.what_if as { mass_restore: Row[] }).mass_restore[0]?.minutes, null);
  const target = await session.ask(TOOL, { as_of: AS_OF, what_if: { kind: 'target', rto_minutes: 60 } });
  assert.match(target.text, /How long all of them take at once is not known/);
});

test('named machines, a tier and the arguments beside the plan choose what is restored', async () => {
  const named = async (plan: Row, args: Row = {}) => {
    const { mass } = await ask({ kind: 'mass_restore', ...plan }, args);
    return ((mass[0]?.finishes ?? []) as Row[]).map(({ workload_name }) => workload_name);
  };
  assert.deepEqual(await named({ workloads: ['sql01', 'M*'] }), ['SQL01', 'Mail']);
  assert.deepEqual(await named({ tier: 3 }), ['File01', 'Sick']);
  assert.deepEqual(await named({}, { repository: 'Off-site' }), ['SQL01']);
  assert.deepEqual(await named({}, { job: 'Files' }), ['File01']);
  assert.deepEqual(await named({ machines: 1 }, { tier: 3 }), ['File01']);
  const { assumptions, mass } = await ask({ kind: 'mass_restore', machines: 50 });
  assert.deepEqual([mass[0]?.machines, mass[0]?.asked_machines], [6, 50]);
  assert.match(assumptions, /Fewer machines of known size match.*taken as unlimited/);
  assert.match(
    await mcp.refused(TOOL, { as_of: AS_OF, tier: 4, what_if: { kind: 'mass_restore', workloads: ['ERP'] } }),
    /no workload matches/,
  );
});

test('the targets that are set, asked as a plan, give what the run concluded', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, limit: 50 });
  for (const row of data.workloads as Row[]) {
    const plan = {
      kind: 'target',
      rto_minutes: row.rto_target_minutes,
      rpo_hours: row.rpo_target_hours,
    };
    const { target } = await ask(plan, { workload: row.workload_id });
    const [one] = target.least_likely as { before: Row; after: Row }[];
    assert.deepEqual(one?.after, one?.before, String(row.workload_name));
    assert.equal(one?.after.p_mean, (row.p_in_time as Row).mean);
  }
});

test('whether 4 hours hold for tier 1: each alone with its basis, and all at once', async () => {
  const { target, mass, data, text } = await ask({ kind: 'target', rto_minutes: 240 }, { tier: 1 });

  assert.deepEqual(
    [target.workloads, target.sla_after, target.basis_after, target.likely_in_time],
    [2, { UNTESTED: 1, COMPLIANT: 1 }, { EXTRAPOLATED: 1, OWN: 1 }, 1],
  );
  const [erp] = target.least_likely as (Row & { before: Row; after: Row })[];
  assert.deepEqual(
    [erp?.workload_name, erp?.before.rto_target_minutes, erp?.after.rto_target_minutes],
    ['ERP', 30, 240],
  );
  // It would be in time as others are restored, but nobody has shown it.
  assert.ok(Number(erp?.after.p_mean) > Number(erp?.before.p_mean) && Number(erp?.after.p_mean) < 0.8);
  assert.deepEqual([mass[0]?.machines, mass[0]?.late, mass[0]?.target_minutes], [2, 0, 240]);
  assert.match(
    data.summary as string,
    /2 machines \(2\.34 TiB\) restored at once take .* all within their targets/,
  );
  assert.match(text, /inherit the pessimistic end of what others showed/);
  // 2,000 GiB do not come back within an hour.
  const hour = await ask({ kind: 'target', rto_minutes: 60 }, { tier: 1 });
  assert.equal(hour.mass[0]?.late, 1);
});

test('another RPO is judged by the age of the newest point and the usual gap between points', async () => {
  const rpo = async (hours: number, workload: string) => {
    const { target } = await ask({ kind: 'target', rpo_hours: hours }, { workload });
    const [one] = target.least_likely as { after: Row }[];
    return one?.after.rpo_status;
  };
  // Points once a day, the newest 6 hours old.
  assert.equal(await rpo(5, 'SQL01'), 'BREACHED');
  assert.equal(await rpo(20, 'SQL01'), 'AT_RISK');
  assert.equal(await rpo(26, 'SQL01'), 'MET');
  assert.equal(await rpo(1000, 'Old'), 'NEVER');
  // Its newest point is infected: the one before it counts, 20 hours old.
  assert.equal(await rpo(19, 'Sick'), 'BREACHED');
  const { target, mass } = await ask({ kind: 'target', rpo_hours: 48 });
  assert.deepEqual(target.rpo_after, { MET: 5, BREACHED: 1, NEVER: 1 });
  assert.equal(mass, undefined);
});
