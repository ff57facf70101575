import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { renderExtras } from './extras-text.ts';
import type { RiskAnswer, RiskCard } from './shape.ts';
import { count } from './summary.ts';

/** One item as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderCard(answer: RiskAnswer, card: RiskCard): string {
  return paragraphs([
    `${wordCell(card.scope_type)} ${quoteCell(card.name)} (item_id ${quoteCell(card.item_id)})`,
    answer.summary,
    `As of ${answer.as_of}. ${card.explanation}`,
    renderContributions(card),
    renderCauses(card),
    renderFacts(card),
    renderAffected(answer),
    renderExtras(answer),
    renderBase(answer),
  ]);
}

function renderContributions({ contributions }: RiskCard): string {
  const rows = contributions.map((one) => [
    one.hazard,
    one.meaning,
    one.points,
    `${one.q} (${one.q_low} to ${one.q_high})`,
    one.severity,
    one.stale ? `${one.basis}, STALE` : one.basis,
    one.evidence_at === null ? 'no evidence' : `${one.evidence_at}, ${one.age_days ?? 'unknown'} days`,
    one.reasons.map((reason) => quoteCell(reason, 200)).join(' ') || null,
    evidence(one),
  ]);
  const columns = [
    'hazard',
    'what may happen within a month',
    'points',
    'probability (likely range)',
    'severity',
    'basis',
    'evidence, aged',
    'why',
    'rows',
  ];
  return table(columns, rows);
}

function evidence({ evidence: shown, evidence_rows }: RiskCard['contributions'][number]): string | null {
  if (shown.length === 0) return null;
  const rows = shown.map(({ table: from, id }) => quoteCell(`${from} ${id}`)).join(' ');
  return evidence_rows > shown.length ? `${rows} of ${evidence_rows}` : rows;
}

function renderCauses({ shared_causes }: RiskCard): string {
  const lines = shared_causes.map(
    ({ hazard, item_id, name, points }) =>
      `- ${wordCell(hazard)}: ${points} points come from ${name === null ? '' : `${quoteCell(name)}, `}item_id ${quoteCell(item_id)}`,
  );
  return lines.length > 0 ? ['Shared causes, which are risks of their own:', ...lines].join('\n') : '';
}

/** What no source of the kind can tell is not in the share, and is in the score all the same. */
function assumedText({ contributions }: RiskCard): string {
  const none = contributions.filter(({ basis }) => basis === 'NONE').map(({ hazard }) => wordCell(hazard));
  return none.length > 0 ? `; nothing was measured of ${none.join(', ')}` : '';
}

function renderFacts(card: RiskCard): string {
  const rule = card.tier_rule === null ? 'no rule' : `rule ${quoteCell(card.tier_rule)}`;
  const lines = [
    `- tier ${card.tier ?? 'none'} (${rule}, ${card.tier_basis}), weight ${card.tier_weight} (${card.tier_weight_low} to ${card.tier_weight_high}); priority ${card.business_impact_low} to ${card.business_impact_high}`,
    `- confidence ${card.confidence}: of what its source can tell the share ${card.coverage} is measured${assumedText(card)}; ${card.assumption_points} points are assumed`,
    card.flags.length > 0 ? `- flags: ${card.flags.map(wordCell).join(' ')}` : '',
    card.other_sources
      ? `- also protected in ${card.other_sources.map((id) => quoteCell(id)).join(' ')}, which counts here`
      : '',
    `- concerns ${count(card.affected_jobs, 'job')} and ${count(card.affected_workloads, 'workload')}`,
    `- risk run ${quoteCell(card.run_id)}`,
  ];
  return lines.filter(Boolean).join('\n');
}

function renderAffected({ affected = [] }: RiskAnswer): string {
  const rows = affected.map(({ name, item_id, scope_type, composite_score, risk_category }) => [
    quoteCell(name),
    quoteCell(item_id),
    scope_type,
    composite_score,
    risk_category,
  ]);
  return rows.length > 0
    ? `What it concerns, the largest score first:\n${table(['name', 'item_id', 'scope', 'score', 'category'], rows)}`
    : '';
}
