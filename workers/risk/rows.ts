import type { EstateRisk, RiskAssessment, RiskFacts, RiskItem } from '../../src/analysis/risk/facts.ts';
import { HAZARDS, type HazardName } from '../../src/analysis/risk/hazard.ts';
import { HAZARD_INPUTS, type InputState } from '../../src/analysis/risk/staleness.ts';
import type { RiskRow } from '../../src/pipeline/bulk.ts';
import type { Input } from './inputs.ts';
import type { Refs } from './refs.ts';

type Row<T extends 'risk_item' | 'risk_hazard' | 'risk_input' | 'risk_facts'> = Omit<
  RiskRow<T>,
  'source_id' | 'run_id'
>;

/** The ids behind a count; who wants all finds them in the facts. */
const MOST_IDS = 100;
const MOST_REASONS = 12;

/** An item as the table has it. @param rank its place in the list, from 1 */
export function toItemRow(item: RiskItem, rank: number): Row<'risk_item'> {
  const q = (hazard: HazardName) => 100 * (item.contributions.find((each) => each.hazard === hazard)?.q ?? 0);
  return {
    item_id: item.key,
    scope_type: item.scope.toUpperCase(),
    scope_id: item.id,
    name: item.name,
    score: item.score,
    score_low: item.scoreLow,
    score_high: item.scoreHigh,
    assumption_points: item.assumptionPoints,
    coverage: item.coverage,
    tier: item.tier.tier,
    tier_weight: item.tier.weight,
    tier_weight_low: item.tier.low,
    tier_weight_high: item.tier.high,
    tier_rule: item.tier.rule,
    tier_basis: item.tier.basis.toUpperCase(),
    priority: item.priority,
    priority_low: item.priorityLow,
    priority_high: item.priorityHigh,
    own_priority: item.ownPriority,
    is_listed: item.isListed,
    rank,
    category: item.category,
    flags: item.flags,
    job_ids: item.affectedJobs.slice(0, MOST_IDS),
    workload_ids: item.affectedWorkloads.slice(0, MOST_IDS),
    affected_jobs: item.affectedJobs.length,
    affected_workloads: item.affectedWorkloads.length,
    caused_by: [...new Set(item.sharedCauses.map(({ key }) => key))],
    shared_causes: item.sharedCauses.map(({ hazard, key, points }) => ({ hazard, item_id: key, points })),
    job_failure_risk_score: q('gap'),
    capacity_risk_score: q('capacity'),
    efficiency_risk_score: q('integrity'),
    recovery_risk_score: q('recover'),
    data_quality_risk_score: item.assumptionPoints,
    reasons: reasonsOf(item),
  } as Row<'risk_item'>;
}

function reasonsOf({ contributions }: RiskItem): string[] {
  const worstFirst = contributions.toSorted((a, b) => b.points - a.points);
  return [...new Set(worstFirst.flatMap(({ reasons }) => reasons))].slice(0, MOST_REASONS);
}

/** What its score is made of. */
export function toHazardRows(
  item: RiskItem,
  inputs: readonly InputState[],
  refs: Refs,
): Row<'risk_hazard'>[] {
  const isStale = (hazard: HazardName) =>
    inputs.some(
      ({ worker, status }) =>
        HAZARD_INPUTS[hazard].includes(worker) && (status === 'STALE' || status === 'MISSING'),
    );
  return item.contributions.map((each) => ({
    item_id: item.key,
    hazard: each.hazard,
    severity: item.severities[each.hazard],
    q: each.q,
    q_low: each.low,
    q_high: each.high,
    points: each.points,
    basis: each.basis.toUpperCase(),
    evidence_at: each.asOf === null ? null : new Date(each.asOf),
    age_days: each.ageDays,
    is_stale: isStale(each.hazard),
    reasons: [...each.reasons],
    evidence: refs.of(each.evidence),
  }));
}

export function toInputRow(state: InputState, input: Input): Row<'risk_input'> {
  return {
    worker: state.worker,
    status: state.status,
    input_run_id: input.runId,
    concluded_at: state.lastSuccessAt === null ? null : new Date(state.lastSuccessAt),
    age_hours: state.ageHours,
    expected_hours: input.expectedHours,
    completeness: state.completeness,
    missing: [...state.missing],
    hazards: hazardsOn(state),
    reason: reasonOf(state, input),
  };
}

export const hazardsOn = ({ worker }: Pick<InputState, 'worker'>): HazardName[] =>
  HAZARDS.filter((hazard) => HAZARD_INPUTS[hazard].includes(worker));

/** Why an input is not fresh, in our words; null: it is, and the newest run did not fail. */
export function reasonOf(state: InputState, { lastFailure }: Input): string | null {
  const failed = lastFailure ? `the newest run failed (${lastFailure})` : null;
  const reasons = [...stateReasons(state), ...(failed ? [failed] : [])];
  return reasons.length > 0 ? reasons.join('; ') : null;
}

function stateReasons({ status, ageHours, staleAfterHours, completeness, missing }: InputState): string[] {
  if (status === 'MISSING') return ['it has never concluded on this source'];
  const hours = (value: number) => Math.round(value * 10) / 10;
  const late =
    status === 'STALE'
      ? [`it last concluded ${hours(ageHours ?? 0)} hours ago, stale after ${hours(staleAfterHours)}`]
      : [];
  const share = completeness ?? 1;
  return [
    ...late,
    ...(missing.length > 0 ? [`could not read ${missing.join(', ')}`] : []),
    ...(share < 1 ? [`read ${Math.floor(share * 1000) / 10} % of an endpoint`] : []),
  ];
}

/** Subjects per row of `risk_facts`: some 300 KB before compression. */
const PART = 500;

/** The facts in parts, in their order. */
export function* toFactRows(facts: RiskFacts): Generator<Row<'risk_facts'>> {
  const { now, inputs, signals } = facts;
  yield { kind: 'SOURCE', part: 0, facts: { now, inputs, signals } };
  const lists = {
    JOB: facts.jobs,
    REPOSITORY: facts.repositories,
    WORKLOAD: facts.workloads,
    INCIDENT: facts.incidents,
  };
  for (const [kind, list] of Object.entries(lists))
    for (let start = 0; start < list.length; start += PART)
      yield { kind, part: start / PART, facts: list.slice(start, start + PART) };
}

/** The estate beside its columns in the summary. */
export const toEstate = (estate: EstateRisk) => ({
  points: estate.points,
  coverage: estate.coverage,
  category: estate.category,
  worst: estate.worst,
  not_tested: estate.notTested,
  left: estate.left.length,
});

/** Workloads that nothing makes new points of, and disabled jobs of which no workload is known, and why. */
export function unprotectedOf({ items }: RiskAssessment) {
  return items
    .filter(
      ({ scope, flags, affectedWorkloads }) =>
        flags.includes('UNPROTECTED') &&
        (scope === 'workload' || (scope === 'job' && affectedWorkloads.length === 0)),
    )
    .map(({ scope, id, name, contributions }) => ({
      ...(scope === 'workload' ? { workload_id: id } : { job_id: id }),
      name,
      reason: contributions.find(({ hazard }) => hazard === 'gap')?.reasons[0] ?? null,
    }));
}
