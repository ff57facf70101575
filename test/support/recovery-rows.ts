import type { Insertable } from 'kysely';
import { recoveryEstate } from '../../src/analysis/recovery/estate.ts';
import type { ProtectingJob } from '../../src/analysis/recovery/hidden-breach.ts';
import { nextTests } from '../../src/analysis/recovery/next-tests.ts';
import type { RestorePoint } from '../../src/analysis/recovery/points.ts';
import { type RecoveryPool, recoveryPool } from '../../src/analysis/recovery/pool.ts';
import { assessTrials, type RestoreTrial } from '../../src/analysis/recovery/trial.ts';
import { compareRecords, recoveryRecord } from '../../src/analysis/recovery/workload.ts';
import type { Metrics, MetricsDB } from '../../src/db/connect.ts';
import type { Assessed } from '../../workers/rto/assess.ts';
import type { Place } from '../../workers/rto/read-places.ts';
import { toLocationRows, toMassRow, toRecoveryRow } from '../../workers/rto/result-rows.ts';
import { addJob, addRun, addServer, addSource, hoursBefore, RUN_AT, SOURCE, uuid } from './health-rows.ts';

type Row<Table extends keyof MetricsDB> = Insertable<MetricsDB[Table]>;

export const GIB = 2 ** 30;
const HOUR_MS = 3_600_000;
const NOW = RUN_AT.getTime();

export const PLACES: ReadonlyMap<string, Place> = new Map([
  ['repo-a', { id: 'repo-a', name: 'Repo Täglich', type: 'LinuxHardened', immutableDays: 14 }],
  ['repo-b', { id: 'repo-b', name: 'Off-site', type: 'WinLocal', immutableDays: 0 }],
]);

/** A restore, verification or scan of a machine so many hours ago. */
type TrialOf = Partial<RestoreTrial> & { hours: number; minutes?: number; message?: string };
type PointOf = Partial<RestorePoint> & { hours: number };

/** A machine with all that is known of it; the engine concludes from that, as the worker does. */
export type MachineOf = {
  id: string;
  name: string;
  gib: number | null;
  tier?: 1 | 2 | 3 | 4 | null;
  job?: { id: string; name: string; lastOkHours?: number };
  rtoMinutes?: number;
  rpoHours?: number;
  trials?: TrialOf[];
  points?: PointOf[];
};

const WEIGHTS = { 1: 1, 2: 0.75, 3: 0.5, 4: 0.25 };

function toTrials({ id, gib, trials = [] }: MachineOf): RestoreTrial[] {
  return trials.map(({ hours, minutes = 30, message: _message, ...given }, index) => {
    const startedAt = NOW - hours * HOUR_MS;
    return {
      trialId: `${id}-trial-${index}`,
      workloadId: id,
      class: 'FULL_VM',
      startedAt,
      endedAt: startedAt + minutes * 60_000,
      readyAt: null,
      readySince: null,
      outcome: 'OK',
      sizeBytes: gib === null ? null : gib * GIB,
      repositoryId: 'repo-a',
      restorePointId: null,
      pointCreatedAt: null,
      purpose: 'TEST',
      ...given,
    };
  });
}

function toPoints({ id, points = [] }: MachineOf): RestorePoint[] {
  return points.map(({ hours, ...given }, index) => ({
    pointId: `${id}-point-${index}`,
    backupId: 'backup-a',
    locationId: 'repo-a',
    createdAt: NOW - hours * HOUR_MS,
    type: 'Full',
    malwareStatus: 'Clean',
    isCorrupted: null,
    vanishedAt: null,
    ...given,
  }));
}

function assess(machine: MachineOf, pool: RecoveryPool): Assessed {
  const { id, name, gib, tier = null, job, rtoMinutes, rpoHours } = machine;
  const points = toPoints(machine);
  const repositoryIds = [...new Set(points.flatMap(({ locationId }) => locationId ?? []))];
  const sizeBytes = gib === null ? null : gib * GIB;
  const weight = tier === null ? 0.6 : WEIGHTS[tier];
  const green: ProtectingJob[] =
    job?.lastOkHours === undefined
      ? []
      : [
          {
            jobId: job.id,
            name: job.name,
            lastOkStartedAt: NOW - job.lastOkHours * HOUR_MS,
            lastOkEndedAt: NOW - job.lastOkHours * HOUR_MS + 600_000,
            isGreen: true,
          },
        ];
  const record = recoveryRecord({
    target: {
      workloadId: id,
      name,
      sizeBytes,
      tier,
      tierWeight: weight,
      repositoryIds,
      rtoMinutes: rtoMinutes ?? 30,
      rtoBasis: rtoMinutes === undefined ? 'DEFAULT' : 'TIER',
      rpoHours: rpoHours ?? 24,
      rpoBasis: rpoHours === undefined ? 'DEFAULT' : 'TIER',
    },
    pool,
    points,
    jobs: green,
  });
  const until =
    record.points.newest?.locationId === 'repo-a' ? record.points.newest.createdAt + 14 * 24 * HOUR_MS : null;
  return {
    workload: {
      workloadId: id,
      name,
      platform: 'VMware',
      sizeBytes,
      tags: [],
      hasAmbiguousPoints: false,
      holdings: repositoryIds.map((repositoryId) => ({
        backupId: 'backup-a',
        jobId: job?.id ?? null,
        jobName: job?.name ?? null,
        repositoryId,
        isCopy: repositoryId === 'repo-b',
        schedule: null,
      })),
    },
    tier: {
      tier,
      weight,
      low: weight,
      high: weight,
      rule: tier === null ? null : 'names',
      basis: tier === null ? 'assumed' : 'explicit',
      via: tier === null ? null : 'own',
    },
    record,
    replicas: [],
    immutability: {
      until,
      isImmutableNow: until !== null && until > NOW,
      basis: until === null ? 'NONE' : 'ESTIMATED',
      reasons: [],
    },
    reasons: [],
    lastFailureReason: machine.trials?.find(({ message }) => message !== undefined)?.message ?? null,
  };
}

export type RecoveryOf = {
  run_id: string;
  source_id?: string;
  machines: MachineOf[];
  slots?: number | null;
  bandwidth?: number | null;
  summary?: Partial<Row<'recovery_summary'>>;
};

/** What a run concludes of some machines, and the facts that it concluded from. */
export async function addRecovery(db: Metrics, given: RecoveryOf): Promise<void> {
  await addFacts(db, given);
  await addResults(db, given);
}

/** The results alone, as after a run whose facts are stored already. */
export async function addResults(
  db: Metrics,
  { run_id, source_id = SOURCE, machines, slots = 2, bandwidth = null, summary = {} }: RecoveryOf,
): Promise<void> {
  const key = { source_id, run_id };
  const pool = recoveryPool(assessTrials(machines.flatMap(toTrials), NOW), NOW);
  const assessed = machines
    .map((machine) => assess(machine, pool))
    .toSorted((a, b) => compareRecords(a.record, b.record));
  const records = assessed.map(({ record }) => record);
  const tests = nextTests(records);
  const estate = recoveryEstate({ records, pool, slots, bandwidthGibPerMinute: bandwidth });
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  const rows = assessed.map((one) => {
    const row = toRecoveryRow(
      one,
      tests.find(({ workloadId }) => workloadId === one.workload.workloadId),
    );
    const { safe_proof, components, protections } = row;
    const stored = {
      safe_proof: json(safe_proof),
      components: json(components),
      protections: json(protections),
    };
    return { ...row, ...key, ...stored };
  }) as Row<'workload_recovery'>[];
  const locations = assessed.flatMap((one) =>
    toLocationRows(one, PLACES, NOW).map((row) => ({ ...row, ...key })),
  ) as Row<'recovery_location'>[];
  const mass = (estate.massRestores ?? []).map((scenario) => {
    const row = toMassRow(scenario, estate);
    return { ...row, ...key, detail: JSON.stringify(row.detail) };
  }) as Row<'mass_restore'>[];
  await insert(db, 'workload_recovery', rows);
  await insert(db, 'recovery_location', locations);
  await insert(db, 'mass_restore', mass);
  await db
    .insertInto('recovery_summary')
    .values({
      ...key,
      concluded_at: RUN_AT,
      time_zone: 'Europe/Berlin',
      workloads: machines.length,
      tested_workloads: estate.coverage.tested,
      never_tested: estate.coverage.neverTested,
      coverage: estate.coverage.coverage,
      coverage_bytes: estate.coverage.coverageBytes,
      coverage_by_tier: JSON.stringify(estate.coverage.byTier),
      by_sla: JSON.stringify(estate.bySla),
      by_rpo: JSON.stringify(estate.byRpo),
      hidden_breaches: estate.hiddenBreaches,
      without_safe_point: estate.withoutSafePoint,
      trials: machines.flatMap(toTrials).length,
      excluded_trials: JSON.stringify(pool.excluded),
      unmapped_trials: pool.unmapped,
      pool: JSON.stringify({ trials: pool.success.n, ok: pool.success.passed }),
      slots,
      slots_basis: 'LIMITS',
      gib_per_minute: estate.throughput.gibPerMinute,
      rate_basis: estate.throughput.basis,
      overhead_minutes: estate.throughput.overheadMinutes,
      bandwidth_gib_per_minute: estate.bandwidth.gibPerMinute,
      bandwidth_basis: estate.bandwidth.basis,
      max_within_rto: estate.mostWithinRto?.machines ?? null,
      next_tests: JSON.stringify(
        tests.slice(0, 20).map(({ workloadId, name, benefit, reason }) => ({
          workload_id: workloadId,
          name,
          benefit,
          reason,
        })),
      ),
      targets_file: 'dr365.toml',
      points_read_at: RUN_AT,
      restores_read_at: RUN_AT,
      completeness: JSON.stringify([{ endpoint: 'restorePoints', outcome: 'complete' }]),
      not_known: JSON.stringify(estate.reasons),
      ...summary,
    })
    .execute();
}

async function addFacts(db: Metrics, { source_id = SOURCE, machines }: RecoveryOf): Promise<void> {
  const known = { source_id, first_seen_at: hoursBefore(RUN_AT, 2000), known_from: hoursBefore(RUN_AT, 30) };
  const trials = machines.flatMap((machine) =>
    toTrials(machine).map(
      (one, index): Row<'restore_trial'> => ({
        ...known,
        trial_id: one.trialId,
        origin: 'SESSION',
        session_type: one.class === 'SUREBACKUP' ? 'SureBackup' : 'RestoreVm',
        class: one.class,
        workload_id: one.workloadId,
        mapped_by: 'RESTORE_POINT',
        started_at: new Date(one.startedAt),
        ended_at: one.endedAt === null ? null : new Date(one.endedAt),
        outcome: one.outcome,
        message: machine.trials?.[index]?.message ?? null,
        restore_point_id: one.restorePointId,
        repository_id: one.repositoryId,
        size_bytes: one.sizeBytes,
        purpose: one.purpose,
        detail: JSON.stringify({}),
      }),
    ),
  );
  const points = machines.flatMap((machine) =>
    toPoints(machine).map(
      (one): Row<'restore_point'> => ({
        ...known,
        restore_point_id: one.pointId,
        backup_id: one.locationId === 'repo-b' ? 'backup-b' : 'backup-a',
        workload_id: machine.id,
        name: machine.name,
        type: one.type,
        created_at: new Date(one.createdAt),
        malware_status: one.malwareStatus,
        operations: [],
        gfs_periods: [],
      }),
    ),
  );
  await insert(db, 'restore_trial', trials);
  await insert(db, 'restore_point', points);
  await insert(db, 'backup', [
    {
      ...known,
      backup_id: 'backup-a',
      name: 'Nightly',
      repository_id: 'repo-a',
      repository_name: 'Repo Täglich',
    },
    { ...known, backup_id: 'backup-b', name: 'Copy', repository_id: 'repo-b', repository_name: 'Off-site' },
  ]);
}

async function insert<
  Table extends
    | 'workload_recovery'
    | 'recovery_location'
    | 'mass_restore'
    | 'restore_trial'
    | 'restore_point'
    | 'backup',
>(db: Metrics, table: Table, rows: Row<Table>[]): Promise<void> {
  for (let first = 0; first < rows.length; first += 400) {
    await db
      .insertInto(table)
      .values(rows.slice(first, first + 400) as never)
      .execute();
  }
}

/** A run of the rto worker. @returns its id */
export const addRtoRun = (db: Metrics, row: Parameters<typeof addRun>[1] = {}) =>
  addRun(db, { worker: 'rto', ...row });

const SQL_JOB = { id: uuid(1), name: 'SQL Nightly', lastOkHours: 6 };
const FILE_JOB = { id: uuid(2), name: 'Files', lastOkHours: 3 };
const daily = (count: number, from: number): PointOf[] =>
  Array.from({ length: count }, (_, index) => ({ hours: from + 24 * index }));

/** A small estate with something of everything. */
export const MACHINES: MachineOf[] = [
  {
    id: 'vm-sql',
    name: 'SQL01',
    gib: 400,
    tier: 1,
    job: SQL_JOB,
    rtoMinutes: 240,
    rpoHours: 12,
    trials: Array.from({ length: 12 }, (_, n) => ({
      hours: 24 * (3 + 4 * n),
      minutes: 40 + (n % 5),
      ...(n === 0 ? { restorePointId: 'vm-sql-point-3' } : {}),
    })),
    points: [...daily(20, 6), { hours: 30, locationId: 'repo-b', backupId: 'backup-b' }],
  },
  { id: 'vm-erp', name: 'ERP', gib: 2000, tier: 1, job: SQL_JOB, points: daily(10, 6) },
  {
    id: 'vm-mail',
    name: 'Mail',
    gib: 300,
    tier: 2,
    rtoMinutes: 120,
    rpoHours: 24,
    trials: [
      { hours: 24, minutes: 8, outcome: 'FAILED', message: 'The datastore is full' },
      { hours: 48, minutes: 9, outcome: 'FAILED' },
      { hours: 72, minutes: 9, outcome: 'FAILED' },
      { hours: 96, minutes: 9, outcome: 'FAILED' },
      { hours: 120, minutes: 9, outcome: 'FAILED' },
    ],
    points: daily(8, 5),
  },
  { id: 'vm-file', name: 'File01', gib: 800, tier: 3, job: FILE_JOB, rtoMinutes: 480, points: daily(5, 60) },
  {
    id: 'vm-web',
    name: 'Web',
    gib: 40,
    tier: 4,
    rtoMinutes: 60,
    rpoHours: 48,
    trials: [
      { hours: 20, class: 'SUREBACKUP', restorePointId: 'vm-web-point-1', minutes: 5 },
      { hours: 700, minutes: 12 },
      { hours: 900, minutes: 10 },
    ],
    points: daily(6, 4),
  },
  { id: 'vm-old', name: 'Old', gib: null, tier: null },
  {
    id: 'vm-sick',
    name: 'Sick',
    gib: 100,
    tier: 3,
    rtoMinutes: 120,
    points: [
      { hours: 5, malwareStatus: 'Infected' },
      { hours: 20, malwareStatus: null },
    ],
  },
];

/** The small estate. @returns the run's id */
export async function addRecoveryEstate(db: Metrics): Promise<string> {
  await addSource(db);
  await addServer(db);
  await addJob(db);
  await addJob(db, { job_id: FILE_JOB.id, name: FILE_JOB.name });
  for (const hours of [4, 3, 2, 1]) await addRtoRun(db, { finished_at: hoursBefore(RUN_AT, hours) });
  const run_id = await addRtoRun(db, { run_id: uuid(530), started_at: RUN_AT });
  await addRecovery(db, { run_id, machines: MACHINES });
  return run_id;
}
