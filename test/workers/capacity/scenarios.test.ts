import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnlimited, spaceAt, volumeBytes } from '../../../src/simulator/estate/space.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { CapacityTruth } from '../../../src/simulator/truth/capacity.ts';
import { buildTruth } from '../../../src/simulator/truth/truth.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { type ForecastRow, forecastsOf, runCapacity, sum } from './helpers.ts';

const START = new Date('2026-01-12T11:00:00Z');
/** Every event is over by then: the last one is on day 45. */
const DAYS = 65;
const OFFLINE_DAY = 33;

const start = (scenario: string) => simulate({ scenario, jobs: 1, now: START });

/** A run at local noon of a day, counted from the start. */
function runOn(simulator: Simulator, database: TestDatabase, day: number) {
  simulator.clock.set(new Date(simulator.world.draft.dayAt(day)));
  return runCapacity(simulator, database);
}

const truthNow = ({ world, clock }: Simulator): CapacityTruth[] =>
  buildTruth(world, clock.now().getTime()).findings.capacity ?? [];

function rowOf(rows: Map<string, ForecastRow>, { entity }: CapacityTruth): ForecastRow {
  const row = rows.get(entity.name);
  assert.equal(row?.repository_id, entity.id, entity.name);
  return row as ForecastRow;
}

type Dates = { status: string | null; early: number | null; mid: number | null; late: number | null };

const datesOf = (row: ForecastRow): [Dates, Dates, Dates] => [
  { status: row.status_80, early: row.early_80, mid: row.mid_80, late: row.late_80 },
  { status: row.status_90, early: row.early_90, mid: row.mid_90, late: row.late_90 },
  { status: row.status_100, early: row.early_100, mid: row.mid_100, late: row.late_100 },
];

test(`${DAYS} days of every kind of growth and event: what is forecast is held against what comes`, async (t) => {
  await using simulator = await start('capacity-all');
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  let whileOffline = new Map<string, ForecastRow>();
  for (let day = 0; day <= DAYS; day += 1) {
    assert.equal((await runOn(simulator, database, day)).status, 'succeeded', `day ${day}`);
    if (day === OFFLINE_DAY) whileOffline = await forecastsOf(database);
  }
  const rows = await forecastsOf(database);
  const truths = truthNow(simulator);
  const find = (regime: string) => {
    const truth = truths.find((one) => one.regime === regime) as CapacityTruth;
    return { truth, row: rowOf(rows, truth) };
  };

  await t.test('use, size and class are the true ones', () => {
    for (const truth of truths) {
      const row = rowOf(rows, truth);
      assert.equal(row.use_bytes, truth.useBytes, truth.regime);
      assert.equal(row.capacity_bytes, truth.capacityBytes, truth.regime);
      const [eighty] = datesOf(row);
      if (truth.expected === 'UNBOUNDED') assert.equal(row.quality, 'UNBOUNDED');
      else assert.equal(row.quality, 'FORECAST', truth.regime);
      if (truth.expected === 'FILLS') assert.equal(eighty.status, 'EXPECTED', truth.regime);
      if (truth.expected === 'EXCEEDED') assert.equal(eighty.status, 'EXCEEDED', truth.regime);
      // That the months of long-term retention come to an end is in no reading before they do.
      if (truth.expected === 'NOT_WITHIN_HORIZON' && truth.regime !== 'gfs-plateau')
        assert.equal(eighty.mid, null, truth.regime);
    }
    assert.ok(Number(find('gfs-plateau').row.p_full_30) < 0.1);
  });

  await t.test('a repository that is offline has its last reading and its age, and no date', () => {
    const row = rowOf(whileOffline, find('offline-week').truth);
    assert.equal(row.quality, 'OFFLINE');
    assert.equal(row.age_days, OFFLINE_DAY - 29);
    assert.ok(Number(row.use_bytes) > 0);
    assert.deepEqual([row.mid_80, row.mid_90, row.mid_100], [null, null, null]);
    assert.equal(row.priority, 'UNKNOWN');
  });

  await t.test('what is exceeded is never without a date, in no run', async () => {
    const all = await db.selectFrom('capacity_forecast').selectAll().execute();
    let exceeded = 0;
    for (const row of all) {
      for (const [i, dates] of datesOf(row as ForecastRow).entries()) {
        if (row.quality === 'OFFLINE' || row.use_share === null) continue;
        if (row.use_share < ([0.8, 0.9, 1][i] ?? 1)) continue;
        assert.deepEqual(dates, { status: 'EXCEEDED', early: 0, mid: 0, late: 0 }, row.name);
        exceeded += 1;
      }
    }
    assert.ok(exceeded >= 2 * (DAYS - 45), `${exceeded} times`);
    assert.equal(find('sudden-fill').row.priority, 'URGENT');
  });

  await t.test('storage without a limit never has a date, in no run', async () => {
    const { entity } = find('unlimited-bucket').truth;
    const all = await db
      .selectFrom('capacity_forecast')
      .selectAll()
      .where('repository_id', '=', entity.id)
      .execute();
    assert.equal(all.length, DAYS + 1);
    for (const row of all) {
      for (const { status, early, mid, late } of datesOf(row as ForecastRow))
        assert.deepEqual([status, early, mid, late], [null, null, null, null]);
      assert.equal(row.priority, 'NONE');
    }
    assert.ok(Number(find('unlimited-bucket').row.slope_bytes_per_day) > 0);
  });

  await t.test('the true day is inside the range in most cases, and near the likely day', () => {
    const checked = truths.flatMap((truth) => {
      const dates = datesOf(rowOf(rows, truth));
      return truth.thresholds.flatMap(({ inDays, isForeseeable, share }, i) => {
        const { early, mid, late } = dates[i] as Dates;
        if (!inDays || !isForeseeable) return [];
        const isInside = early !== null && early <= inDays && (late === null || inDays <= late);
        const error = Math.abs((mid ?? Number.POSITIVE_INFINITY) - inDays) / inDays;
        return [{ what: `${truth.regime} ${share}: ${inDays} in ${early}/${mid}/${late}`, isInside, error }];
      });
    });
    const outside = checked.filter(({ isInside }) => !isInside).map(({ what }) => what);
    assert.ok(checked.length >= 30, `${checked.length} crossings`);
    // Nominally 80 %; crossings of one repository miss together.
    assert.ok(outside.length <= checked.length / 4, outside.join('\n'));
    // Of weekly fulls on one volume some teeth are taken for events, and growth comes out too large: known to be weak.
    assert.deepEqual(
      checked
        .filter(({ what, error }) => error > 0.35 && !what.startsWith('sawtooth'))
        .map(({ what }) => what),
      [],
    );
  });

  await t.test('every event is found on its day and with its size', async () => {
    const [newest] = rows.values();
    const found = await db
      .selectFrom('capacity_event')
      .selectAll()
      .where('run_id', '=', String(newest?.run_id))
      .execute();
    let events = 0;
    for (const { entity, events: own, regime } of truths) {
      for (const { kind, day, bytes, days } of own) {
        const match = found.find(
          (one) =>
            one.repository_id === entity.id && one.kind === kind && String(one.local_day).startsWith(day),
        );
        assert.ok(match, `${regime}: ${kind} on ${day}`);
        assert.ok(Math.abs(match.bytes - bytes) <= 0.05 * Math.abs(bytes), `${match.bytes} for ${bytes}`);
        if (kind === 'CAPACITY_CHANGE') assert.equal(match.bytes, bytes);
        if (kind === 'OFFLINE') assert.equal(match.days, days);
        events += 1;
      }
    }
    assert.equal(events, 7);
    const steady = [
      'linear',
      'accelerating',
      'saturating',
      'sobr-extent',
      'unlimited-bucket',
      'shared-volume',
    ];
    const ids = truths.filter(({ regime }) => steady.includes(regime)).map(({ entity }) => entity.id);
    assert.deepEqual(
      found.filter(({ repository_id }) => ids.includes(repository_id)),
      [],
      'nothing happened there',
    );
  });

  await t.test('the lines of the ledger add up to what the files report, job by job', async () => {
    const lines = await ledgerOf(database);
    const jobs = new Map<string, number>();
    for (const truth of truths)
      for (const { id, bytes } of truth.jobs) jobs.set(id, (jobs.get(id) ?? 0) + bytes);
    for (const [id, bytes] of jobs) {
      const own = lines.filter(({ job_id }) => job_id === id);
      assert.equal(sum(own.map(({ stored_bytes }) => stored_bytes)), bytes, own[0]?.backup_name ?? id);
    }
    assert.ok(jobs.size >= 20);
  });

  await t.test('what retention and immutability release comes on the days that the ledger says', async () => {
    const lines = await ledgerOf(database);
    for (const regime of ['saturating', 'sawtooth', 'immutability-floor']) {
      const { entity, releases } = find(regime).truth;
      const dated = lines
        .filter(({ repository_id, due_on }) => repository_id === entity.id && due_on !== null)
        .map((line) => ({ day: releasedOn(line), bytes: line.stored_bytes }))
        .sort((a, b) => a.day - b.day);
      assert.ok(dated.length >= 2, regime);
      for (const [i, { day, bytes }] of dated.entries()) {
        const late = dayNumber(releases[i]?.day ?? '') - day;
        assert.equal(releases[i]?.bytes, bytes, `${regime}, release ${i}`);
        // The job that runs in the following night deletes it.
        assert.ok(late >= 0 && late <= 3, `${regime}, release ${i}: ${late} days late`);
      }
    }
  });

  await t.test(
    'a volume with two repositories is counted once, and so is a scale-out repository',
    async () => {
      const shared = truths.filter(({ regime }) => regime === 'shared-volume').map((one) => rowOf(rows, one));
      assert.deepEqual(shared.map(({ is_counted }) => String(is_counted)).sort(), ['false', 'true']);
      for (const { repository_id, shared_volume_with } of shared)
        assert.deepEqual(
          shared_volume_with,
          shared.map((one) => one.repository_id).filter((id) => id !== repository_id),
        );
      const summary = await db
        .selectFrom('capacity_summary')
        .selectAll()
        .orderBy('concluded_at', 'desc')
        .executeTakeFirstOrThrow();
      assert.deepEqual([summary.use_bytes, summary.capacity_bytes], spaceOf(simulator));
    },
  );
});

async function ledgerOf({ metrics: { db } }: TestDatabase) {
  const { ledger_run_id } = await db
    .selectFrom('capacity_summary')
    .select('ledger_run_id')
    .orderBy('concluded_at', 'desc')
    .executeTakeFirstOrThrow();
  return db.selectFrom('space_ledger').selectAll().where('run_id', '=', String(ledger_run_id)).execute();
}

const dayNumber = (date: string) => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / 86_400_000;

/** The day on which bytes are due, or later where they cannot be deleted yet. Dates are text here. */
const releasedOn = ({ due_on, held_until }: { due_on: unknown; held_until: unknown }): number =>
  Math.max(...[due_on, held_until].flatMap((date) => (date === null ? [] : [dayNumber(date as string)])));

/** Use and size of the whole estate: each volume once, without buckets that have no limit and tiers below the first. */
function spaceOf({ world, clock }: Simulator): [number, number] {
  const now = clock.now().getTime();
  const used = world.storage.usedBytes(now);
  const counted = world.estate.repositories.filter(
    (one) =>
      one.volume === one.index && !isUnlimited(one) && (one.extent?.tier ?? 'Performance') === 'Performance',
  );
  return [
    sum(counted.map((one) => volumeBytes(world.estate, used, one.volume, now))),
    sum(counted.map((one) => spaceAt(one, now).capacityBytes)),
  ];
}

test('days on which the server does not answer are gaps: nothing is made up, and the date is right', async () => {
  await using simulator = await start('capacity-gaps');
  await using database = await createTestDatabase();
  const { outages, dayAt } = simulator.world.draft;
  const isOut = (day: number) => outages.some(({ from, to }) => dayAt(day) >= from && dayAt(day) < to);
  let gaps = 0;
  for (let day = 0; day <= DAYS; day += 1) {
    if (isOut(day)) gaps += 1;
    else assert.equal((await runOn(simulator, database, day)).status, 'succeeded', `day ${day}`);
  }
  assert.equal(gaps, 9);
  const [truth] = truthNow(simulator) as [CapacityTruth];
  const row = rowOf(await forecastsOf(database), truth);
  assert.equal(row.history_days, DAYS + 1 - gaps);
  assert.equal(row.quality, 'FORECAST');
  const days = await database.metrics.db
    .selectFrom('repository_day')
    .selectAll()
    .where('repository_id', '=', truth.entity.id)
    .execute();
  assert.equal(days.length, DAYS + 1 - gaps);
  for (const [i, { inDays }] of truth.thresholds.entries()) {
    const { early, late } = datesOf(row)[i] as Dates;
    assert.ok(
      Number(early) <= Number(inDays) && Number(inDays) <= Number(late),
      `${early} ${inDays} ${late}`,
    );
  }
  const events = await database.metrics.db
    .selectFrom('capacity_event')
    .selectAll()
    .where('repository_id', '=', truth.entity.id)
    .execute();
  assert.deepEqual(events, []);
});
