import type { InfrastructureFacts } from '../../src/analysis/health/infrastructure-facts.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { SourceFacts } from '../source.ts';
import { ms, type Trx } from './facts.ts';

const DAY_MS = 86_400_000;
/** Events count as long as findings look back, and some more for the lists in answers. */
const EVENT_DAYS = 90;

/** Everything beside jobs that a health rule looks at. What was forbidden or failed in this run is null: not known. */
export async function readInfrastructure(
  trx: Trx,
  context: RunContext<SourceFacts>,
): Promise<InfrastructureFacts> {
  const { sourceId } = context;
  const vault = context.source.kind === 'azure' ? await readVault(trx, sourceId) : undefined;
  const server = await trx
    .selectFrom('backup_server')
    .selectAll()
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const skewSeconds = (vault ?? server)?.clock_skew_seconds ?? null;
  const forbidden = context.recorder.endpoints.filter(({ outcome }) => outcome === 'forbidden');
  const wasRead = (endpoint: string) =>
    context.recorder.endpoints.some(
      (one) => one.endpoint === endpoint && one.outcome !== 'forbidden' && one.outcome !== 'failed',
    );
  return {
    server: {
      id: sourceId,
      name: (vault ?? server)?.name ?? sourceId,
      clockSkewMs: skewSeconds === null ? null : skewSeconds * 1000,
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

const readVault = (trx: Trx, sourceId: string) =>
  trx
    .selectFrom('azure_vault')
    .select(['name', 'clock_skew_seconds'])
    .where('source_id', '=', sourceId)
    .executeTakeFirst();

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
