import type { RecoveryRecord } from './workload.ts';

type TestReason =
  | 'NEVER_TESTED'
  | 'ONLY_VERIFIED'
  | 'LAST_TEST_FAILED'
  | 'TEST_TOO_OLD'
  | 'NOT_PROVEN'
  | 'TOO_SLOW';

export interface NextTest {
  workloadId: string;
  name: string;
  rank: number;
  /** Heavier tiers come first, however much a test of a lighter one would show. */
  tierWeight: number;
  /** Probability of failing now less that after one passed test, times the weight of the tier. */
  benefit: number;
  failureNow: number;
  failureAfterPass: number;
  reason: TestReason;
  /** A restore is expected to miss its target, so the test will show that and not remove the risk. */
  isExpectedTooSlow: boolean;
  /** Minutes that the test should take; null: not known. */
  expectedMinutes: number | null;
}

/**
 * Tests worth doing next (METHODS 3.4): the heavier tier first, in it what is most useful, that is how much a passed restore
 * today would lower the probability of failing. Machines that are proven by a test of the last 60 days need none and are left
 * out. Those of a tier that are expected to miss their target come after its others, as a faster restore is needed there
 * before a test; not after lighter tiers, as the expectation of a machine that nobody tried may rest on others, or on nothing.
 */
export function nextTests(records: readonly RecoveryRecord[], limit = Number.POSITIVE_INFINITY): NextTest[] {
  return records
    .filter(needsTest)
    .map(toTest)
    .toSorted(compareTests)
    .slice(0, limit)
    .map((test, index) => ({ ...test, rank: index + 1 }));
}

function needsTest({ slaStatus, recency }: RecoveryRecord): boolean {
  return slaStatus !== 'COMPLIANT' || (recency !== 'FRESH' && recency !== 'CURRENT');
}

function toTest(record: RecoveryRecord): NextTest {
  const { a, b, mean } = record.inTime;
  const failureNow = 1 - mean;
  const failureAfterPass = b / (a + b + 1);
  const { q50 } = record.duration;
  const isExpectedTooSlow = record.method === 'RESTORE' && q50 !== null && q50 > record.target.rtoMinutes;
  return {
    workloadId: record.target.workloadId,
    name: record.target.name,
    rank: 0,
    tierWeight: record.target.tierWeight,
    benefit: record.target.tierWeight * Math.max(0, failureNow - failureAfterPass),
    failureNow,
    failureAfterPass,
    reason: reasonOf(record, isExpectedTooSlow),
    isExpectedTooSlow,
    expectedMinutes: q50,
  };
}

function reasonOf(record: RecoveryRecord, isExpectedTooSlow: boolean): TestReason {
  const { lastTestAt, lastPassedAt, lastFailureAt, restores, verifications, recency } = record;
  if (lastTestAt === null) return 'NEVER_TESTED';
  if (lastFailureAt !== null && (lastPassedAt === null || lastFailureAt >= lastPassedAt))
    return 'LAST_TEST_FAILED';
  if (restores.passed === 0 && verifications.passed > 0) return 'ONLY_VERIFIED';
  if (isExpectedTooSlow) return 'TOO_SLOW';
  return recency === 'STALE' || recency === 'CRITICAL' ? 'TEST_TOO_OLD' : 'NOT_PROVEN';
}

function compareTests(a: NextTest, b: NextTest): number {
  return (
    b.tierWeight - a.tierWeight ||
    Number(a.isExpectedTooSlow) - Number(b.isExpectedTooSlow) ||
    b.benefit - a.benefit ||
    (a.workloadId < b.workloadId ? -1 : 1)
  );
}
