import { spell } from '../contract/enums.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import type { Job, JobKind, Machine } from '../estate/types.ts';

/** How a kind of job looks in the API: names of newer platforms are not known to older revisions. */
type Look = { jobType: string; platform: string; sessionType: string; workload: string };

const LOOKS: Record<JobKind, Look> = {
  vsphere: { jobType: 'VSphereBackup', platform: 'VMware', sessionType: 'BackupJob', workload: 'Vm' },
  hyperv: { jobType: 'HyperVBackup', platform: 'HyperV', sessionType: 'BackupJob', workload: 'Vm' },
  windowsAgent: {
    jobType: 'WindowsAgentBackup',
    platform: 'WindowsPhysical',
    sessionType: 'AgentBackup',
    workload: 'Server',
  },
  linuxAgent: {
    jobType: 'LinuxAgentBackup',
    platform: 'LinuxPhysical',
    sessionType: 'AgentBackup',
    workload: 'Server',
  },
  copyPeriodic: { jobType: 'BackupCopy', platform: 'VMware', sessionType: 'BackupCopyJob', workload: 'Vm' },
  copyImmediate: {
    jobType: 'BackupCopy',
    platform: 'VMware',
    sessionType: 'BackupCopyJobParent',
    workload: 'Vm',
  },
  nas: {
    jobType: 'FileBackup',
    platform: 'UnstructuredData',
    sessionType: 'FileServerSave',
    workload: 'File',
  },
  replica: { jobType: 'VSphereReplica', platform: 'VMware', sessionType: 'ReplicaJob', workload: 'Vm' },
  proxmox: {
    jobType: 'ProxmoxBackupJob',
    platform: 'Proxmox',
    sessionType: 'PlatformBackupJob',
    workload: 'Vm',
  },
};

const PLATFORM_IDS: Record<string, string> = {
  VMware: '00000000-0000-0000-0000-000000000001',
  HyperV: '00000000-0000-0000-0000-000000000002',
  WindowsPhysical: '00000000-0000-0000-0000-000000000003',
  LinuxPhysical: '00000000-0000-0000-0000-000000000004',
  UnstructuredData: '00000000-0000-0000-0000-000000000005',
  Proxmox: '00000000-0000-0000-0000-000000000006',
  CustomPlatform: '00000000-0000-0000-0000-000000000007',
};

export const jobType = (kind: JobKind, revision: RevisionIndex): string =>
  spell('EJobType', LOOKS[kind].jobType, revision, 'Unknown');

export const workload = (kind: JobKind, revision: RevisionIndex): string =>
  spell('EJobWorkload', LOOKS[kind].workload, revision);

/** Platforms that a revision does not know are custom ones to it. */
export const platformName = (kind: JobKind, revision: RevisionIndex): string =>
  spell('EPlatformType', LOOKS[kind].platform, revision, 'CustomPlatform');

export const platformId = (kind: JobKind): string => PLATFORM_IDS[LOOKS[kind].platform] ?? '';

/** The type of a run's session. What a revision cannot say it calls a backup job, or the next best. */
export function runSessionType(kind: JobKind, revision: RevisionIndex): string {
  const wanted = LOOKS[kind].sessionType;
  const lesser =
    wanted === 'BackupCopyJobParent'
      ? spell('ESessionType', 'BackupCopyJob', revision, 'BackupJob')
      : 'BackupJob';
  return spell('ESessionType', wanted, revision, lesser);
}

export const childSessionType = (revision: RevisionIndex): string =>
  spell('ESessionType', 'BackupCopyJob', revision, 'BackupJob');

/** Jobs that have details; newer platforms are in the states only, and older revisions do not know file jobs. */
export const hasDetails = (kind: JobKind, revision: RevisionIndex): boolean =>
  kind !== 'proxmox' && !(revision === 0 && kind === 'nas');

export const isAgent = ({ kind }: Job): boolean => kind === 'windowsAgent' || kind === 'linuxAgent';
export const osFamily = ({ isLinux }: Machine): string => (isLinux ? 'Linux' : 'Windows');
