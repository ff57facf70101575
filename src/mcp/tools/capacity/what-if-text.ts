import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell } from '../../untrusted.ts';
import type { CapacityAnswer } from './shape.ts';
import type { Threshold } from './shape-parts.ts';
import { renderThreshold } from './threshold-text.ts';
import type { WhatIfAnswer } from './what-if-shape.ts';

type Result = WhatIfAnswer['repositories'][number];

/** Old and new dates as compact markdown. Every number is one of the structured content. */
export function renderWhatIf(answer: CapacityAnswer, plan: WhatIfAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}. Plan ${plan.kind}${subject(plan)}.`,
    ...plan.repositories.map(renderResult),
    renderOrder(plan),
    ['Taken for granted:', ...plan.assumptions.map((text) => `- ${quoteCell(text, 300)}`)].join('\n'),
    renderBase(answer),
  ]);
}

function subject({ job, extent }: WhatIfAnswer): string {
  if (job) return `, job ${quoteCell(job.job_name)}`;
  return extent ? `, extent ${quoteCell(extent.repository_name)}` : '';
}

function renderResult({ repository_name, repository_id, before, after, change, display }: Result): string {
  const at = (thresholds: Threshold[], percent: number) =>
    renderThreshold(thresholds.find((one) => one.percent === percent));
  const rows = [
    ['use', before.display, after.display, null],
    ['growth', before.growth_display, after.growth_display, null],
    ['priority', before.priority, after.priority, null],
    ['to buy', before.purchase_display, after.purchase_display, null],
    ...change.map(({ percent, days_gained, becomes }) => [
      `${percent} %: days early / likely / late`,
      at(before.thresholds, percent),
      at(after.thresholds, percent),
      days_gained === null ? becomes : `${becomes} ${days_gained}`,
    ]),
  ];
  const head = `Repository ${quoteCell(repository_name)} (id ${quoteCell(repository_id)})${display ? `: ${display}` : ''}`;
  return `${head}\n${table(['', 'now', 'with the plan', 'change in days'], rows)}`;
}

function renderOrder({ order }: WhatIfAnswer): string {
  if (!order) return '';
  const { lead_days, last_days, stay_under_pct, purchase_display, order_by, order_in_days } = order;
  const what = `Delivery in ${lead_days} days: order ${purchase_display ?? 'an amount that is not known'} to stay under ${stay_under_pct} % for ${last_days} days after it.`;
  if (order_by === null)
    return `${what} No day by which to order: the pessimistic day of full is not known or beyond the horizon.`;
  const late = (order_in_days ?? 0) < 0 ? ', which has passed' : '';
  return `${what} Order by ${order_by} (${order_in_days} days${late}), or the pessimistic path is full before it comes.`;
}
