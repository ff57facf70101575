import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { BackupServer, ConfigBackup, Job, License } from '../db/metrics-schema.ts';

type At = { sourceId: string; knownAt: Date };

/** The backup server as it was known at a moment. */
export async function getBackupServer(db: MetricsReader, { sourceId, knownAt }: At) {
  return db
    .selectFrom(sql<BackupServer>`backup_server_as_of(${knownAt})`.as('s'))
    .select([
      's.name',
      's.build_version as buildVersion',
      's.platform',
      's.time_zone as timeZone',
      's.time_zone_basis as timeZoneBasis',
      's.clock_skew_seconds as clockSkewSeconds',
      's.certificate_expires_at as certificateExpiresAt',
      's.analyzer_ran_at as analyzerRanAt',
    ])
    .where('s.source_id', '=', sourceId)
    .limit(1)
    .executeTakeFirst();
}

/** The licence as it was known at a moment. */
export async function getLicense(db: MetricsReader, { sourceId, knownAt }: At) {
  return db
    .selectFrom(sql<License>`license_as_of(${knownAt})`.as('l'))
    .select([
      'l.status',
      'l.edition',
      'l.expires_at as expiresAt',
      'l.licensed_instances as licensedInstances',
      'l.used_instances as usedInstances',
    ])
    .where('l.source_id', '=', sourceId)
    .limit(1)
    .executeTakeFirst();
}

/** The backup of the server's own configuration as it was known at a moment. */
export async function getConfigBackup(db: MetricsReader, { sourceId, knownAt }: At) {
  return db
    .selectFrom(sql<ConfigBackup>`config_backup_as_of(${knownAt})`.as('c'))
    .select([
      'c.is_enabled as isEnabled',
      'c.is_encrypted as isEncrypted',
      'c.last_success_at as lastSuccessAt',
    ])
    .where('c.source_id', '=', sourceId)
    .limit(1)
    .executeTakeFirst();
}

/** A job's definition and state as they were known at a moment. */
export async function getJob(db: MetricsReader, { sourceId, knownAt, jobId }: At & { jobId: string }) {
  return db
    .selectFrom(sql<Job>`job_as_of(${knownAt})`.as('j'))
    .select([
      'j.name',
      'j.type',
      'j.status',
      'j.is_disabled as isDisabled',
      'j.is_scheduled as isScheduled',
      'j.schedule',
      'j.retry_count as retryCount',
      'j.retry_wait_minutes as retryWaitMinutes',
      'j.after_job_id as afterJobId',
      'j.copy_mode as copyMode',
      'j.objects_count as objectsCount',
      'j.next_run_at as nextRunAt',
      'j.vanished_at as vanishedAt',
    ])
    .where('j.source_id', '=', sourceId)
    .where('j.job_id', '=', jobId)
    .limit(1)
    .executeTakeFirst();
}

export type JobDefinition = NonNullable<Awaited<ReturnType<typeof getJob>>>;
