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
  /** Takes the place of `growthPerDay` where it is given. */
  growth?: Growth;
  /** How its changed data vary and how well its data reduce; absent: drawn by `history/sizes.ts`. */
  pattern?: Pattern;
  /** What is different for some time; only of a machine with a pattern. */
  episodes?: Episode[];
};

/** Shares of the data that deduplication, and of the rest compression, leave. */
type Remains = { dedup: number; compress: number };

export type Pattern = {
  full: Remains;
  increment: Remains;
  /** Changed data on Saturdays and Sundays, and on the last day of a month, compared with other days. */
  weekend: number;
  monthEnd: number;
  /** Standard deviations of the logarithm: of the changed bytes, and of what each kind of reduction leaves. */
  spread: number;
  wobble: number;
};

/** Applies to files made in [from, to), of one kind where one is given. */
export type Episode = {
  from: number;
  to: number;
  kind?: 'FULL' | 'INCREMENT';
  /** Data compared with what is usual. */
  volume?: number;
  /** Stored bytes compared with what is usual. */
  stored?: number;
  /** Grows evenly: the logarithm of the stored bytes for the same data. */
  driftPerDay?: number;
  /** Share of the data that can be neither deduplicated nor compressed, at the beginning and at the end. */
  incompressible?: [number, number];
};

/**
 * How the data of a machine grows: a factor that is 1 at `from`. Linear: `perDay` is a share of that amount; compound: of
 * the amount of the day; levelling: an S-curve that ends at twice the amount, `days` being its pace.
 */
export type Growth =
  | { kind: 'linear'; from: number; perDay: number }
  | { kind: 'compound'; from: number; perDay: number }
  | { kind: 'levelling'; from: number; days: number };

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
  /** Since when the job no longer has the machine among its objects; its points stay for as long as retention keeps them. */
  leftAt?: number;
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
  /** Monday is 0; -1: increments for ever after the first full. */
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
  /** The job and its backups were moved to another repository. */
  moved?: { at: number; repository: number };
  /** Someone deleted everything that was stored by then. */
  purgedAt?: number;
  /** Days that its repository refuses to delete what is stored, whatever retention says. */
  immutableDays?: number;
  /** Days that what is stored is in truth kept, where that is more than the job is set to. */
  keptDays?: number;
  /** The job was deleted; its backups stay. */
  deletedAt?: number;
  /** Backups that were brought in from another server: no job of this one has ever made them. */
  isImported?: boolean;
  /** Its data are stored as they are, as for an appliance that reduces them itself. */
  isUnreduced?: boolean;
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
  | 'DellDataDomain'
  | 'HPEStoreOnce';

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
  /** Bytes on disk for a byte of backup files, where files share blocks or the storage itself reduces; absent: 1. */
  diskShare?: number;
  extent?: { scaleOut: number; tier: 'Performance' | 'Capacity' | 'Archive'; isInMaintenance: boolean };
  /** Repositories with the same number are folders of one volume. */
  volume: number;
  /** What becomes different with time, oldest first: see `spaceAt`. */
  changes?: SpaceChange[];
};

type SpaceChange = {
  at: number;
  capacityBytes?: number;
  foreignBytes?: number;
  isOnline?: boolean;
};

export type ScaleOut = {
  index: number;
  id: string;
  name: string;
  description: string;
  extents: number[];
  /** Chains that are complete move to the capacity tier when they are this old; absent: they stay, copies are made. */
  moveAfterDays?: number;
};

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

/** Whether the server knows the job at an instant; its backups may be there without it. */
export const isKnownJob = ({ deletedAt, isImported }: Job, at: number): boolean =>
  !isImported && (deletedAt === undefined || at < deletedAt);

/** Where a job writes to at an instant: a position in `Estate.repositories`, or `SCALE_OUT_BASE` and more. */
export const targetAt = ({ repository, moved }: Job, at: number): number =>
  moved && at >= moved.at ? moved.repository : repository;
