export type JobKind =
  | 'vsphere'
  | 'hyperv'
  | 'windowsAgent'
  | 'linuxAgent'
  | 'copyPeriodic'
  | 'copyImmediate'
  | 'nas'
  | 'replica'
  | 'proxmox';

/** When a job starts, in the local time of the server; `every` counts from 1970 UTC. */
export type Schedule =
  | { kind: 'daily'; minute: number }
  | { kind: 'weekly'; weekday: number; minute: number }
  | { kind: 'every'; minutes: number; offset: number };

/** A guest, a computer or a share: what a job protects. */
export type Machine = {
  index: number;
  name: string;
  host: string;
  isLinux: boolean;
  provisionedBytes: number;
  /** Share of the provisioned bytes in use at the start of the history. */
  usedShare: number;
  growthPerDay: number;
  changeRate: number;
};

/**
 * One machine within one job: what the API calls a backup object. `origin` is the job that read the machine, and the
 * machine's place in it: the job itself, or the source of a copy job.
 */
export type Protected = {
  index: number;
  job: number;
  machine: number;
  slot: number;
  originJob: number;
  originSlot: number;
};

export type Job = {
  index: number;
  id: string;
  name: string;
  description: string;
  kind: JobKind;
  repository: number;
  proxy: number;
  schedule: Schedule;
  retryCount: number;
  retryWaitMinutes: number;
  baseMinutes: number;
  fullWeekday: number;
  isActiveFull: boolean;
  retentionDays: number;
  gfs: { weekly: number; monthly: number; yearly: number };
  isEncrypted: boolean;
  hasLogBackup: boolean;
  isHighPriority: boolean;
  /** Positions in `Estate.protected`. */
  first: number;
  count: number;
  /** Jobs whose points a copy job copies. */
  sources: number[];
  /** Since when the job is disabled. */
  disabledSince?: number;
  /** The job did not exist before. */
  createdAt?: number;
  /** Enabled, but the scheduler has never started it. */
  neverRan?: boolean;
};

export type RepositoryKind =
  | 'WinLocal'
  | 'LinuxLocal'
  | 'LinuxHardened'
  | 'Smb'
  | 'Nfs'
  | 'S3Compatible'
  | 'AzureBlob'
  | 'AmazonS3Glacier'
  | 'DellDataDomain';

export type Repository = {
  index: number;
  id: string;
  name: string;
  description: string;
  kind: RepositoryKind;
  /** Position in `Estate.servers`; -1 for object storage and shares. */
  server: number;
  path: string;
  /** -1: unlimited. Set once the estate's backups are known. */
  capacityBytes: number;
  /** What others have stored on the same volume. */
  foreignBytes: number;
  isOnline: boolean;
  immutableDays: number;
  extent?: { scaleOut: number; tier: 'Performance' | 'Capacity' | 'Archive'; isInMaintenance: boolean };
  /** Repositories with the same number are folders of one volume. */
  volume: number;
};

export type ScaleOut = { index: number; id: string; name: string; description: string; extents: number[] };

export type ServerKind = 'WindowsHost' | 'LinuxHost' | 'ViHost' | 'HvServer';
export type Server = {
  index: number;
  id: string;
  name: string;
  description: string;
  kind: ServerKind;
  isBackupServer: boolean;
  isAvailable: boolean;
};

export type ProxyKind = 'ViProxy' | 'HvProxy' | 'GeneralPurposeProxy' | 'PVE';
export type Proxy = {
  index: number;
  id: string;
  name: string;
  description: string;
  kind: ProxyKind;
  server: number;
  isDisabled: boolean;
  isOnline: boolean;
};

export type Estate = {
  jobs: Job[];
  machines: Machine[];
  protected: Protected[];
  repositories: Repository[];
  scaleOuts: ScaleOut[];
  servers: Server[];
  proxies: Proxy[];
};

/** Jobs point at a repository, or at a scale-out repository by this offset plus its index. */
export const SCALE_OUT_BASE = 1_000_000;
