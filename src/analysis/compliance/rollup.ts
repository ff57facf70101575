import type { DigitStatus } from './digit.ts';
import type { Compliance32110 } from './rule-32110.ts';
import type { RpoCompliance, RpoStatus, RtoCompliance, RtoStatus } from './targets.ts';

export const DIGITS = ['copies', 'media', 'offsite', 'immutable', 'errors'] as const;
type DigitName = (typeof DIGITS)[number];

export interface WorkloadCompliance {
  id: string;
  /** 1 to 4; null without one. */
  tier: number | null;
  rule: Compliance32110;
  rpo: RpoCompliance;
  rto: RtoCompliance;
}

/** Workloads of one tier, or all of them. */
export interface ComplianceRollup {
  /** null: those without a tier; 'all': every workload. */
  tier: number | null | 'all';
  workloads: number;
  /** Workloads per status of each digit; the three add up to `workloads`. */
  digits: Record<DigitName, Record<DigitStatus, number>>;
  rule: Record<DigitStatus, number>;
  rpo: Record<RpoStatus, number>;
  rto: Record<RtoStatus, number>;
  /** Share that keeps the whole rule: proven at least, all but the broken ones at most; null without workloads. */
  shareLow: number | null;
  shareHigh: number | null;
  /** The first proof to run out among those that are proven, epoch milliseconds. */
  nextExpiry: { workloadId: string; at: number } | null;
}

/** One row per tier that has workloads, the highest first, those without a tier after them, and one for all. */
export function complianceRollup(workloads: readonly WorkloadCompliance[]): ComplianceRollup[] {
  const tiers = new Map<number | null, WorkloadCompliance[]>();
  for (const workload of workloads) {
    const known = tiers.get(workload.tier);
    if (known) known.push(workload);
    else tiers.set(workload.tier, [workload]);
  }
  const rows = [...tiers]
    .sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map(([tier, members]) => rollupOf(tier, members));
  return [...rows, rollupOf('all', workloads)];
}

function rollupOf(
  tier: ComplianceRollup['tier'],
  workloads: readonly WorkloadCompliance[],
): ComplianceRollup {
  const digitCounts = (name: DigitName) => digitCount(workloads.map(({ rule }) => rule[name].status));
  const rule = digitCount(workloads.map(({ rule: { status } }) => status));
  const all = workloads.length;
  return {
    tier,
    workloads: all,
    digits: {
      copies: digitCounts('copies'),
      media: digitCounts('media'),
      offsite: digitCounts('offsite'),
      immutable: digitCounts('immutable'),
      errors: digitCounts('errors'),
    },
    rule,
    rpo: rpoCount(workloads),
    rto: rtoCount(workloads),
    shareLow: all > 0 ? rule.proven / all : null,
    shareHigh: all > 0 ? (all - rule.broken) / all : null,
    nextExpiry: nextExpiry(workloads),
  };
}

function digitCount(statuses: readonly DigitStatus[]): Record<DigitStatus, number> {
  const counts = { proven: 0, unproven: 0, broken: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

function rpoCount(workloads: readonly WorkloadCompliance[]): Record<RpoStatus, number> {
  const counts = { MET: 0, AT_RISK: 0, BREACHED: 0, NEVER: 0, UNKNOWN: 0 };
  for (const { rpo } of workloads) counts[rpo.status]++;
  return counts;
}

function rtoCount(workloads: readonly WorkloadCompliance[]): Record<RtoStatus, number> {
  const counts = { COMPLIANT: 0, AT_RISK: 0, NON_COMPLIANT: 0, UNPROVEN: 0, UNTESTED: 0, UNKNOWN: 0 };
  for (const { rto } of workloads) counts[rto.status]++;
  return counts;
}

function nextExpiry(workloads: readonly WorkloadCompliance[]): ComplianceRollup['nextExpiry'] {
  let next: ComplianceRollup['nextExpiry'] = null;
  for (const { id, rule } of workloads) {
    for (const name of DIGITS) {
      const at = rule[name].expires;
      if (at !== null && (next === null || at < next.at)) next = { workloadId: id, at };
    }
  }
  return next;
}
