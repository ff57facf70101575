import type { MetricsReader } from '../../../db/connect.ts';
import { type EfficiencySummaryRow, listEfficiencySummaries } from '../../../queries/efficiency.ts';
import {
  getEarlierRun,
  listReductionChanges,
  type ReductionChange,
  type RunPair,
  sumComings,
} from '../../../queries/efficiency-changes.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { parseWindow } from '../../moment.ts';
import { sum } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { changeText, sizeText, wholeBytes } from '../capacity/sizes.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import type { Lists, ListsAbout } from './lists.ts';
import { sliceOf } from './paging.ts';
import type { Comparison, Row } from './shape.ts';

const DAY_MS = 86_400_000;
/** A run so much later than the moment asked for is not what was meant, and is said. */
const SLACK_DAYS = 1.5;

type Compared = { pair: RunPair; at: Date; days: number; isLate: boolean };

/** What is other than in the run that was the last one so long ago, per source. */
export async function readChanges(
  db: MetricsReader,
  scope: EfficiencyScope,
  { about, summaries }: ListsAbout,
  into: Lists,
): Promise<void> {
  const compared = await findEarlier(db, scope);
  tellWhatIsMissing(scope, compared, into);
  const pairs = compared.map(({ pair }) => pair);
  const found = await listReductionChanges(db, {
    pairs,
    filter: about.filter,
    slice: sliceOf(scope, 'changes'),
  });
  into.rows.changes = found.map(toChangeRow);
  into.matching.changes = found[0]?.matching ?? 0;
  if (scope.page || pairs.length === 0) return;
  const earlier = pairs.map(({ sourceId, earlierRunId }) => ({ sourceId, runId: earlierRunId }));
  const now = summaries.filter(({ sourceId }) => pairs.some((pair) => pair.sourceId === sourceId));
  const comings = await sumComings(db, pairs);
  const isSized = now.some(({ sourceId }) => !isVault(sourceId));
  const extra = found[0] ? wholeBytes(found[0].extraInAll) : null;
  into.beside.comparison = {
    compared: compared.map(({ pair, at, days }) => ({
      source_id: pair.sourceId,
      run_id: pair.earlierRunId,
      at: isoSeconds(at),
      days,
    })),
    before: toState(await listEfficiencySummaries(db, earlier)),
    now: toState(now),
    new_jobs: toComings(comings.newJobs, comings.newBytes, isSized),
    gone_jobs: toComings(comings.goneJobs, comings.goneBytes, isSized),
    extra_bytes: extra,
    extra_display: extra === null ? null : changeText(extra),
  };
}

async function findEarlier(
  db: MetricsReader,
  { runs, question, asOf }: EfficiencyScope,
): Promise<Compared[]> {
  const hours = parseWindow('changes', question.changes ?? '');
  const at = new Date(asOf.getTime() - hours * 3_600_000);
  const found: Compared[] = [];
  for (const { sourceId, runId, finishedAt } of runs) {
    const earlier = await getEarlierRun(db, { sourceId, at, before: finishedAt });
    if (!earlier) continue;
    found.push({
      pair: { sourceId, runId, earlierRunId: earlier.runId },
      at: earlier.finishedAt,
      days: round((finishedAt.getTime() - earlier.finishedAt.getTime()) / DAY_MS, 1),
      isLate: earlier.finishedAt.getTime() > at.getTime() + SLACK_DAYS * DAY_MS,
    });
  }
  return found;
}

function tellWhatIsMissing(
  { runs, page, question }: EfficiencyScope,
  compared: Compared[],
  into: Lists,
): void {
  if (page) return;
  const alone = runs.length - compared.length;
  if (alone > 0) {
    into.notKnown.push(
      `What changed${runs.length > 1 ? ` in ${alone} sources` : ''}: there is one run only. Trends, and the factor of files made 30 to 60 days ago (detail detailed), rest on the files themselves.`,
    );
  }
  if (compared.some(({ isLate }) => isLate)) {
    into.notKnown.push(
      `What was before the first run: it is younger than ${cleanText(question.changes ?? '', 20)}; see comparison.compared.`,
    );
  }
}

function toChangeRow(change: ReductionChange): Row<'changes'> {
  const extra = wholeBytes(change.extraBytes);
  return {
    source_id: change.sourceId,
    job_id: cleanText(change.ownerId, 100),
    job_name: cleanText(change.name),
    kind: change.kind,
    factor_before: round(change.factorBefore, 3),
    factor: round(change.factor, 3),
    change_pct: round(100 * (change.factor / change.factorBefore - 1), 2),
    stored_bytes_before: change.storedBefore,
    stored_bytes: change.storedBytes,
    extra_bytes: extra,
    display: `${changeText(extra)}; stored ${sizeText(change.storedBefore)}, now ${sizeText(change.storedBytes)}`,
  };
}

/** Sums over sources; a ratio or score is that of the only source, since those of several are not merged. */
function toState(summaries: readonly EfficiencySummaryRow[]): Comparison['now'] {
  const [first] = summaries;
  const only = summaries.length === 1 ? first : undefined;
  const isSized = summaries.some(({ sourceId }) => !isVault(sourceId));
  const stored = sum(summaries.map(({ storedBytes }) => storedBytes ?? 0));
  const sized = withSizes(summaries);
  const reclaimable = sumOrNull(sized.map(({ reclaimableBytes }) => reclaimableBytes));
  return {
    factor: round(only?.factor ?? null, 3),
    score: round(only?.score ?? null, 1),
    stored_bytes: isSized ? stored : null,
    reclaimable_bytes: reclaimable,
    open_anomalies: sumOrNull(sized.map(({ openAnomalies }) => openAnomalies)),
    display: `${isSized ? `${sizeText(stored)} stored` : 'stored bytes of single items not known'}, ${reclaimable === null ? 'reclaimable not known' : `${sizeText(reclaimable)} reclaimable`}`,
  };
}

/**
 * Sources whose sums are compared and added. Vaults have none, which their own not_known says; beside other sources they take
 * nothing from what those know.
 */
export function withSizes<Summary extends { sourceId: string }>(summaries: readonly Summary[]): Summary[] {
  const sized = summaries.filter(({ sourceId }) => !isVault(sourceId));
  return sized.length > 0 ? sized : [...summaries];
}

/** A sum of which a part is not known is not known. */
export function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null) ? null : sum(values as number[]);
}

const toComings = (jobs: number, bytes: number, isSized: boolean): Comparison['new_jobs'] => ({
  jobs,
  stored_bytes: isSized ? bytes : null,
  display: isSized ? sizeText(bytes) : 'bytes not known',
});
