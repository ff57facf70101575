import type { FailureCause } from '../health/failure-cause.ts';
import type { RiskAssessment, RiskFacts, RiskItem, RiskScope } from '../risk/facts.ts';
import type { HazardName } from '../risk/hazard.ts';
import type { Contribution, Severities } from '../risk/score.ts';
import type { InputState } from '../risk/staleness.ts';

/** What a plan is against; `evidence`: nothing can be said before something is measured. */
export type RiskType = HazardName | 'evidence';

/** Numbers of one row, with the row they are from. Field names are those of its columns, in camelCase. */
export interface Row {
  table: string;
  id: string;
  /** When they were concluded, epoch milliseconds. */
  asOf: number | null;
}

export interface JobState extends Row {
  type: string;
  isCopy: boolean;
  isLogBackup: boolean;
  /** null: not known. */
  isDisabled: boolean | null;
  isScheduled: boolean | null;
  /** The job starts when another one has ended. */
  isChained: boolean;
  retryCount: number | null;
  objectsCount: number | null;
  status: string;
  freshness: string;
  totalRuns: number;
  failureCount: number;
  canceledCount: number;
  failureStreak: number;
  successRate: number | null;
  /** Share of the usable runs that needed a retry. */
  recoveredShare: number | null;
  attemptsPerRun: number | null;
  expectedIntervalHours: number | null;
  rpoHours: number;
  lastGoodAgeHours: number | null;
  lastFailureAt: number | null;
  lastFailureCause: FailureCause | null;
  /** Text of the source. Only ever a field. */
  lastFailureReason: string | null;
  missedRuns: number | null;
  patternKind: string | null;
  patternSlot: number | null;
  patternLift: number | null;
  patternFailures: number | null;
  medianDurationSeconds: number | null;
  /** Failed runs of the window by cause. */
  causes: Readonly<Partial<Record<FailureCause, number>>>;
}

export interface RepositoryState extends Row {
  type: string;
  isOnline: boolean | null;
  quality: string;
  useShare: number | null;
  useBytes: number | null;
  capacityBytes: number | null;
  otherBytes: number | null;
  slopeBytesPerDay: number | null;
  purchaseBytes: number | null;
  /** Days on the pessimistic path; 0: exceeded; null: not within the horizon or not known, see `isDated`. */
  early80: number | null;
  early90: number | null;
  early100: number | null;
  pFull30: number | null;
  /** Whether there is a forecast, or no limit, so that no date means far away. */
  isDated: boolean;
  worstExtentShare: number | null;
  isScaleOut: boolean;
  hasCapacityTier: boolean | null;
  /** Days; 0: not immutable; null: not known. */
  immutableDays: number | null;
  taskLimit: number | null;
  /** Largest step up of the last 30 days, bytes. */
  stepBytes: number | null;
  stepDaysAgo: number | null;
  /** Bytes of the last 30 days, and the largest part of them that one job has. */
  grownBytes: number | null;
  topJobId: string | null;
  topJobBytes: number | null;
  /** What could be freed, no byte twice. */
  orphanedBytes: number | null;
  disabledJobBytes: number | null;
  overRetainedBytes: number | null;
  /** Bytes whose retention has run out and which are still there. */
  overdueBytes: number | null;
  /** Bytes that immutability still holds. */
  heldBytes: number | null;
  /** Change of the reduction in 30 days, percent, of the job here that lost most. */
  reductionTrendPercent: number | null;
}

export interface WorkloadState extends Row {
  trials: number;
  okTrials: number;
  failedTrials: number;
  verifications: number;
  pMean: number | null;
  basis: string;
  q90Minutes: number | null;
  rtoTargetMinutes: number;
  slaStatus: string;
  recency: string;
  lastTestAt: number | null;
  lastFailureAt: number | null;
  lastFailureCause: FailureCause | null;
  sizeBytes: number | null;
  gibPerMinute: number | null;
  overheadMinutes: number | null;
  restorePoints: number;
  rpoAgeHours: number | null;
  rpoTargetHours: number;
  rpoStatus: string;
  /** Name of the job that ended well without giving it a point. */
  hiddenByJob: string | null;
  lastCleanAt: number | null;
  lastSafeAt: number | null;
  isImmutable: boolean | null;
  replicas: number;
  /** Where it is listed, if not here; left out: here. */
  homeSourceId?: string | null;
  /** Left out: it has no other. */
  protections?: readonly ProtectionState[];
}

export interface IncidentState extends Row {
  failedJobs: number;
  activeJobs: number;
  tailProbability: number;
  suspectKind: string | null;
  suspectId: string | null;
  suspectName: string | null;
  suspectLift: number | null;
}

/** A protected item of a vault of Azure Backup; its id is that of its job. */
export interface AzureItemState extends Row {
  workloadId: string | null;
  protectionState: string | null;
  healthStatus: string | null;
  isSoftDeleted: boolean | null;
  /** Epoch milliseconds. */
  deletedForGoodAt: number | null;
  lastPointAt: number | null;
  policyInconsistent: boolean | null;
  /** Of its newest failed backup; text of the source. */
  errorCode: string | null;
  errorTitle: string | null;
}

/** Another protection of a machine, in another source; times by our clock. */
interface ProtectionState {
  sourceId: string;
  workloadId: string;
  name: string;
  newestPointAt: number | null;
  rpoStatus: string;
}

/** Something wrong with the server as a whole, as the health worker found it. */
export interface FindingState extends Row {
  kind: string;
  severity: 'critical' | 'high' | 'medium' | 'low';
  daysLeft: number | null;
  ageDays: number | null;
  entityName: string;
}

/** An anomaly that is open. */
export interface AnomalyState extends Row {
  type: string;
  workloadIds: readonly string[];
  happenedAt: number;
  score: number;
  factor: number | null;
  usualFactor: number | null;
  dataBytes: number | null;
  usualBytes: number | null;
}

export interface EstateState extends Row {
  slots: number | null;
  restoreBandwidthGibPerMinute: number | null;
  proxies: number;
  offlineProxies: number;
  findings: readonly FindingState[];
  /** Endpoints that this run of the health worker could not read. */
  notRead: readonly string[];
}

/** What the source is: its advice is in the words of its console. */
export type Platform = 'veeam' | 'azure';

/** All that plans are made of, for one source. */
export interface RemediationFacts {
  /** Left out: a backup server of Veeam. */
  platform?: Platform;
  /** Of a vault: its items by the id of their job. */
  items?: ReadonlyMap<string, AzureItemState>;
  risk: RiskFacts;
  assessment: RiskAssessment;
  severities: Severities;
  /** Days from ordering storage to using it. */
  leadTimeDays: number;
  jobs: ReadonlyMap<string, JobState>;
  repositories: ReadonlyMap<string, RepositoryState>;
  workloads: ReadonlyMap<string, WorkloadState>;
  incidents: ReadonlyMap<string, IncidentState>;
  anomalies: readonly AnomalyState[];
  estate: EstateState;
}

/** What a plan is about, and what its success is measured on. */
export interface Subject {
  jobIds: readonly string[];
  workloadIds: readonly string[];
  repositoryIds: readonly string[];
}

/** One hazard of one item, with everything that rules look at. */
export interface Case {
  scope: RiskScope;
  id: string;
  type: RiskType;
  item: RiskItem;
  /** null: the trouble is not one of the four hazards. */
  hazard: Contribution | null;
  subject: Subject;
  job: JobState | null;
  /** Jobs of an incident or of a workload, as far as they are known. */
  jobs: readonly JobState[];
  repository: RepositoryState | null;
  workload: WorkloadState | null;
  incident: IncidentState | null;
  finding: FindingState | null;
  input: InputState | null;
  anomalies: readonly AnomalyState[];
  /** Workloads of a case that stands for several, and by which rule; `groupSize`: items of which the same is not known. */
  members?: readonly WorkloadState[];
  groupOf?: string;
  groupSize?: number;
  facts: RemediationFacts;
}
