import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { Reading } from '../../src/pipeline/worker.ts';
import { getConfigBackup } from '../../src/veeam/config-backup.ts';
import { getLicense } from '../../src/veeam/license.ts';
import { getSecurityAnalyzerLastRun } from '../../src/veeam/security-analyzer.ts';
import { getServerCertificate, type VeeamCertificate } from '../../src/veeam/server.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { single } from './inventory.ts';

/** Name, build and platform were asked for at sign-in; here goes on record whether they could be read. */
export const serverInfo = defineCollection<VeeamSource, never, never>('health', {
  endpoint: 'serverInfo',
  optional: true,
  extract: async function* ({ source }, _since, reading) {
    yield { rows: [] };
    if (source.infoError) throw source.infoError;
    reading.requests = 1;
    reading.rowsFetched = 1;
    reading.rowsTotal = 1;
    reading.complete = true;
  },
  transform: (items) => items,
  load: async () => 0,
});

/** The server itself: what it said at sign-in, and its certificate. */
export const backupServer = single({
  endpoint: 'serverCertificate',
  table: 'backup_server',
  read: ({ source }, reading) => readCertificate(source, reading),
  toRow: (certificate, { source }) => ({
    name: source.info?.name ?? null,
    build_version: source.info?.buildVersion ?? null,
    platform: source.info?.platform ?? null,
    api_revision: source.revision,
    time_zone: source.zone,
    time_zone_basis: source.time.zoneBasis,
    // In whole minutes: a clock that runs is not a change worth keeping.
    clock_skew_seconds: Math.round(source.time.skewMs / 60_000) * 60,
    certificate_thumbprint: certificate.thumbprint ?? null,
    certificate_expires_at: source.parseTime(certificate.validBy)?.at ?? null,
  }),
});

/** The server is worth a row also where it does not show its certificate. */
async function readCertificate(
  { client }: VeeamSource,
  reading: Reading,
): Promise<Partial<VeeamCertificate>> {
  try {
    return await getServerCertificate(client, reading);
  } catch (error) {
    if (
      !(error instanceof SourceError) ||
      !['not-found', 'forbidden', 'rejected', 'server-error', 'bad-answer'].includes(error.code)
    )
      throw error;
    reading.reason = error.message;
    return {};
  }
}

export const license = single({
  endpoint: 'license',
  table: 'license',
  read: ({ source }, reading) => getLicense(source.client, reading),
  toRow: (value, { source: { parseTime } }) => ({
    status: value.status ?? null,
    type: value.type ?? null,
    edition: value.edition ?? null,
    expires_at: parseTime(value.expirationDate)?.at ?? null,
    support_expires_at: parseTime(value.supportExpirationDate)?.at ?? null,
    licensed_instances: value.instanceLicenseSummary?.licensedInstancesNumber ?? null,
    used_instances: value.instanceLicenseSummary?.usedInstancesNumber ?? null,
    licensed_sockets: value.socketLicenseSummary?.licensedSocketsNumber ?? null,
    used_sockets: value.socketLicenseSummary?.usedSocketsNumber ?? null,
    licensed_capacity_tb: value.capacityLicenseSummary?.licensedCapacityTb ?? null,
    used_capacity_tb: value.capacityLicenseSummary?.usedCapacityTb ?? null,
  }),
});

export const configBackup = single({
  endpoint: 'configBackup',
  table: 'config_backup',
  read: ({ source }, reading) => getConfigBackup(source.client, reading),
  toRow: (value, { source: { parseTime } }) => ({
    is_enabled: value.isEnabled ?? null,
    is_encrypted: value.encryption?.isEnabled ?? null,
    last_success_at: parseTime(value.lastSuccessfulBackup?.lastSuccessfulTime)?.at ?? null,
  }),
});

/** When the security analyser ran last; null if it never did. */
export const analyzerLastRun = defineCollection<VeeamSource, Date | null, Date | null>('health', {
  endpoint: 'securityAnalyzer/lastRun',
  optional: true,
  extract: async function* ({ source }, _since, reading) {
    const session = await getSecurityAnalyzerLastRun(source.client, reading);
    yield { rows: [source.parseTime(session?.creationTime)?.at ?? null] };
  },
  transform: (times) => times,
  load: async (trx, [ranAt = null], { sourceId, seenAt }) => {
    const { numUpdatedRows } = await trx
      .updateTable('backup_server')
      .set({ analyzer_ran_at: ranAt, known_from: seenAt })
      .where('source_id', '=', sourceId)
      .where('analyzer_ran_at', 'is distinct from', ranAt)
      .executeTakeFirst();
    return Number(numUpdatedRows);
  },
});
