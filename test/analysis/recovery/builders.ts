import type { RestorePoint } from '../../../src/analysis/recovery/points.ts';
import { type RecoveryPool, recoveryPool } from '../../../src/analysis/recovery/pool.ts';
import { GIB, type Throughput } from '../../../src/analysis/recovery/throughput.ts';
import { assessTrials, type RestoreTrial } from '../../../src/analysis/recovery/trial.ts';
import type { RecoveryTarget, WorkloadRecoveryInput } from '../../../src/analysis/recovery/workload.ts';
import { DAY, HOUR, MINUTE, NOW } from '../builders.ts';

let count = 0;

/** A restore of machine "vm" (100 GiB) from repository "repo" that ended well yesterday after 12 minutes. */
export function trial({
  minutes = 12,
  gib = 100,
  ...given
}: Partial<RestoreTrial> & { minutes?: number; gib?: number | null } = {}): RestoreTrial {
  const startedAt = given.startedAt ?? NOW - DAY;
  return {
    trialId: `trial-${String(++count).padStart(6, '0')}`,
    workloadId: 'vm',
    class: 'FULL_VM',
    startedAt,
    endedAt: startedAt + minutes * MINUTE,
    readyAt: null,
    readySince: null,
    outcome: 'OK',
    sizeBytes: gib === null ? null : gib * GIB,
    repositoryId: 'repo',
    restorePointId: null,
    pointCreatedAt: null,
    purpose: 'UNKNOWN',
    ...given,
  };
}

/** Machine "vm" of 100 GiB, tier 1, back within 30 minutes and not older than 24 hours. */
export function target(given: Partial<RecoveryTarget> = {}): RecoveryTarget {
  return {
    workloadId: 'vm',
    name: 'vm',
    sizeBytes: 100 * GIB,
    tier: 1,
    tierWeight: 1,
    repositoryIds: ['repo'],
    rtoMinutes: 30,
    rtoBasis: 'TIER',
    rpoHours: 24,
    rpoBasis: 'TIER',
    ...given,
  };
}

/** A clean full point of backup "backup" in repository "repo", four hours old. */
export function point(given: Partial<RestorePoint> = {}): RestorePoint {
  return {
    pointId: `point-${String(++count).padStart(6, '0')}`,
    backupId: 'backup',
    locationId: 'repo',
    createdAt: NOW - 4 * HOUR,
    type: 'Full',
    malwareStatus: 'Clean',
    isCorrupted: null,
    vanishedAt: null,
    ...given,
  };
}

export function poolOf(trials: readonly RestoreTrial[]): RecoveryPool {
  return recoveryPool(assessTrials(trials, NOW), NOW);
}

export function input(
  given: Partial<Omit<WorkloadRecoveryInput, 'pool' | 'target'>> & {
    trials?: readonly RestoreTrial[];
    target?: Partial<RecoveryTarget>;
  } = {},
): WorkloadRecoveryInput {
  const { trials = [], target: ofTarget, ...rest } = given;
  return { points: [point()], jobs: [], ...rest, target: target(ofTarget), pool: poolOf(trials) };
}

/** 10 GiB a minute after 2 minutes, as in the worked example. */
export const TEN_A_MINUTE: Throughput = {
  overheadMinutes: 2,
  gibPerMinute: 10,
  lowGibPerMinute: null,
  highGibPerMinute: null,
  basis: 'FLEET',
  n: 5,
};

/** Worked numbers are given to a number of digits. */
export function isNear(actual: number | null | undefined, expected: number, digits = 4): boolean {
  return typeof actual === 'number' && Math.abs(actual - expected) <= 0.6 * 10 ** -digits;
}
