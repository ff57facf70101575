import { type Insertable, sql } from 'kysely';
import type { CapacityForecast } from '../../src/analysis/capacity/answer.ts';
import { forecastCapacity } from '../../src/analysis/capacity/forecast.ts';
import type { CapacitySample } from '../../src/analysis/capacity/samples.ts';
import { dayNumberToText } from '../../src/analysis/zoned-time.ts';
import type { Metrics, MetricsDB } from '../../src/db/connect.ts';
import { addRun, addServer, addSource, hoursBefore, RUN_AT, SOURCE, uuid } from './health-rows.ts';

type Row<Table extends keyof MetricsDB> = Insertable<MetricsDB[Table]>;

export const GIB = 2 ** 30;
export const TIB = 2 ** 40;
/** Local day of the run of most tests. */
export const TODAY = Math.floor(RUN_AT.getTime() / 86_400_000);
export const MADE_ON = dayNumberToText(TODAY);

/** Ids of the small estate. */
export const ID = {
  growing: uuid(901),
  full: uuid(902),
  bucket: uuid(903),
  offline: uuid(904),
  silent: uuid(905),
  flat: uuid(906),
  young: uuid(907),
  fresh: uuid(908),
  scaleOut: uuid(800),
  fullExtent: uuid(811),
  roomyExtent: uuid(812),
  sqlJob: uuid(1),
  mailJob: uuid(2),
  sqlBackup: uuid(601),
  mailBackup: uuid(602),
};

/** A day's reading at the hour of the run, so that a run a day is all there is. */
const sampledAt = (day: number) => new Date(RUN_AT.getTime() - (TODAY - day) * 86_400_000);

/** A little unrest, the same each time, so that bands have a width. */
const unrest = (day: number) => ((day * 7919) % 13) - 6;

export type SpaceOf = {
  days: number;
  capacityBytes: number;
  usedBytes: (day: number) => number;
  isOfflineToday?: boolean;
};

/** Bytes that grow by so many a day up to `now` on the day of the run. */
export const growing = (now: number, perDay: number) => (day: number) =>
  Math.round(now + perDay * (day - TODAY) + (day === TODAY ? 0 : (unrest(day) * perDay) / 10));

export function samplesOf({ days, capacityBytes, usedBytes, isOfflineToday }: SpaceOf): CapacitySample[] {
  return Array.from({ length: days }, (_, index): CapacitySample => {
    const day = TODAY - days + 1 + index;
    const at = sampledAt(day).getTime();
    return isOfflineToday && day === TODAY
      ? { day, at: 1, usedBytes: null, isOnline: false }
      : { day, at, usedBytes: usedBytes(day), capacityBytes, isOnline: true };
  });
}

export async function addRepository(
  db: Metrics,
  row: Partial<Row<'repository'>> & { repository_id: string },
) {
  const repository = {
    source_id: SOURCE,
    name: 'Repo',
    type: 'WinLocal',
    is_online: true,
    has_limit: true,
    first_seen_at: hoursBefore(RUN_AT, 5000),
    known_from: hoursBefore(RUN_AT, 5000),
    ...row,
  };
  await db.insertInto('repository').values(repository).execute();
}

/** A reading a day, each known since it was made. */
export async function addSamples(
  db: Metrics,
  repositoryId: string,
  samples: readonly CapacitySample[],
  row: Partial<Row<'repository_sample'>> = {},
): Promise<void> {
  if (samples.length === 0) return;
  const rows = samples.map(({ day, usedBytes, capacityBytes, isOnline }) => ({
    source_id: SOURCE,
    repository_id: repositoryId,
    sampled_at: sampledAt(day),
    local_day: dayNumberToText(day) as never,
    capacity_bytes: capacityBytes ?? null,
    free_bytes: usedBytes === null || !capacityBytes || capacityBytes < 0 ? null : capacityBytes - usedBytes,
    used_bytes: usedBytes,
    stored_bytes: usedBytes,
    is_online: isOnline !== false,
    is_imported: false,
    reason: isOnline === false ? 'OFFLINE' : null,
    recorded_at: hoursBefore(sampledAt(day), 1 / 60),
    ...row,
  }));
  for (const month of new Set(samples.map(({ day }) => sampledAt(day).toISOString().slice(0, 7)))) {
    await sql`select create_month_partition('repository_sample'::regclass, ${`${month}-01`}::date)`.execute(
      db,
    );
  }
  await db.insertInto('repository_sample').values(rows).execute();
}

export const NO_RECORD = {
  scored: 0,
  unscored: 0,
  coverage: null,
  medianSignedError: null,
  bias: null,
  byDistance: [],
  confidence: null,
};

/** A forecast as a run stores it; what the engine says, and what the test says. */
export function forecastRow(
  forecast: CapacityForecast,
  row: Partial<Row<'capacity_forecast'>> & { run_id: string; repository_id: string },
): Row<'capacity_forecast'> {
  const of = (percent: number) => forecast.thresholds.find(({ threshold }) => threshold * 100 === percent);
  const [eighty, ninety, full] = [of(80), of(90), of(100)];
  return {
    source_id: SOURCE,
    kind: 'REPOSITORY',
    name: 'Repo',
    type: 'WinLocal',
    concluded_at: RUN_AT,
    made_on: MADE_ON as never,
    is_online: true,
    is_counted: true,
    shared_volume_with: [],
    use_bytes: forecast.usedBytes,
    capacity_bytes: forecast.capacityBytes,
    use_share: forecast.useShare,
    quality: forecast.quality,
    pattern: forecast.pattern,
    history_days: forecast.days,
    age_days: forecast.ageDays,
    horizon_days: forecast.horizonDays,
    model: forecast.model,
    weights: JSON.stringify(forecast.weights),
    skill: forecast.skill,
    backtest_coverage: forecast.backtestCoverage,
    slope_bytes_per_day: forecast.growthPerDay?.value ?? null,
    slope_low: forecast.growthPerDay?.low ?? null,
    slope_high: forecast.growthPerDay?.high ?? null,
    thresholds: JSON.stringify(forecast.thresholds),
    status_80: eighty?.status ?? null,
    early_80: eighty?.early ?? null,
    mid_80: eighty?.mid ?? null,
    late_80: eighty?.late ?? null,
    status_90: ninety?.status ?? null,
    early_90: ninety?.early ?? null,
    mid_90: ninety?.mid ?? null,
    late_90: ninety?.late ?? null,
    status_100: full?.status ?? null,
    early_100: full?.early ?? null,
    mid_100: full?.mid ?? null,
    late_100: full?.late ?? null,
    p_full_7: forecast.fullWithin?.[7] ?? null,
    p_full_30: forecast.fullWithin?.[30] ?? null,
    p_full_90: forecast.fullWithin?.[90] ?? null,
    band: JSON.stringify(forecast.band),
    weekly_effect: forecast.weeklyEffect === null ? null : JSON.stringify(forecast.weeklyEffect),
    purchase_bytes: forecast.purchaseBytes,
    priority: forecast.priority,
    confidence: forecast.confidence,
    track_record: JSON.stringify(NO_RECORD),
    reasons: forecast.reasons,
    ...row,
  };
}

export async function addForecasts(db: Metrics, rows: Row<'capacity_forecast'>[]): Promise<void> {
  for (let first = 0; first < rows.length; first += 500) {
    await db
      .insertInto('capacity_forecast')
      .values(rows.slice(first, first + 500))
      .execute();
  }
}

/** A repository with its samples and the forecast that the engine makes of them. */
export async function addSpace(
  db: Metrics,
  run_id: string,
  repository: Partial<Row<'repository'>> & { repository_id: string },
  space: SpaceOf | null,
  row: Partial<Row<'capacity_forecast'>> = {},
): Promise<CapacityForecast> {
  await addRepository(db, repository);
  const samples = space ? samplesOf(space) : [];
  await addSamples(db, repository.repository_id, samples);
  const forecast = forecastCapacity({ samples, today: TODAY });
  const { repository_id, name = 'Repo', type = 'WinLocal' } = repository;
  await addForecasts(db, [forecastRow(forecast, { run_id, repository_id, name, type, ...row })]);
  return forecast;
}

export async function addSummary(
  db: Metrics,
  row: Partial<Row<'capacity_summary'>> & { run_id: string },
): Promise<void> {
  const summary = {
    source_id: SOURCE,
    concluded_at: RUN_AT,
    repositories: 10,
    capacity_bytes: 100 * TIB,
    use_bytes: 62.5 * TIB,
    unbounded_bytes: 7 * TIB,
    not_counted: 1,
    by_priority: JSON.stringify({}),
    files_read_at: hoursBefore(RUN_AT, 3),
    ledger_run_id: row.run_id,
    track_record: JSON.stringify({ ...NO_RECORD, scored: 40, coverage: 0.825 }),
    completeness: JSON.stringify([]),
    time_zone: 'Europe/Berlin',
    not_known: JSON.stringify(['space of 1 repositories: no valid reading yet']),
    ...row,
  };
  await db.insertInto('capacity_summary').values(summary).execute();
}

/** A backup with a full and increments of one size, and the sums over them. */
export async function addBackup(
  db: Metrics,
  row: Partial<Row<'backup'>> & { backup_id: string },
  { points, fullBytes, incrementBytes }: { points: number; fullBytes: number; incrementBytes: number },
): Promise<void> {
  const known = { first_seen_at: hoursBefore(RUN_AT, 2000), known_from: hoursBefore(RUN_AT, 30) };
  await db
    .insertInto('backup')
    .values({ source_id: SOURCE, name: 'Backup', repository_id: ID.growing, ...known, ...row })
    .execute();
  const files = Array.from({ length: points }, (_, index) => ({
    source_id: SOURCE,
    backup_file_id: `${row.backup_id}-${index}`,
    backup_id: row.backup_id,
    name: index === 0 ? 'a.vbk' : `${index}.vib`,
    kind: index === 0 ? 'FULL' : 'INCREMENT',
    stored_bytes: index === 0 ? fullBytes : incrementBytes,
    created_at: hoursBefore(RUN_AT, 24 * (points - index)),
    gfs_periods: [],
    object_ids: [uuid(700)],
    restore_point_count: 1,
    ...known,
  }));
  await db.insertInto('backup_file').values(files).execute();
  await db
    .insertInto('backup_sample')
    .values({
      source_id: SOURCE,
      backup_id: row.backup_id,
      sampled_at: hoursBefore(RUN_AT, 3),
      repository_id: row.repository_id ?? ID.growing,
      job_id: row.job_id ?? null,
      files: points,
      stored_bytes: fullBytes + (points - 1) * incrementBytes,
      data_bytes: 0,
      unsized_files: 0,
      is_whole: true,
    })
    .execute();
}

type Contribution = { id: string; name: string | null; week: number; month: number };

/** Who filled a repository in a week and a month; what jobs do not explain is other data. */
export async function addAttribution(
  db: Metrics,
  run_id: string,
  repository_id: string,
  { jobs, week, month }: { jobs: Contribution[]; week: number; month: number },
): Promise<void> {
  const rows = ([7, 30] as const).flatMap((period_days): Row<'capacity_attribution'>[] => {
    const since_at = hoursBefore(RUN_AT, 24 * period_days);
    const at = { source_id: SOURCE, run_id, repository_id, period_days, since_at, until_at: RUN_AT };
    const delta = (one: { week: number; month: number }) => (period_days === 7 ? one.week : one.month);
    const total = delta({ week, month });
    const explained = jobs.reduce((sum, one) => sum + delta(one), 0);
    return [
      { ...at, contributor_id: 'TOTAL -', kind: 'TOTAL', delta_bytes: total },
      { ...at, contributor_id: 'OTHER -', kind: 'OTHER', delta_bytes: total - explained },
      ...jobs.map((one) => ({
        ...at,
        contributor_id: `JOB ${one.id}`,
        kind: 'JOB',
        job_id: one.id,
        name: one.name,
        bytes_before: TIB,
        bytes_after: TIB + delta(one),
        delta_bytes: delta(one),
      })),
    ];
  });
  await db.insertInto('capacity_attribution').values(rows).execute();
}

export async function addLedger(
  db: Metrics,
  run_id: string,
  rows: (Partial<Row<'space_ledger'>> & { due: number | null; held?: number })[],
): Promise<void> {
  const day = (ahead: number | null | undefined) =>
    ahead === null || ahead === undefined ? null : (dayNumberToText(TODAY + ahead) as never);
  const lines = rows.map(({ due, held, ...row }, index) => ({
    source_id: SOURCE,
    run_id,
    repository_id: ID.growing,
    backup_id: ID.sqlBackup,
    line: index + 1,
    backup_name: 'SQL Nightly',
    job_id: ID.sqlJob,
    job_name: 'SQL Nightly',
    basis: 'RETENTION',
    due_on: day(due),
    held_until: day(held),
    files: 1,
    stored_bytes: 100 * GIB,
    unsized_files: 0,
    ...row,
  }));
  await db.insertInto('space_ledger').values(lines).execute();
}

export async function addAccuracy(
  db: Metrics,
  row: Partial<Row<'capacity_accuracy'>> & { run_id: string; target: number },
): Promise<void> {
  const { target, ...rest } = row;
  const ahead = 7;
  await db
    .insertInto('capacity_accuracy')
    .values({
      source_id: SOURCE,
      repository_id: ID.growing,
      made_on: dayNumberToText(TODAY + target - ahead) as never,
      ahead_days: ahead,
      target_on: dayNumberToText(TODAY + target) as never,
      forecast_run_id: uuid(499),
      scored_at: RUN_AT,
      low_bytes: 10 * TIB,
      mid_bytes: 11 * TIB,
      high_bytes: 12 * TIB,
      actual_bytes: 11.5 * TIB,
      is_inside: true,
      signed_error: 0.5 * TIB,
      scaled_error: 0.5,
      ...rest,
    })
    .execute();
}

/** A run of the capacity worker. @returns its id */
export const addCapacityRun = (db: Metrics, row: Parameters<typeof addRun>[1] = {}) =>
  addRun(db, { worker: 'capacity', ...row });

/** A small estate with something of everything. @returns the run's id */
export async function addCapacityEstate(db: Metrics): Promise<string> {
  await addSource(db);
  await addServer(db);
  for (const hours of [4, 3, 2, 1]) await addCapacityRun(db, { finished_at: hoursBefore(RUN_AT, hours) });
  const run_id = await addCapacityRun(db, { run_id: uuid(510), started_at: RUN_AT });
  const space = { days: 60, capacityBytes: 20 * TIB };
  const add = (id: string, name: string, of: SpaceOf | null, row: Partial<Row<'capacity_forecast'>> = {}) =>
    addSpace(db, run_id, { repository_id: id, name }, of, row);
  await add(ID.growing, 'Repo Täglich', { ...space, usedBytes: growing(14 * TIB, 60 * GIB) });
  await add(ID.full, 'Repo Voll', { ...space, usedBytes: growing(19 * TIB, 50 * GIB) });
  await add(ID.bucket, 'Object Store', {
    days: 60,
    capacityBytes: -1,
    usedBytes: growing(7 * TIB, 20 * GIB),
  });
  const off = { ...space, usedBytes: growing(9 * TIB, 10 * GIB), isOfflineToday: true };
  await add(ID.offline, 'NAS', off, { is_online: false });
  await add(ID.silent, 'Silent', null, { is_online: null });
  await add(ID.flat, 'Flat', { ...space, usedBytes: () => 5 * TIB });
  await add(ID.young, 'Young', { ...space, days: 20, usedBytes: growing(12 * TIB, 80 * GIB) });
  await add(ID.fresh, 'Fresh', { ...space, days: 3, usedBytes: growing(3 * TIB, GIB) });
  await addScaleOut(db, run_id);
  await addFiles(db, run_id);
  await addSummary(db, { run_id });
  return run_id;
}

async function addScaleOut(db: Metrics, run_id: string): Promise<void> {
  const full = { days: 60, capacityBytes: 10 * TIB, usedBytes: growing(9.2 * TIB, 4 * GIB) };
  const roomy = { days: 60, capacityBytes: 10 * TIB, usedBytes: growing(4 * TIB, 30 * GIB) };
  const extents = [
    { repository_id: ID.fullExtent, name: 'Extent A', space: full },
    { repository_id: ID.roomyExtent, name: 'Extent B', space: roomy },
  ];
  const of = { scale_out_repository_id: ID.scaleOut };
  for (const { space, ...extent } of extents) {
    await addSpace(db, run_id, { ...extent, ...of, extent_type: 'Performance' }, space, {
      ...of,
      kind: 'EXTENT',
      is_counted: false,
    });
  }
  const sum: SpaceOf = {
    days: 60,
    capacityBytes: 20 * TIB,
    usedBytes: (day) => full.usedBytes(day) + roomy.usedBytes(day),
  };
  const forecast = forecastCapacity({ samples: samplesOf(sum), today: TODAY });
  await addForecasts(db, [
    forecastRow(forecast, {
      run_id,
      repository_id: ID.scaleOut,
      name: 'Scale-out 1',
      type: 'ScaleOutRepository',
      kind: 'SCALE_OUT',
      worst_extent_id: ID.fullExtent,
      worst_extent_share: 0.92,
      priority: 'URGENT',
    }),
  ]);
}

async function addFiles(db: Metrics, run_id: string): Promise<void> {
  const size = { points: 14, fullBytes: 2 * TIB, incrementBytes: 50 * GIB };
  await addBackup(db, { backup_id: ID.sqlBackup, name: 'SQL Nightly', job_id: ID.sqlJob }, size);
  await addBackup(db, { backup_id: ID.mailBackup, name: 'Mail', job_id: ID.mailJob }, { ...size, points: 7 });
  await addAttribution(db, run_id, ID.growing, {
    jobs: [
      { id: ID.sqlJob, name: 'SQL Nightly', week: 200 * GIB, month: 900 * GIB },
      { id: ID.mailJob, name: 'Mail', week: 100 * GIB, month: 600 * GIB },
    ],
    week: 420 * GIB,
    month: 1800 * GIB,
  });
  await addLedger(db, run_id, [
    { due: -2 },
    { due: 1 },
    { due: 5, held: 12, stored_bytes: 40 * GIB },
    { due: 20, basis: 'GFS' },
    { due: null, basis: 'ACTIVE_CHAIN', stored_bytes: 2 * TIB },
  ]);
  await db
    .insertInto('capacity_event')
    .values(
      [
        { event_id: 'e1', kind: 'LEVEL_SHIFT', day: -20, bytes: -300 * GIB, days: null },
        { event_id: 'e2', kind: 'OFFLINE', day: -9, bytes: 0, days: 2 },
      ].map(({ day, ...event }) => ({
        source_id: SOURCE,
        run_id,
        repository_id: ID.growing,
        local_day: dayNumberToText(TODAY + day) as never,
        ...event,
      })),
    )
    .execute();
  await addAccuracy(db, { run_id, target: -1 });
  await addAccuracy(db, {
    run_id,
    target: -2,
    is_inside: false,
    actual_bytes: 13 * TIB,
    signed_error: 2 * TIB,
  });
}
