import { type TestRecency, testRecency } from './coverage.ts';
import { decideInTime, decideSuccess, type RtoDecision } from './decision.ts';
import { type RecoveryDuration, recoveryDuration } from './duration.ts';
import { isHiddenBreach, type MissedRun, missedByGreenJob, type ProtectingJob } from './hidden-breach.ts';
import type { RestoreTarget } from './normalise.ts';
import { type PointsRecord, pointsRecord, type RestorePoint } from './points.ts';
import {
  isAttempt,
  isUntimedSuccess,
  type PooledInTime,
  pooledInTime,
  type RecoveryMethod,
  type RecoveryPool,
} from './pool.ts';
import {
  atMost,
  type Decision,
  type Probability,
  pooledProbability,
  type SlaStatus,
  slaStatus,
} from './probability.ts';
import { lastSafePoint, type SafePoint, withoutSafePoint } from './safe-point.ts';
import { type RecoveryScore, recoveryScore } from './score.ts';
import type { Throughput } from './throughput.ts';
import type { AssessedTrial } from './trial.ts';

type TargetBasis = 'WORKLOAD' | 'TIER' | 'DEFAULT';
/** POLICY: nobody set one, and the policy that makes its points promises it. */
type RpoBasis = TargetBasis | 'POLICY';

/** A protected workload with what is expected of it. */
export interface RecoveryTarget {
  workloadId: string;
  name: string;
  /** Before reduction; null: nobody says it. */
  sizeBytes: number | null;
  /** 1 to 4; null: no rule gives it one. */
  tier: number | null;
  tierWeight: number;
  /** Where its points lie, the most likely source of a restore first. */
  repositoryIds: readonly string[];
  rtoMinutes: number;
  rtoBasis: TargetBasis;
  rpoHours: number;
  rpoBasis: RpoBasis;
}

/** OWN: trials of its own. EXTRAPOLATED: of machines of quite another size. ASSUMED: no trial of any. */
type InTimeBasis = 'OWN' | 'POOLED' | 'EXTRAPOLATED' | 'ASSUMED';

interface TrialCount {
  n: number;
  passed: number;
  failed: number;
}

/** Coming back in one way. */
interface MethodRecord {
  inTime: Probability;
  duration: RecoveryDuration;
  /** Own trials that decided whether it comes back in time. */
  decided: number;
  basis: InTimeBasis;
}

export interface RecoveryRecord extends MethodRecord {
  target: RecoveryTarget;
  /** What the probability, the quantiles and the status speak of; `instant` tells of the other way, where it was tried. */
  method: RecoveryMethod;
  instant: MethodRecord | null;
  /** Restores and instant recoveries, not excluded. */
  restores: TrialCount;
  /** SureBackups. */
  verifications: TrialCount;
  excludedTrials: number;
  /** Coming back at all. */
  success: Probability;
  throughput: Throughput;
  slaStatus: SlaStatus;
  recency: TestRecency;
  lastTest: AssessedTrial | null;
  lastTestAt: number | null;
  lastPassedAt: number | null;
  lastFailure: AssessedTrial | null;
  lastFailureAt: number | null;
  points: PointsRecord;
  /** A job that ended well and gave it no point; with a breached RPO it hides the breach. */
  missedRun: MissedRun | null;
  isHiddenBreach: boolean;
  safePoint: SafePoint | null;
  score: RecoveryScore;
  reasons: string[];
}

export interface WorkloadRecoveryInput {
  target: RecoveryTarget;
  pool: RecoveryPool;
  points: readonly RestorePoint[];
  /** False: its points could not be read completely. Default true. */
  arePointsComplete?: boolean;
  /** Jobs that should give it points, copies left out. */
  jobs: readonly ProtectingJob[];
}

const DAY_MS = 86_400_000;

/**
 * Everything known of the recoverability of one workload (METHODS 3.4, Outputs); its trials are those of the pool. A workload
 * without a trial has a record like any other, from the pool or assumed. SureBackups do not prove a time, but failing ones
 * bound the probability: what does not come back does not come back in time.
 */
export function recoveryRecord(input: WorkloadRecoveryInput): RecoveryRecord {
  const { target, pool, points, jobs } = input;
  const { now } = pool;
  const all = pool.byWorkload.get(target.workloadId) ?? [];
  const own = all.filter(({ excluded }) => excluded === null);
  const throughput = pool.throughput.forWorkload(target.workloadId, target.repositoryIds);
  const tests = testsOf(own);
  const success = successOf(own, pool);
  const verifications = count(own, ['VERIFICATION']);
  const of = (method: RecoveryMethod) =>
    methodRecord(method, own, { ...target, throughput }, target, pool, verifications.n > 0 ? success : null);
  const method = methodOf(own, pool);
  const chosen = of(method);
  const isInstantTried = own.some((assessed) => assessed.method === 'INSTANT');
  const ofPoints = pointsRecord({
    points,
    rpoHours: target.rpoHours,
    now,
    isComplete: input.arePointsComplete ?? true,
  });
  const missedRun = missedByGreenJob(ofPoints, jobs);
  const safePoint = lastSafePoint(points, own, now);
  const recency = testRecency(tests.lastTestAt, now);
  const restores = count(own, ['RESTORE', 'INSTANT']);
  const isCovered = recency === 'FRESH' || recency === 'CURRENT' || recency === 'STALE';
  const record = {
    ...chosen,
    target,
    method,
    instant: method === 'RESTORE' && isInstantTried ? of('INSTANT') : null,
    restores,
    verifications,
    excludedTrials: all.length - own.length,
    success,
    throughput,
    slaStatus: slaStatus(chosen.inTime, chosen.decided, restores.passed + restores.failed),
    recency,
    ...tests,
    points: ofPoints,
    missedRun,
    isHiddenBreach: isHiddenBreach(ofPoints, missedRun),
    safePoint,
    score: recoveryScore({
      success,
      inTime: chosen.inTime,
      testAgeDays: tests.lastTestAt === null ? null : Math.max(0, now - tests.lastTestAt) / DAY_MS,
      q50: chosen.duration.q50,
      q90: chosen.duration.q90,
      coverage: isCovered ? 1 : 0,
    }),
  };
  return { ...record, reasons: reasonsOf(record, points, own) };
}

/** Untested ones first, the heavier tier before the lighter, the less likely to come back before the likelier. */
export function compareRecords(a: RecoveryRecord, b: RecoveryRecord): number {
  return (
    Number(b.slaStatus === 'UNTESTED') - Number(a.slaStatus === 'UNTESTED') ||
    b.target.tierWeight - a.target.tierWeight ||
    a.inTime.mean - b.inTime.mean ||
    (a.target.workloadId < b.target.workloadId ? -1 : 1)
  );
}

/**
 * Copying data back where it was tried; mounting where that alone was tried and says something (it failed, or was seen
 * mounted). A mount that nobody timed says nothing about time, so then what others showed by copying counts.
 */
function methodOf(own: readonly AssessedTrial[], { byMethod }: RecoveryPool): RecoveryMethod {
  const of = (method: RecoveryMethod) => own.filter((assessed) => assessed.method === method);
  if (of('RESTORE').length > 0) return 'RESTORE';
  if (of('INSTANT').some(({ minutes, passed }) => minutes !== null || passed === false)) return 'INSTANT';
  return byMethod.RESTORE.length === 0 && byMethod.INSTANT.length > 0 ? 'INSTANT' : 'RESTORE';
}

function methodRecord(
  method: RecoveryMethod,
  own: readonly AssessedTrial[],
  restoreTarget: RestoreTarget,
  target: RecoveryTarget,
  pool: RecoveryPool,
  bound: Probability | null,
): MethodRecord {
  const pooled = pooledInTime(pool, method, restoreTarget, target.rtoMinutes);
  const ofMethod = own.filter((assessed) => assessed.method === method);
  const decide = (assessed: AssessedTrial) =>
    decideInTime(assessed, restoreTarget, target.rtoMinutes, pool.now);
  const decisions = ofMethod.flatMap((assessed) => decide(assessed) ?? []);
  // Beside failures, which need no time to decide, successes of unknown time count for what is likely of them.
  const undecided = ofMethod.filter((assessed) => isUntimedSuccess(assessed) && decide(assessed) === null);
  const likely = undecided.flatMap((assessed): Decision[] => {
    const success = decideSuccess(assessed, pool.now);
    return success ? [{ ...success, share: pooled.untimedShare }] : [];
  });
  const inTime = pooledProbability(decisions.length > 0 ? [...decisions, ...likely] : [], pooled);
  return {
    inTime: bound === null ? inTime : atMost(inTime, bound),
    duration: recoveryDuration(own, method, restoreTarget, target.repositoryIds, pool),
    decided: decisions.length,
    basis: basisOf(decisions, pooled),
  };
}

function basisOf(decisions: readonly RtoDecision[], pooled: PooledInTime): InTimeBasis {
  if (decisions.length > 0)
    return decisions.some(({ isExtrapolated }) => isExtrapolated) ? 'EXTRAPOLATED' : 'OWN';
  if (pooled.n === 0) return 'ASSUMED';
  return pooled.extrapolatedShare > 0.5 ? 'EXTRAPOLATED' : 'POOLED';
}

function successOf(own: readonly AssessedTrial[], pool: RecoveryPool): Probability {
  const decisions = own.filter(isAttempt).flatMap((assessed) => decideSuccess(assessed, pool.now) ?? []);
  return pooledProbability(decisions, pool.success);
}

/** Own trials come newest first. */
function testsOf(own: readonly AssessedTrial[]) {
  const finished = own.filter((assessed) => isAttempt(assessed) && assessed.passed !== null);
  const lastTest = finished[0] ?? null;
  const lastFailure = finished.find(({ passed }) => passed === false) ?? null;
  return {
    lastTest,
    lastTestAt: lastTest?.finishedAt ?? null,
    lastPassedAt: finished.find(({ passed }) => passed === true)?.finishedAt ?? null,
    lastFailure,
    lastFailureAt: lastFailure?.finishedAt ?? null,
  };
}

function count(own: readonly AssessedTrial[], methods: readonly AssessedTrial['method'][]): TrialCount {
  const trials = own.filter(({ method }) => methods.includes(method));
  const passed = trials.filter((trial) => trial.passed === true).length;
  const failed = trials.filter((trial) => trial.passed === false).length;
  return { n: trials.length, passed, failed };
}

function reasonsOf(
  record: Omit<RecoveryRecord, 'reasons'>,
  points: readonly RestorePoint[],
  own: readonly AssessedTrial[],
): string[] {
  const { target, restores, verifications, basis, excludedTrials, decided } = record;
  const reasons: string[] = [];
  if (restores.n === 0)
    reasons.push(verifications.n === 0 ? 'never restored or verified' : 'verified, but never restored');
  if (restores.passed > 0 && decided === 0) reasons.push('it came back, in a time that is not known');
  if (basis === 'EXTRAPOLATED') reasons.push('what was restored differs in size by more than four times');
  if (basis === 'ASSUMED') reasons.push('no restore of any machine says whether it comes back in time');
  if (excludedTrials > 0) reasons.push(`${excludedTrials} trials do not count: their times are not possible`);
  if (target.rtoBasis === 'DEFAULT') reasons.push(`${target.rtoMinutes} minutes is the default target`);
  if (target.sizeBytes === null) reasons.push('its size is not known');
  if (record.safePoint === null) reasons.push(withoutSafePoint(points, own));
  return [...new Set([...reasons, ...record.duration.reasons, ...record.points.reasons])];
}
