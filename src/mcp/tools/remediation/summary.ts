import type { RemediationSummaryRow } from '../../../queries/remediation-answers.ts';
import { cleanText } from '../../untrusted.ts';
import type { PlanScope } from './plan-scope.ts';
import type { PlanAnswer, PlanCard, PlanRow } from './shape.ts';

type Counted = {
  plans: readonly PlanRow[];
  matching: number;
  byStatus: Record<string, number>;
  summaries: readonly RemediationSummaryRow[];
};

/** Whether the plan removes doubt alone: its points are points of range, not of risk. */
export const isOnlyDoubt = ({
  delta,
  benefit_per_hour,
}: Pick<PlanRow, 'delta' | 'benefit_per_hour'>): boolean =>
  delta !== null && delta <= 0 && benefit_per_hour > 0;

/** The list in one or two sentences of our own words and numbers that stand in the fields too. */
export function summarisePlans(
  { page }: PlanScope,
  { plans, matching, byStatus, summaries }: Counted,
): string {
  if (page) return `Next rows: ${plans.length} of ${matching} plans.`;
  if (matching === 0) return `No plan matches. ${others(byStatus)}${why(summaries)}`.trim();
  const [first] = plans;
  const gain =
    first && first.delta !== null && !isOnlyDoubt(first)
      ? ` The first removes ${first.delta} points in ${first.effort_low_hours} to ${first.effort_high_hours} hours (${first.benefit_per_hour} points an hour).`
      : '';
  return `${matching} plans, CRITICAL first, then most risk removed per hour; those that only narrow the range last.${gain}`;
}

function others(byStatus: Record<string, number>): string {
  const known = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`);
  return known.length > 0 ? `There are ${known.join(', ')}. ` : '';
}

function why(summaries: readonly RemediationSummaryRow[]): string {
  const [reason] = summaries.flatMap((summary) => summary.reason ?? []);
  return reason ? `The last run says: ${cleanText(reason, 200)}.` : '';
}

/** One plan in two sentences. */
export function summariseOne(plan: PlanCard): string {
  const { risk_context, delta, expected_score_after } = plan;
  const gain =
    delta === null || expected_score_after === null
      ? 'The score has no term for what it changes.'
      : isOnlyDoubt(plan)
        ? `It removes no risk: it narrows the range of the score by ${plan.benefit_per_hour} points an hour, half of what its upper end falls by.`
        : `It takes the score from ${risk_context.composite_risk_score} to ${expected_score_after}, ${delta} points, ${plan.benefit_per_hour} an hour.`;
  const closed =
    plan.status === 'OPEN' || plan.status === 'REOPENED'
      ? ''
      : ` Nothing is to be done: it is ${plan.status}.`;
  return (
    `Plan ${plan.status}, urgency ${plan.urgency}: ${plan.effort_low_hours} to ${plan.effort_high_hours} hours of work. ${gain} ` +
    `${plan.criteria_met} of ${plan.criteria} success criteria hold.${plan.frozen ? ' FROZEN: data it rests on is stale.' : ''}${closed}`
  );
}

/** What became of plans, in numbers. */
export function summariseHistory({ track_record: record }: PlanAnswer): string {
  if (!record) return '';
  const { counts, verified, verified_with_score, as_promised, median_removed } = record;
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  if (parts.length === 0) return 'Nothing happened to any plan in that time.';
  const worked =
    verified_with_score > 0
      ? ` Of ${verified} verified, ${as_promised} came out as promised or at most ${record.as_promised_points} points above; the median risk removed is ${median_removed} points, the median difference from the promise ${record.median_difference}.`
      : verified > 0
        ? ` ${verified} were verified; their scores are not known.`
        : ' None was verified.';
  return `Events: ${parts.join(', ')}.${worked}`;
}
