import { randomUUID } from 'node:crypto';
import { type Insertable, sql } from 'kysely';
import type { Metrics, MetricsDB } from '../../src/db/connect.ts';

type Row<Table extends keyof MetricsDB> = Insertable<MetricsDB[Table]>;

export const SOURCE = 'vbr-1';
/** When the run of most tests concluded. */
export const RUN_AT = new Date('2024-11-20T10:00:00Z');

export const hoursBefore = (time: Date, hours: number) => new Date(time.getTime() - hours * 3_600_000);

/** A UUID that says what it is for, so that rows can be told apart and answers compared. */
export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export async function addSource(db: Metrics, row: Partial<Row<'source'>> = {}): Promise<void> {
  const source = {
    source_id: SOURCE,
    kind: 'veeam',
    name: 'backup01',
    first_seen_at: hoursBefore(RUN_AT, 5000),
    ...row,
  };
  await db.insertInto('source').values(source).execute();
}

/** A run of the health worker that took a minute and succeeded. @returns its id */
export async function addRun(db: Metrics, row: Partial<Row<'run'>> = {}): Promise<string> {
  const finished = row.finished_at === undefined ? RUN_AT : row.finished_at;
  const run = {
    source_id: SOURCE,
    run_id: randomUUID(),
    worker: 'health',
    status: 'succeeded',
    started_at: new Date((finished ? new Date(finished) : RUN_AT).getTime() - 60_000),
    finished_at: finished,
    program_version: '0.1.0',
    ...row,
  };
  await db.insertInto('run').values(run).execute();
  return run.run_id;
}

const COMPONENT = { score: 80, low: 70, high: 90, known: true, reason: null };

export async function addScore(
  db: Metrics,
  row: Partial<Row<'health_score'>> & { run_id: string },
): Promise<void> {
  const score = {
    source_id: SOURCE,
    concluded_at: RUN_AT,
    overall_score: 78.25,
    score_low: 71.5,
    score_high: 84.75,
    coverage: 0.9,
    grade: 'B',
    risk_level: 'LOW',
    components: JSON.stringify({
      failure_rate: { ...COMPONENT, score: 91.23, weight: 0.35 },
      trend: { ...COMPONENT, score: 66.4, weight: 0.25 },
      pattern: { ...COMPONENT, score: 75, weight: 0.2 },
      protected_objects: { ...COMPONENT, score: 62.5, weight: 0.1 },
      repository: {
        score: 50,
        low: 0,
        high: 100,
        weight: 0.1,
        known: false,
        reason: 'no repository state was read',
      },
    }),
    contributions: JSON.stringify([
      { component: 'failure_rate', points_lost: 3.07 },
      { component: 'trend', points_lost: 8.4 },
      { component: 'pattern', points_lost: 5 },
      { component: 'protected_objects', points_lost: 3.75 },
      { component: 'repository', points_lost: 5 },
    ]),
    trend_classification: 'DEGRADING',
    trend_difference: -0.0812,
    trend_low: -0.141,
    trend_high: -0.022,
    jobs_enabled: 3,
    jobs_disabled: 1,
    sample_count: 412,
    date_range_days: 88.5,
    average_frequency: 4.66,
    success_rate: 0.912,
    retry_dependence: 0.043,
    last_session_timestamp: hoursBefore(RUN_AT, 1),
    daily: JSON.stringify([
      { day: '2024-11-18', success: 11, warning: 1, failed: 2, recovered: 1, canceled: 0 },
      { day: '2024-11-19', success: 12, warning: 0, failed: 3, recovered: 0, canceled: 1 },
    ]),
    completeness: JSON.stringify([]),
    not_known: JSON.stringify(['repository states were not read']),
    recommendation: 'Look at the failing jobs first.',
    ...row,
  };
  await db.insertInto('health_score').values(score).execute();
}

/** A job that is fine, as a run concluded it. */
export function jobHealth(row: Partial<Row<'job_health'>> & { run_id: string }): Row<'job_health'> {
  return {
    source_id: SOURCE,
    job_id: randomUUID(),
    job_name: 'Job',
    job_type: 'VSphereBackup',
    job_enabled: true,
    repository_id: uuid(900),
    repository_name: 'Repo 1',
    status: 'OK',
    priority: 'NONE',
    total_runs: 90,
    success_count: 88,
    warning_count: 1,
    failure_count: 1,
    canceled_count: 0,
    running_count: 0,
    effective_runs: 34.2,
    success_rate: 0.987,
    success_rate_low: 0.941,
    success_rate_high: 0.997,
    clean_rate: 0.978,
    usable_rate: 0.989,
    attempts_per_run: 1.04,
    recovered_share: 0.022,
    failure_streak: 0,
    expected_interval_hours: 24,
    expected_interval_basis: 'measured',
    rpo_hours: 36,
    last_good_end: hoursBefore(RUN_AT, 11.5),
    last_good_age_hours: 11.5,
    freshness: 'OK',
    missed_runs: 0,
    trend_classification: 'STABLE',
    pattern_classification: 'NONE',
    top_messages: JSON.stringify([]),
    rank_rate: 0.98,
    recommendation: 'Nothing to do.',
    ...row,
  };
}

/** A job that fails, with everything that is known of a failing job. */
export function failingJob(row: Partial<Row<'job_health'>> & { run_id: string }): Row<'job_health'> {
  return jobHealth({
    status: 'FAILING',
    priority: 'HIGH',
    success_count: 79,
    failure_count: 10,
    success_rate: 0.641,
    success_rate_low: 0.523,
    success_rate_high: 0.745,
    failure_streak: 4,
    last_good_end: hoursBefore(RUN_AT, 107.5),
    last_good_age_hours: 107.5,
    last_failure_timestamp: hoursBefore(RUN_AT, 12),
    last_failure_reason: 'Failed to open VDDK disk: access denied',
    last_failure_cause: 'CREDENTIALS',
    failing_since: hoursBefore(RUN_AT, 84),
    freshness: 'BREACHED',
    missed_runs: 0,
    trend_classification: 'DEGRADING',
    trend_difference: -0.31,
    trend_low: -0.52,
    trend_high: -0.11,
    pattern_classification: 'WEEKDAY_PATTERN',
    pattern_detail: JSON.stringify({
      kind: 'WEEKDAY_PATTERN',
      slot: 0,
      lift: 5.54,
      p: 0.0000047,
      runs: 13,
      failures: 8,
    }),
    top_messages: JSON.stringify([
      {
        fingerprint: 'f1',
        template: 'Failed to open VDDK disk: access denied',
        cause: 'CREDENTIALS',
        n: 9,
        last_at: '2024-11-19T22:00:00Z',
      },
    ]),
    median_duration_seconds: 1830,
    rank_rate: 0.66,
    recommendation: 'Renew the credentials.',
    ...row,
  });
}

export async function addJobs(db: Metrics, jobs: Row<'job_health'>[]): Promise<void> {
  for (let at = 0; at < jobs.length; at += 1000) {
    await db
      .insertInto('job_health')
      .values(jobs.slice(at, at + 1000))
      .execute();
  }
}

export async function addFinding(
  db: Metrics,
  row: Partial<Row<'health_finding'>> & { run_id: string },
): Promise<void> {
  const finding = {
    source_id: SOURCE,
    finding_id: `finding-${randomUUID()}`,
    kind: 'JOB_FAILING',
    severity: 'high',
    entity_kind: 'job',
    entity_id: uuid(1),
    entity_name: 'SQL Nightly',
    level: null,
    since_at: hoursBefore(RUN_AT, 84),
    cause: null,
    evidence: JSON.stringify({ streak: 4, reason: 'access denied' }),
    ...row,
  };
  await db.insertInto('health_finding').values(finding).execute();
}

export async function addIncident(
  db: Metrics,
  row: Partial<Row<'health_incident'>> & { run_id: string },
): Promise<void> {
  const incident = {
    source_id: SOURCE,
    incident_id: 'incident-1',
    started_at: hoursBefore(RUN_AT, 40),
    ended_at: hoursBefore(RUN_AT, 39),
    failed_jobs: 6,
    active_jobs: 41,
    tail_probability: 0.000137,
    job_ids: [uuid(1), uuid(2)],
    suspected_cause: JSON.stringify({ kind: 'repository', id: uuid(900), name: 'Repo 1', lift: 6.8 }),
    ...row,
  };
  await db.insertInto('health_incident').values(incident).execute();
}

export async function addEndpoint(
  db: Metrics,
  row: Partial<Row<'run_endpoint'>> & { run_id: string },
): Promise<void> {
  const endpoint = {
    source_id: SOURCE,
    endpoint: '/api/v1/sessions',
    outcome: 'complete',
    rows_fetched: 480,
    rows_total: 480,
    ...row,
  };
  await db.insertInto('run_endpoint').values(endpoint).execute();
}

export async function addServer(db: Metrics, row: Partial<Row<'backup_server'>> = {}): Promise<void> {
  const server = {
    source_id: SOURCE,
    name: 'backup01',
    build_version: '13.0.1.180',
    platform: 'Windows',
    api_revision: '1.3-rev1',
    time_zone: 'Europe/Berlin',
    time_zone_basis: 'iana',
    clock_skew_seconds: 120,
    certificate_expires_at: new Date('2025-03-01T00:00:00Z'),
    known_from: hoursBefore(RUN_AT, 2000),
    ...row,
  };
  await db.insertInto('backup_server').values(server).execute();
}

export async function addJob(db: Metrics, row: Partial<Row<'job'>> = {}): Promise<void> {
  const job = {
    source_id: SOURCE,
    job_id: uuid(1),
    name: 'SQL Nightly',
    type: 'VSphereBackup',
    is_disabled: false,
    is_scheduled: true,
    schedule: JSON.stringify({ kind: 'daily', minuteOfDay: 1320, weekdays: [] }),
    retry_count: 3,
    retry_wait_minutes: 10,
    objects_count: 7,
    next_run_at: new Date('2024-11-20T21:00:00Z'),
    first_seen_at: hoursBefore(RUN_AT, 2000),
    known_from: hoursBefore(RUN_AT, 2000),
    ...row,
  };
  await db.insertInto('job').values(job).execute();
}

export async function addSession(
  db: Metrics,
  row: Partial<Row<'session'>> & { created_at: Date },
): Promise<string> {
  const session = {
    source_id: SOURCE,
    session_id: randomUUID(),
    ended_at: new Date(row.created_at.getTime() + 1_830_000),
    name: 'SQL Nightly',
    session_type: 'BackupJob',
    job_id: uuid(1),
    state: 'Stopped',
    result: 'Success',
    known_from: new Date(row.created_at.getTime() + 3_600_000),
    ...row,
  };
  await sql`select create_month_partition('session'::regclass, ${row.created_at.toISOString().slice(0, 10)}::date)`.execute(
    db,
  );
  await db.insertInto('session').values(session).execute();
  return session.session_id;
}

export async function addReason(
  db: Metrics,
  row: Partial<Row<'session_reason'>> & { session_id: string },
): Promise<void> {
  const reason = {
    source_id: SOURCE,
    basis: 'task',
    message: 'Failed to open VDDK disk: access denied',
    fingerprint: 'f1',
    template: 'Failed to open VDDK disk: access denied',
    cause: 'CREDENTIALS',
    known_from: hoursBefore(RUN_AT, 1),
    ...row,
  };
  await db.insertInto('session_reason').values(reason).execute();
}

/** A small estate with something of everything: one failing, one late, one fine and one disabled job. @returns the run's id */
export async function addEstate(db: Metrics): Promise<string> {
  await addSource(db);
  await addServer(db);
  await db
    .insertInto('license')
    .values({
      source_id: SOURCE,
      status: 'Valid',
      edition: 'EnterprisePlus',
      expires_at: new Date('2025-06-30T00:00:00Z'),
      licensed_instances: 250,
      used_instances: 198,
      known_from: hoursBefore(RUN_AT, 2000),
    })
    .execute();
  await db
    .insertInto('config_backup')
    .values({
      source_id: SOURCE,
      is_enabled: true,
      is_encrypted: false,
      last_success_at: hoursBefore(RUN_AT, 20),
      known_from: hoursBefore(RUN_AT, 2000),
    })
    .execute();
  for (const hours of [4, 3, 2, 1]) await addRun(db, { finished_at: hoursBefore(RUN_AT, hours) });
  const run_id = await addRun(db, { run_id: uuid(500) });
  await addEndpoint(db, { run_id });
  await addEndpoint(db, {
    run_id,
    endpoint: '/api/v1/malwareDetection/events',
    outcome: 'forbidden',
    rows_fetched: 0,
    rows_total: null,
    message: '403',
  });
  await addScore(db, { run_id });
  await addJobs(db, [
    failingJob({ run_id, job_id: uuid(1), job_name: 'SQL Nightly' }),
    jobHealth({
      run_id,
      job_id: uuid(2),
      job_name: 'Exchange Täglich',
      status: 'LATE',
      priority: 'MEDIUM',
      freshness: 'LATE',
      last_good_age_hours: 50.5,
    }),
    jobHealth({ run_id, job_id: uuid(3), job_name: 'File Server' }),
    jobHealth({ run_id, job_id: uuid(4), job_name: 'Old Job', status: 'DISABLED', job_enabled: false }),
  ]);
  await addFinding(db, { run_id, finding_id: 'JOB_FAILING:1' });
  await addFinding(db, {
    run_id,
    finding_id: 'JOB_STALE:2',
    kind: 'JOB_STALE',
    severity: 'medium',
    entity_id: uuid(2),
    entity_name: 'Exchange Täglich',
    level: 'LATE',
    evidence: JSON.stringify({ age_hours: 50.5, rpo_hours: 36 }),
  });
  await addFinding(db, {
    run_id,
    finding_id: 'PROXY_OFFLINE:7',
    kind: 'PROXY_OFFLINE',
    severity: 'high',
    entity_kind: 'proxy',
    entity_id: uuid(7),
    entity_name: 'proxy07',
    cause: JSON.stringify({ kind: 'host', id: uuid(70), name: 'esx07', text: null }),
    evidence: JSON.stringify({ jobs: 2 }),
  });
  await addIncident(db, { run_id });
  await addJob(db);
  return run_id;
}
