import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { markedName } from '../../source-mark.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { renderExtras } from './extras-text.ts';
import type { RiskAnswer, RiskRow } from './shape.ts';
import { count } from './summary.ts';

/** The list as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderList(answer: RiskAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderEstate(answer),
    renderSources(answer),
    renderRisks(answer),
    renderExtras(answer),
    renderBase(answer),
  ]);
}

function renderEstate({ estate }: RiskAnswer): string {
  if (!estate || estate.score === null) return '';
  const points = Object.entries(estate.contributions).map(([hazard, value]) => `${hazard} ${value}`);
  const parts = [
    `Score of the estate = ${points.join(' + ')}`,
    `${estate.workloads} workloads, ${estate.jobs} jobs, ${estate.part_of_others} items are part of another one`,
    `confidence ${estate.overall_confidence ?? 'not known'}`,
    estate.config_file === null ? 'no dr365.toml: all tiers and targets are defaults' : '',
  ];
  return `${parts.filter(Boolean).join('; ')}.`;
}

function renderSources({ per_source = [] }: RiskAnswer): string {
  const rows = per_source.map((row) => [
    markedName(row.source_name, row.data_state),
    quoteCell(row.source_id),
    row.score === null ? row.status : `${row.score} (${row.score_low} to ${row.score_high})`,
    row.critical_risk_count,
    row.high_risk_count,
    row.medium_risk_count,
    row.low_risk_count,
    row.not_assessed,
    row.unprotected,
  ]);
  const columns = [
    'source',
    'id',
    'score',
    'CRITICAL',
    'HIGH',
    'MEDIUM',
    'LOW',
    'not assessed',
    'unprotected',
  ];
  return table(columns, rows);
}

function renderRisks({ risks = [], risks_matching, sources }: RiskAnswer): string {
  if (risks.length === 0) return '';
  const isMany = sources.length > 1;
  const columns = [
    ...(isMany ? ['source'] : []),
    'rank',
    'risk',
    'item_id',
    'category',
    'priority',
    'score',
    'tier',
    'largest part',
    'why',
    'flags',
    'concerns',
  ];
  const rows = risks.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    row.rank,
    quoteCell(row.name),
    quoteCell(row.item_id),
    row.risk_category,
    row.business_impact_score,
    `${row.composite_score} (${row.score_low} to ${row.score_high})`,
    row.tier,
    row.main_hazard,
    row.reasons.map((reason) => quoteCell(reason, 200)).join(' ') || null,
    flags(row) || null,
    concerns(row) || null,
  ]);
  return `Risks of the next month, most urgent first (${risks.length} of ${risks_matching}):\n${table(columns, rows)}`;
}

const flags = ({ flags: all, part_of, own_priority }: RiskRow) =>
  [
    ...all.map(wordCell),
    part_of ? `part of ${part_of.map((id) => quoteCell(id)).join(' ')}` : '',
    own_priority === undefined ? '' : `ranked by its own priority ${own_priority}`,
  ]
    .filter(Boolean)
    .join(' ');

function concerns({ affected_jobs, affected_workloads, other_sources }: RiskRow): string {
  return [
    other_sources ? `also protected in ${other_sources.map((id) => quoteCell(id)).join(' ')}` : '',
    affected_jobs > 0 ? count(affected_jobs, 'job') : '',
    affected_workloads > 0 ? count(affected_workloads, 'workload') : '',
  ]
    .filter(Boolean)
    .join(', ');
}
