import type { RiskReader } from '../../../db/connect.ts';
import {
  countPlanStates,
  listPlanStates,
  type PlanFilter,
  type PlanState,
  type RemediationSummaryRow,
} from '../../../queries/remediation-answers.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { arrayOf } from '../../json.ts';
import { groupGaps } from '../../not-known.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum, tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isPlainItem } from '../risk/find-items.ts';
import type { FoundPlans } from './find-plans.ts';
import type { PlanScope } from './plan-scope.ts';
import { toPlanCard, toPlanRow } from './rows.ts';
import { SAFETY } from './safety.ts';
import type { PlanAnswer } from './shape.ts';
import { summariseOne, summarisePlans } from './summary.ts';
import { renderPlans } from './text.ts';

const OPEN = ['OPEN', 'REOPENED'];

type Counts = Awaited<ReturnType<typeof countPlanStates>>;
type Parts = {
  summaries: readonly RemediationSummaryRow[];
  found: FoundPlans | undefined;
  /** Of all plans that the question is about, whatever their status. */
  all: Counts;
  matching: Counts;
};

/** Plans, CRITICAL first, in the order of risk removed per hour; one alone in full. */
export async function answerPlans(
  db: RiskReader,
  scope: PlanScope,
  summaries: readonly RemediationSummaryRow[],
  found: FoundPlans | undefined,
): Promise<ToolAnswer<PlanAnswer>> {
  const { runs, question } = scope;
  const planIds = found?.planIds;
  const filter = toFilter(scope, planIds);
  const plans = await listPlanStates(db, { runs, filter, limit: question.limit, offset: offsetOf(scope) });
  const all = await countPlanStates(db, runs, { planIds });
  const matching = filter.oldVersions
    ? await countPlanStates(db, runs, filter)
    : all.filter((group) => isAmong(group, filter));
  const parts = { summaries, found, all, matching };
  const isOne = plans.length === 1 && !scope.page && (question.limit === 1 || totalOf(matching) === 1);
  if (isOne) return answerOne(scope, plans[0] as PlanState, parts);
  return fitAnswer({ plans }, (kept) => assemble(scope, parts, kept.plans), answerBudget(question));
}

const isAmong = ({ status, urgency, riskType }: Counts[number], filter: PlanFilter) =>
  (filter.statuses?.includes(status) ?? true) &&
  (filter.urgency ?? urgency) === urgency &&
  (filter.riskType ?? riskType) === riskType;

function toFilter({ question }: PlanScope, planIds: readonly string[] | undefined): PlanFilter {
  const { status, urgency, risk_type: riskType } = question;
  const statuses = status === undefined ? OPEN : status === 'ALL' ? undefined : [status];
  return { statuses, urgency, riskType, planIds, oldVersions: status === 'SUPERSEDED' };
}

const offsetOf = ({ page }: PlanScope) => Number(page?.positions.plans?.[0] ?? 0);
const totalOf = (counts: Counts) => sum(counts.map(({ plans }) => plans));

/** A plan that is too long even by itself loses its last options first. */
function answerOne(scope: PlanScope, state: PlanState, parts: Parts): ToolAnswer<PlanAnswer> {
  const plan = toPlanCard(state, scope.question.detail === 'detailed');
  const lists = { options: plan.remediation_options, causes: plan.root_cause_hypotheses };
  return fitAnswer(lists, ({ options, causes }) => {
    const card = { ...plan, remediation_options: options, root_cause_hypotheses: causes };
    const omitted = {
      plans: totalOf(parts.matching) - 1,
      options: plan.remediation_options.length - options.length,
      causes: arrayOf(state.hypotheses).length - causes.length,
    };
    const base = toAnswer(scope, parts, 1, omitted, summariseOne(card));
    const structured: PlanAnswer = {
      ...base,
      plan: card,
      not_known: [...base.not_known, ...textsOf(state.notKnown)],
      next_steps: nextSteps(scope, state),
    };
    return { structured, text: renderPlans(structured) };
  });
}

function assemble(scope: PlanScope, parts: Parts, kept: readonly PlanState[]): ToolAnswer<PlanAnswer> {
  const omitted = { plans: totalOf(parts.matching) - offsetOf(scope) - kept.length };
  const plans = kept.map(toPlanRow);
  const summary = summarisePlans(scope, { plans, ...countsOf(parts), summaries: parts.summaries });
  const structured: PlanAnswer = {
    ...toAnswer(scope, parts, kept.length, omitted, summary),
    plans,
    next_steps: nextSteps(scope, kept[0]),
  };
  return { structured, text: renderPlans(structured) };
}

function countsOf({ all, matching }: Parts) {
  return {
    matching: totalOf(matching),
    byStatus: tally(all.map(({ status, plans }) => [status, plans])),
  };
}

function toAnswer(
  scope: PlanScope,
  parts: Parts,
  shown: number,
  omitted: Record<string, number>,
  summary: string,
): AnswerBase & Pick<PlanAnswer, 'safety_notice' | 'totals' | 'note'> & { safety_notice: string } {
  const { summaries, matching, found } = parts;
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const runIds = scope.runs.map(({ runId }) => runId);
  const isMore = (omitted.plans ?? 0) > 0;
  return {
    ...toBase(scope, [frozenText(summaries), summary].filter(Boolean).join(' ')),
    safety_notice: SAFETY,
    totals: {
      total_plans: totalOf(matching),
      plans_shown: shown,
      by_status: countsOf(parts).byStatus,
      by_urgency: tally(matching.map(({ urgency, plans }) => [urgency, plans])),
      by_risk_type: tally(matching.map(({ riskType, plans }) => [riskType, plans])),
      cut: sum(summaries.map(({ cut }) => cut)),
      frozen_plans: sum(summaries.map(({ frozenPlans }) => frozenPlans)),
    },
    ...(found?.note ? { note: found.note } : {}),
    not_known: groupGaps(
      summaries.flatMap(({ sourceId, notKnown }) => textsOf(notKnown).map((text) => ({ sourceId, text }))),
      summaries.length,
    ),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(isMore
      ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, { plans: [offsetOf(scope) + shown] }) }
      : {}),
  };
}

/** Said before anything else: on such data nothing is closed and nothing is new. */
function frozenText(summaries: readonly RemediationSummaryRow[]): string {
  const frozen = summaries.filter((summary) => summary.frozen);
  if (frozen.length === 0) return '';
  const many = summaries.length > 1 ? ` on ${frozen.length} of ${summaries.length} sources` : '';
  const [first] = frozen;
  const why = first?.reason ? ` (${cleanText(first.reason, 200)})` : '';
  return `FROZEN${many}: the last run could neither close nor write plans${why}.`;
}

const textsOf = (value: unknown) =>
  arrayOf(value).flatMap((item) => (typeof item === 'string' ? [cleanText(item)] : []));

function nextSteps({ asOf, question }: PlanScope, first: PlanState | undefined): NextStep[] {
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  if (first && isPlainItem(first.itemId, first.sourceId)) {
    const { itemId, sourceId: source } = first;
    steps.push({
      tool: 'get_remediation_plan',
      arguments: { risk: itemId, source, detail: 'detailed', as_of },
      reason: 'all steps, risks, roll-back and the numbers it rests on',
    });
    steps.push({
      tool: 'analyze_risks',
      arguments: { item: itemId, source, as_of },
      reason: 'what the risk itself is made of',
    });
  }
  if (question.risk === undefined)
    steps.push({
      tool: 'get_remediation_plan',
      arguments: { history: '30d', as_of },
      reason: 'whether the plans of the last month worked',
    });
  return question.detail === 'detailed' ? steps.slice(1) : steps;
}
