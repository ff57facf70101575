import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { RiskAnswer } from './shape.ts';
import type { WhatIfAnswer, WhatIfItem } from './what-if-shape.ts';

/** Scores with and without the changes as compact markdown. Every number is one of the structured content. */
export function renderWhatIf(answer: RiskAnswer, plan: WhatIfAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}, risk run ${quoteCell(plan.run_id)}.`,
    ...plan.changes.map(renderChange),
    renderItems(plan),
    renderEstate(plan),
    ['Taken for granted:', ...plan.assumptions.map((text) => `- ${quoteCell(text, 300)}`)].join('\n'),
    renderBase(answer),
  ]);
}

function renderChange({ kind, subjects, subjects_all }: WhatIfAnswer['changes'][number]): string {
  const names = subjects.map(({ name, id }) => `${quoteCell(name)} (id ${quoteCell(id)})`).join(', ');
  const more = subjects_all > subjects.length ? `, ${subjects_all} in all` : '';
  return `Change ${kind}${names ? `: ${names}${more}` : ''}.`;
}

function renderItems({ items }: WhatIfAnswer): string {
  const rows = items.map(({ name, item_id, points_removed, before, after, mostly }) => [
    quoteCell(name),
    quoteCell(item_id),
    points_removed,
    outlook(before),
    outlook(after),
    before?.business_impact_score ?? null,
    after?.business_impact_score ?? null,
    `${before?.risk_category ?? 'none'} → ${after?.risk_category ?? 'none'}`,
    mostly === null ? null : wordCell(mostly),
  ]);
  const columns = [
    'item',
    'item_id',
    'points removed',
    'score now',
    'score then',
    'priority now',
    'priority then',
    'category',
    'mostly',
  ];
  return rows.length > 0
    ? `Items that change, those that are listed by themselves first, by gain:\n${table(columns, rows)}`
    : '';
}

const outlook = (item: WhatIfItem['before']) =>
  item === null ? 'none' : `${item.composite_score} (${item.score_low} to ${item.score_high})`;

function renderEstate({ estate }: WhatIfAnswer): string {
  const { score_before, score_after, points_removed, by_category_before, by_category_after } = estate;
  const listed = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([category, count]) => `${count} ${category}`)
      .join(', ');
  return `Estate: ${score_before ?? 'no score'} now, ${score_after ?? 'no score'} then (${points_removed ?? 'unknown'} points removed); listed ${listed(by_category_before)} now, ${listed(by_category_after)} then.`;
}
