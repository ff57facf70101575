import type {
  FindingState,
  JobState,
  RemediationFacts,
  RepositoryState,
  WorkloadState,
} from '../../../src/analysis/remediation/evidence.ts';
import type { RiskFacts } from '../../../src/analysis/risk/facts.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import { SEVERITIES } from '../../../src/analysis/risk/score.ts';
import { DAY, NOW } from '../risk/builders.ts';

const TIB = 2 ** 40;

/** A daily job that runs well. */
export function jobState(id: string, given: Partial<JobState> = {}): JobState {
  return {
    table: 'job_health',
    id,
    asOf: NOW,
    type: 'VSphereBackup',
    isCopy: false,
    isLogBackup: false,
    isDisabled: false,
    isScheduled: true,
    isChained: false,
    retryCount: 3,
    objectsCount: 4,
    status: 'OK',
    freshness: 'OK',
    totalRuns: 60,
    failureCount: 0,
    canceledCount: 0,
    failureStreak: 0,
    successRate: 1,
    recoveredShare: 0,
    attemptsPerRun: 1,
    expectedIntervalHours: 24,
    rpoHours: 24,
    lastGoodAgeHours: 1,
    lastFailureAt: null,
    lastFailureCause: null,
    lastFailureReason: null,
    missedRuns: 0,
    patternKind: 'NONE',
    patternSlot: null,
    patternLift: null,
    patternFailures: null,
    medianDurationSeconds: 1800,
    causes: {},
    ...given,
  };
}

/** The same after ten failures in a row. */
export function failingJob(
  id: string,
  cause: JobState['lastFailureCause'],
  given: Partial<JobState> = {},
): JobState {
  return jobState(id, {
    status: 'FAILING',
    freshness: 'BREACHED',
    failureCount: 10,
    failureStreak: 10,
    lastGoodAgeHours: 240,
    lastFailureAt: NOW - DAY / 2,
    lastFailureCause: cause,
    causes: cause ? { [cause]: 10 } : {},
    ...given,
  });
}

/** A repository of 10 TiB that is half full and grows slowly. */
export function repositoryState(id: string, given: Partial<RepositoryState> = {}): RepositoryState {
  return {
    table: 'capacity_forecast',
    id,
    asOf: NOW,
    type: 'WinLocal',
    isOnline: true,
    quality: 'FORECAST',
    useShare: 0.5,
    useBytes: 5 * TIB,
    capacityBytes: 10 * TIB,
    otherBytes: null,
    slopeBytesPerDay: TIB / 100,
    purchaseBytes: 0,
    early80: null,
    early90: null,
    early100: null,
    pFull30: 0.001,
    isDated: true,
    worstExtentShare: null,
    isScaleOut: false,
    hasCapacityTier: null,
    immutableDays: 14,
    taskLimit: 4,
    stepBytes: null,
    stepDaysAgo: null,
    grownBytes: null,
    topJobId: null,
    topJobBytes: null,
    orphanedBytes: null,
    disabledJobBytes: null,
    overRetainedBytes: null,
    overdueBytes: null,
    heldBytes: null,
    reductionTrendPercent: null,
    ...given,
  };
}

/** 96 % used. */
export const fullRepository = (id: string, given: Partial<RepositoryState> = {}) =>
  repositoryState(id, {
    useShare: 0.96,
    useBytes: 9.6 * TIB,
    early80: 0,
    early90: 0,
    early100: 9,
    pFull30: 0.9,
    ...given,
  });

/** A workload that was restored in time twenty days ago. */
export function workloadState(id: string, given: Partial<WorkloadState> = {}): WorkloadState {
  return {
    table: 'workload_recovery',
    id,
    asOf: NOW,
    trials: 3,
    okTrials: 3,
    failedTrials: 0,
    verifications: 0,
    pMean: 0.8,
    basis: 'OWN',
    q90Minutes: 20,
    rtoTargetMinutes: 30,
    slaStatus: 'COMPLIANT',
    recency: 'FRESH',
    lastTestAt: NOW - 20 * DAY,
    lastFailureAt: null,
    lastFailureCause: null,
    sizeBytes: 100 * 2 ** 30,
    gibPerMinute: 8,
    overheadMinutes: 5,
    restorePoints: 14,
    rpoAgeHours: 1,
    rpoTargetHours: 24,
    rpoStatus: 'MET',
    hiddenByJob: null,
    lastCleanAt: NOW - DAY,
    lastSafeAt: NOW - 20 * DAY,
    isImmutable: true,
    replicas: 0,
    ...given,
  };
}

/** The same, never restored and never verified. */
export const untestedState = (id: string, given: Partial<WorkloadState> = {}) =>
  workloadState(id, {
    trials: 0,
    okTrials: 0,
    pMean: 0.5,
    basis: 'ASSUMED',
    q90Minutes: null,
    slaStatus: 'UNTESTED',
    recency: 'NEVER',
    lastTestAt: null,
    lastSafeAt: null,
    ...given,
  });

export function finding(kind: string, given: Partial<FindingState> = {}): FindingState {
  return {
    table: 'health_finding',
    id: kind,
    asOf: NOW,
    kind,
    severity: 'high',
    daysLeft: null,
    ageDays: null,
    entityName: 'vbr',
    ...given,
  };
}

type States = {
  jobs?: JobState[];
  repositories?: RepositoryState[];
  workloads?: WorkloadState[];
} & Partial<Pick<RemediationFacts, 'anomalies' | 'leadTimeDays'>> & {
    findings?: FindingState[];
    notRead?: string[];
    offlineProxies?: number;
  };

/** Facts of the risk with the rows behind them; a row that is not given is that of something that does well. */
export function remediationFacts(risk: RiskFacts, given: States = {}): RemediationFacts {
  const byId = <T extends { id: string }>(
    ids: readonly { id: string }[],
    own: readonly T[],
    make: (id: string) => T,
  ) => new Map(ids.map(({ id }) => [id, own.find((row) => row.id === id) ?? make(id)]));
  return {
    risk,
    assessment: assessRisk(risk),
    severities: SEVERITIES,
    leadTimeDays: given.leadTimeDays ?? 30,
    jobs: byId(risk.jobs, given.jobs ?? [], jobState),
    repositories: byId(risk.repositories, given.repositories ?? [], repositoryState),
    workloads: byId(risk.workloads, given.workloads ?? [], workloadState),
    incidents: new Map(),
    anomalies: given.anomalies ?? [],
    estate: {
      table: 'proxy',
      id: risk.sourceId,
      asOf: NOW,
      slots: 4,
      restoreBandwidthGibPerMinute: null,
      proxies: 2,
      offlineProxies: given.offlineProxies ?? 0,
      findings: given.findings ?? [],
      notRead: given.notRead ?? [],
    },
  };
}
