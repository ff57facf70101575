import type { Insertable } from 'kysely';
import type { Metrics, MetricsDB } from '../../src/db/connect.ts';
import { GIB, TIB } from './capacity-rows.ts';
import { addRun, addServer, addSource, hoursBefore, RUN_AT, SOURCE, uuid } from './health-rows.ts';

type Row<Table extends keyof MetricsDB> = Insertable<MetricsDB[Table]>;

/** Ids of the small estate. */
export const ID = {
  sql: uuid(1),
  files: uuid(2),
  appliance: uuid(3),
  orphan: uuid(604),
  disabled: uuid(5),
  fresh: uuid(6),
  store: uuid(901),
  dataDomain: uuid(902),
  sqlMachine: 'VMware vm-1',
  fileMachine: 'VMware vm-2',
};

export const PRICE = 100;
export const APPLIANCE = 'DDBoost reduces data itself: the size of the files is before that';

/** A run of the efficiency worker. @returns its id */
export const addEfficiencyRun = (db: Metrics, row: Parameters<typeof addRun>[1] = {}) =>
  addRun(db, { worker: 'efficiency', ...row });

const costOf = (bytes: number) => (bytes / TIB) * PRICE;

/** All files of a job that stores 10 TiB at 2 to 1, where its peers reach 2.5. */
export function jobRow(
  row: Partial<Row<'job_efficiency'>> & { run_id: string; owner_id: string },
): Row<'job_efficiency'> {
  const { factor = 2, reference_factor = 2.5 } = row;
  const stored_bytes = row.stored_bytes ?? 10 * TIB;
  const isMeasurable = factor !== null && reference_factor !== null;
  const potential = isMeasurable ? Math.min(0.5, Math.max(0, 1 - factor / reference_factor)) : null;
  const potential_bytes = potential === null ? null : potential * stored_bytes;
  return {
    source_id: SOURCE,
    kind: 'ALL',
    owner_kind: 'JOB',
    name: 'Job',
    platform: 'VMware',
    repository_ids: [ID.store],
    files: 30,
    excluded_files: JSON.stringify({}),
    mismatched_files: 0,
    data_bytes: Math.round((factor ?? 1) * stored_bytes),
    stored_bytes,
    factor,
    reduction_percent: factor === null ? null : 100 * (1 - 1 / factor),
    change_rate: 0.05,
    reference_factor,
    reference_basis: isMeasurable ? 'PEERS' : null,
    reference_peers: isMeasurable ? 12 : null,
    score: isMeasurable
      ? 100 * Math.min(1, Math.max(0, (1 - 1 / factor) / (1 - 1 / reference_factor)))
      : null,
    potential_bytes,
    potential_cost: potential_bytes === null ? null : costOf(potential_bytes),
    trend: 'STABLE',
    trend_percent: 0.4,
    trend_low: -0.6,
    trend_high: 1.3,
    trend_points: 30,
    factor_30_days_ago: factor,
    reason: null,
    ...row,
  };
}

export async function addJobs(db: Metrics, rows: Row<'job_efficiency'>[]): Promise<void> {
  for (let first = 0; first < rows.length; first += 500) {
    await db
      .insertInto('job_efficiency')
      .values(rows.slice(first, first + 500))
      .execute();
  }
}

export async function addAnomaly(
  db: Metrics,
  row: Partial<Row<'efficiency_anomaly'>> & { run_id: string; anomaly_id: string },
): Promise<void> {
  const anomaly = {
    source_id: SOURCE,
    type: 'ENTROPY_SUSPECT',
    owner_id: ID.sql,
    job_name: 'SQL Nightly',
    backup_id: uuid(601),
    backup_file_id: row.anomaly_id,
    workload_ids: [ID.sqlMachine],
    workload_names: ['SQL-PROD-01'],
    kind: 'INCREMENT',
    happened_at: hoursBefore(RUN_AT, 12),
    score: 0.81,
    z_ratio: -14.2,
    z_volume: 9.7,
    factor: 1.02,
    usual_factor: 2.31,
    data_bytes: 420 * GIB,
    usual_bytes: 40 * GIB,
    malware_event_ids: [],
    reasons: ['factor 1.02 instead of the usual 2.31', 'data 10.5 times the usual'],
    ...row,
  };
  await db.insertInto('efficiency_anomaly').values(anomaly).execute();
}

export async function addItem(
  db: Metrics,
  row: Partial<Row<'reclaimable_space'>> & { run_id: string; item_id: string; bytes: number },
): Promise<void> {
  const { counted_bytes = row.bytes } = row;
  const item = {
    source_id: SOURCE,
    category: 'ORPHANED',
    owner_id: ID.orphan,
    owner_name: 'Old ERP',
    backup_id: ID.orphan,
    repository_id: ID.store,
    files: 12,
    counted_bytes,
    annual_cost: costOf(Number(counted_bytes)),
    oldest_at: hoursBefore(RUN_AT, 5000),
    newest_at: hoursBefore(RUN_AT, 2000),
    reason: 'No job owns this backup: nothing adds to it and no retention removes from it.',
    caution: 'May be kept on purpose (legal hold). Ask before deleting.',
    ...row,
  };
  await db.insertInto('reclaimable_space').values(item).execute();
}

export async function addPlace(
  db: Metrics,
  row: Partial<Row<'repository_efficiency'>> & { run_id: string; repository_id: string },
): Promise<void> {
  const place = {
    source_id: SOURCE,
    name: 'Store',
    type: 'LinuxLocal',
    files: 100,
    unsized_files: 0,
    data_bytes: 62 * TIB,
    stored_bytes: 30 * TIB,
    reported_bytes: 30 * TIB,
    used_bytes: 24 * TIB,
    factor: 62 / 30,
    clone_saving_bytes: 6 * TIB,
    reason: null,
    ...row,
  };
  await db.insertInto('repository_efficiency').values(place).execute();
}

const READ = { rows_fetched: 10, rows_total: 10, reason: null };
const readAt = (endpoint: string, hours: number, outcome = 'complete') => ({
  endpoint,
  outcome,
  ...READ,
  read_at: hoursBefore(RUN_AT, hours),
  complete_at: hoursBefore(RUN_AT, hours),
});

/** Sums as a run stores them; what it says of reclaimable space is what the test adds. */
export async function addSummary(
  db: Metrics,
  row: Partial<Row<'efficiency_summary'>> & { run_id: string },
): Promise<void> {
  const summary = {
    source_id: SOURCE,
    concluded_at: RUN_AT,
    time_zone: 'Europe/Berlin',
    jobs: 5,
    not_measurable_jobs: 1,
    files: 150,
    data_bytes: 70 * TIB,
    stored_bytes: 40 * TIB,
    factor: 2,
    score: 80,
    reclaimable_bytes: 8 * TIB,
    reclaimable_cost: 800,
    by_category: JSON.stringify({}),
    open_anomalies: 2,
    price_per_tb_year: PRICE,
    price_basis: 'DEFAULT',
    currency: 'USD',
    files_read_at: hoursBefore(RUN_AT, 3),
    points_read_at: hoursBefore(RUN_AT, 5),
    excluded_files: JSON.stringify({ NO_SIZES: 3 }),
    completeness: JSON.stringify([
      readAt('backups/backupFiles', 3),
      readAt('restorePoints', 5),
      readAt('malwareDetection/events', 5),
    ]),
    not_known: JSON.stringify(['reduction of 1 jobs: it happens on an appliance, behind the counters']),
    ...row,
  };
  await db.insertInto('efficiency_summary').values(summary).execute();
}

/** A machine in a backup, known for long. */
export async function addMachine(
  db: Metrics,
  { id, name, backupId, jobId }: { id: string; name: string; backupId: string; jobId: string | null },
): Promise<void> {
  const known = { first_seen_at: hoursBefore(RUN_AT, 2000), known_from: hoursBefore(RUN_AT, 2000) };
  await db
    .insertInto('workload')
    .values({ source_id: SOURCE, workload_id: id, name, tags: [], ...known })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const backup = {
    source_id: SOURCE,
    backup_id: backupId,
    name,
    job_id: jobId,
    repository_id: ID.store,
    ...known,
  };
  await db.insertInto('backup').values(backup).execute();
  await db
    .insertInto('backup_object')
    .values({ source_id: SOURCE, backup_id: backupId, object_id: `o ${id}`, workload_id: id, name, ...known })
    .execute();
}

/** A run of the rto worker that found a machine of a tier. */
export async function addTier(db: Metrics, workload_id: string, tier: number): Promise<void> {
  const run_id = await addRun(db, { worker: 'rto', finished_at: hoursBefore(RUN_AT, 1) });
  const none = { trials: 0, ok_trials: 0, failed_trials: 0, verifications: 0, ok_verifications: 0 };
  const words = { basis: 'NONE', quantile_basis: 'NONE', rate_basis: 'NONE', recency: 'NEVER' };
  const targets = { rto_target_minutes: 240, rto_target_basis: 'DEFAULT', rpo_target_hours: 24 };
  await db
    .insertInto('workload_recovery')
    .values({
      source_id: SOURCE,
      run_id,
      workload_id,
      name: workload_id,
      tier,
      tier_weight: 1,
      tier_basis: 'EXPLICIT',
      job_ids: [],
      job_names: [],
      repository_ids: [],
      ...none,
      ...words,
      ...targets,
      sla_status: 'UNTESTED',
      restore_points: 3,
      rpo_target_basis: 'DEFAULT',
      rpo_status: 'MET',
      replicas: 0,
      grade: '?',
      components: JSON.stringify({}),
      reasons: [],
    })
    .execute();
}

/** A small estate with something of everything, and a run 30 days before it. @returns the newest run's id */
export async function addEfficiencyEstate(db: Metrics): Promise<string> {
  await addSource(db);
  await addServer(db);
  await addMonthAgo(db);
  for (const hours of [96, 72, 48, 24]) {
    const run_id = await addEfficiencyRun(db, { finished_at: hoursBefore(RUN_AT, hours) });
    await addSummary(db, { run_id, concluded_at: hoursBefore(RUN_AT, hours), score: 80 + hours / 24 });
    await addJobs(db, [jobRow({ run_id, owner_id: ID.sql, name: 'SQL Nightly', factor: 2 + hours / 1000 })]);
  }
  const run_id = await addEfficiencyRun(db, { run_id: uuid(520) });
  await addEstateJobs(db, run_id);
  await addEstateAnomalies(db, run_id);
  await addEstateItems(db, run_id);
  await addPlace(db, { run_id, repository_id: ID.store });
  await addPlace(db, {
    run_id,
    repository_id: ID.dataDomain,
    name: 'Data Domain',
    type: 'DDBoost',
    stored_bytes: 10 * TIB,
    factor: null,
    clone_saving_bytes: null,
    used_bytes: null,
    reason: APPLIANCE,
  });
  await addMachine(db, { id: ID.sqlMachine, name: 'SQL-PROD-01', backupId: uuid(601), jobId: ID.sql });
  await addMachine(db, { id: ID.fileMachine, name: 'FILE-01', backupId: uuid(602), jobId: ID.files });
  await addMachine(db, { id: 'VMware vm-3', name: 'ERP-OLD', backupId: ID.orphan, jobId: null });
  await addTier(db, ID.sqlMachine, 1);
  await addSummary(db, {
    run_id,
    by_category: JSON.stringify({
      ORPHANED: { items: 1, bytes: 4 * TIB, counted_bytes: 4 * TIB, annual_cost: 400 },
      DISABLED_JOB: { items: 1, bytes: 3 * TIB, counted_bytes: 3 * TIB, annual_cost: 300 },
      DOUBLY_PROTECTED: { items: 1, bytes: TIB / 2, counted_bytes: 0, annual_cost: 0 },
      OVER_RETAINED: { items: 0, bytes: 0, counted_bytes: 0, annual_cost: 0 },
      BELOW_PEERS: { items: 1, bytes: TIB, counted_bytes: TIB, annual_cost: 100 },
    }),
  });
  return run_id;
}

/** SQL stored at 2.5 to 1 then, files as now; one job is gone since. */
async function addMonthAgo(db: Metrics): Promise<void> {
  const finished_at = hoursBefore(RUN_AT, 24 * 30);
  const run_id = await addEfficiencyRun(db, { run_id: uuid(490), finished_at });
  const sql = { run_id, owner_id: ID.sql, name: 'SQL Nightly', factor: 2.5 };
  await addJobs(db, [
    jobRow({ ...sql, stored_bytes: 8 * TIB }),
    jobRow({ ...sql, kind: 'FULL', stored_bytes: 8 * TIB }),
    jobRow({ run_id, owner_id: ID.files, name: 'Files', factor: 1.25, stored_bytes: 2 * TIB }),
    jobRow({ run_id, owner_id: ID.files, name: 'Files', kind: 'FULL', factor: 1.25, stored_bytes: 2 * TIB }),
    jobRow({ run_id, owner_id: uuid(7), name: 'Retired', stored_bytes: TIB }),
  ]);
  await addSummary(db, {
    run_id,
    concluded_at: finished_at,
    stored_bytes: 35 * TIB,
    factor: 2.2,
    score: 88,
    open_anomalies: 0,
    reclaimable_bytes: 5 * TIB,
  });
}

async function addEstateJobs(db: Metrics, run_id: string): Promise<void> {
  const sql = { run_id, owner_id: ID.sql, name: 'SQL Nightly' };
  const falling = { trend: 'DEGRADING', trend_percent: -7.5, trend_low: -9.1, trend_high: -3.2 };
  const files = { run_id, owner_id: ID.files, name: 'Files Täglich', factor: 1.25, stored_bytes: 2 * TIB };
  const hidden = { factor: null, reference_factor: null, reason: APPLIANCE, trend_percent: null };
  await addJobs(db, [
    jobRow({ ...sql, ...falling, factor_30_days_ago: 2.5 }),
    jobRow({ ...sql, ...falling, kind: 'FULL', stored_bytes: 9 * TIB, factor: 2 }),
    jobRow({ ...sql, kind: 'INCREMENT', stored_bytes: TIB, factor: 2, files: 25 }),
    jobRow(files),
    jobRow({ ...files, kind: 'FULL' }),
    jobRow({
      run_id,
      owner_id: ID.appliance,
      name: 'Mail to DD',
      repository_ids: [ID.dataDomain],
      ...hidden,
      trend: 'INSUFFICIENT_DATA',
    }),
    jobRow({ run_id, owner_id: ID.orphan, name: 'Old ERP', owner_kind: 'BACKUP', stored_bytes: 4 * TIB }),
    jobRow({ run_id, owner_id: ID.disabled, name: 'Paused', stored_bytes: 3 * TIB, factor: 2.5 }),
  ]);
}

async function addEstateAnomalies(db: Metrics, run_id: string): Promise<void> {
  await addAnomaly(db, {
    run_id,
    anomaly_id: 'a1',
    malware_status: 'Infected',
    malware_event_ids: ['e1', 'e2'],
  });
  const files = { owner_id: ID.files, job_name: 'Files Täglich', backup_id: uuid(602) };
  const machine = { workload_ids: [ID.fileMachine], workload_names: ['FILE-01'] };
  await addAnomaly(db, {
    run_id,
    anomaly_id: 'a2',
    ...files,
    ...machine,
    malware_status: 'Clean',
    happened_at: hoursBefore(RUN_AT, 200),
    resolved_at: hoursBefore(RUN_AT, 150),
  });
  await addAnomaly(db, {
    run_id,
    anomaly_id: 'a3',
    type: 'VOLUME_COLLAPSE',
    ...files,
    ...machine,
    z_ratio: 0.2,
    z_volume: -6,
    factor: 2.2,
    usual_factor: 2.2,
    data_bytes: GIB,
    usual_bytes: 20 * GIB,
  });
  await addAnomaly(db, {
    run_id,
    anomaly_id: 'FLEET_SURGE 2024-11-13',
    type: 'FLEET_SURGE',
    owner_id: '',
    job_name: '',
    backup_id: null,
    backup_file_id: null,
    z_ratio: null,
    z_volume: null,
    factor: null,
    usual_factor: null,
    data_bytes: null,
    usual_bytes: null,
    happened_at: hoursBefore(RUN_AT, 168),
    resolved_at: hoursBefore(RUN_AT, 160),
  });
}

async function addEstateItems(db: Metrics, run_id: string): Promise<void> {
  await addItem(db, { run_id, item_id: `ORPHANED ${ID.orphan}`, bytes: 4 * TIB });
  const disabled = { owner_id: ID.disabled, owner_name: 'Paused', backup_id: uuid(605) };
  await addItem(db, {
    run_id,
    item_id: 'DISABLED_JOB 605',
    category: 'DISABLED_JOB',
    ...disabled,
    bytes: 3 * TIB,
    reason: 'The job is disabled.',
    caution: 'It may be paused for a while.',
  });
  await addItem(db, {
    run_id,
    item_id: 'DOUBLY_PROTECTED 605 vm-2',
    category: 'DOUBLY_PROTECTED',
    ...disabled,
    workload_id: ID.fileMachine,
    workload_name: 'FILE-01',
    bytes: TIB / 2,
    counted_bytes: 0,
    reason: 'Two primary jobs protect the same workload.',
    caution: 'Two jobs may be wanted.',
  });
  await addItem(db, {
    run_id,
    item_id: 'BELOW_PEERS 602 FULL',
    category: 'BELOW_PEERS',
    owner_id: ID.files,
    owner_name: 'Files Täglich',
    backup_id: uuid(602),
    bytes: TIB,
    reason: 'Files shrink less than those of most jobs of the same platform.',
    caution: 'An estimate.',
  });
}
