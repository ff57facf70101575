export type TestRecency = 'FRESH' | 'CURRENT' | 'STALE' | 'CRITICAL' | 'NEVER';

/** A protected workload and its last finished restore or verification, epoch milliseconds. */
export interface CoverageInput {
  workloadId: string;
  sizeBytes: number | null;
  /** 1 to 4; null: no rule gives it a tier. */
  tier: number | null;
  tierWeight: number;
  /** Whatever its result. */
  lastTestAt: number | null;
  lastPassedAt: number | null;
}

interface TierCoverage {
  tier: number | null;
  workloads: number;
  tested: number;
  passed: number;
  coverage: number;
}

/** Shares from 0 to 1; null without workloads, or for bytes without a known size. */
export interface RecoveryCoverage {
  workloads: number;
  /** With a test in the last 90 days, whatever its result; `passed`: with one that passed. */
  tested: number;
  passed: number;
  neverTested: number;
  coverage: number | null;
  passedShare: number | null;
  coverageBytes: number | null;
  /** Weighted by the tier's weight. */
  coverageTier: number | null;
  byTier: TierCoverage[];
  byRecency: Record<TestRecency, number>;
  /** Not in `coverageBytes`. */
  unknownSizes: number;
}

const DAY_MS = 86_400_000;
const TESTED_DAYS = 90;

/** Label of the last test by its age: up to 30 days FRESH, 60 CURRENT, 90 STALE, older CRITICAL. */
export function testRecency(lastTestAt: number | null, now: number): TestRecency {
  if (lastTestAt === null) return 'NEVER';
  const days = (now - lastTestAt) / DAY_MS;
  if (days <= 30) return 'FRESH';
  if (days <= 60) return 'CURRENT';
  return days <= TESTED_DAYS ? 'STALE' : 'CRITICAL';
}

/** How much of what is protected was restored or verified in the last 90 days (METHODS 3.4 R4.4): workloads, not tests. */
export function recoveryCoverage(workloads: readonly CoverageInput[], now: number): RecoveryCoverage {
  const byRecency: Record<TestRecency, number> = { FRESH: 0, CURRENT: 0, STALE: 0, CRITICAL: 0, NEVER: 0 };
  for (const { lastTestAt } of workloads) byRecency[testRecency(lastTestAt, now)]++;
  const isTested = ({ lastTestAt }: CoverageInput) => isRecent(lastTestAt, now);
  const tested = workloads.filter(isTested).length;
  const passed = workloads.filter(({ lastPassedAt }) => isRecent(lastPassedAt, now)).length;
  const sized = workloads.filter(({ sizeBytes }) => sizeBytes !== null && sizeBytes > 0);
  return {
    workloads: workloads.length,
    tested,
    passed,
    neverTested: byRecency.NEVER,
    coverage: share(tested, workloads.length),
    passedShare: share(passed, workloads.length),
    coverageBytes: weightedShare(sized, isTested, ({ sizeBytes }) => sizeBytes ?? 0),
    coverageTier: weightedShare(workloads, isTested, ({ tierWeight }) => tierWeight),
    byTier: byTier(workloads, now),
    byRecency,
    unknownSizes: workloads.length - sized.length,
  };
}

function byTier(workloads: readonly CoverageInput[], now: number): TierCoverage[] {
  const tiers = new Map<number | null, CoverageInput[]>();
  for (const workload of workloads) {
    const members = tiers.get(workload.tier);
    if (members) members.push(workload);
    else tiers.set(workload.tier, [workload]);
  }
  return [...tiers]
    .toSorted(([a], [b]) => (a ?? 99) - (b ?? 99))
    .map(([tier, members]) => {
      const tested = members.filter(({ lastTestAt }) => isRecent(lastTestAt, now)).length;
      const passed = members.filter(({ lastPassedAt }) => isRecent(lastPassedAt, now)).length;
      return { tier, workloads: members.length, tested, passed, coverage: tested / members.length };
    });
}

function isRecent(at: number | null, now: number): boolean {
  return at !== null && (now - at) / DAY_MS <= TESTED_DAYS;
}

function weightedShare(
  workloads: readonly CoverageInput[],
  isIn: (workload: CoverageInput) => boolean,
  weight: (workload: CoverageInput) => number,
): number | null {
  const sum = (list: readonly CoverageInput[]) =>
    list.reduce((total, workload) => total + weight(workload), 0);
  return share(sum(workloads.filter(isIn)), sum(workloads));
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
