import type {
  RiskHazardRow,
  RiskInputRow,
  RiskItemRow,
  RiskSummaryRow,
} from '../../../queries/risk-items.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { RiskScope } from './risk-scope.ts';
import type { RiskAnswer, RiskRow } from './shape.ts';

/** What each hazard is the probability of, within 30 days. */
export const MEANINGS: Readonly<Record<string, string>> = {
  gap: 'no usable restore point inside the RPO',
  capacity: 'the repository cannot take the next backups',
  integrity: 'the backup is unusable or poisoned',
  recover: 'a restore fails or misses the RTO',
};

/** A risk as a row of the list. `hazards` are those of the item, the largest first. */
export function toRiskRow(
  item: RiskItemRow,
  hazards: readonly RiskHazardRow[],
  isDetailed: boolean,
): RiskRow {
  const reasons = reasonsOf(item, hazards);
  return {
    source_id: item.sourceId,
    item_id: cleanText(item.itemId, 150),
    scope_type: item.scopeType,
    scope_id: cleanText(item.scopeId, 100),
    name: cleanText(item.name),
    ...(item.scopeType === 'JOB' ? { job_name: cleanText(item.name) } : {}),
    rank: item.rank,
    risk_category: item.category,
    composite_score: round(item.score, 1),
    score_low: round(item.scoreLow, 1),
    score_high: round(item.scoreHigh, 1),
    business_impact_score: round(item.priority, 1),
    tier: item.tier,
    drivers: {
      job_failure: round(item.jobFailure, 1),
      capacity: round(item.capacity, 1),
      efficiency: round(item.efficiency, 1),
      recovery: round(item.recovery, 1),
      data_quality: round(item.dataQuality, 1),
    },
    ...assumedDrivers(hazards),
    coverage: round(item.coverage, 2),
    confidence: confidenceOf(item.coverage),
    main_hazard: hazards[0]?.hazard ?? null,
    reasons: reasons.slice(0, isDetailed ? 4 : 1),
    flags: item.flags,
    affected_jobs: item.affectedJobs,
    affected_workloads: item.affectedWorkloads,
    ...partOf(item, hazards),
    ...(isDetailed ? details(item) : {}),
  };
}

const DRIVERS: Readonly<Record<string, string>> = {
  gap: 'job_failure',
  capacity: 'capacity',
  integrity: 'efficiency',
  recover: 'recovery',
};

/** Hazards of which nothing at all was measured are in the score with what is usual. */
function assumedDrivers(hazards: readonly RiskHazardRow[]): Pick<RiskRow, 'drivers_assumed'> {
  const assumed = hazards.flatMap(({ basis, hazard }) => (basis === 'NONE' ? (DRIVERS[hazard] ?? []) : []));
  return assumed.length > 0 ? { drivers_assumed: assumed } : {};
}

/** Of a machine: the other sources that protect it, which its risk counts. */
export function inOthers(
  { sourceId, scopeType, scopeId }: RiskItemRow,
  { elsewhere }: Pick<RiskScope, 'elsewhere'>,
): Pick<RiskRow, 'other_sources'> {
  if (scopeType !== 'WORKLOAD') return {};
  const own = elsewhere.filter(
    ({ homeSourceId, homeWorkloadId }) => homeSourceId === sourceId && homeWorkloadId === scopeId,
  );
  return own.length > 0 ? { other_sources: [...new Set(own.map((one) => one.sourceId))].slice(0, 5) } : {};
}

/** A part that is not listed, and one that is listed for the rest: its rank is that of what is its own. */
function partOf(
  item: RiskItemRow,
  hazards: readonly RiskHazardRow[],
): Pick<RiskRow, 'part_of' | 'own_priority'> {
  if (!item.isListed) return { part_of: item.causedBy.map((id) => cleanText(id, 150)) };
  const cause = arrayOf(item.sharedCauses)
    .map(objectOf)
    .find(({ hazard }) => hazard !== undefined && hazard === hazards[0]?.hazard);
  const id = textOf(cause?.item_id);
  return id === null ? {} : { part_of: [cleanText(id, 150)], own_priority: round(item.ownPriority, 1) };
}

const details = (item: RiskItemRow) => ({
  business_impact_low: round(item.priorityLow, 1),
  business_impact_high: round(item.priorityHigh, 1),
  tier_weight: item.tierWeight,
  tier_rule: cleanOrNull(item.tierRule, 120),
  tier_basis: item.tierBasis,
});

/** Of the largest hazard first; the item's own list where the hazards are no longer kept. */
function reasonsOf(item: RiskItemRow, hazards: readonly RiskHazardRow[]): string[] {
  const found = hazards.flatMap(({ reasons }) => reasons);
  return (found.length > 0 ? found : item.reasons).map((reason) => cleanText(reason));
}

/** The predecessor's words for how much of a number is measured. */
export function confidenceOf(coverage: number): string {
  if (coverage >= 0.8) return 'HIGH';
  if (coverage >= 0.5) return 'MODERATE';
  return coverage >= 0.3 ? 'LOW' : 'INSUFFICIENT';
}

/**
 * Parts rounded so that they add up to the rounded total: what rounding down leaves goes to those that lost most.
 * @see https://en.wikipedia.org/wiki/Largest_remainder_method
 */
export function roundedParts(total: number, parts: readonly number[], digits = 1): number[] {
  const scale = 10 ** digits;
  const floors = parts.map((part) => Math.floor(part * scale + 1e-9));
  const missing = Math.round(total * scale) - floors.reduce((sum, part) => sum + part, 0);
  const byLoss = parts
    .map((part, index) => ({ index, loss: part * scale - (floors[index] as number) }))
    .sort((a, b) => b.loss - a.loss || a.index - b.index)
    .slice(0, Math.max(0, missing));
  for (const { index } of byLoss) floors[index] = (floors[index] as number) + 1;
  return floors.map((part) => round(part / scale, digits));
}

type InputAnswer = NonNullable<RiskAnswer['inputs']>[number];

export function toInputRow(input: RiskInputRow): InputAnswer {
  return {
    source_id: input.sourceId,
    worker: input.worker,
    status: input.status,
    run_id: input.inputRunId,
    concluded_at: isoSeconds(input.concludedAt),
    age_hours: round(input.ageHours, 1),
    expected_hours: round(input.expectedHours, 2),
    completeness: round(input.completeness, 3),
    missing: input.missing.slice(0, 10).map((endpoint) => cleanText(endpoint, 120)),
    hazards: input.hazards,
    reason: cleanOrNull(input.reason, 200),
  };
}

type UnprotectedAnswer = NonNullable<RiskAnswer['unprotected']>[number];

export function toUnprotectedRows(summaries: readonly RiskSummaryRow[]): UnprotectedAnswer[] {
  return summaries.flatMap(({ sourceId, unprotected }) =>
    arrayOf(unprotected).map((item) => {
      const { workload_id, job_id, name, reason } = objectOf(item);
      return {
        source_id: sourceId,
        workload_id: cleanOrNull(textOf(workload_id), 100),
        ...(textOf(job_id) === null ? {} : { job_id: cleanText(textOf(job_id) ?? '', 100) }),
        name: cleanText(textOf(name) ?? ''),
        reason: cleanText(textOf(reason) ?? '', 200),
      };
    }),
  );
}

/** Rows of evidence as they were stored; what is not a row is left out. */
export function toEvidence(stored: unknown, most: number) {
  return arrayOf(stored)
    .flatMap((item) => {
      const { table, run_id, id } = objectOf(item);
      const [from, key] = [textOf(table), textOf(id)];
      return from === null || key === null
        ? []
        : [{ table: cleanText(from, 60), run_id: cleanOrNull(textOf(run_id), 60), id: cleanText(key, 150) }];
    })
    .slice(0, most);
}

/** Numbers by name, as they were stored. */
export function toNumbers(stored: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(objectOf(stored)).flatMap(([name, value]) => {
      const number = numberOf(value);
      return number === null || !/^\w{1,40}$/.test(name) ? [] : [[name, number]];
    }),
  );
}
