import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { Metrics, MetricsDB } from '../../../src/db/connect.ts';
import { addSource, hoursBefore, jobHealth, SOURCE } from '../../support/health-rows.ts';

type Row<T extends keyof MetricsDB> = Insertable<MetricsDB[T]>;

const GIB = 2 ** 30;
const CAPACITY = 10_240 * GIB;
const ANY_MACHINE = 'machine';
const LONG_AGO = new Date('2025-01-01T00:00:00Z');

/** What collectors see of one subject on a day. */
export interface Seen {
  kind: 'job' | 'repository' | 'workload';
  id: string;
  /** Days that the trouble lasts up to this one; 0: there is none. */
  badDays: number;
  /** Days since the last bad one; null: there never was one. */
  goodDays: number | null;
}

/** Jobs, machines and repositories, once. */
export async function addInventory(db: Metrics, subjects: readonly Seen[]): Promise<void> {
  await addSource(db, { first_seen_at: LONG_AGO });
  const known = { source_id: SOURCE, first_seen_at: LONG_AGO, known_from: LONG_AGO };
  const places = ['shared', ...idsOf(subjects, 'repository')];
  await db
    .insertInto('repository')
    .values(
      places.map((id) => ({
        ...known,
        repository_id: id,
        name: id,
        type: 'WinLocal',
        is_online: true,
        has_limit: true,
        immutable_days: 14,
      })),
    )
    .execute();
  const jobs = idsOf(subjects, 'job');
  const machines = idsOf(subjects, 'workload');
  const all = [
    ...jobs,
    ...machines.map((id) => `job of ${id}`),
    ...idsOf(subjects, 'repository').map((id) => `job of ${id}`),
  ];
  const placeOf = (job: string) => places.find((place) => job === `job of ${place}`) ?? 'shared';
  await db
    .insertInto('job')
    .values(
      all.map((id) => ({
        ...known,
        job_id: id,
        name: id,
        type: 'VSphereBackup',
        is_disabled: false,
        is_scheduled: true,
        repository_id: placeOf(id),
      })),
    )
    .execute();
  await db
    .insertInto('backup')
    .values(
      all.map((id) => ({
        ...known,
        backup_id: id,
        name: id,
        job_id: id,
        job_type: 'VSphereBackup',
        repository_id: placeOf(id),
      })),
    )
    .execute();
  // One machine in all jobs but those of the machines whose restores are told.
  const held = all.map((job) => ({
    job,
    machine: machines.find((id) => job === `job of ${id}`) ?? ANY_MACHINE,
  }));
  await db
    .insertInto('workload')
    .values(
      [ANY_MACHINE, ...machines].map((machine) => ({
        ...known,
        workload_id: machine,
        name: machine,
        platform: 'VMware',
        tags: [],
      })),
    )
    .execute();
  await db
    .insertInto('backup_object')
    .values(
      held.map(({ job, machine }) => ({
        ...known,
        backup_id: job,
        object_id: machine,
        workload_id: machine,
        name: machine,
        restore_points_count: 14,
      })),
    )
    .execute();
}

/** A run of a collector that ended a minute ago. @returns its id */
export async function addCollectorRun(db: Metrics, worker: string, now: Date): Promise<string> {
  const run_id = randomUUID();
  const finished = new Date(now.getTime() - 60_000);
  await db
    .insertInto('run')
    .values({
      source_id: SOURCE,
      run_id,
      worker,
      status: 'succeeded',
      started_at: finished,
      finished_at: finished,
      source_time: finished,
      program_version: '0.1.0',
    })
    .execute();
  return run_id;
}

/** Nightly at two; what is collected at noon is ten hours old. */
const RUN_AGE_HOURS = 10;

export async function addJobResults(
  db: Metrics,
  run_id: string,
  subjects: readonly Seen[],
  now: Date,
): Promise<void> {
  const of = (id: string, { badDays, goodDays }: Pick<Seen, 'badDays' | 'goodDays'>) => {
    const last = hoursBefore(now, RUN_AGE_HOURS);
    const good = 24 * badDays + RUN_AGE_HOURS;
    const failure = badDays > 0 ? last : goodDays === null ? null : hoursBefore(last, 24 * goodDays);
    const isBad = badDays > 0;
    return jobHealth({
      run_id,
      job_id: id,
      job_name: id,
      status: isBad ? 'BREACHED' : 'OK',
      freshness: isBad ? 'BREACHED' : 'OK',
      success_rate: isBad ? 0.3 : 0.99,
      failure_count: isBad ? badDays : 0,
      failure_streak: badDays,
      recovered_share: 0,
      expected_interval_hours: 24,
      rpo_hours: 24,
      last_good_end: hoursBefore(now, good),
      last_good_age_hours: good,
      last_failure_timestamp: failure,
      last_failure_cause: failure ? 'CREDENTIALS' : null,
      last_failure_reason: failure ? 'Login failed' : null,
      pattern_classification: 'NONE',
      pattern_detail: null,
      top_messages: JSON.stringify(
        isBad ? [{ fingerprint: 'f', template: 'Login failed', cause: 'CREDENTIALS', n: badDays }] : [],
      ),
    });
  };
  const rows = subjects.map((one) =>
    one.kind === 'job' ? of(one.id, one) : of(`job of ${one.id}`, { badDays: 0, goodDays: null }),
  );
  await db.insertInto('job_health').values(rows).execute();
}

export async function addCapacityResults(
  db: Metrics,
  run_id: string,
  subjects: readonly Seen[],
  now: Date,
): Promise<void> {
  const places = [{ id: 'shared', badDays: 0 }, ...subjects.filter(({ kind }) => kind === 'repository')];
  const rows = places.map(({ id, badDays }): Row<'capacity_forecast'> => {
    const use = Math.round((badDays > 0 ? 0.97 : 0.4) * CAPACITY);
    const exceeded = badDays > 0 ? 0 : null;
    const early = { early_80: exceeded, early_90: exceeded, early_100: null };
    return {
      source_id: SOURCE,
      run_id,
      repository_id: id,
      kind: 'REPOSITORY',
      name: id,
      type: 'WinLocal',
      concluded_at: now,
      made_on: now.toISOString().slice(0, 10) as never,
      is_online: true,
      is_counted: true,
      shared_volume_with: [],
      use_bytes: use,
      capacity_bytes: CAPACITY,
      use_share: use / CAPACITY,
      quality: 'FORECAST',
      pattern: 'STABLE',
      history_days: 90,
      age_days: 0,
      horizon_days: 270,
      weights: '{}',
      slope_bytes_per_day: GIB,
      thresholds: '[]',
      status_80: badDays > 0 ? 'EXCEEDED' : 'NOT_WITHIN_HORIZON',
      ...early,
      p_full_7: badDays > 0 ? 0.1 : 0,
      p_full_30: badDays > 0 ? 0.4 : 0,
      p_full_90: badDays > 0 ? 0.9 : 0,
      band: JSON.stringify(
        [7, 30, 90].map((ahead) => ({
          ahead,
          low: use,
          mid: use + ahead * GIB,
          high: use + 2 * ahead * GIB,
        })),
      ),
      priority: badDays > 0 ? 'URGENT' : 'NONE',
      confidence: 'HIGH',
      track_record: '{}',
      reasons: [],
    };
  });
  await db.insertInto('capacity_forecast').values(rows).execute();
}

export async function addRecoveryResults(
  db: Metrics,
  run_id: string,
  subjects: readonly Seen[],
  now: Date,
): Promise<void> {
  const machines = subjects.filter(({ kind }) => kind === 'workload');
  const any: Seen = { kind: 'workload', id: ANY_MACHINE, badDays: 0, goodDays: null };
  const rows = [any, ...machines].map(({ id, badDays, goodDays }): Row<'workload_recovery'> => {
    const isBad = badDays > 0;
    const test = hoursBefore(now, isBad ? 24 * badDays : 24 * ((goodDays ?? 20) % 30) + 1);
    return {
      source_id: SOURCE,
      run_id,
      workload_id: id,
      name: id,
      platform: 'VMware',
      size_bytes: 50 * GIB,
      tier_weight: 1,
      tier_basis: 'ASSUMED',
      job_ids: [],
      job_names: [],
      repository_ids: [],
      trials: 4,
      ok_trials: isBad ? 0 : 4,
      failed_trials: isBad ? 4 : 0,
      verifications: 0,
      ok_verifications: 0,
      p_mean: isBad ? 0.1 : 0.92,
      p_low: isBad ? 0.02 : 0.8,
      p_high: isBad ? 0.3 : 0.98,
      basis: 'OWN',
      q90_minutes: 20,
      quantile_basis: 'OWN',
      rate_basis: 'OWN',
      rto_target_minutes: 30,
      rto_target_basis: 'DEFAULT',
      sla_status: isBad ? 'NON_COMPLIANT' : 'COMPLIANT',
      recency: 'FRESH',
      last_test_at: test,
      last_failure_at: isBad ? test : null,
      last_failure_reason: isBad ? 'Failed to mount the disk' : null,
      restore_points: 14,
      rpo_age_hours: RUN_AGE_HOURS,
      rpo_target_hours: 24,
      rpo_target_basis: 'DEFAULT',
      rpo_status: 'MET',
      last_clean_at: hoursBefore(now, RUN_AGE_HOURS),
      last_safe_at: hoursBefore(now, 48),
      replicas: 0,
      grade: 'A',
      components: '{}',
      reasons: [],
    };
  });
  await db.insertInto('workload_recovery').values(rows).execute();
}

function idsOf(subjects: readonly Seen[], kind: Seen['kind']): string[] {
  return subjects.filter((one) => one.kind === kind).map(({ id }) => id);
}
