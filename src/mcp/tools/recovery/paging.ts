import { runIdsOf } from '../../../queries/recovery.ts';
import { type Positions, writeCursor } from '../../cursor.ts';
import { LISTS, type List, type Lists, offsetOf } from './lists.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import type { RecoveryAnswer } from './shape.ts';

/** As many rows of each list as fit; of a list that was not read none. */
export type KeptLists = { [L in List]: NonNullable<RecoveryAnswer[L]> };

/** The lists as fitAnswer takes them. */
export function keepable({ rows }: Lists): KeptLists {
  const { next_tests = [], mass_restore = [], locations = [], trials = [] } = rows;
  return { next_tests, mass_restore, locations, trials };
}

/** The lists that were read, as an answer has them. */
export function shownOf({ rows }: Lists, kept: KeptLists): Partial<KeptLists> {
  return Object.fromEntries(Object.entries(kept).filter(([list]) => rows[list as List] !== undefined));
}

/** Rows that matched and are not shown up to this page, per list. */
function omittedOf(scope: RecoveryScope, { matching }: Lists, kept: KeptLists): Record<string, number> {
  return Object.fromEntries(
    LISTS.flatMap((list) => {
      const all = matching[list];
      return all === undefined ? [] : [[list, all - offsetOf(scope, list) - kept[list].length]];
    }),
  );
}

/** What is not shown, and the cursor that goes on; `others`: rows and positions of lists that page in their own way. */
export function toPaging(
  scope: RecoveryScope,
  lists: Lists,
  kept: KeptLists,
  others: { omitted: Record<string, number>; positions: Positions } = { omitted: {}, positions: {} },
): Pick<RecoveryAnswer, 'omitted' | 'next_cursor'> {
  const ofLists = omittedOf(scope, lists, kept);
  const left = Object.entries({ ...others.omitted, ...ofLists }).filter(([, count]) => count > 0);
  const positions: Positions = { ...others.positions };
  for (const list of LISTS) {
    if ((ofLists[list] ?? 0) > 0) positions[list] = [offsetOf(scope, list) + kept[list].length];
  }
  const hasMore = Object.values(positions).some((position) => position !== null);
  return {
    ...(left.length > 0 ? { omitted: Object.fromEntries(left) } : {}),
    ...(hasMore
      ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIdsOf(scope.allRuns), positions) }
      : {}),
  };
}
