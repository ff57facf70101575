import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { loadConfig } from '../../src/config/config.ts';
import type { Metrics } from '../../src/db/connect.ts';
import { openDatabases } from '../../src/db/database.ts';
import { type Measurement, round } from './measurement.ts';
import { measureWorker } from './processes.ts';

const SIZE = { jobs: 10_000, workloads: 20_000 };
const REPOSITORIES = 200;
const POINTS = 14;

/** The risk worker on what the collectors would know of a large estate, written into the tables by itself. */
export async function* benchRisk(): AsyncGenerator<Measurement> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-bench-'));
  chmodSync(dataDir, 0o755); // as root the database runs as another account
  const { database } = loadConfig({ DR365_DATA_DIR: dataDir });
  const databases = await openDatabases(database, 'collector', 'dr365 bench');
  try {
    await fill(databases.metrics.db);
    const runs = [await measureWorker('risk', {}, dataDir), await measureWorker('risk', {}, dataDir)];
    for (const [index, { seconds, cpuSeconds, rows, peakMb }] of runs.entries()) {
      const which = index === 0 ? 'first run' : 'second run';
      yield {
        what: `${which}, end to end`,
        value: round(seconds, 1),
        unit: 's',
        ...SIZE,
        rows,
        'of which CPU s': round(cpuSeconds, 1),
      };
      yield { what: `${which}, peak memory`, value: peakMb, unit: 'MB', ...SIZE };
    }
    const { rows } = await sql<{ bytes: number }>`
      select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class where relname like 'risk\\_%' and relkind = 'r'`.execute(
      databases.risk.db,
    );
    yield {
      what: 'stored by each run',
      value: round((rows[0]?.bytes ?? 0) / 2 / 2 ** 20),
      unit: 'MB',
      ...SIZE,
    };
  } finally {
    await databases.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const RUN = {
  health: '00000000-0000-0000-0000-000000000001',
  capacity: '00000000-0000-0000-0000-000000000002',
  efficiency: '00000000-0000-0000-0000-000000000003',
  rto: '00000000-0000-0000-0000-000000000004',
};

/** Two workloads a job, a copy of each second one, two weeks of points, a test of each fourth one. */
async function fill(db: Metrics): Promise<void> {
  const { jobs, workloads } = SIZE;
  await sql`insert into source (source_id, kind, name, first_seen_at) values ('vbr', 'veeam', 'vbr', now() - interval '90 days')`.execute(
    db,
  );
  for (const [worker, runId] of Object.entries(RUN))
    await sql`insert into run (source_id, run_id, worker, status, started_at, finished_at, source_time, program_version)
              values ('vbr', ${runId}, ${worker}, 'succeeded', now() - interval '5 minutes', now() - interval '4 minutes', now() - interval '5 minutes', 'bench')`.execute(
      db,
    );
  for (const endpoint of ['malwareDetection/events'])
    await sql`insert into run_endpoint (source_id, run_id, endpoint, outcome) values ('vbr', ${RUN.health}, ${endpoint}, 'complete')`.execute(
      db,
    );
  for (const endpoint of ['backups/objects', 'replicas', 'recovery sessions by creation'])
    await sql`insert into run_endpoint (source_id, run_id, endpoint, outcome) values ('vbr', ${RUN.rto}, ${endpoint}, 'complete')`.execute(
      db,
    );
  await sql`
    insert into repository (source_id, repository_id, name, type, host_id, immutable_days, first_seen_at, known_from)
    select 'vbr', 'repo' || i, 'Repository ' || i, case when i % 10 = 0 then 'WasabiCloud' else 'WinLocal' end, 'host' || i, 7, now(), now()
      from generate_series(0, ${REPOSITORIES - 1}::int) i`.execute(db);
  await sql`
    insert into capacity_forecast (source_id, run_id, repository_id, kind, name, type, concluded_at, made_on, is_counted, shared_volume_with,
        use_bytes, capacity_bytes, use_share, quality, history_days, age_days, horizon_days, weights, thresholds, p_full_7, p_full_30, p_full_90,
        band, priority, confidence, track_record, reasons)
    select 'vbr', ${RUN.capacity}, 'repo' || i, 'REPOSITORY', 'Repository ' || i, 'WinLocal', now() - interval '5 minutes', current_date, true, array[]::text[],
           (50 + i % 48)::bigint << 30, 100::bigint << 30, (50 + i % 48) / 100.0, 'FORECAST', 90, 0, 365, '{}', '[]', 0.01, 0.05, 0.2,
           jsonb_build_array(jsonb_build_object('ahead', 7, 'low', (49.0 + i % 48) * 1073741824, 'mid', (51.0 + i % 48) * 1073741824, 'high', (53.0 + i % 48) * 1073741824),
                             jsonb_build_object('ahead', 30, 'low', (50.0 + i % 48) * 1073741824, 'mid', (54.0 + i % 48) * 1073741824, 'high', (59.0 + i % 48) * 1073741824)),
           'LOW', 'HIGH', '{}', array[]::text[]
      from generate_series(0, ${REPOSITORIES - 1}::int) i`.execute(db);
  await sql`
    insert into job (source_id, job_id, name, type, is_disabled, repository_id, first_seen_at, known_from)
    select 'vbr', 'job' || i, 'Backup ' || i, case when i % 3 = 2 then 'BackupCopy' else 'VSphereBackup' end, i % 97 = 0,
           'repo' || i % ${REPOSITORIES}, now() - interval '90 days', now()
      from generate_series(0, ${jobs - 1}::int) i`.execute(db);
  await sql`
    insert into job_health (source_id, run_id, job_id, job_name, job_type, job_enabled, status, priority, total_runs, success_count, warning_count,
        failure_count, canceled_count, running_count, success_rate, success_rate_low, success_rate_high, failure_streak, expected_interval_hours,
        expected_interval_basis, rpo_hours, last_good_end, last_good_age_hours, last_failure_timestamp, freshness, trend_classification,
        pattern_classification, top_messages, recommendation)
    select 'vbr', ${RUN.health}, 'job' || i, 'Backup ' || i, 'VSphereBackup', true, 'OK', 'LOW', 60, 60 - i % 7, 0, i % 7, 0, 0, 1 - (i % 7) / 60.0,
           0.5, 1, 0, 24, 'schedule', 36, now() - interval '10 hours', 10, now() - interval '5 days', 'OK', 'STABLE', 'NO_FAILURES', '[]', ''
      from generate_series(0, ${jobs - 1}::int) i`.execute(db);
  await sql`
    insert into workload (source_id, workload_id, name, platform, tags, first_seen_at, known_from)
    select 'vbr', 'VMware/vm-' || i, 'machine-' || i, 'VMware', array[]::text[], now() - interval '90 days', now()
      from generate_series(0, ${workloads - 1}::int) i`.execute(db);
  await sql`
    insert into backup (source_id, backup_id, name, job_id, job_type, repository_id, first_seen_at, known_from)
    select 'vbr', 'backup' || i, 'Backup ' || i, 'job' || i, case when i % 3 = 2 then 'BackupCopy' else 'VSphereBackup' end,
           'repo' || i % ${REPOSITORIES}, now(), now() from generate_series(0, ${jobs - 1}::int) i`.execute(
    db,
  );
  // Of three jobs two make points and one copies those of both.
  await sql`
    insert into backup_object (source_id, backup_id, object_id, workload_id, name, platform, restore_points_count, first_seen_at, known_from)
    select 'vbr', 'backup' || b, 'object' || i || '-' || b, 'VMware/vm-' || i, 'machine-' || i, 'VMware', ${POINTS}, now(), now()
      from generate_series(0, ${workloads - 1}::int) i, lateral (values ((i / 3) % (${jobs} / 3) * 3 + i % 2), ((i / 3) % (${jobs} / 3) * 3 + 2)) as held(b)
     where b % 3 < 2 or i % 2 = 0`.execute(db);
  await sql`
    insert into restore_point (source_id, restore_point_id, backup_id, workload_id, name, created_at, malware_status, operations, gfs_periods, first_seen_at, known_from)
    select 'vbr', 'point' || i || '-' || d, 'backup' || (i / 3) % (${jobs} / 3) * 3, 'VMware/vm-' || i, 'machine-' || i, now() - d * interval '1 day',
           'Clean', array[]::text[], array[]::text[], now(), now()
      from generate_series(0, ${workloads - 1}::int) i, generate_series(0, ${POINTS - 1}::int) d`.execute(db);
  await sql`
    insert into workload_recovery (source_id, run_id, workload_id, name, tier_weight, tier_basis, job_ids, job_names, repository_ids, trials, ok_trials,
        failed_trials, verifications, ok_verifications, p_mean, p_low, p_high, basis, quantile_basis, rate_basis, rto_target_minutes, rto_target_basis,
        sla_status, recency, last_test_at, restore_points, newest_point_at, rpo_age_hours, rpo_target_hours, rpo_target_basis, rpo_status,
        rpo_breached_share, replicas, grade, components, reasons)
    select 'vbr', ${RUN.rto}, 'VMware/vm-' || i, 'machine-' || i, 0.6, 'ASSUMED', array[]::text[], array[]::text[], array[]::text[],
           case when i % 4 = 0 then 1 else 0 end, case when i % 4 = 0 then 1 else 0 end, 0, 0, 0, 0.7 + i % 20 / 100.0, 0.5, 0.95,
           case when i % 4 = 0 then 'OWN' else 'POOLED' end, 'POOL', 'POOL', 240, 'DEFAULT', case when i % 4 = 0 then 'UNPROVEN' else 'UNTESTED' end,
           'NEVER', case when i % 4 = 0 then now() - interval '20 days' end, ${POINTS}, now() - interval '10 hours', 10, 24, 'DEFAULT', 'MET', i % 11 / 100.0,
           0, 'C', '[]', array[]::text[]
      from generate_series(0, ${workloads - 1}::int) i`.execute(db);
  await sql`
    insert into recovery_location (source_id, run_id, workload_id, location_id, kind, is_copy, points, newest_point_at, status, immutable_until, immutable_basis)
    select o.source_id, ${RUN.rto}, o.workload_id, b.repository_id, 'REPOSITORY', bool_and(b.job_type = 'BackupCopy'), ${POINTS}, now() - interval '10 hours',
           'MET', now() + interval '6 days', 'ESTIMATED'
      from backup_object o join backup b on b.source_id = o.source_id and b.backup_id = o.backup_id group by 1, 3, 4`.execute(
    db,
  );
  await sql`
    insert into recovery_summary (source_id, run_id, concluded_at, time_zone, workloads, tested_workloads, never_tested, coverage_by_tier, by_sla, by_rpo,
        hidden_breaches, without_safe_point, trials, excluded_trials, unmapped_trials, pool, slots_basis, rate_basis, bandwidth_basis, next_tests,
        points_read_at, completeness, not_known)
    select 'vbr', ${RUN.rto}, now() - interval '5 minutes', 'UTC', ${workloads}, 0, 0, '{}', '{}', '{}', 0, 0, 5000, '{}', 0,
           '{"trials": 5000, "ok": 4500, "lower_bound": 0.8}', 'ASSUMED', 'POOL', 'NONE', '[]', now(), '[]', '[]'`.execute(
    db,
  );
  await sql`
    insert into restore_trial (source_id, trial_id, origin, session_type, class, workload_id, mapped_by, started_at, ended_at, outcome, purpose, detail,
        first_seen_at, known_from)
    select 'vbr', 'trial' || i, 'SESSION', 'RestoreVm', 'FULL_VM', 'VMware/vm-' || i, 'RESTORE_POINT', now() - interval '20 days', now() - interval '20 days',
           'OK', 'TEST', '{}', now(), now() from generate_series(0, ${workloads - 1}::int, 4) i`.execute(db);
  await sql`
    insert into job_efficiency (source_id, run_id, owner_id, kind, owner_kind, name, repository_ids, files, excluded_files, mismatched_files, data_bytes,
        stored_bytes, trend, trend_points)
    select 'vbr', ${RUN.efficiency}, 'job' || i, 'ALL', 'JOB', 'Backup ' || i, array[]::text[], 28, '{}', 0, 0, 0, 'STABLE', 0
      from generate_series(0, ${jobs - 1}::int) i`.execute(db);
  await sql`analyze`.execute(db).catch(() => {});
}
