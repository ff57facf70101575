import type { countRiskItems, RiskInputRow, RiskSummaryRow } from '../../../queries/risk-items.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import { type Gap, groupGaps } from '../../not-known.ts';
import { worstMark } from '../../source-mark.ts';
import { sum } from '../../tally.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { RiskScope } from './risk-scope.ts';
import { confidenceOf, roundedParts, toNumbers } from './rows.ts';
import type { EstateAnswer, RiskAnswer } from './shape.ts';

type Counts = Awaited<ReturnType<typeof countRiskItems>>;
export type RiskHead = Pick<RiskAnswer, 'estate' | 'per_source'> & { notKnown: string[] };

const HAZARDS = ['gap', 'capacity', 'integrity', 'recover'];

/** What the first page says before its lists: one source's sums, or a row per source; scores of sources are never merged. */
export function toHead(
  { sources, troubledInputs, runs, elsewhere }: RiskScope,
  summaries: readonly RiskSummaryRow[],
  counts: Counts,
): RiskHead {
  const gaps = summaries.flatMap(notKnownOf);
  // Of a few sources each line says of which it is.
  const named = gaps.map((gap) => ({ ...gap, text: `${cleanText(gap.sourceId, 60)}: ${gap.text}` }));
  const notKnown = groupGaps(summaries.length > 1 && summaries.length <= 3 ? named : gaps, summaries.length);
  const of = (summary: RiskSummaryRow) =>
    toEstate(
      summary,
      counts.filter(({ sourceId }) => sourceId === summary.sourceId),
    );
  const [only] = summaries;
  if (runs.length === 1 && sources.length === 1) {
    return only ? { estate: of(only), notKnown } : { notKnown: ['The sums: this run stored none.'] };
  }
  const rows = summaries.map((summary) => ({
    source_id: summary.sourceId,
    source_name: sources.find(({ source_id }) => source_id === summary.sourceId)?.name ?? summary.sourceId,
    run_id: summary.runId,
    ...worstMark([...sources, ...troubledInputs].filter(({ source_id }) => source_id === summary.sourceId)),
    ...of(summary),
    ...inSeveral(elsewhere, summary.sourceId),
  }));
  const without = sources.filter(({ run_id }) => run_id === null);
  const missing =
    without.length <= 3
      ? without.map(({ name }) => `Risk of source ${name}: there is no finished run.`)
      : [`Risk of ${without.length} of ${sources.length} sources: there is no finished run.`];
  const place = ({ score_high }: EstateAnswer) => -(score_high ?? 101);
  return {
    per_source: rows.sort((a, b) => place(a) - place(b) || (a.source_id < b.source_id ? -1 : 1)),
    notKnown: [...missing, ...notKnown],
  };
}

/** Machines of a source that others protect as well; only where there are such. */
function inSeveral(
  elsewhere: RiskScope['elsewhere'],
  sourceId: string,
): Pick<EstateAnswer, 'in_several_sources'> {
  const machines = new Set(
    elsewhere.flatMap((one) => (one.homeSourceId === sourceId ? [one.homeWorkloadId] : [])),
  );
  return machines.size > 0 ? { in_several_sources: machines.size } : {};
}

function notKnownOf({ notKnown, sourceId, status }: RiskSummaryRow): Gap[] {
  const texts = arrayOf(notKnown).flatMap((item) => (typeof item === 'string' ? [cleanText(item)] : []));
  const nothing = 'Everything: no job and no workload was known, so nothing was assessed.';
  return (status === 'NO_DATA' ? [nothing, ...texts] : texts).map((text) => ({ sourceId, text }));
}

function toEstate(summary: RiskSummaryRow, counts: Counts): EstateAnswer {
  const stored = objectOf(summary.estate);
  const listed = (category: string) =>
    sum(counts.filter((count) => count.isListed && count.category === category).map(({ items }) => items));
  const points = toNumbers(stored.points);
  const rounded = roundedParts(
    summary.estateScore ?? 0,
    HAZARDS.map((hazard) => points[hazard] ?? 0),
  );
  const coverage = numberOf(stored.coverage);
  return {
    status: summary.status,
    score: round(summary.estateScore, 1),
    score_low: round(summary.estateLow, 1),
    score_high: round(summary.estateHigh, 1),
    assumption_points: round(summary.estateAssumptionPoints, 1),
    contributions:
      summary.estateScore === null
        ? {}
        : Object.fromEntries(HAZARDS.map((hazard, index) => [hazard, rounded[index] ?? 0])),
    coverage: round(coverage, 2),
    overall_confidence: coverage === null ? null : confidenceOf(coverage),
    worst_item_id: cleanOrNull(textOf(stored.worst), 150),
    total_analyzed: summary.items,
    workloads: summary.workloads,
    jobs: summary.jobs,
    critical_risk_count: listed('CRITICAL'),
    high_risk_count: listed('HIGH'),
    medium_risk_count: listed('MEDIUM'),
    low_risk_count: listed('LOW'),
    part_of_others: sum(counts.filter(({ isListed }) => !isListed).map(({ items }) => items)),
    not_assessed: summary.notAssessed,
    not_tested: numberOf(stored.not_tested),
    unprotected: arrayOf(summary.unprotected).length,
    config_file: cleanOrNull(summary.configFile, 200),
  };
}

/** What has to be said of the inputs before any number; empty if all were fresh and complete. */
export function inputCaveat(inputs: readonly RiskInputRow[]): string {
  const bad = inputs.filter(({ status }) => status !== 'FRESH');
  if (bad.length === 0) return '';
  const words = ['MISSING', 'STALE', 'PARTIAL'].flatMap((status) => {
    const workers = bad.filter((input) => input.status === status).map(({ worker }) => worker);
    return workers.length > 0 ? [`${status} ${[...new Set(workers)].sort().join(', ')}`] : [];
  });
  return `Inputs that were not fresh: ${words.join('; ')} (ranges are wider for it, and nothing is better).`;
}
