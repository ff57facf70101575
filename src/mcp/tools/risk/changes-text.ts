import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { ChangeRow } from './changes-shape.ts';
import type { RiskAnswer } from './shape.ts';

/** What changed as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderChanges(answer: RiskAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}, compared with ${answer.comparison?.since ?? 'nothing'}.`,
    renderRows(answer),
    renderBase(answer),
  ]);
}

function renderRows({ changes = [], comparison, sources }: RiskAnswer): string {
  if (changes.length === 0) return '';
  const isMany = sources.length > 1;
  const rows = changes.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    row.change,
    quoteCell(row.name),
    quoteCell(row.item_id),
    pair(row.category_before, row.risk_category),
    pair(row.impact_before, row.business_impact_score),
    pair(row.score_before, row.composite_score),
    moved(row) || null,
    [...row.reasons.map((reason) => quoteCell(reason, 200)), ...partOf(row)].join(' ') || null,
  ]);
  const columns = [
    ...(isMany ? ['source'] : []),
    'change',
    'risk',
    'item_id',
    'category',
    'priority',
    'score',
    'points that moved',
    'why',
  ];
  return `Changes (another category, or ${comparison?.changed_from_points} points of priority), largest first:\n${table(columns, rows)}`;
}

function pair(before: string | number | null, after: string | number | null): string {
  return before === after ? String(after ?? '–') : `${before ?? '–'} → ${after ?? '–'}`;
}

const moved = ({ moved: all }: ChangeRow) =>
  all
    .map(
      ({ hazard, points_before, points }) => `${wordCell(hazard)} ${points_before ?? '–'} → ${points ?? '–'}`,
    )
    .join(', ');

const partOf = ({ part_of = [] }: ChangeRow) =>
  part_of.length > 0 ? [`part of ${part_of.map((id) => quoteCell(id)).join(' ')}`] : [];
