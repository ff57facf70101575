import type { EstateRisk, RiskItem } from './facts.ts';
import { HAZARDS, type HazardName } from './hazard.ts';
import type { RiskCategory } from './priority.ts';

const WORST_FIRST: readonly RiskCategory[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/**
 * The estate in a line: the tier-weighted mean of the given members' scores with additive points per hazard, and the
 * category of the worst listed item, since a mean of 20,000 hides everything. NO_DATA without members: not "healthy".
 */
export function estateRisk(
  members: readonly RiskItem[],
  items: readonly RiskItem[],
  left: readonly string[],
): EstateRisk {
  const listed = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 };
  for (const item of items) if (item.isListed) listed[item.category]++;
  const total = sum(members, ({ tier }) => tier.weight);
  const mean = (of: (item: RiskItem) => number) =>
    total > 0 ? sum(members, (item) => item.tier.weight * of(item)) / total : 0;
  const has = members.length > 0;
  const workloads = members.filter(({ scope }) => scope === 'workload');
  const flagged = (flag: RiskItem['flags'][number]) =>
    workloads.filter(({ flags }) => flags.includes(flag)).length;
  return {
    status: has ? 'ASSESSED' : 'NO_DATA',
    score: has ? mean(({ score }) => score) : null,
    scoreLow: has ? mean(({ scoreLow }) => scoreLow) : null,
    scoreHigh: has ? mean(({ scoreHigh }) => scoreHigh) : null,
    points: pointsOf(mean),
    assumptionPoints: mean(({ assumptionPoints }) => assumptionPoints),
    coverage: mean(({ coverage }) => coverage),
    category: WORST_FIRST.find((category) => listed[category] > 0) ?? null,
    worst: items[0]?.key ?? null,
    listed,
    workloads: workloads.length,
    notAssessed: flagged('NOT_ASSESSED'),
    notTested: flagged('NOT_TESTED'),
    unprotected: flagged('UNPROTECTED'),
    left,
  };
}

function pointsOf(mean: (of: (item: RiskItem) => number) => number): Record<HazardName, number> {
  const of = (hazard: HazardName) =>
    mean((item) => item.contributions.find((each) => each.hazard === hazard)?.points ?? 0);
  const points = { gap: 0, capacity: 0, integrity: 0, recover: 0 };
  for (const hazard of HAZARDS) points[hazard] = of(hazard);
  return points;
}

function sum(items: readonly RiskItem[], of: (item: RiskItem) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
