import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { renderCard } from './card-text.ts';
import type { PlanAnswer, PlanRow } from './shape.ts';
import { isOnlyDoubt } from './summary.ts';

/** Plans as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderPlans(answer: PlanAnswer): string {
  return paragraphs([
    answer.summary,
    answer.note,
    `As of ${answer.as_of}. ${answer.safety_notice}`,
    answer.plan ? renderCard(answer.plan) : renderList(answer),
    renderTotals(answer),
    renderEvents(answer),
    renderBase(answer),
  ]);
}

function renderList({ plans = [], sources }: PlanAnswer): string {
  const isMany = sources.length > 1;
  const rows = plans.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.risk_context.name),
    quoteCell(row.issue_summary, 200),
    row.status,
    row.urgency,
    row.risk_context.tier,
    score(row),
    row.delta,
    `${row.effort_low_hours} to ${row.effort_high_hours}`,
    isOnlyDoubt(row) ? `${row.benefit_per_hour} of range` : row.benefit_per_hour,
    row.first_option === null ? null : quoteCell(row.first_option, 200),
    `${row.criteria_met} of ${row.criteria}${row.frozen ? ', FROZEN' : ''}`,
    quoteCell(row.plan_id, 250),
  ]);
  const columns = [
    ...(isMany ? ['source'] : []),
    'at risk',
    'trouble',
    'status',
    'urgency',
    'tier',
    'score → after',
    'points removed',
    'hours',
    'points an hour',
    'first option',
    'criteria met',
    'plan_id',
  ];
  return table(columns, rows);
}

const score = ({ risk_context, expected_score_after }: PlanRow) =>
  `${risk_context.composite_risk_score} → ${expected_score_after ?? 'not scored'}`;

function renderTotals({ totals }: PlanAnswer): string {
  if (!totals) return '';
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${wordCell(name)}`)
      .join(', ') || 'none';
  return [
    `Plans by status: ${list(totals.by_status)}; that match: ${totals.total_plans}, ${list(totals.by_urgency)}; ${list(totals.by_risk_type)}.`,
    totals.cut > 0 ? `${totals.cut} risks have no plan, since others come first.` : '',
    totals.frozen_plans > 0
      ? `${totals.frozen_plans} plans are frozen: data they rest on is stale, so nothing was closed or reopened.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function renderEvents({ events, track_record, sources }: PlanAnswer): string {
  if (!events || events.length === 0) return '';
  const isMany = sources.length > 1;
  const rows = events.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    row.at,
    row.status,
    quoteCell(row.name),
    quoteCell(row.issue_summary, 200),
    row.plan_written_at,
    row.score_before,
    row.predicted_score,
    row.score_then,
    row.difference,
    quoteCell(row.reason, 200),
    quoteCell(row.plan_id, 250),
  ]);
  const columns = [
    ...(isMany ? ['source'] : []),
    'at',
    'became',
    'at risk',
    'trouble',
    'plan of',
    'score before',
    'promised',
    'score then',
    'less promised',
    'why',
    'plan_id',
  ];
  return `Since ${track_record?.since ?? 'the start'}, outcomes first, newest first:\n${table(columns, rows)}`;
}
