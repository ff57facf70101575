import type { RiskItem, RiskScope, SharedCause } from './facts.ts';
import { type HazardName, PRIORS } from './hazard.ts';
import type { Judged } from './hazards-of.ts';
import {
  compareCategories,
  priorityOf,
  type RiskFlag,
  type TierEvidence,
  worseCategory,
} from './priority.ts';
import { type Contribution, type Severities, scoreOf } from './score.ts';

export interface ItemInput {
  scope: RiskScope;
  id: string;
  name: string;
  tier: TierEvidence;
  judged: readonly Judged[];
  /** Key of the item that a hazard's cause is; undefined where it is this one's own. */
  causeOf?: (hazard: HazardName) => string | undefined;
  flags?: readonly RiskFlag[];
  affectedJobs?: readonly string[];
  affectedWorkloads?: readonly string[];
  /** Hazards that do not exist for it, such as that of being full for storage sold by use. */
  impossible?: readonly HazardName[];
  severities: Severities;
}

/** From this priority on what is an item's own is listed even if something shared is larger. */
const LISTED_FROM = 30;

/** One risk: score, priority, and which parts of it are listed elsewhere because their cause is shared. */
export function riskItem(input: ItemInput): RiskItem {
  const { severities, tier, causeOf, judged } = input;
  const score = scoreOf(
    judged.map(({ hazard }) => hazard),
    severities,
    input.impossible,
  );
  const priority = priorityOf(score, tier);
  const sharedCauses = causeOf ? sharedOf(score.contributions, causeOf) : [];
  const own = sharedCauses.length === 0 ? priority : ownPriority(score.contributions, sharedCauses, input);
  const isOwn = !sharedCauses.some(({ hazard }) => hazard === largest(score.contributions));
  const happening = happeningHere(input, score.contributions, sharedCauses);
  const isUrgent = happening.length > 0;
  const isWithoutCopy = happening.some(({ hasNoCopy }) => hasNoCopy === true);
  const atLeastHigh = (category: RiskItem['category']) =>
    isUrgent ? worseCategory(category, isWithoutCopy ? 'CRITICAL' : 'HIGH') : category;
  return {
    key: `${input.scope}:${input.id}`,
    scope: input.scope,
    id: input.id,
    name: input.name,
    tier,
    severities,
    impossible: input.impossible ?? [],
    ...score,
    priority: priority.priority,
    priorityLow: priority.priorityLow,
    priorityHigh: priority.priorityHigh,
    category: atLeastHigh(priority.category),
    flags: flagsOf(input, score.contributions, priority.isAssessed, sharedCauses.length > 0),
    sharedCauses,
    ownPriority: own.priority,
    isListed: isOwn || isUrgent || own.priority >= LISTED_FROM,
    isUrgent,
    isWithoutCopy,
    listedAs: atLeastHigh(isOwn ? priority.category : own.category),
    rank: isOwn ? priority.priority : own.priority,
    affectedJobs: input.affectedJobs ?? [],
    affectedWorkloads: input.affectedWorkloads ?? [],
  };
}

/** Listed ones first, the worst category before the others, in it what has happened, of that what has no copy at all, then by rank; of equals the one that concerns more, then by key so that two runs agree. */
export function compareItems(a: RiskItem, b: RiskItem): number {
  const reach = (item: RiskItem) => item.affectedJobs.length + item.affectedWorkloads.length;
  return (
    Number(b.isListed) - Number(a.isListed) ||
    compareCategories(a.listedAs, b.listedAs) ||
    Number(b.isUrgent) - Number(a.isUrgent) ||
    Number(b.isWithoutCopy) - Number(a.isWithoutCopy) ||
    b.rank - a.rank ||
    reach(b) - reach(a) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

/**
 * What has happened is urgent however little is known of the tier; only a rule that gives the machine or job a low tier
 * says otherwise. What happens elsewhere is urgent there.
 */
function happeningHere(
  { scope, tier }: ItemInput,
  contributions: readonly Contribution[],
  shared: readonly SharedCause[],
): Contribution[] {
  const isMinor = (scope === 'workload' || scope === 'job') && (tier.tier ?? 0) > 2;
  const isOwn = ({ hazard }: Contribution) => !shared.some((cause) => cause.hazard === hazard);
  return isMinor ? [] : contributions.filter((each) => each.isHappening === true && isOwn(each));
}

/** Only what is no better than its prior is worth a reference. */
function sharedOf(
  contributions: readonly Contribution[],
  causeOf: (hazard: HazardName) => string | undefined,
): SharedCause[] {
  return contributions.flatMap(({ hazard, q, points }) => {
    const key = q >= PRIORS[hazard].q ? causeOf(hazard) : undefined;
    return key === undefined ? [] : [{ hazard, key, points }];
  });
}

function ownPriority(
  contributions: readonly Contribution[],
  shared: readonly SharedCause[],
  { severities, tier, impossible }: ItemInput,
) {
  const own = contributions.filter((each) => !shared.some(({ hazard }) => hazard === each.hazard));
  return priorityOf(scoreOf(own, severities, impossible), tier);
}

function largest(contributions: readonly Contribution[]): HazardName | undefined {
  let most: Contribution | undefined;
  for (const each of contributions) if (!most || each.points > most.points) most = each;
  return most?.hazard;
}

function flagsOf(
  { tier, flags, judged }: ItemInput,
  contributions: readonly Contribution[],
  isAssessed: boolean,
  isShared: boolean,
): RiskFlag[] {
  const all = new Set<RiskFlag>(flags);
  for (const each of judged) for (const flag of each.flags) all.add(flag);
  if (!isAssessed) all.add('NOT_ASSESSED');
  if (tier.basis === 'assumed') all.add('TIER_ASSUMED');
  if (contributions.some(({ hazard, basis }) => hazard === 'recover' && basis !== 'measured'))
    all.add('NOT_TESTED');
  if (isShared) all.add('SHARED_CAUSE');
  return [...all];
}
