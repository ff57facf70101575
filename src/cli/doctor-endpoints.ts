import type { Revision } from '../veeam/revisions.ts';

/** What the workers read without knowing an id first. `since`: the oldest revision that has it. */
export type Endpoint = {
  path: string;
  /** What is not known without it. */
  gives: string;
  /** Workers that read it. */
  features: readonly ('health' | 'capacity' | 'efficiency' | 'rto')[];
  since?: Revision;
  /** A worker cannot run without it. */
  isNeeded?: true;
  /** The least that may read it, where a Veeam Backup Viewer may not; an administrator may read all. */
  role?: 'Veeam Security Administrator' | 'Veeam Restore Operator' | 'Veeam Backup Administrator';
};

const INFRASTRUCTURE = '/api/v1/backupInfrastructure';
const INSTANT = '/api/v1/restore/instantRecovery';

export const ENDPOINTS: readonly Endpoint[] = [
  {
    path: '/api/v1/jobs/states',
    gives: 'jobs and their state',
    features: ['health', 'efficiency', 'rto'],
    isNeeded: true,
  },
  { path: '/api/v1/sessions', gives: 'runs of jobs', features: ['health', 'rto'], isNeeded: true },
  {
    path: `${INFRASTRUCTURE}/repositories/states`,
    gives: 'free space of repositories',
    features: ['capacity', 'efficiency', 'rto'],
    isNeeded: true,
  },
  {
    path: '/api/v1/jobs',
    gives: 'schedules and retention of jobs',
    features: ['health', 'capacity', 'efficiency'],
  },
  { path: '/api/v1/taskSessions', gives: 'runs of single machines', features: ['health', 'rto'] },
  {
    path: `${INFRASTRUCTURE}/repositories`,
    gives: 'settings of repositories',
    features: ['capacity', 'rto'],
  },
  {
    path: `${INFRASTRUCTURE}/scaleOutRepositories`,
    gives: 'scale-out repositories and their extents',
    features: ['capacity', 'efficiency'],
  },
  {
    path: `${INFRASTRUCTURE}/managedServers`,
    gives: 'servers and whether they can be reached',
    features: ['health'],
  },
  { path: `${INFRASTRUCTURE}/proxies`, gives: 'task limits of proxies', features: ['rto'] },
  { path: `${INFRASTRUCTURE}/proxies/states`, gives: 'whether proxies are online', features: ['health'] },
  {
    path: '/api/v1/backups',
    gives: 'backups and whose they are',
    features: ['capacity', 'efficiency', 'rto'],
  },
  { path: '/api/v1/backupObjects', gives: 'machines in backups', features: ['efficiency', 'rto'] },
  { path: '/api/v1/restorePoints', gives: 'restore points', features: ['efficiency', 'rto'] },
  { path: '/api/v1/replicas', gives: 'replicas', features: ['rto'], role: 'Veeam Restore Operator' },
  {
    path: '/api/v1/replicaPoints',
    gives: 'restore points of replicas',
    features: ['rto'],
    role: 'Veeam Restore Operator',
  },
  { path: `${INSTANT}/vSphere/vm`, gives: 'instant recoveries', features: ['rto'] },
  { path: `${INSTANT}/vSphere/fcd`, gives: 'instant recoveries of disks', features: ['rto'] },
  {
    path: `${INSTANT}/hyperV/vm`,
    gives: 'instant recoveries to Hyper-V',
    features: ['rto'],
    since: '1.3-rev0',
  },
  {
    path: `${INSTANT}/azure/vm`,
    gives: 'instant recoveries to Azure',
    features: ['rto'],
    role: 'Veeam Restore Operator',
    since: '1.3-rev0',
  },
  {
    path: `${INSTANT}/unstructuredData`,
    gives: 'instant recoveries of shares',
    features: ['rto'],
    role: 'Veeam Restore Operator',
    since: '1.3-rev1',
  },
  {
    path: '/api/v1/dataIntegration',
    gives: 'published disks',
    features: ['rto'],
    role: 'Veeam Restore Operator',
  },
  {
    path: '/api/v1/backupBrowser/flr',
    gives: 'file restores under way',
    features: ['rto'],
    role: 'Veeam Restore Operator',
  },
  { path: '/api/v1/malwareDetection/events', gives: 'malware events', features: ['health', 'efficiency'] },
  {
    path: '/api/v1/authorization/events',
    gives: 'four-eyes requests',
    features: ['health'],
    role: 'Veeam Security Administrator',
  },
  {
    path: '/api/v1/securityAnalyzer/bestPractices',
    gives: 'results of the security analyser',
    features: ['health'],
    role: 'Veeam Security Administrator',
  },
  {
    path: '/api/v1/securityAnalyzer/lastRun',
    gives: 'when the security analyser ran',
    features: ['health'],
    role: 'Veeam Security Administrator',
  },
  {
    path: '/api/v1/configBackup',
    gives: 'state of the configuration backup',
    features: ['health'],
    role: 'Veeam Backup Administrator',
  },
  { path: '/api/v1/license', gives: 'licence', features: ['health'], role: 'Veeam Backup Administrator' },
];
