import type { EfficiencySummaryRow } from '../../../queries/efficiency.ts';
import type { AnswerBase, NextStep, SourceFreshness } from '../../answer.ts';
import { type Positions, writeCursor } from '../../cursor.ts';
import { toBase } from '../../scope.ts';
import { toSourcesPart } from '../../sources.ts';
import type { About, EfficiencyScope } from './efficiency-scope.ts';
import type { Lists } from './lists.ts';
import { type Kept, omittedOf, positionsOf, shownOf } from './paging.ts';
import type { EfficiencyAnswer } from './shape.ts';

/** What a question came to: what it is about, and what the runs say of their sources. */
export type Given = { about: About; summaries: EfficiencySummaryRow[]; tierSources: SourceFreshness[] };

export type Body = Omit<EfficiencyAnswer, keyof AnswerBase>;

type Parts = {
  body: Body;
  lists: Lists;
  kept: Kept;
  /** Rows of lists that are not in `lists`, and where those go on. */
  omitted: Record<string, number>;
  positions: Positions;
  notKnown: string[];
  nextSteps: NextStep[];
  tierSources: SourceFreshness[];
};

/** The answer of some rows of each list, with what it leaves out and where it goes on. */
export function assemble(
  scope: EfficiencyScope,
  { body, lists, kept, omitted, positions, notKnown, nextSteps, tierSources }: Parts,
  summarise: (body: Body) => string,
): EfficiencyAnswer {
  const whole: Body = { ...body, ...shownOf(lists, kept), ...lists.beside };
  const left = Object.entries({ ...omitted, ...omittedOf(scope, lists, kept) }).filter(
    ([, count]) => count > 0,
  );
  const next = { ...positions, ...positionsOf(scope, lists, kept) };
  const goesOn = Object.values(next).some((position) => position !== null);
  const runIds = scope.runs.map(({ runId }) => runId);
  return {
    ...toBase(scope, summarise(whole)),
    ...whole,
    ...toSourcesPart([...scope.sources, ...tierSources]),
    not_known: [...notKnown, ...tierSources.flatMap(oldTiers), ...lists.notKnown],
    next_steps: nextSteps.slice(0, 3),
    ...(left.length > 0 ? { omitted: Object.fromEntries(left) } : {}),
    ...(goesOn ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, next) } : {}),
  };
}

/** Who has which tier comes from another worker, whose runs have an age of their own. */
function oldTiers({ stale, age_hours: age }: SourceFreshness): string[] {
  if (age === null)
    return ['Which machine has which tier, in a source of which the rto worker has no finished run.'];
  return stale
    ? [`Which machine has which tier now: a run of the rto worker said so ${age} h ago, which is STALE.`]
    : [];
}
