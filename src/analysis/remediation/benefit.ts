import { assessRisk } from '../risk/items.ts';
import { scoreOf } from '../risk/score.ts';
import { riskWhatIf, withHazard } from '../risk/what-if.ts';
import type { Case, Subject } from './evidence.ts';
import type { Effect } from './rule.ts';
import type { Slicer } from './slice.ts';

/** What an option does to the score of the item it is for. */
export interface Benefit {
  /** null: the score has no term for it. */
  expectedScoreAfter: number | null;
  /** Points of the score removed. */
  delta: number | null;
  /** Points that the upper end of the range falls by, halved, as the priority counts doubt by half. */
  doubtRemoved: number;
}

const NOTHING_SCORED: Benefit = { expectedScoreAfter: null, delta: null, doubtRemoved: 0 };

/** The same scorer with and without the option (METHODS 3.6): whatever it is, risk is never estimated in a second way. */
export function benefitOf(of: Case, effect: Effect, slice: Slicer): Benefit {
  switch (effect.kind) {
    case 'unscored':
      return NOTHING_SCORED;
    case 'doubt':
      return { expectedScoreAfter: of.item.score, delta: 0, doubtRemoved: doubtOf(of) };
    case 'hazard': {
      if (!of.hazard) return NOTHING_SCORED;
      const after = withHazard(of.item, of.hazard.hazard, { q: effect.q });
      return { expectedScoreAfter: after.score, delta: after.delta, doubtRemoved: 0 };
    }
    case 'changes':
      return of.input ? ofEstate(of, effect) : ofItem(of, effect, slice);
  }
}

function ofItem(
  { item, subject, facts }: Case,
  { changes }: Extract<Effect, { kind: 'changes' }>,
  slice: Slicer,
): Benefit {
  const { after } = whatIf(slice(item, subject satisfies Subject), changes, facts.severities);
  const found = after.items.find(({ key }) => key === item.key);
  // An incident whose jobs have recovered is no item any more.
  const expectedScoreAfter = found?.score ?? 0;
  return { expectedScoreAfter, delta: item.score - expectedScoreAfter, doubtRemoved: 0 };
}

/** What concerns all of it counts by the mean of all. */
function ofEstate({ facts }: Case, { changes }: Extract<Effect, { kind: 'changes' }>): Benefit {
  const { after } = riskWhatIf(facts.risk, changes, facts.severities, facts.assessment);
  const { score, scoreHigh } = facts.assessment.estate;
  if (score === null || after.estate.score === null) return NOTHING_SCORED;
  return {
    expectedScoreAfter: after.estate.score,
    delta: score - after.estate.score,
    doubtRemoved: Math.max(0, ((scoreHigh ?? 0) - (after.estate.scoreHigh ?? 0)) / 2),
  };
}

function whatIf(...[facts, changes, severities]: Parameters<typeof riskWhatIf>) {
  return riskWhatIf(facts, changes, severities, assessRisk(facts, severities));
}

/** If all that is assumed or borrowed turned out to be what is believed: the score stays, the doubt goes. */
function doubtOf({ item }: Case): number {
  const known = item.contributions.map((each) =>
    each.basis !== 'measured' ? { ...each, low: each.q, high: each.q } : each,
  );
  return Math.max(0, (item.scoreHigh - scoreOf(known, item.severities).scoreHigh) / 2);
}
