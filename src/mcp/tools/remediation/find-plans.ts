import type { RiskReader } from '../../../db/connect.ts';
import { listPlanNames, type RemediationSummaryRow } from '../../../queries/remediation-answers.ts';
import { listRiskNames, type RiskName } from '../../../queries/risk-items.ts';
import { AnswerError } from '../../errors.ts';
import { explainNoItem, matchingItems } from '../risk/find-items.ts';
import type { PlanScope } from './plan-scope.ts';

/** The plans that somebody means, and what has to be said about the choice. */
export type FoundPlans = { planIds: string[]; note?: string };

/**
 * Plans by plan id, or about the item, id or name. A risk that has none by itself is answered with the plans of what
 * causes it; one that has none at all with why.
 * @throws AnswerError if there is no such risk
 */
export async function findPlans(
  db: RiskReader,
  { runs }: PlanScope,
  summaries: readonly RemediationSummaryRow[],
  wanted: string,
): Promise<FoundPlans> {
  const names = await listPlanNames(db, runs);
  const id = wanted.trim().toLowerCase();
  const byPlan = names.filter(({ planId }) => planId.toLowerCase() === id);
  if (byPlan.length > 0) return { planIds: byPlan.map(({ planId }) => planId) };
  const own = matchingItems(names, wanted);
  if (own.length > 0) return { planIds: own.map(({ planId }) => planId) };
  const riskRuns = summaries.flatMap(({ sourceId, riskRunId: runId }) =>
    runId ? [{ sourceId, runId }] : [],
  );
  const items = riskRuns.length > 0 ? await listRiskNames(db, riskRuns) : [];
  const found = matchingItems(items, wanted);
  if (found.length === 0) throw new AnswerError(explainNoItem(wanted, [...names, ...items]));
  const causes = new Set(found.flatMap(({ causedBy }) => causedBy));
  const ofCauses = names.filter(({ itemId }) => causes.has(itemId));
  if (ofCauses.length === 0) return { planIds: [], note: whyNone(found, summaries) };
  return {
    planIds: ofCauses.map(({ planId }) => planId),
    note: 'It has no plan of its own: these are the plans of the risks that it is part of.',
  };
}

function whyNone(found: readonly RiskName[], summaries: readonly RemediationSummaryRow[]): string {
  if (found.every(({ category }) => category === 'LOW'))
    return 'There is no plan for it: its risk is LOW and assessed.';
  const cut = summaries.some((summary) => summary.cut > 0);
  return cut
    ? 'There is no plan for it: others come first, and the number of plans is limited.'
    : 'There is no plan for it: what can be done about it is part of another plan, or nothing that is known removes it.';
}
