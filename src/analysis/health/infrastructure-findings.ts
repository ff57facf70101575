import type { Finding, Severity } from './finding.ts';
import type { InfrastructureFacts, LicenseFacts } from './infrastructure-facts.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SKEW_MS = 5 * MINUTE_MS;
/** Workers of these platforms are switched on for a job only (REST brief 8.12). */
const WORKER_TYPE = /pve|proxmox|ahv|nutanix/i;

/**
 * Findings about proxies, servers, licence, configuration backup, clock, certificate and rights. Severity:
 * - LICENSE_EXPIRED critical; LICENSE_EXCEEDED high; LICENSE_EXPIRING medium, high within 7 days;
 * - PROXY_OFFLINE, SERVER_UNAVAILABLE, CONFIG_BACKUP_DISABLED high;
 * - CONFIG_BACKUP_STALE, CONFIG_BACKUP_UNENCRYPTED, CLOCK_SKEW medium;
 * - CERTIFICATE_EXPIRING medium, high within 7 days or when expired; ENDPOINT_FORBIDDEN low.
 */
export function infrastructureFindings(facts: InfrastructureFacts, now: number): Finding[] {
  return [
    ...offlineFindings(facts),
    ...(facts.license ? licenseFindings(facts.license, now) : []),
    ...configBackupFindings(facts, now),
    ...serverFindings(facts, now),
  ];
}

function offlineFindings({ proxies, managedServers }: InfrastructureFacts): Finding[] {
  const offline = proxies.filter(
    ({ isOnline, isDisabled, type }) => isOnline === false && isDisabled !== true && !WORKER_TYPE.test(type),
  );
  const unavailable = managedServers.filter(({ status }) => status?.toLowerCase() === 'unavailable');
  return [
    ...offline.map(({ id, name, type, hostName }): Finding => {
      const evidence = { type, isOnline: false, hostName: hostName ?? null };
      return { ...base('PROXY_OFFLINE', 'high'), entity: { kind: 'proxy', id, name }, evidence };
    }),
    ...unavailable.map(({ id, name, type, status }): Finding => {
      return {
        ...base('SERVER_UNAVAILABLE', 'high'),
        entity: { kind: 'server', id, name },
        evidence: { type, status },
      };
    }),
  ];
}

function licenseFindings(license: LicenseFacts, now: number): Finding[] {
  const entity = {
    kind: 'licence',
    id: license.id ?? 'licence',
    name: license.name ?? license.edition ?? 'licence',
  } as const;
  const status = license.status?.toLowerCase() ?? null;
  const { expiresAt } = license;
  const daysLeft = expiresAt === null ? null : (expiresAt - now) / DAY_MS;
  const evidence = { status: license.status, expiresAt, daysLeft };
  const findings: Finding[] = [];
  if (status === 'expired' || status === 'invalid' || (daysLeft !== null && daysLeft <= 0)) {
    const since = daysLeft !== null && daysLeft <= 0 ? expiresAt : null;
    findings.push({ ...base('LICENSE_EXPIRED', 'critical'), entity, evidence, since });
  } else if (daysLeft !== null && daysLeft <= 30) {
    findings.push({ ...base('LICENSE_EXPIRING', daysLeft <= 7 ? 'high' : 'medium'), entity, evidence });
  }
  return [...findings, ...exceededFindings(license, entity)];
}

function exceededFindings(license: LicenseFacts, entity: Finding['entity']): Finding[] {
  const limits = [
    ['instances', license.usedInstances, license.licensedInstances],
    ['sockets', license.usedSockets, license.licensedSockets],
    ['capacityTb', license.usedCapacityTb, license.licensedCapacityTb],
  ] as const;
  const over = limits
    .filter(([, used, licensed]) => (used ?? null) !== null && (licensed ?? null) !== null)
    .filter(([, used, licensed]) => (used ?? 0) > (licensed ?? 0));
  if (over.length === 0) return [];
  const evidence = Object.fromEntries(
    over.flatMap(([unit, used, licensed]) => [
      [`${unit}Used`, used ?? null],
      [`${unit}Licensed`, licensed ?? null],
    ]),
  );
  return [
    { ...base('LICENSE_EXCEEDED', 'high'), entity, evidence, level: over.map(([unit]) => unit).join(',') },
  ];
}

function configBackupFindings({ configBackup, server }: InfrastructureFacts, now: number): Finding[] {
  if (!configBackup) return [];
  const { isEnabled, isEncrypted, lastSuccessAt } = configBackup;
  const entity = { kind: 'server', id: server.id, name: server.name } as const;
  const ageDays = lastSuccessAt === null ? null : (now - lastSuccessAt) / DAY_MS;
  const evidence = { isEnabled, isEncrypted, lastSuccessAt, ageDays };
  const findings: Finding[] = [];
  if (isEnabled === false) findings.push({ ...base('CONFIG_BACKUP_DISABLED', 'high'), entity, evidence });
  // Switched on and never successful is as stale as it gets; switched off it is one finding, not two.
  const isStale = ageDays === null ? isEnabled === true : ageDays > 7;
  if (isStale) {
    const since = lastSuccessAt === null ? null : lastSuccessAt + 7 * DAY_MS;
    findings.push({ ...base('CONFIG_BACKUP_STALE', 'medium'), entity, evidence, since });
  }
  if (isEncrypted === false)
    findings.push({ ...base('CONFIG_BACKUP_UNENCRYPTED', 'medium'), entity, evidence });
  return findings;
}

function serverFindings({ server, forbiddenEndpoints }: InfrastructureFacts, now: number): Finding[] {
  const entity = { kind: 'server', id: server.id, name: server.name } as const;
  const findings: Finding[] = [];
  const { clockSkewMs, certificateValidTo } = server;
  if (clockSkewMs !== null && Math.abs(clockSkewMs) > SKEW_MS) {
    const evidence = { skewMinutes: clockSkewMs / MINUTE_MS };
    findings.push({
      ...base('CLOCK_SKEW', 'medium'),
      entity,
      evidence,
      level: clockSkewMs > 0 ? 'AHEAD' : 'BEHIND',
    });
  }
  if (certificateValidTo !== null && certificateValidTo < now + 30 * DAY_MS) {
    const daysLeft = (certificateValidTo - now) / DAY_MS;
    const level = daysLeft <= 0 ? 'EXPIRED' : 'EXPIRING';
    const evidence = { validTo: certificateValidTo, daysLeft };
    findings.push({
      ...base('CERTIFICATE_EXPIRING', daysLeft <= 7 ? 'high' : 'medium'),
      entity,
      evidence,
      level,
    });
  }
  for (const { endpoint, since } of forbiddenEndpoints) {
    const of = { kind: 'endpoint', id: endpoint, name: endpoint } as const;
    findings.push({
      ...base('ENDPOINT_FORBIDDEN', 'low'),
      entity: of,
      evidence: { status: 403 },
      since: since ?? null,
    });
  }
  return findings;
}

function base(kind: Finding['kind'], severity: Severity) {
  return { kind, severity, since: null, level: null };
}
