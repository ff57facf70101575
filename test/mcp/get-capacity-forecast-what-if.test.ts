import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CapacityForecast, CapacityQuestion } from '../../src/analysis/capacity/answer.ts';
import { type CapacityPlan, forecastWhatIf, purchaseFor } from '../../src/analysis/capacity/what-if.ts';
import {
  addCapacityEstate,
  GIB,
  growing,
  ID,
  type SpaceOf,
  samplesOf,
  TIB,
  TODAY,
} from '../support/capacity-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';

const TOOL = 'get_capacity_forecast';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
type Outlook = Row & { thresholds: Row[] };
type Result = { repository_id: string; before: Outlook; after: Outlook; change: Row[] };

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addCapacityEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (what_if: Row, args: Row = {}) => {
  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, ...args, what_if });
  const answer = data.what_if as Row & { repositories: Result[] };
  return { data, text, answer, results: answer.repositories };
};
const refused = (what_if: Row, args: Row = {}) => mcp.refused(TOOL, { as_of: AS_OF, ...args, what_if });

const space = { days: 60, capacityBytes: 20 * TIB };
const GROWING: SpaceOf = { ...space, usedBytes: growing(14 * TIB, 60 * GIB) };
const FLAT: SpaceOf = { ...space, usedBytes: () => 5 * TIB };
const questionOf = (of: SpaceOf): CapacityQuestion => ({ samples: samplesOf(of), today: TODAY });

/** The answer's view of what the engine said: every day of every threshold, and the bytes. */
function assertIs(shown: Row | undefined, forecast: CapacityForecast): void {
  assert.ok(shown);
  assert.equal(shown.total_bytes, forecast.capacityBytes);
  assert.equal(shown.used_bytes, Math.round(forecast.usedBytes ?? 0));
  assert.equal(shown.priority, forecast.priority);
  assert.equal(
    shown.purchase_bytes,
    forecast.purchaseBytes === null ? null : Math.round(forecast.purchaseBytes),
  );
  assert.deepEqual(
    (shown.thresholds as Row[]).map(({ percent, status, early_days, mid_days, late_days }) => ({
      threshold: Number(percent) / 100,
      status,
      early: early_days,
      mid: mid_days,
      late: late_days,
    })),
    forecast.thresholds,
  );
}

function assertResult(result: Result | undefined, question: CapacityQuestion, plans: CapacityPlan[]): void {
  const { before: was, after: will, daysGained } = forecastWhatIf(question, plans);
  assertIs(result?.before, was);
  assertIs(result?.after, will);
  assert.deepEqual(
    result?.change.map(({ days_gained, becomes }) => [days_gained, becomes]),
    daysGained.map(({ days, becomes }) => [days, becomes]),
  );
}

test('more space gives the dates that the engine gives', async () => {
  const { results, data } = await ask({ kind: 'more_space', repository: 'repo taglich', add_tb: 2.5 });

  assert.equal(results.length, 1);
  assertResult(results[0], questionOf(GROWING), [{ kind: 'MORE_SPACE', bytes: 2.5 * TIB }]);
  // 80 % of 2.5 TiB more is 2 TiB: 34 days at 60 GiB a day.
  const gained = Number(results[0]?.change[0]?.days_gained);
  assert.ok(Math.abs(gained - 2048 / 60) <= 1, String(gained));
  assert.match(data.summary as string, /80 % is reached later, by \d+ days \(in \d+ days\)/);
});

test('the dates beside the plan are those that the run had concluded', async () => {
  const { results, data } = await ask({ kind: 'more_space', add_tb: 1 }, { repository: ID.growing });
  const { data: now } = await mcp.ask(TOOL, { as_of: AS_OF, repository: ID.growing, include: [] });

  assert.deepEqual(
    results[0]?.before.thresholds,
    ((now.repository as Row).forecast as { thresholds: Row[] }).thresholds,
  );
  assert.deepEqual(data.not_known, []);
});

test('fewer restore points free the increments that go', async () => {
  const plan = { kind: 'fewer_restore_points', job: 'sql nightly', keep_points: 5 };
  const { results, answer } = await ask(plan);

  const freed: CapacityPlan = {
    kind: 'FEWER_RESTORE_POINTS',
    restorePoints: 14,
    keep: 5,
    incrementBytes: 50 * GIB,
  };
  assertResult(results[0], questionOf(GROWING), [freed]);
  assert.equal(results[0]?.after.used_bytes, 14 * TIB - 9 * 50 * GIB);
  assert.equal((answer.job as Row).job_id, ID.sqlJob);
  // Half of 14 and of 7 points, of all jobs there.
  const half = await ask({ kind: 'fewer_restore_points', repository: ID.growing, share: 0.5 });
  assert.equal(half.results[0]?.after.used_bytes, 14 * TIB - (7 + 3) * 50 * GIB);
});

test('a job that moves takes its bytes and its growth along', async () => {
  const { results } = await ask({ kind: 'move_job', job: ID.sqlJob, to: 'Flat' });

  const storedBytes = 2 * TIB + 13 * 50 * GIB;
  const bytesPerDay = 30 * GIB; // 900 GiB in 30 days
  assert.deepEqual(
    results.map(({ repository_id }) => repository_id),
    [ID.growing, ID.flat],
  );
  assertResult(results[0], questionOf(GROWING), [{ kind: 'MOVED_JOB', storedBytes, bytesPerDay }]);
  assertResult(results[1], questionOf(FLAT), [
    { kind: 'MOVED_JOB', storedBytes: -storedBytes, bytesPerDay: -bytesPerDay },
  ]);
});

test('new machines bring their data, and grow as what is there if nothing else is said', async () => {
  const plan = { kind: 'new_machines', count: 10, bytes_each: 100 * GIB, bytes_per_day_each: GIB };
  const given = await ask(plan, { repository: ID.growing });
  assertResult(given.results[0], questionOf(GROWING), [
    { kind: 'MORE_MACHINES', machines: 10, storedBytesEach: 100 * GIB, bytesPerDayEach: GIB },
  ]);

  const { bytes_per_day_each: _given, ...bare } = plan;
  const { results } = await ask(bare, { repository: ID.growing });
  const was = forecastWhatIf(questionOf(GROWING), []).before;
  const bytesPerDayEach = ((was.growthPerDay?.value ?? 0) / (was.usedBytes ?? 1)) * 100 * GIB;
  assertResult(results[0], questionOf(GROWING), [
    { kind: 'MORE_MACHINES', machines: 10, storedBytesEach: 100 * GIB, bytesPerDayEach },
  ]);
});

test('an extent in maintenance takes its space and its data out of the sum', async () => {
  const { results, answer } = await ask({ kind: 'extent_maintenance', extent: 'Extent B' });

  const fullest = growing(9.2 * TIB, 4 * GIB);
  const roomy = growing(4 * TIB, 30 * GIB);
  const sum: SpaceOf = { ...space, usedBytes: (day) => fullest(day) + roomy(day) };
  assert.equal(results[0]?.repository_id, ID.scaleOut);
  assertResult(results[0], questionOf(sum), [
    { kind: 'EXTENT_IN_MAINTENANCE', capacityBytes: 10 * TIB, usedBytes: 4 * TIB },
  ]);
  assert.equal((answer.extent as Row).repository_id, ID.roomyExtent);
  assert.equal(results[0]?.after.thresholds[0]?.status, 'EXCEEDED');
});

test('a lead time gives what to order, and the last day for it', async () => {
  const { answer, results } = await ask({ kind: 'lead_time', days: 45 }, { repository: ID.growing });

  const expected = purchaseFor(questionOf(GROWING), { leadDays: 45 }) ?? 0;
  const order = answer.order as Row;
  assert.equal(order.purchase_bytes, Math.round(expected));
  const full = results[0]?.before.thresholds[2];
  assert.equal(order.order_in_days, Number(full?.early_days) - 45);
  assert.ok(Number(order.purchase_bytes) > Number(results[0]?.before.purchase_bytes));
});

test('storage without a limit stays without dates under any plan, and says why', async () => {
  const { results, data } = await ask({ kind: 'more_space', repository: 'Object Store', add_tb: 5 });

  assert.deepEqual(results[0]?.after.thresholds, []);
  assert.deepEqual(results[0]?.change, []);
  assert.match(String(data.not_known), /without a limit/);
  const offline = await ask({ kind: 'more_space', repository: 'NAS', add_tb: 5 });
  assert.match(String(offline.data.not_known), /offline/);
});

test('a plan that cannot be worked out is answered with what is missing', async () => {
  assert.match(await refused({ kind: 'more_space', add_tb: 1 }), /say which repository the plan is about/);
  assert.match(
    await refused({ kind: 'more_space', add_tb: 1, repository: 'Repo*' }),
    /repository "Repo\*" fits 2; a plan is about one/,
  );
  assert.match(
    await refused({ kind: 'move_job', job: 'SQL Nigthly', to: 'Flat' }),
    /There is no job "SQL Nigthly" among 2 jobs.*\n- `SQL Nightly`/,
  );
  assert.match(
    await refused({ kind: 'move_job', job: 'Mail', to: ID.growing }),
    /lies on that space already/,
  );
  assert.match(
    await refused({ kind: 'move_job', job: 'Mail', to: 'Flat', repository: 'Young' }),
    /no backups in that repository/,
  );
  assert.match(await refused({ kind: 'extent_maintenance', extent: 'Flat' }), /is no extent/);
  assert.match(
    await refused({ kind: 'extent_maintenance', extent: 'Extent A' }, { repository: 'Flat' }),
    /belongs to another scale-out repository/,
  );
  assert.match(await refused({ kind: 'move_job', job: 'Mail', to: 'Extent B' }), /not to extents/);
  assert.match(
    await refused({ kind: 'fewer_restore_points', repository: 'Flat', share: 0.5 }),
    /no increments are known there/,
  );
  assert.match(
    await refused({ kind: 'new_machines', count: 1, bytes_each: GIB, repository: 'Silent' }),
    /give bytes_per_day_each/,
  );
});
