import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { PlanCard } from './shape.ts';

const LONG = 400;

/** One plan as compact markdown. Its texts stand in code spans, so that nothing in them takes effect. */
export function renderCard(plan: PlanCard): string {
  return paragraphs([
    renderHead(plan),
    renderCauses(plan),
    renderInvestigation(plan),
    ...plan.remediation_options.map(renderOption),
    renderCriteria(plan),
  ]);
}

function renderHead(plan: PlanCard): string {
  const { risk_context: risk } = plan;
  const lines = [
    `${wordCell(risk.scope_type)} ${quoteCell(risk.name)}, ${wordCell(risk.risk_type)}: ${quoteCell(plan.issue_summary, LONG)}`,
    `- plan ${quoteCell(plan.plan_id, 250)} version ${plan.version} of ${plan.generated_at}, item_id ${quoteCell(risk.item_id)}, risk run ${quoteCell(plan.risk_run_id)}`,
    `- ${plan.status} since ${plan.status_at}: ${quoteCell(plan.status_reason, LONG)}`,
    `- urgency ${plan.urgency}: ${quoteCell(plan.urgency_reason, LONG)}; tier ${risk.tier ?? 'none'}, weight ${risk.tier_weight}; score of the last run ${risk.score_latest ?? 'not known'}, place ${plan.rank ?? 'none'}`,
    plan.superseded_by === null ? '' : `- replaced by ${quoteCell(plan.superseded_by, 300)}`,
    plan.makes_needless.length > 0
      ? `- also ends ${plan.makes_needless.map((id) => quoteCell(id, 250)).join(' ')}`
      : '',
  ];
  return lines.filter(Boolean).join('\n');
}

function renderCauses({ root_cause_hypotheses: causes }: PlanCard): string {
  const lines = causes.map(({ text, weight, cites }) => {
    const cited = cites.map(({ source, field, value, as_of }) =>
      quoteCell(`${source}.${field} = ${value ?? 'not known'}${as_of === null ? '' : ` (${as_of})`}`, 300),
    );
    return `- weight ${weight ?? 'not known'}: ${quoteCell(text, LONG)}${cited.length > 0 ? `; rests on ${cited.join(' ')}` : ''}`;
  });
  return lines.length > 0 ? ['Likely causes:', ...lines].join('\n') : '';
}

function renderInvestigation({ investigation_steps: steps }: PlanCard): string {
  const lines = steps.map(
    ({ text, minutes }) => `- ${quoteCell(text, LONG)} (${minutes ?? 'unknown'} minutes)`,
  );
  return lines.length > 0 ? ['Look first:', ...lines].join('\n') : '';
}

function renderOption(option: PlanCard['remediation_options'][number]): string {
  const gain =
    option.delta === null
      ? 'not scored'
      : option.delta <= 0
        ? 'no risk removed, the range of the score narrowed'
        : `score ${option.expected_score_after ?? 'not known'} after, ${option.delta} points removed`;
  const lists: [string, string[] | undefined][] = [
    ['before', option.prerequisites],
    ['do', option.steps],
    ['risks', option.risks],
    ['roll back', option.rollback ? [option.rollback] : undefined],
    ['check', option.verification ? [option.verification] : undefined],
  ];
  const lines = lists.flatMap(([what, texts]) =>
    texts && texts.length > 0 ? [`- ${what}: ${texts.map((text) => quoteCell(text, LONG)).join(' ')}`] : [],
  );
  const head = `Option ${quoteCell(option.option_id)}: ${quoteCell(option.text, LONG)} (${option.effort_low_hours ?? 'unknown'} to ${option.effort_high_hours ?? 'unknown'} hours, ${gain}, ${option.benefit_per_hour ?? 'unknown'} points an hour)`;
  return [head, ...lines].join('\n');
}

function renderCriteria({ success_criteria: criteria }: PlanCard): string {
  const rows = criteria.map(({ metric, op, target, window_hours, when_written, current, met }) => [
    quoteCell(metric, 200),
    `${op} ${target ?? 'unknown'}`,
    window_hours,
    when_written,
    current,
    met === null ? 'not measured' : met ? 'yes' : 'no',
  ]);
  return rows.length > 0
    ? `It counts as verified when all of this is measured:\n${table(['metric', 'target', 'hours', 'when written', 'now', 'met'], rows)}`
    : '';
}
