import type { CapacityEvidence } from '../../../src/analysis/risk/capacity.ts';
import type {
  JobEvidence,
  RepositoryEvidence,
  RiskFacts,
  WorkloadEvidence,
} from '../../../src/analysis/risk/facts.ts';
import type { GapEvidence } from '../../../src/analysis/risk/gap.ts';
import type { IntegrityEvidence } from '../../../src/analysis/risk/integrity.ts';
import { ASSUMED_TIER, type TierEvidence } from '../../../src/analysis/risk/priority.ts';
import type { RecoverEvidence } from '../../../src/analysis/risk/recover.ts';
import type { Signal, SignalKind } from '../../../src/analysis/risk/signals.ts';
import type { RiskInput } from '../../../src/analysis/risk/staleness.ts';

export const NOW = Date.UTC(2026, 4, 4, 6);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const TIER_1: TierEvidence = {
  tier: 1,
  weight: 1,
  low: 1,
  high: 1,
  rule: 'SQL-*',
  basis: 'pattern',
};
export { ASSUMED_TIER };

/** 60 good daily runs worth 20 fresh ones, the last an hour ago. */
export function gap(given: Partial<GapEvidence> = {}): GapEvidence {
  return {
    credit: 20,
    weight: 20,
    lastObservedAt: NOW - HOUR,
    asOf: NOW,
    intervalHours: 24,
    rpoHours: 24,
    ageHours: 1,
    shareBeyondRpo: 0,
    status: 'OK',
    refs: [{ table: 'job_health', id: 'job' }],
    ...given,
  };
}

/** No run of 60 was good, so there was no point inside the RPO for 30 days. */
export function failing(): GapEvidence {
  return gap({ credit: 0, ageHours: 1440, shareBeyondRpo: 1, status: 'BREACHED' });
}

export function capacity(given: Partial<CapacityEvidence> = {}): CapacityEvidence {
  return { status: 'FORECAST', p95Within: 0.01, asOf: NOW, refs: [], ...given };
}

export function integrity(given: Partial<IntegrityEvidence> = {}): IntegrityEvidence {
  return {
    isDataJudged: true,
    isMalwareJudged: true,
    newestPointStatus: 'CLEAN',
    signals: [],
    asOf: NOW,
    refs: [{ table: 'workload_recovery', id: 'w' }],
    ...given,
  };
}

export function recover(given: Partial<RecoverEvidence> = {}): RecoverEvidence {
  return {
    p: 0.94,
    p10: 0.88,
    p90: 0.98,
    basis: 'measured',
    asOf: NOW,
    lastTestAt: NOW - DAY,
    trials: { passed: 15, total: 15 },
    poolBound: null,
    refs: [],
    ...given,
  };
}

export function untested(poolBound: number | null = null): RecoverEvidence {
  const nothing = { p: null, p10: null, p90: null, lastTestAt: null, trials: null };
  return recover({ ...nothing, basis: 'none', poolBound });
}

export function signal(kind: SignalKind, given: Partial<Signal> = {}): Signal {
  return { kind, scope: 'workload', at: NOW - DAY, ref: { table: 'malware_event', id: kind }, ...given };
}

export function job(id: string, given: Partial<JobEvidence> = {}): JobEvidence {
  return {
    id,
    name: `job ${id}`,
    isEnabled: true,
    isDeleted: false,
    createsPoints: true,
    repositoryIds: ['r'],
    tier: TIER_1,
    gap: gap(),
    ...given,
  };
}

export function repository(id: string, given: Partial<RepositoryEvidence> = {}): RepositoryEvidence {
  return { id, name: `repository ${id}`, capacity: capacity(), signals: [], ...given };
}

export function workload(id: string, given: Partial<WorkloadEvidence> = {}): WorkloadEvidence {
  return {
    id,
    name: `machine ${id}`,
    tier: TIER_1,
    jobIds: ['j'],
    repositoryIds: ['r'],
    gap: null,
    integrity: integrity(),
    recover: recover(),
    ...given,
  };
}

/** All four workers read everything an hour ago; `given` is for one of them, or for all. */
export function inputs({ worker: which, ...given }: Partial<RiskInput> = {}): RiskInput[] {
  return (['health', 'capacity', 'efficiency', 'rto'] as const).map((worker) => ({
    worker,
    sourceId: 's',
    expectedHours: 24,
    lastSuccessAt: NOW - HOUR,
    completeness: 1,
    missing: [],
    ...(which === undefined || which === worker ? given : {}),
  }));
}

/** One source with one job, one repository and one workload, all well unless said otherwise. */
export function facts(given: Partial<RiskFacts> = {}): RiskFacts {
  return {
    sourceId: 's',
    now: NOW,
    inputs: inputs(),
    jobs: [job('j')],
    repositories: [repository('r')],
    workloads: [workload('w')],
    incidents: [],
    signals: [],
    ...given,
  };
}
