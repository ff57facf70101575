import type { Transaction } from 'kysely';
import type { FailureCause } from '../../src/analysis/failure-cause.ts';
import type { FailureReason } from '../../src/analysis/failure-reasons.ts';
import type { InfrastructureFacts } from '../../src/analysis/infrastructure-facts.ts';
import type { JobFacts } from '../../src/analysis/job-health.ts';
import type { RetryPolicy } from '../../src/analysis/retry-chain.ts';
import { type JobSchedule, scheduleHours } from '../../src/analysis/schedule.ts';
import type { SessionFact } from '../../src/analysis/session-fact.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';

const DAY_MS = 86_400_000;
/** A deleted job is still listed this long. */
const LISTED_AFTER_DELETION_DAYS = 30;
/** Events count as long as findings look back, and some more for the lists in answers. */
const EVENT_DAYS = 90;

type Trx = Transaction<MetricsDB>;

export type JobToAssess = { facts: JobFacts; retry: RetryPolicy; vanishedAt: Date | null };

const ms = (time: Date | null): number | null => time?.getTime() ?? null;

/** The inventory: jobs that exist, and those deleted within the last 30 days. */
export async function readJobs(trx: Trx, sourceId: string, now: Date): Promise<JobToAssess[]> {
  const rows = await trx
    .selectFrom('job')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where((or) =>
      or.or([
        or('vanished_at', 'is', null),
        or('vanished_at', '>', new Date(now.getTime() - LISTED_AFTER_DELETION_DAYS * DAY_MS)),
      ]),
    )
    .orderBy('job_id')
    .execute();
  return rows.map((row) => {
    const schedule = row.schedule as JobSchedule | null;
    const hours = scheduleHours(schedule);
    return {
      vanishedAt: row.vanished_at,
      retry: {
        retryCount: row.retry_count,
        awaitMinutes: row.retry_wait_minutes,
        intervalMinutes: hours === null ? null : hours * 60,
      },
      facts: {
        jobId: row.job_id,
        name: row.name,
        type: row.type,
        // What does not exist any more is not judged.
        isEnabled: row.vanished_at ? false : row.is_disabled === null ? null : !row.is_disabled,
        isScheduled: row.is_scheduled,
        schedule,
        afterJobId: row.after_job_id,
        copyMode: row.copy_mode,
        repositoryId: row.repository_id,
        repositoryName: row.repository_name,
        lastRunAt: ms(row.last_run_at),
        lastResult: row.last_result,
      },
    };
  });
}

const SESSION_COLUMNS = [
  'session.session_id',
  'session.job_id',
  'session.session_type',
  'session.name',
  'session.created_at',
  'session.ended_at',
  'session.state',
  'session.result',
  'session.is_canceled',
  'session.parent_session_id',
  'session.related_session_id',
  'session.original_session_id',
  'session.retry_number',
  'session.is_recheck_retry',
  'session.message as session_message',
  'session_reason.message as reason_message',
  'session_reason.fingerprint',
  'session_reason.template',
  'session_reason.cause',
] as const;

export type SessionsRead = { sessions: SessionFact[]; reasons: Map<string, FailureReason> };

/** Sessions of some jobs since a moment, with the reasons that are known. */
export async function readSessions(
  trx: Trx,
  sourceId: string,
  jobIds: string[],
  from: Date,
): Promise<SessionsRead> {
  const rows = await sessionsSince(trx, sourceId, from).where('session.job_id', 'in', jobIds).execute();
  return toSessions(rows);
}

/** Sessions of jobs that the inventory does not have, whose parent session is not stored either: children of copy jobs. */
export async function readOrphans(trx: Trx, sourceId: string, from: Date): Promise<SessionsRead> {
  const rows = await sessionsSince(trx, sourceId, from)
    .where('session.parent_session_id', 'is not', null)
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('job')
            .select('job_id')
            .whereRef('job.source_id', '=', 'session.source_id')
            .whereRef('job.job_id', '=', 'session.job_id'),
        ),
      ),
    )
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('session as parent')
            .select('parent.session_id')
            .whereRef('parent.source_id', '=', 'session.source_id')
            .whereRef('parent.session_id', '=', 'session.parent_session_id'),
        ),
      ),
    )
    .limit(50_000)
    .execute();
  return toSessions(rows);
}

function sessionsSince(trx: Trx, sourceId: string, from: Date) {
  return trx
    .selectFrom('session')
    .leftJoin('session_reason', (join) =>
      join
        .onRef('session_reason.source_id', '=', 'session.source_id')
        .onRef('session_reason.session_id', '=', 'session.session_id'),
    )
    .select(SESSION_COLUMNS)
    .where('session.source_id', '=', sourceId)
    .where('session.created_at', '>=', from);
}

type SessionRow = Awaited<ReturnType<ReturnType<typeof sessionsSince>['execute']>>[number];

function toSessions(rows: SessionRow[]): SessionsRead {
  const reasons = new Map<string, FailureReason>();
  const sessions = rows.map((row) => {
    if (row.fingerprint && row.template) {
      reasons.set(row.session_id, {
        fingerprint: row.fingerprint,
        template: row.template,
        cause: (row.cause ?? 'UNKNOWN') as FailureCause,
      });
    }
    return {
      sessionId: row.session_id,
      jobId: row.job_id,
      sessionType: row.session_type,
      name: row.name,
      createdAt: row.created_at.getTime(),
      endedAt: ms(row.ended_at),
      state: row.state,
      result: row.result,
      isCanceled: row.is_canceled,
      parentSessionId: row.parent_session_id,
      relatedSessionId: row.related_session_id,
      originalSessionId: row.original_session_id,
      retryNumber: row.retry_number,
      isRecheckRetry: row.is_recheck_retry,
      message: row.reason_message ?? row.session_message,
    };
  });
  return { sessions, reasons };
}

/** Everything beside jobs that a health rule looks at. What was forbidden or failed in this run is null: not known. */
export async function readInfrastructure(
  trx: Trx,
  context: RunContext<unknown>,
): Promise<InfrastructureFacts> {
  const { sourceId } = context;
  const server = await trx
    .selectFrom('backup_server')
    .selectAll()
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const forbidden = context.recorder.endpoints.filter(({ outcome }) => outcome === 'forbidden');
  const wasRead = (endpoint: string) =>
    context.recorder.endpoints.some(
      (one) => one.endpoint === endpoint && one.outcome !== 'forbidden' && one.outcome !== 'failed',
    );
  return {
    server: {
      id: sourceId,
      name: server?.name ?? sourceId,
      clockSkewMs: server ? server.clock_skew_seconds * 1000 : null,
      certificateValidTo: ms(server?.certificate_expires_at ?? null),
    },
    proxies: wasRead('proxies/states') ? await readProxies(trx, sourceId) : [],
    managedServers: wasRead('managedServers') ? await readManagedServers(trx, sourceId) : [],
    license: wasRead('license') ? await readLicense(trx, sourceId) : null,
    analyzer: wasRead('securityAnalyzer/bestPractices')
      ? await readAnalyzer(trx, context, server?.analyzer_ran_at ?? null, wasRead)
      : null,
    malwareEvents: await readMalwareEvents(trx, context),
    authorizationEvents: await readAuthorizationEvents(trx, context),
    configBackup: wasRead('configBackup') ? await readConfigBackup(trx, sourceId) : null,
    forbiddenEndpoints: forbidden.map(({ endpoint }) => ({ endpoint })),
  };
}

async function readProxies(trx: Trx, sourceId: string): Promise<InfrastructureFacts['proxies']> {
  const rows = await trx
    .selectFrom('proxy')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('proxy_id')
    .execute();
  return rows.map((row) => ({
    id: row.proxy_id,
    name: row.name,
    type: row.type,
    isDisabled: row.is_disabled,
    isOnline: row.is_online,
    hostId: row.host_id,
    hostName: row.host_name,
  }));
}

async function readManagedServers(
  trx: Trx,
  sourceId: string,
): Promise<InfrastructureFacts['managedServers']> {
  const rows = await trx
    .selectFrom('managed_server')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('server_id')
    .execute();
  return rows.map((row) => ({ id: row.server_id, name: row.name, type: row.type, status: row.status }));
}

async function readLicense(trx: Trx, sourceId: string): Promise<InfrastructureFacts['license']> {
  const row = await trx
    .selectFrom('license')
    .selectAll()
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    status: row.status,
    type: row.type,
    edition: row.edition,
    expiresAt: ms(row.expires_at),
    supportExpiresAt: ms(row.support_expires_at),
    licensedInstances: row.licensed_instances,
    usedInstances: row.used_instances,
    licensedSockets: row.licensed_sockets,
    usedSockets: row.used_sockets,
    licensedCapacityTb: row.licensed_capacity_tb,
    usedCapacityTb: row.used_capacity_tb,
  };
}

async function readAnalyzer(
  trx: Trx,
  { sourceId }: RunContext<unknown>,
  ranAt: Date | null,
  wasRead: (endpoint: string) => boolean,
): Promise<InfrastructureFacts['analyzer']> {
  const rows = await trx
    .selectFrom('best_practice')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('practice_id')
    .execute();
  const hasRun = wasRead('securityAnalyzer/lastRun') ? ranAt !== null : null;
  return {
    hasRun,
    practices: rows.map((row) => ({
      id: row.practice_id,
      name: row.name,
      status: row.status,
      note: row.note,
    })),
  };
}

async function readMalwareEvents(
  trx: Trx,
  { sourceId, sourceNow }: RunContext<unknown>,
): Promise<InfrastructureFacts['malwareEvents']> {
  const rows = await trx
    .selectFrom('malware_event')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where('detected_at', '>=', new Date(sourceNow.getTime() - EVENT_DAYS * DAY_MS))
    .orderBy('event_id')
    .execute();
  return rows.map((row) => ({
    id: row.event_id,
    type: row.type,
    state: row.state,
    severity: row.severity,
    detectedAt: ms(row.detected_at),
    machineId: row.machine_id,
    machineName: row.machine_name,
    details: row.details,
  }));
}

async function readAuthorizationEvents(
  trx: Trx,
  { sourceId, sourceNow }: RunContext<unknown>,
): Promise<InfrastructureFacts['authorizationEvents']> {
  const rows = await trx
    .selectFrom('authorization_event')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where('created_at', '>=', new Date(sourceNow.getTime() - EVENT_DAYS * DAY_MS))
    .orderBy('event_id')
    .execute();
  return rows.map((row) => ({
    id: row.event_id,
    name: row.name,
    state: row.state,
    createdAt: ms(row.created_at),
    processedAt: ms(row.processed_at),
    expiresAt: ms(row.expires_at),
    createdBy: row.created_by,
  }));
}

async function readConfigBackup(trx: Trx, sourceId: string): Promise<InfrastructureFacts['configBackup']> {
  const row = await trx
    .selectFrom('config_backup')
    .selectAll()
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  return row
    ? { isEnabled: row.is_enabled, isEncrypted: row.is_encrypted, lastSuccessAt: ms(row.last_success_at) }
    : null;
}
