import type { RiskHazardRow, RiskItemRow, RiskName } from '../../../queries/risk-items.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { MEANINGS, roundedParts, toEvidence, toRiskRow } from './rows.ts';
import type { Contribution, RiskCard } from './shape.ts';

/** Everything that the run concluded about one item. The points add up to the score, as they are shown. */
export function toCard(
  item: RiskItemRow,
  hazards: readonly RiskHazardRow[],
  names: readonly RiskName[],
  isDetailed: boolean,
): RiskCard {
  const points = roundedParts(
    item.score,
    hazards.map((hazard) => hazard.points),
  );
  const contributions = hazards.map((hazard, index) =>
    toContribution(hazard, points[index] as number, isDetailed ? 20 : 4),
  );
  return {
    ...toRiskRow(item, hazards, false),
    run_id: item.runId,
    tier_weight: item.tierWeight,
    tier_weight_low: item.tierWeightLow,
    tier_weight_high: item.tierWeightHigh,
    tier_rule: cleanOrNull(item.tierRule, 120),
    tier_basis: item.tierBasis,
    business_impact_low: round(item.priorityLow, 1),
    business_impact_high: round(item.priorityHigh, 1),
    own_priority: round(item.ownPriority, 1),
    assumption_points: round(item.assumptionPoints, 1),
    listed: item.isListed,
    explanation: explain(item, contributions),
    contributions,
    shared_causes: arrayOf(item.sharedCauses).flatMap((stored) => toCause(stored, names)),
  };
}

function toContribution(hazard: RiskHazardRow, points: number, most: number): Contribution {
  return {
    hazard: hazard.hazard,
    meaning: MEANINGS[hazard.hazard] ?? hazard.hazard,
    severity: round(hazard.severity, 3),
    q: round(hazard.q, 3),
    q_low: round(hazard.qLow, 3),
    q_high: round(hazard.qHigh, 3),
    points,
    basis: hazard.basis,
    evidence_at: isoSeconds(hazard.evidenceAt),
    age_days: round(hazard.ageDays, 1),
    stale: hazard.isStale,
    reasons: hazard.reasons.slice(0, 8).map((reason) => cleanText(reason)),
    evidence: toEvidence(hazard.evidence, most),
    evidence_rows: arrayOf(hazard.evidence).length,
  };
}

function toCause(stored: unknown, names: readonly RiskName[]): RiskCard['shared_causes'] {
  const { hazard, item_id, points } = objectOf(stored);
  const id = textOf(item_id);
  if (id === null) return [];
  const known = names.find(({ itemId }) => itemId === id);
  return [
    {
      hazard: cleanText(textOf(hazard) ?? '', 40),
      item_id: cleanText(id, 150),
      name: cleanOrNull(known?.name),
      points: round(numberOf(points) ?? 0, 1),
    },
  ];
}

/** The sum, and how the priority comes of it. */
function explain(item: RiskItemRow, contributions: readonly Contribution[]): string {
  const score = round(item.score, 1);
  const parts = contributions.map(({ hazard, points }) => `${hazard} ${points}`);
  const sum = parts.length > 0 ? `Score ${score} = ${parts.join(' + ')}. ` : '';
  const weight =
    item.tierBasis === 'ASSUMED'
      ? `weight ${item.tierWeight}, assumed since no rule gives a tier`
      : `weight ${item.tierWeight} of tier ${item.tier}`;
  return (
    `${sum}Priority ${round(item.priority, 1)} = ${weight}, times the score and half of what the range adds ` +
    `(${score} and half of ${round(item.scoreHigh, 1)} less ${score}).`
  );
}
