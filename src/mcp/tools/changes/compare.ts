import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { listOutcomes } from '../../../queries/changes-results.ts';
import { listWorkerRuns, type WorkerRuns } from '../../../queries/data-freshness.ts';
import { countsAt, type SourceName } from '../../../queries/freshness.ts';
import { isoSeconds } from '../../markdown.ts';
import { type ScopeRun, toScopeRun } from '../../scope.ts';
import { cleanText } from '../../untrusted.ts';
import type { Rows } from './shape.ts';

const COLLECTORS = ['health', 'capacity', 'efficiency', 'rto'];
const ADVISORS = ['risk', 'remediation'];

export type Worker = 'health' | 'capacity' | 'efficiency' | 'rto' | 'risk' | 'remediation';

/** The runs of one worker on one source that were the last ones at both moments, and what either could not read. */
export type Comparison = {
  sourceId: string;
  worker: Worker;
  before: ScopeRun | undefined;
  now: ScopeRun | undefined;
  basis: Rows['compared']['basis'];
  /** Endpoints that the later run could not read in full and the earlier one could: what is gone there may be hidden. */
  unreadNow: string[];
  /** The other way round: what is new there may have been there before. */
  unreadBefore: string[];
};

export type Compared = Comparison & { before: ScopeRun; now: ScopeRun };

export async function readComparisons(
  metrics: MetricsReader,
  risk: RiskReader,
  { sources, since, until }: { sources: SourceName[]; since: Date; until: Date },
): Promise<{ comparisons: Comparison[]; runs: WorkerRuns[] }> {
  const comparisons: Comparison[] = [];
  const runs: WorkerRuns[] = [];
  const known = sources.filter((source) => countsAt(source, until));
  for (const [records, workers] of [
    [asRunReader(metrics), COLLECTORS],
    [asRunReader(risk), ADVISORS],
  ] as const) {
    const then = await listWorkerRuns(records, { workers, sources: known, asOf: since });
    const later = await listWorkerRuns(records, { workers, sources: known, asOf: until });
    runs.push(...later);
    const pairs = later.map((now) => toComparison(now, then, { since, until }));
    comparisons.push(...(await withGaps(records, pairs)));
  }
  return { comparisons, runs };
}

function toComparison(
  later: WorkerRuns,
  then: readonly WorkerRuns[],
  { since, until }: { since: Date; until: Date },
): Comparison {
  const { sourceId, worker } = later;
  const earlier = then.find((one) => one.sourceId === sourceId && one.worker === worker);
  const before = earlier && toScopeRun(earlier, since);
  const now = toScopeRun(later, until);
  const basis = !now
    ? 'NO_RUN'
    : !before
      ? 'NO_EARLIER_RUN'
      : before.runId === now.runId
        ? 'SAME_RUN'
        : 'COMPARED';
  return { sourceId, worker: worker as Worker, before, now, basis, unreadNow: [], unreadBefore: [] };
}

async function withGaps(
  records: Parameters<typeof listOutcomes>[0],
  comparisons: Comparison[],
): Promise<Comparison[]> {
  const runs = comparisons.filter(isCompared).flatMap(({ before, now }) => [before, now]);
  const outcomes = Map.groupBy(await listOutcomes(records, runs), ({ runId }) => runId);
  return comparisons.map((comparison) => {
    if (!isCompared(comparison)) return comparison;
    const of = ({ runId }: ScopeRun) =>
      new Map((outcomes.get(runId) ?? []).map(({ endpoint, outcome }) => [endpoint, outcome]));
    const [before, now] = [of(comparison.before), of(comparison.now)];
    return { ...comparison, unreadNow: unreadIn(now, before), unreadBefore: unreadIn(before, now) };
  });
}

/** Not read in full in one run, though not in the other run as well: what both could not read differs by nothing. */
const unreadIn = (run: Map<string, string>, other: Map<string, string>) =>
  [...run]
    .filter(
      ([endpoint, outcome]) => outcome !== 'complete' && (other.get(endpoint) ?? 'complete') === 'complete',
    )
    .map(([endpoint]) => endpoint);

function isCompared(comparison: Comparison): comparison is Compared {
  return comparison.basis === 'COMPARED';
}

/** The comparisons of one worker, by source. */
export function comparedOf(comparisons: readonly Comparison[], worker: Worker): Map<string, Compared> {
  const own = comparisons.filter((one) => one.worker === worker).filter(isCompared);
  return new Map(own.map((one) => [one.sourceId, one]));
}

/** Why a better number may be none; null: nothing hides behind it. */
export const hiddenBy = (endpoints: readonly string[]): string | null =>
  endpoints.length === 0
    ? null
    : `not read in full now: ${endpoints
        .slice(0, 3)
        .map((one) => cleanText(one, 80))
        .join(', ')}`;

export const notReadBefore = (endpoints: readonly string[]): string | null =>
  endpoints.length === 0
    ? null
    : `not read in full at the earlier run: ${endpoints
        .slice(0, 3)
        .map((one) => cleanText(one, 80))
        .join(', ')}`;

export function toComparedRow({
  sourceId,
  worker,
  basis,
  before,
  now,
  ...gaps
}: Comparison): Rows['compared'] {
  return {
    source_id: sourceId,
    worker,
    basis,
    before_run_id: before?.runId ?? null,
    before_at: isoSeconds(before?.finishedAt ?? null),
    run_id: now?.runId ?? null,
    at: isoSeconds(now?.finishedAt ?? null),
    unread_now: gaps.unreadNow.slice(0, 5).map((endpoint) => cleanText(endpoint, 120)),
    unread_before: gaps.unreadBefore.slice(0, 5).map((endpoint) => cleanText(endpoint, 120)),
  };
}

const BASES = ['SAME_RUN', 'NO_RUN', 'NO_EARLIER_RUN', 'COMPARED'];

/** What was not measured comes first. */
export const keyOfCompared = ({ basis, unreadNow, sourceId, worker }: Comparison) => [
  BASES.indexOf(basis),
  -unreadNow.length,
  sourceId,
  worker,
];
