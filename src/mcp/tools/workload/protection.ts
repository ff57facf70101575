import type { ComplianceRow } from '../../../queries/risk-compliance.ts';
import { arrayOf, objectOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { sizeText } from '../capacity/sizes.ts';
import type { WorkloadCard } from '../recovery/shape.ts';
import { toCard } from '../recovery/workload-card.ts';
import type { MachineFacts } from './read-machine.ts';
import type { Protection } from './shape.ts';

/** What one source knows of the machine; a part is null where its worker concluded nothing about it. */
export function toProtection(
  facts: MachineFacts,
  source: { name: string; kind: string },
  isDetailed: boolean,
): Protection {
  const { machine, recovery, points, concludedAt } = facts;
  const card = recovery ? toCard(recovery, points, concludedAt) : null;
  const bytes = card?.size_bytes ?? null;
  return {
    source_id: machine.sourceId,
    workload_id: cleanText(machine.id, 120),
    source_name: source.name,
    source_kind: source.kind,
    relation: machine.relation,
    ...(machine.isHome ? { is_home: true } : {}),
    ...(card?.other_sources ? { other_sources: card.other_sources } : {}),
    workload_name: cleanText(machine.name),
    platform: cleanOrNull(machine.type, 60),
    first_seen_at: isoSeconds(machine.firstSeenAt),
    gone_at: isoSeconds(machine.goneAt),
    ...(facts.undeleteUntil === undefined ? {} : { deleted: { until: isoSeconds(facts.undeleteUntil) } }),
    size_bytes: bytes,
    size_display: bytes === null ? null : sizeText(bytes),
    tier: card?.tier ?? null,
    tier_basis: card?.tier_basis ?? null,
    concluded_at: isoSeconds(concludedAt),
    rpo: card && toRpo(card),
    rto: card && toRto(card),
    tests: card && toTests(card),
    points: card && card.points,
    risk: toRisk(facts),
    compliance: facts.compliance ? toCompliance(facts.compliance) : null,
    ...(isDetailed && card ? { reasons: card.reasons } : {}),
  };
}

const toRpo = (card: WorkloadCard): Protection['rpo'] => ({
  status: card.rpo_status,
  target_hours: card.rpo_target_hours,
  target_basis: card.rpo_target_basis,
  age_hours: card.rpo_age_hours,
  newest_point_at: card.points.newest?.created_at ?? null,
  breached_share_30_days: card.breached_share_30_days,
  hidden_by_job: card.hidden_by_job ?? null,
  restore_points: card.restore_points,
});

const toRto = (card: WorkloadCard): Protection['rto'] => ({
  status: card.sla_status,
  target_minutes: card.rto_target_minutes,
  target_basis: card.rto_target_basis,
  p_in_time: card.p_in_time,
  basis: card.basis,
  q50_minutes: card.q50_minutes,
  q50_range_95: card.q50_range_95,
  q90_minutes: card.q90_minutes,
  q90_range_95: card.q90_range_95,
  q90_status: card.q90_status,
  quantile_basis: card.quantile_basis,
});

const toTests = (card: WorkloadCard): Protection['tests'] => ({
  recency: card.recency,
  last_test_at: card.last_test_at,
  last_test_class: card.last_test_class,
  restores: card.restores,
  restores_ok: card.restores_ok,
  verifications: card.verifications,
  verifications_ok: card.verifications_ok,
  last_failure_at: card.last_failure_at,
  last_failure_reason: card.last_failure_reason,
});

function toRisk({ risk, hazards }: MachineFacts): Protection['risk'] {
  if (!risk) return null;
  return {
    item_id: cleanText(risk.itemId, 150),
    category: risk.category,
    score: round(risk.score, 1),
    score_low: round(risk.scoreLow, 1),
    score_high: round(risk.scoreHigh, 1),
    priority: round(risk.priority, 1),
    flags: risk.flags.map((flag) => cleanText(flag, 40)),
    part_of: risk.causedBy.slice(0, 5).map((item) => cleanText(item, 150)),
    hazards: hazards.map(({ hazard, points, q, qLow, qHigh, basis }) => ({
      hazard,
      points: round(points, 1),
      q: round(q, 3),
      q_low: round(qLow, 3),
      q_high: round(qHigh, 3),
      basis,
    })),
    reasons: risk.reasons.slice(0, 3).map((reason) => cleanText(reason, 200)),
  };
}

const DIGITS = ['copies', 'media', 'offsite', 'immutable', 'zero_errors'] as const;

/** The rule is kept as far as its weakest digit: BROKEN before UNPROVEN before PROVEN. */
function toCompliance(row: ComplianceRow): NonNullable<Protection['compliance']> {
  const { copies, media, offsite, immutable, zeroErrors: zero_errors } = row;
  const digits = { copies, media, offsite, immutable, zero_errors };
  const statuses = Object.values(digits);
  const verdict = ['BROKEN', 'UNPROVEN'].find((status) => statuses.includes(status)) ?? 'PROVEN';
  const why = DIGITS.filter((digit) => digits[digit] !== 'PROVEN').flatMap((digit) =>
    arrayOf(objectOf(objectOf(row.digits)[digit]).reasons)
      .filter((reason) => typeof reason === 'string')
      .slice(0, 1)
      .map((reason) => `${digit}: ${cleanText(reason, 120)}`),
  );
  return { verdict, ...digits, first_expires_at: isoSeconds(row.firstExpiresAt), why };
}
