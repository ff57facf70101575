/**
 * What a session does. The first six protect data and make runs; `log` makes runs of its own, since a log backup every
 * 15 minutes would drown the nightly run of the same job. `tiering` moves existing backups, `configuration` and
 * `maintenance` serve the server, `other` is restores, scans, housekeeping and every type not known yet.
 */
export type SessionClass =
  | 'backup'
  | 'replica'
  | 'copy'
  | 'agent'
  | 'file'
  | 'snapshot'
  | 'log'
  | 'tiering'
  | 'configuration'
  | 'maintenance'
  | 'other';

const CLASS_OF_TYPE: Readonly<Record<string, SessionClass>> = {
  backupjob: 'backup',
  platformbackupjob: 'backup',
  azurebackup: 'backup',
  irisbackup: 'backup',
  replicajob: 'replica',
  backupcopyjob: 'copy',
  backupcopyjobparent: 'copy',
  unstructureddatabackupcopy: 'copy',
  agentbackup: 'agent',
  agentpolicy: 'agent',
  endpointbackup: 'agent',
  agentoperationbackupnow: 'agent',
  agentoperationactivefull: 'agent',
  fileserversave: 'file',
  platformsnapshotjob: 'snapshot',
  platformsnapshotcopyjob: 'snapshot',
  sqllogbackup: 'log',
  oraclelogbackup: 'log',
  postgresqllogbackup: 'log',
  copybackup: 'tiering',
  pervmcopybackup: 'tiering',
  pervmmovebackup: 'tiering',
  archivebackup: 'tiering',
  archivesync: 'tiering',
  archivecopy: 'tiering',
  archivefreezing: 'tiering',
  directbackupsync: 'tiering',
  backupcachesync: 'tiering',
  configurationbackup: 'configuration',
  filebackuphealthcheck: 'maintenance',
  retention: 'maintenance',
};

const PROTECTING: ReadonlySet<SessionClass> = new Set([
  'backup',
  'replica',
  'copy',
  'agent',
  'file',
  'snapshot',
  'log',
]);

/**
 * Class of a session by its type (METHODS 3.1 R1.1, types of the REST brief 8.1; letter case does not matter). An ad-hoc
 * "Scan Backup" arrives as SureBackup and is `other`, as every SureBackup is: it tests protection and adds none.
 * Offloads of scale-out repositories arrive as BackupJob with "Offload" in the name: they are `tiering`, unless the
 * session belongs to a job of the inventory, which may be called what it likes.
 */
export function classifySession(sessionType: string, name: string, isInventoryJob = false): SessionClass {
  const known = CLASS_OF_TYPE[sessionType.toLowerCase()] ?? 'other';
  if (known === 'backup' && !isInventoryJob && /\boffload\b/i.test(name)) return 'tiering';
  return known;
}

/** Whether sessions of the class are attempts to protect data, so that they count for reliability and freshness. */
export function isProtecting(sessionClass: SessionClass): boolean {
  return PROTECTING.has(sessionClass);
}

/** Sessions of these types stay open for days by design: a long one is not stuck (REST brief, trap 46). */
export function isContinuousClass(sessionClass: SessionClass): boolean {
  return sessionClass === 'log';
}
