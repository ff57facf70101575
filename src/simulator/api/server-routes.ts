import { BUILD_VERSIONS } from '../contract/revisions.ts';
import type { SessionKind } from '../history/sessions.ts';
import { ZERO_ID } from '../ids.ts';
import type { World } from '../world.ts';
import { windowsName } from '../zone.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { toSession } from './session-view.ts';

/** What the certificate says, as the TLS part of the server knows it. */
export type CertificateFacts = {
  thumbprint: string;
  serialNumber: string;
  subject: string;
  validFrom: Date;
  validTo: Date;
};

const SERVICES: [string, number][] = [
  ['Veeam Backup Service', 9392],
  ['Veeam Broker Service', 9501],
  ['Veeam RESTful API Service', 9419],
  ['Veeam Mount Service', 6170],
  ['Veeam Installer Service', 6160],
  ['Veeam Data Mover Service', 6162],
];

export function serverRoutes(certificate: () => CertificateFacts): Routes {
  return {
    '/api/v1/serverInfo': ({ world, revision }) => ({
      vbrId: world.ids.of('server', -1),
      name: 'VBR01',
      buildVersion: BUILD_VERSIONS[Math.max(revision, world.settings.revision)],
      patches: [],
      databaseVendor: 'PostgreSql',
      sqlServerEdition: '',
      sqlServerVersion: '17.6',
      databaseSchemaVersion: '13.0.1.3',
      databaseContentVersion: '13.0.1.21',
      veeamRegistration: { isRegistered: true },
      platform: 'Windows',
    }),
    '/api/v1/serverTime': ({ world, revision, now }) => ({
      serverTime: world.stamps.zoned(now + world.told.aheadMs),
      ...(windowsName(world.zone) !== undefined && { timeZone: windowsName(world.zone) }),
      ...(revision === 2 && { ianaTimeZoneId: world.zone.name }),
    }),
    '/api/v1/serverCertificate': ({ world }) => certificateOf(world, certificate()),
    ...listRoutes('/api/v1/services', () => SERVICES.map(([name, port]) => ({ name, port }))),
    '/api/v1/configBackup': configBackup,
    '/api/v1/security/settings': ({ world }) => ({ mfaEnabled: world.posture.mfaEnabled }),
    '/api/v1/securityAnalyzer/bestPractices': ({ world }) => ({
      items: world.posture.analyzerHasRun
        ? world.posture.practices.map(({ name, status }, i) => ({
            id: world.ids.of('practice', i),
            bestPractice: name,
            status,
            note: '',
          }))
        : [],
    }),
    '/api/v1/securityAnalyzer/lastRun': (call) => {
      const index = newestOf(call, 'analyzer');
      if (index < 0) throw notFound('Security analyzer session');
      return toSession(call.world, index, call.now, call.revision);
    },
    '/api/v1/securityAnalyzer/schedule': () => ({
      dailyScanEnabled: true,
      dailyScanLocalTime: '06:30:00',
      sendScanResults: false,
      recipients: '',
      notificationType: 'UseGlobalNotificationSettings',
    }),
    '/api/v1/generalOptions/notifications': () => ({
      storageSpaceThresholdEnabled: true,
      storageSpaceThreshold: 10,
      datastoreSpaceThresholdEnabled: true,
      datastoreSpaceThreshold: 10,
      skipVMSpaceThresholdEnabled: false,
      skipVMSpaceThreshold: 5,
      notifyOnSupportExpiration: true,
      notifyOnUpdates: true,
    }),
    '/api/v1/generalOptions/eventForwarding': () => ({
      SNMPServers: [],
      syslogServer: { serverName: 'syslog.corp.example', port: 514, transportProtocol: 'Udp' },
      syslogEventFiltering: [],
    }),
  };
}

/** `validBy` is the vendor's word for the end of validity. */
function certificateOf({ stamps }: World, facts: CertificateFacts) {
  return {
    thumbprint: facts.thumbprint,
    serialNumber: facts.serialNumber,
    keyAlgorithm: 'ECC',
    keySize: '256',
    subject: facts.subject,
    issuedTo: facts.subject.replace('CN=', ''),
    issuedBy: facts.subject.replace('CN=', ''),
    validFrom: stamps.zoned(facts.validFrom.getTime()),
    validBy: stamps.zoned(facts.validTo.getTime()),
    isTrusted: false,
  };
}

function configBackup(call: Call) {
  const { world } = call;
  const { isEnabled, isEncrypted } = world.posture.configBackup;
  const last = newestOf(call, 'configBackup');
  const repository = world.estate.repositories.find(({ name }) => name === 'Default Backup Repository');
  return {
    isEnabled,
    backupRepositoryId: repository?.id ?? ZERO_ID,
    restorePointsToKeep: 10,
    notifications: { SNMPEnabled: false },
    schedule: { isEnabled, daily: { isEnabled: true, localTime: '10:00:00', dailyKind: 'Everyday' } },
    lastSuccessfulBackup:
      last < 0
        ? {}
        : {
            lastSuccessfulTime: world.stamps.zoned(world.timeline.columns.end(last)),
            sessionId: world.ids.of('session', last),
          },
    encryption: {
      isEnabled: isEncrypted,
      passwordId: isEncrypted ? world.ids.of('credentials', 99) : ZERO_ID,
    },
  };
}

/** The newest session of a service that has ended; -1 if there is none. */
function newestOf({ world, now }: Call, kind: SessionKind): number {
  const { columns } = world.timeline;
  const { from, to } = world.visible();
  for (let i = to - 1; i >= from; i -= 1) if (columns.kind(i) === kind && columns.end(i) <= now) return i;
  return -1;
}
