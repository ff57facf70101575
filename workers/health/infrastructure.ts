import { listAuthorizationEvents } from '../../src/veeam/authorization-events.ts';
import { listMalwareEvents } from '../../src/veeam/malware-events.ts';
import { listManagedServers } from '../../src/veeam/managed-servers.ts';
import { listProxyStates } from '../../src/veeam/proxies.ts';
import { getBestPractices } from '../../src/veeam/security-analyzer.ts';
import { inventory } from './inventory.ts';

const DAY_MS = 86_400_000;
/** Events are back-dated and change their state later, so a month is read again each time. */
const EVENT_DAYS = 30;

const daysAgo = (now: Date, days: number) => new Date(now.getTime() - days * DAY_MS);

export const managedServers = inventory({
  endpoint: 'managedServers',
  table: 'managed_server',
  id: 'server_id',
  list: ({ source }, reading) => listManagedServers(source.client, reading),
  toRow: (server) => ({
    server_id: server.id,
    name: server.name ?? server.id,
    type: server.type ?? 'Unknown',
    status: server.status ?? null,
    is_backup_server: server.isBackupServer ?? null,
    updates_state: server.updatesState ?? null,
  }),
});

export const proxyStates = inventory({
  endpoint: 'proxies/states',
  table: 'proxy',
  id: 'proxy_id',
  list: ({ source }, reading) => listProxyStates(source.client, reading),
  toRow: (proxy) => ({
    proxy_id: proxy.id,
    name: proxy.name ?? proxy.id,
    type: proxy.type ?? 'Unknown',
    host_id: proxy.hostId ?? null,
    host_name: proxy.hostName ?? null,
    is_disabled: proxy.isDisabled ?? null,
    is_online: proxy.isOnline ?? null,
    is_out_of_date: proxy.isOutOfDate ?? null,
  }),
});

export const bestPractices = inventory({
  endpoint: 'securityAnalyzer/bestPractices',
  table: 'best_practice',
  id: 'practice_id',
  list: async function* ({ source }, reading) {
    yield { items: await getBestPractices(source.client, reading) };
  },
  toRow: (practice) => ({
    practice_id: practice.id,
    name: practice.bestPractice ?? practice.id,
    status: practice.status ?? 'Unknown',
    note: practice.note ?? null,
  }),
});

export const malwareEvents = inventory({
  endpoint: 'malwareDetection/events',
  table: 'malware_event',
  id: 'event_id',
  isWhole: false,
  list: ({ source, sourceNow }, reading) =>
    listMalwareEvents(source.client, {
      since: daysAgo(sourceNow, Math.max(EVENT_DAYS, source.backfillDays)),
      reading,
    }),
  toRow: (event, { source: { parseTime } }) => {
    const createdAt = parseTime(event.creationTimeUtc)?.at ?? null;
    const detectedAt = parseTime(event.detectionTimeUtc)?.at ?? createdAt;
    return (
      detectedAt && {
        event_id: event.id,
        type: event.type ?? 'Unknown',
        state: event.state ?? null,
        severity: event.severity ?? null,
        source: event.source ?? null,
        engine: event.engine ?? null,
        machine_name: event.machine?.displayName ?? null,
        machine_id: event.machine?.uuid?.toLowerCase() ?? null,
        backup_object_id: event.machine?.backupObjectId ?? null,
        restore_point_id: event.machine?.restorePointId ?? null,
        details: event.details ?? null,
        created_by: event.createdBy ?? null,
        created_at: createdAt,
        detected_at: detectedAt,
      }
    );
  },
});

export const authorizationEvents = inventory({
  endpoint: 'authorization/events',
  table: 'authorization_event',
  id: 'event_id',
  isWhole: false,
  list: ({ source, sourceNow }, reading) =>
    listAuthorizationEvents(source.client, {
      since: daysAgo(sourceNow, Math.max(EVENT_DAYS, source.backfillDays)),
      reading,
    }),
  toRow: (event, { source: { parseTime } }) => {
    const createdAt = parseTime(event.creationTime)?.at;
    return createdAt
      ? {
          event_id: event.id,
          name: event.name ?? event.id,
          state: event.state ?? 'Unknown',
          description: event.description ?? null,
          created_by: event.createdBy ?? null,
          processed_by: event.processedBy ?? null,
          created_at: createdAt,
          processed_at: parseTime(event.processedTime)?.at ?? null,
          expires_at: parseTime(event.expirationTime)?.at ?? null,
        }
      : null;
  },
});
