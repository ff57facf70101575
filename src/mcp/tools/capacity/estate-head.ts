import type { MetricsReader } from '../../../db/connect.ts';
import {
  type CapacityStatus,
  type CapacitySummary,
  type CostSum,
  countForecasts,
  type ForecastCount,
  sumCosts,
} from '../../../queries/capacity.ts';
import { arrayOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { groupGaps } from '../../not-known.ts';
import { markOf } from '../../source-mark.ts';
import { sum, tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { toCostTotals } from './cost.ts';
import { STATUSES } from './question.ts';
import { toSize, toTrackRecord } from './rows.ts';
import type { CapacityAnswer } from './shape.ts';
import { sizeText, wholeBytes } from './sizes.ts';

/** What the first page says before its lists; `notKnown` goes into not_known. */
export type Head = Pick<CapacityAnswer, 'estate' | 'per_source'> & { notKnown: string[] };

/** Sums and counts over all repositories, and per source where there are several. */
export async function readHead(
  db: MetricsReader,
  scope: CapacityScope,
  summaries: CapacitySummary[],
): Promise<Head> {
  const counted = await countForecasts(db, scope.runs, {});
  const costs = await sumCosts(db, scope.runs);
  const isMany = scope.sources.length > 1;
  const wantsRecord = scope.question.include?.includes('accuracy') === true;
  return {
    estate: toEstate(counted, summaries, costs),
    ...(isMany || wantsRecord ? { per_source: toSources(scope, counted, summaries) } : {}),
    notKnown: groupGaps(
      summaries.flatMap(({ sourceId, notKnown }) =>
        arrayOf(notKnown)
          .filter((item) => typeof item === 'string')
          .map((item) => ({ sourceId, text: cleanText(item) })),
      ),
      summaries.length,
    ),
  };
}

function toEstate(
  counted: ForecastCount[],
  summaries: CapacitySummary[],
  costs: CostSum[],
): CapacityAnswer['estate'] {
  const of = (priority: string) =>
    sum(counted.filter((row) => row.priority === priority).map(({ repositories }) => repositories));
  const having = (status: CapacityStatus) => sum(counted.map((row) => row[status]));
  const unbounded = sum(summaries.map(({ unboundedBytes }) => unboundedBytes));
  return {
    total_repositories: sum(counted.map(({ repositories }) => repositories)),
    urgent: of('URGENT'),
    high: of('HIGH'),
    medium: of('MEDIUM'),
    low: of('LOW'),
    unknown: of('UNKNOWN'),
    no_limit: of('NONE'),
    by_status: Object.fromEntries(
      STATUSES.map((status) => [status, having(status)] as const).filter(([, count]) => count > 0),
    ),
    capacity: toSummed(summaries),
    unbounded_bytes: wholeBytes(unbounded),
    unbounded_display: sizeText(unbounded),
    ...(costs.length > 0 ? { unbounded_cost: toCostTotals(costs) } : {}),
    not_counted: sum(summaries.map(({ notCounted }) => notCounted)),
  };
}

/** Of nothing that has a limit the sums are 0, and no share is known. */
function toSummed(summaries: CapacitySummary[]) {
  const total = sum(summaries.map(({ capacityBytes }) => capacityBytes));
  const used = sum(summaries.map(({ useBytes }) => useBytes));
  // What a vault holds is all its use: there is no limit that it could be a share of.
  if (summaries.length > 0 && summaries.every(({ sourceId }) => isVault(sourceId)))
    return toSize(wholeBytes(sum(summaries.map(({ unboundedBytes }) => unboundedBytes))), null);
  return total > 0 ? toSize(wholeBytes(used), wholeBytes(total)) : toSize(null, null);
}

/** A row per source, the one with most to act on first. A vault is its one repository, and stands in their list. */
function toSources(
  { sources }: CapacityScope,
  counted: ForecastCount[],
  summaries: CapacitySummary[],
): NonNullable<CapacityAnswer['per_source']> {
  const rows = sources.map((source) => {
    const { source_id, name, run_id } = source;
    const summary = summaries.find(({ sourceId }) => sourceId === source_id);
    const own = counted.filter(({ sourceId }) => sourceId === source_id);
    return {
      source_id,
      source_name: name,
      ...markOf(source),
      run_id,
      concluded_at: summary ? isoSeconds(summary.concludedAt) : null,
      capacity: toSummed(summary ? [summary] : []),
      repositories_by_priority: tally(own.map((row) => [row.priority, row.repositories])),
      track_record: summary ? toTrackRecord(summary.trackRecord) : null,
    };
  });
  // A source of which nothing is known comes first.
  const rank = ({ run_id, repositories_by_priority: by }: (typeof rows)[number]) =>
    run_id === null ? Number.POSITIVE_INFINITY : (by.URGENT ?? 0) * 1_000 + (by.HIGH ?? 0);
  return rows
    .filter(({ source_id, run_id }) => run_id === null || !isVault(source_id))
    .sort((a, b) => rank(b) - rank(a) || (a.source_id < b.source_id ? -1 : 1));
}
