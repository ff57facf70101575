import type { MetricsReader } from '../../../db/connect.ts';
import { countWithheld } from '../../../queries/reader-limit.ts';
import {
  countGrades,
  countProtectingJobs,
  countRecoveries,
  isChoosing,
  type RecoveryCount,
  type RecoveryStatus,
} from '../../../queries/recovery.ts';
import type { RecoverySummary } from '../../../queries/recovery-lists.ts';
import { arrayOf, numberOf, objectOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { groupGaps } from '../../not-known.ts';
import { markOf } from '../../source-mark.ts';
import { sum, tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import { share, time } from './rows.ts';
import type { RecoveryAnswer } from './shape.ts';

/** What the first page says before its lists; `notKnown` goes into not_known. */
export type Head = Pick<RecoveryAnswer, 'estate' | 'per_source' | 'coverage'> & { notKnown: string[] };

/** Counts over the workloads that match, how much of them is tested, and what each source's run rests on. */
export async function readHead(
  db: MetricsReader,
  scope: RecoveryScope,
  summaries: RecoverySummary[],
): Promise<Head> {
  const { runs, filter, question } = scope;
  const counted = await countRecoveries(db, runs, filter);
  const grades = await countGrades(db, runs, filter);
  const jobs = await countProtectingJobs(db, runs, filter);
  const { include } = question;
  const withheld = await countWithheld(db, runs);
  // The runs say how many passed of all their workloads, also of those that are listed with another source.
  const isAll = !isChoosing(filter) && scope.elsewhere.length === 0;
  return {
    estate: toEstate(counted, grades, jobs),
    per_source: toSources(scope, counted, summaries),
    ...(include === undefined || include.includes('coverage')
      ? { coverage: toCoverage(counted, isAll ? summaries : []) }
      : {}),
    notKnown: [
      ...(withheld > 0
        ? [
            `${withheld} workloads are not shown and not counted: their figures rest on sources that the login of this server may not see, until the next run of the rto worker.`,
          ]
        : []),
      ...notKnown(summaries),
    ],
  };
}

type Estate = NonNullable<RecoveryAnswer['estate']>;

function toEstate(
  counted: RecoveryCount[],
  grades: { grade: string; workloads: number }[],
  jobs: { jobs: number; verified: number },
): Estate {
  const all = (status: RecoveryStatus) => sum(counted.map((row) => row[status]));
  const named = (statuses: Record<string, RecoveryStatus>) =>
    Object.fromEntries(Object.entries(statuses).flatMap(([name, of]) => (all(of) ? [[name, all(of)]] : [])));
  const scored = sum(counted.map((row) => row.scored));
  return {
    workloads: sum(counted.map(({ workloads }) => workloads)),
    ...inSeveral(counted),
    total_jobs_analyzed: jobs.jobs,
    sla_compliance: named(SLA),
    rpo: named(RPO),
    grade_distribution: tally(grades.map(({ grade, workloads }) => [grade, workloads])),
    overall_recovery_confidence_pct:
      scored > 0 ? time(sum(counted.map(({ score }) => score)) / scored) : null,
    surebackup_enabled_jobs: jobs.verified,
    critical_issues_count: all('CRITICAL_ISSUE'),
    never_tested: all('NEVER_TESTED'),
    never_restored: all('NEVER_RESTORED'),
    hidden_breaches: all('HIDDEN_BREACH'),
    without_safe_point: all('NO_SAFE_POINT'),
    safe_by_chain: sum(counted.map(({ safeByChain }) => safeByChain)),
    default_rto_targets: sum(counted.map((row) => row.defaultRto)),
    default_rpo_targets: sum(counted.map((row) => row.defaultRpo)),
  };
}

/** Only where there are such: a machine counts once, its protections each. */
function inSeveral(counted: RecoveryCount[]): Pick<Estate, 'protections' | 'in_several_sources'> {
  const several = sum(counted.map(({ joined }) => joined));
  if (several === 0) return {};
  const protections = sum(counted.map(({ workloads, others }) => workloads + others));
  return { protections, in_several_sources: several };
}

const SLA: Record<string, RecoveryStatus> = {
  COMPLIANT: 'COMPLIANT',
  AT_RISK: 'AT_RISK',
  NON_COMPLIANT: 'NON_COMPLIANT',
  UNPROVEN: 'UNPROVEN',
  UNTESTED: 'UNTESTED',
};
const RPO: Record<string, RecoveryStatus> = {
  MET: 'RPO_MET',
  AT_RISK: 'RPO_AT_RISK',
  BREACHED: 'RPO_BREACHED',
  NEVER: 'RPO_NEVER',
  UNKNOWN: 'RPO_UNKNOWN',
};

/** A row per source, that of which nothing is known first. */
function toSources(
  { sources, runs }: RecoveryScope,
  counted: RecoveryCount[],
  summaries: RecoverySummary[],
): NonNullable<RecoveryAnswer['per_source']> {
  return sources
    .filter(({ source_id, run_id }) => run_id === null || runs.some(({ sourceId }) => sourceId === source_id))
    .map((source) => {
      const { source_id, name, run_id } = source;
      const summary = summaries.find(({ sourceId }) => sourceId === source_id);
      const own = counted.filter(({ sourceId }) => sourceId === source_id);
      return {
        source_id,
        source_name: name,
        ...markOf(source),
        run_id,
        concluded_at: isoSeconds(summary?.concludedAt ?? null),
        workloads: sum(own.map(({ workloads }) => workloads)),
        never_tested: sum(own.map((row) => row.NEVER_TESTED)),
        points_read_at: isoSeconds(summary?.pointsReadAt ?? null),
        restores_read_at: isoSeconds(summary?.restoresReadAt ?? null),
        targets_file: summary ? summary.targetsFile !== null : false,
      };
    })
    .toSorted(
      (a, b) => Number(a.run_id !== null) - Number(b.run_id !== null) || b.never_tested - a.never_tested,
    );
}

/** A test counts for so long; FRESH, CURRENT and STALE together. */
const WITHIN_DAYS = 90;

/** How much was tested. How many of them passed the runs say of whole sources only. */
function toCoverage(counted: RecoveryCount[], summaries: RecoverySummary[]): RecoveryAnswer['coverage'] {
  const all = (of: (row: RecoveryCount) => number) => sum(counted.map(of));
  const ratio = (part: number, whole: number) => (whole > 0 ? share(part / whole) : null);
  const workloads = all((row) => row.workloads);
  const tested = all((row) => row.covered);
  const passed = passedByTier(summaries);
  const tiers = [...new Set(counted.map(({ tier }) => tier))].toSorted((a, b) => (a ?? 99) - (b ?? 99));
  const byRecency: [string, number][] = [
    ['FRESH', all((row) => row.TEST_FRESH)],
    ['CURRENT', all((row) => row.TEST_CURRENT)],
    ['STALE', all((row) => row.TEST_STALE)],
    ['CRITICAL', all((row) => row.TEST_CRITICAL)],
    ['NEVER', all((row) => row.NEVER_TESTED)],
  ];
  return {
    within_days: WITHIN_DAYS,
    workloads,
    tested_90_days: tested,
    passed_90_days: summaries.length > 0 ? sum([...passed.values()]) : null,
    share: ratio(tested, workloads),
    share_of_bytes: ratio(
      all((row) => row.coveredBytes),
      all((row) => row.bytes),
    ),
    share_by_tier_weight: ratio(
      all((row) => row.coveredWeight),
      all((row) => row.weight),
    ),
    unknown_sizes: all((row) => row.unsized),
    by_recency: Object.fromEntries(byRecency.filter(([, count]) => count > 0)),
    by_tier: tiers.map((tier) => {
      const own = counted.filter((row) => row.tier === tier);
      const count = sum(own.map((row) => row.workloads));
      const covered = sum(own.map((row) => row.covered));
      return {
        tier,
        workloads: count,
        tested_90_days: covered,
        passed_90_days: passed.get(tier) ?? null,
        share: ratio(covered, count),
      };
    }),
  };
}

function passedByTier(summaries: RecoverySummary[]): Map<number | null, number> {
  const passed = new Map<number | null, number>();
  for (const item of summaries.flatMap(({ coverageByTier }) => arrayOf(coverageByTier))) {
    const row = objectOf(item);
    const tier = numberOf(row.tier);
    passed.set(tier, (passed.get(tier) ?? 0) + (numberOf(row.passed) ?? 0));
  }
  return passed;
}

/** What the runs could not find out, and facts that they never read to their end. */
export function notKnown(summaries: RecoverySummary[]): string[] {
  const said = summaries.flatMap(({ sourceId, notKnown: all }) =>
    arrayOf(all)
      .filter((item) => typeof item === 'string')
      .map((item) => ({ sourceId, text: cleanText(item) })),
  );
  const unread = summaries.flatMap(({ sourceId, pointsReadAt, restoresReadAt, concludedAt }) =>
    [
      ...unreadOf('Restore points', pointsReadAt, concludedAt),
      ...unreadOf(isVault(sourceId) ? 'Restores' : 'Sessions of restores', restoresReadAt, concludedAt),
    ].map((text) => ({ sourceId, text })),
  );
  return groupGaps([...unread, ...said], summaries.length);
}

/** A list that this run did not read to its end may lack the newest rows. */
function unreadOf(what: string, readAt: Date | null, concludedAt: Date): string[] {
  if (readAt === null) return [`${what}: their list was never read to its end.`];
  if (readAt >= concludedAt) return [];
  return [`${what} since ${isoSeconds(readAt)}, when their list was last read to its end.`];
}
