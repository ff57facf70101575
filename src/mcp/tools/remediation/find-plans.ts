import type { RiskReader } from '../../../db/connect.ts';
import {
  listPlanNames,
  type PlanName,
  type RemediationSummaryRow,
} from '../../../queries/remediation-answers.ts';
import { listRiskItems, listRiskNames, type RiskName } from '../../../queries/risk-items.ts';
import { AnswerError } from '../../errors.ts';
import { itemAtHome } from '../../joined.ts';
import { explainNoItem, matchingItems } from '../risk/find-items.ts';
import type { PlanScope } from './plan-scope.ts';
import { isOpenPlan, plansOfCauses, plansThatReplace } from './related-plans.ts';

/** The plans that somebody means, and what has to be said about the choice. */
export type FoundPlans = { planIds: string[]; note?: string };

/** Whoever asks for more at once asks for a list, not for causes. */
const MOST_ITEMS = 200;

const PART_OF = 'It has no plan of its own: these are the plans of the risks that it is part of.';
const REPLACED = 'Its own plan became part of another one: the plans that replace it are among these.';
const CAUSE =
  'What can be done about its cause is a plan of the risk that it is part of, which is among these.';

/**
 * Plans by plan id, or about the item, id or name. A risk that has none by itself, none that is open, or only a request for
 * evidence, is answered with the plans of what causes it as well; one that has none at all with why.
 * @throws AnswerError if there is no such risk
 */
export async function findPlans(
  db: RiskReader,
  scope: PlanScope,
  summaries: readonly RemediationSummaryRow[],
  wanted: string,
): Promise<FoundPlans> {
  const home = itemAtHome(scope.elsewhere, wanted);
  if (home === undefined) return findPlansOf(db, scope, summaries, wanted);
  // A name that another protection has may be that of the machine too.
  const named = await findPlansOf(db, scope, summaries, wanted).catch((error: unknown) => {
    if (error instanceof AnswerError) return undefined;
    throw error;
  });
  return named && named.planIds.length > 0 ? named : findPlansOf(db, scope, summaries, home);
}

async function findPlansOf(
  db: RiskReader,
  { runs, question }: PlanScope,
  summaries: readonly RemediationSummaryRow[],
  wanted: string,
): Promise<FoundPlans> {
  const names = await listPlanNames(db, runs);
  const id = wanted.trim().toLowerCase();
  const byPlan = names.filter(({ planId }) => planId.toLowerCase() === id);
  const own = byPlan.length > 0 ? byPlan : matchingItems(names, wanted);
  const isSettled = own.some((plan) => isOpenPlan(plan) && plan.riskType !== 'evidence');
  // Who asks for a status or for the history means these plans and no others.
  if (isSettled || (own.length > 0 && (question.status !== undefined || question.history !== undefined)))
    return { planIds: idsOf(own) };
  const replacing = plansThatReplace(own, names);
  if (replacing.length > 0) return { planIds: idsOf([...own, ...replacing]), note: REPLACED };
  const riskRuns = summaries.flatMap(({ sourceId, riskRunId: runId }) =>
    runId ? [{ sourceId, runId }] : [],
  );
  const items = riskRuns.length > 0 ? await listRiskNames(db, riskRuns) : [];
  const found = itemsOf(items, own, wanted);
  const covering = names.filter(
    (plan) => isOpenPlan(plan) && plan.covers.some((covered) => covered.toLowerCase() === id),
  );
  if (covering.length > 0) return { planIds: idsOf(covering), note: REPLACED };
  if (own.length === 0 && found.length === 0)
    throw new AnswerError(explainNoItem(wanted, [...names, ...items]));
  const itemIds = found.slice(0, MOST_ITEMS).map(({ itemId }) => itemId);
  const details =
    itemIds.length > 0
      ? await listRiskItems(db, { runs: riskRuns, filter: { itemIds }, limit: MOST_ITEMS })
      : [];
  const causes = plansOfCauses(details, names);
  if (own.length > 0)
    return { planIds: idsOf([...own, ...causes]), ...(causes.length > 0 ? { note: CAUSE } : {}) };
  if (causes.length === 0) return { planIds: [], note: whyNone(found, summaries) };
  return { planIds: idsOf(causes), note: PART_OF };
}

const idsOf = (plans: readonly PlanName[]): string[] => [...new Set(plans.map(({ planId }) => planId))];

/** The items that are meant: those of the plans that were found, else by what was asked. */
function itemsOf(items: readonly RiskName[], own: readonly PlanName[], wanted: string): RiskName[] {
  const ids = new Set(own.map(({ itemId }) => itemId));
  return own.length > 0 ? items.filter(({ itemId }) => ids.has(itemId)) : matchingItems(items, wanted);
}

function whyNone(found: readonly RiskName[], summaries: readonly RemediationSummaryRow[]): string {
  if (found.every(({ category }) => category === 'LOW'))
    return 'There is no plan for it: its risk is LOW and assessed.';
  const cut = summaries.some((summary) => summary.cut > 0);
  return cut
    ? 'There is no plan for it: others come first, and the number of plans is limited.'
    : 'There is no plan for it: what can be done about it is part of another plan, or nothing that is known removes it.';
}
