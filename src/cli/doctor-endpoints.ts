import type { Revision } from '../veeam/revisions.ts';

/** What the workers read without knowing an id first. `since`: the oldest revision that has it. */
export type Endpoint = {
  path: string;
  /** What is not known without it. */
  gives: string;
  since?: Revision;
  /** A worker cannot run without it. */
  isNeeded?: true;
};

const INFRASTRUCTURE = '/api/v1/backupInfrastructure';
const INSTANT = '/api/v1/restore/instantRecovery';

export const ENDPOINTS: readonly Endpoint[] = [
  { path: '/api/v1/jobs/states', gives: 'jobs and their state', isNeeded: true },
  { path: '/api/v1/sessions', gives: 'runs of jobs', isNeeded: true },
  { path: `${INFRASTRUCTURE}/repositories/states`, gives: 'free space of repositories', isNeeded: true },
  { path: '/api/v1/jobs', gives: 'schedules and retention of jobs' },
  { path: '/api/v1/taskSessions', gives: 'runs of single machines' },
  { path: `${INFRASTRUCTURE}/repositories`, gives: 'settings of repositories' },
  { path: `${INFRASTRUCTURE}/scaleOutRepositories`, gives: 'scale-out repositories and their extents' },
  { path: `${INFRASTRUCTURE}/managedServers`, gives: 'servers and whether they can be reached' },
  { path: `${INFRASTRUCTURE}/proxies`, gives: 'task limits of proxies' },
  { path: `${INFRASTRUCTURE}/proxies/states`, gives: 'whether proxies are online' },
  { path: '/api/v1/backups', gives: 'backups and whose they are' },
  { path: '/api/v1/backupObjects', gives: 'machines in backups' },
  { path: '/api/v1/restorePoints', gives: 'restore points' },
  { path: '/api/v1/replicas', gives: 'replicas' },
  { path: '/api/v1/replicaPoints', gives: 'restore points of replicas' },
  { path: `${INSTANT}/vSphere/vm`, gives: 'instant recoveries' },
  { path: `${INSTANT}/vSphere/fcd`, gives: 'instant recoveries of disks' },
  { path: `${INSTANT}/hyperV/vm`, gives: 'instant recoveries to Hyper-V', since: '1.3-rev0' },
  { path: `${INSTANT}/azure/vm`, gives: 'instant recoveries to Azure', since: '1.3-rev0' },
  { path: `${INSTANT}/unstructuredData`, gives: 'instant recoveries of shares', since: '1.3-rev1' },
  { path: '/api/v1/dataIntegration', gives: 'published disks' },
  { path: '/api/v1/backupBrowser/flr', gives: 'file restores under way' },
  { path: '/api/v1/malwareDetection/events', gives: 'malware events' },
  { path: '/api/v1/authorization/events', gives: 'four-eyes requests' },
  { path: '/api/v1/securityAnalyzer/bestPractices', gives: 'results of the security analyser' },
  { path: '/api/v1/securityAnalyzer/lastRun', gives: 'when the security analyser ran' },
  { path: '/api/v1/configBackup', gives: 'state of the configuration backup' },
  { path: '/api/v1/license', gives: 'licence' },
];
