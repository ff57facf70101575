import type { RiskReader } from '../../../db/connect.ts';
import {
  type ComplianceRow,
  type ComplianceTierRow,
  listCompliance,
  listComplianceTiers,
} from '../../../queries/risk-compliance.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { ComplianceAnswer, ComplianceTierAnswer } from './compliance-shape.ts';
import type { RiskScope } from './risk-scope.ts';
import { toEvidence, toNumbers } from './rows.ts';

export type Compliance = {
  tiers: ComplianceTierAnswer[];
  rows: ComplianceAnswer[];
  matching: number;
};

const DIGITS = ['copies', 'media', 'offsite', 'immutable', 'zero_errors', 'rpo', 'rto'] as const;

/** Where the list goes on: rows that were shown before. */
export const complianceOffset = ({ page }: RiskScope) => Number(page?.positions.compliance?.[0] ?? 0);

/**
 * The roll-up per tier, unless the question is about some workloads, and those workloads, the worst of the highest tier
 * first. `proofs`: how many rows of proof each digit shows; 0 leaves the digits out.
 */
export async function readCompliance(
  db: RiskReader,
  scope: RiskScope,
  { workloadIds, proofs }: { workloadIds: readonly string[] | undefined; proofs: number },
): Promise<Compliance> {
  const { runs, question, page } = scope;
  if (page && !page.positions.compliance?.length) return { tiers: [], rows: [], matching: 0 };
  const { limit, tier } = question;
  const asked = { runs, workloadIds, tier, limit, offset: complianceOffset(scope) };
  const rows = await listCompliance(db, asked);
  const tiers = workloadIds || page ? [] : await listComplianceTiers(db, runs);
  return {
    tiers: tiers.filter((row) => tier === undefined || row.tier === tier).map(toTier),
    rows: rows.map((row) => toRow(row, proofs)),
    matching: rows[0]?.matching ?? 0,
  };
}

function toTier(row: ComplianceTierRow): ComplianceTierAnswer {
  const counts = Object.entries(objectOf(row.counts)).filter(([digit]) => /^\w{1,40}$/.test(digit));
  return {
    source_id: row.sourceId,
    tier: row.tier,
    workloads: row.workloads,
    all_proven: row.allProven,
    any_broken: row.anyBroken,
    counts: Object.fromEntries(
      counts.map(([digit, byStatus]) => [
        digit,
        Object.fromEntries(
          Object.entries(toNumbers(byStatus)).map(([status, count]) => [status.toUpperCase(), count]),
        ),
      ]),
    ),
  };
}

function toRow(row: ComplianceRow, proofs: number): ComplianceAnswer {
  return {
    source_id: row.sourceId,
    workload_id: cleanText(row.workloadId, 100),
    name: cleanText(row.name),
    tier: row.tier,
    copies: row.copies,
    media: row.media,
    offsite: row.offsite,
    immutable: row.immutable,
    zero_errors: row.zeroErrors,
    rpo: row.rpo,
    rto: row.rto,
    first_expires_at: isoSeconds(row.firstExpiresAt),
    ...(proofs > 0 ? { digits: DIGITS.map((digit) => toDigit(row, digit, proofs)) } : {}),
  };
}

function toDigit(
  row: ComplianceRow,
  digit: (typeof DIGITS)[number],
  proofs: number,
): NonNullable<ComplianceAnswer['digits']>[number] {
  const stored = objectOf(objectOf(row.digits)[digit]);
  const status = digit === 'zero_errors' ? row.zeroErrors : row[digit];
  const own = textOf(stored.status)?.toUpperCase() ?? null;
  const target = numberOf(stored.target) ?? numberOf(stored.target_hours) ?? numberOf(stored.target_minutes);
  return {
    digit,
    status,
    detail_status: own === null || own === status ? null : cleanText(own, 40),
    target: round(target, 2),
    expires_at: cleanOrNull(textOf(stored.expires_at), 40),
    reasons: arrayOf(stored.reasons)
      .flatMap((reason) => (typeof reason === 'string' ? [cleanText(reason, 200)] : []))
      .slice(0, 5),
    proof: toEvidence(stored.rows, proofs),
    proof_rows: arrayOf(stored.rows).length,
  };
}
