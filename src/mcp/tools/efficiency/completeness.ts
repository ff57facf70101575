import type { EfficiencySummaryRow } from '../../../queries/efficiency.ts';
import type { AnswerBase } from '../../answer.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import type { Scope } from '../../scope.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';

type Completeness = AnswerBase['completeness'];

/**
 * What the conclusions rest on: what their run read itself, and what it took from earlier runs of other workers, since what
 * is fresh is not read again.
 */
export function completenessOf(
  { runs, completeness }: Scope,
  summaries: readonly EfficiencySummaryRow[],
): Completeness {
  const taken = summaries.flatMap((summary) => {
    const readAt = runs.find(({ runId }) => runId === summary.runId)?.knownAt.getTime();
    const states = arrayOf(summary.completeness).map(objectOf);
    return states
      .filter(({ read_at: at }) => Date.parse(textOf(at) ?? '') !== readAt)
      .map((state) => ({ sourceId: summary.sourceId, state }));
  });
  const isComplete = ({ outcome }: Record<string, unknown>) => outcome === 'complete';
  const complete = taken.filter(({ state }) => isComplete(state)).length;
  return {
    endpoints: completeness.endpoints + taken.length,
    complete: completeness.complete + complete,
    not_complete: [
      ...completeness.not_complete,
      ...taken.filter(({ state }) => !isComplete(state)).map(({ sourceId, state }) => toRow(sourceId, state)),
    ].slice(0, 20),
  };
}

/** In which ways a reading may not be whole; an endpoint that nobody has read has none. */
const TROUBLE = ['incomplete', 'forbidden', 'failed'];

function toRow(sourceId: string, state: Record<string, unknown>): Completeness['not_complete'][number] {
  return {
    source_id: sourceId,
    endpoint: cleanText(textOf(state.endpoint) ?? '', 120),
    outcome: TROUBLE.find((word) => word === state.outcome) ?? 'never read',
    rows_fetched: numberOf(state.rows_fetched) ?? 0,
    rows_total: numberOf(state.rows_total),
    reason: cleanOrNull(textOf(state.reason), 200),
  };
}
