import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { ChangesAnswer, Rows } from './shape.ts';

type Cell = string | number | null;

/** What changed as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderChanged(answer: ChangesAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}: from ${answer.since} to ${answer.until}.`,
    part(
      'Risks',
      answer.risks,
      ['change', 'risk', 'item_id', 'category', 'priority', 'points', 'why'],
      riskCells,
    ),
    part('Findings', answer.findings, ['change', 'kind', 'about', 'severity', 'since', 'why'], findingCells),
    part(
      'Repositories (bytes)',
      answer.capacity,
      ['change', 'repository', 'priority', 'use', 'capacity', '80 % at the earliest', 'why'],
      spaceCells,
    ),
    part(
      'Configuration',
      answer.configuration,
      ['change', 'what', 'field', 'value', 'first seen'],
      settingCells,
    ),
    part('Plans', answer.plans, ['change', 'plan', 'about', 'at', 'why'], planCells),
    part(
      'Numbers of whole sources',
      answer.scores,
      ['change', 'metric', 'value', 'range now', 'why'],
      scoreCells,
    ),
    part('Compared runs', answer.compared, ['worker', 'basis', 'from', 'to', 'not read now'], comparedCells),
    renderBase(answer),
  ]);
}

function part<T extends { source_id: string }>(
  title: string,
  rows: readonly T[] | undefined,
  columns: string[],
  cells: (row: T) => Cell[],
): string {
  if (!rows || rows.length === 0) return '';
  return `${title}:\n${table(
    ['source', ...columns],
    rows.map((row) => [quoteCell(row.source_id), ...cells(row)]),
  )}`;
}

const show = (value: string | number | boolean | null) =>
  value === null ? '–' : typeof value === 'string' ? quoteCell(value, 160) : String(value);
const pair = (before: string | number | boolean | null, now: string | number | boolean | null) =>
  before === now ? show(now) : `${show(before)} → ${show(now)}`;
const words = (before: string | null, now: string | null) => {
  const one = (word: string | null) => (word === null ? '–' : wordCell(word));
  return before === now ? one(now) : `${one(before)} → ${one(now)}`;
};
const quoted = (text: string | null) => (text === null ? null : quoteCell(text, 200));

const riskCells = (row: Rows['risks']): Cell[] => [
  row.change,
  quoteCell(row.name),
  quoteCell(row.item_id),
  words(row.risk_category_before, row.risk_category),
  pair(row.impact_score_before, row.impact_score),
  row.moved
    .map(
      ({ hazard, points_before, points }) => `${wordCell(hazard)} ${points_before ?? '–'} → ${points ?? '–'}`,
    )
    .join(', ') || null,
  quoted(row.because ?? row.reasons[0] ?? null),
];

const findingCells = (row: Rows['findings']): Cell[] => [
  row.change,
  wordCell(row.kind),
  `${wordCell(row.entity_kind)} ${quoteCell(row.entity_name)} ${quoteCell(row.entity_id)}`,
  words(row.severity_before, row.severity),
  row.since_at,
  quoted(row.because),
];

const spaceCells = (row: Rows['capacity']): Cell[] => [
  row.change,
  `${quoteCell(row.name)} ${quoteCell(row.repository_id)}`,
  words(row.priority_before, row.priority),
  pair(row.use_bytes_before, row.use_bytes),
  pair(row.capacity_bytes_before, row.capacity_bytes),
  row.early_80_percent_on_before === row.early_80_percent_on
    ? row.early_80_percent_on
    : `${row.early_80_percent_on_before ?? '–'} → ${row.early_80_percent_on ?? '–'}`,
  quoted(row.because),
];

const settingCells = (row: Rows['configuration']): Cell[] => [
  row.change,
  `${wordCell(row.entity_kind)} ${quoteCell(row.name)} ${quoteCell(row.entity_id, 200)}`,
  row.field,
  row.field === null ? null : pair(row.before, row.after),
  row.seen_at,
];

const planCells = (row: Rows['plans']): Cell[] => [
  row.change,
  `${quoteCell(row.title, 160)} ${quoteCell(row.plan_id, 250)}`,
  `${quoteCell(row.name)} ${quoteCell(row.item_id)}`,
  row.at,
  quoted(row.reason),
];

const scoreCells = (row: Rows['scores']): Cell[] => [
  row.change,
  row.metric,
  pair(row.before, row.now),
  row.now_low === null || row.now_high === null ? null : `${row.now_low} to ${row.now_high}`,
  quoted(row.because),
];

const comparedCells = (row: Rows['compared']): Cell[] => [
  row.worker,
  row.basis,
  row.before_at,
  row.at,
  row.unread_now.map((endpoint) => quoteCell(endpoint)).join(' ') || null,
];
