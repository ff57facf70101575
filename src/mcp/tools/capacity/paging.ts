import type { Positions } from '../../cursor.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { type ExtraList, type Extras, offsetOf } from './extras.ts';
import type { CapacityAnswer } from './shape.ts';

const LISTS: readonly ExtraList[] = ['events', 'attribution', 'ledger', 'accuracy'];

type Lists = ExtraList | 'history';
/** As many rows of each list as fit; of a list that was not read none. */
export type KeptExtras = { [List in Lists]: NonNullable<CapacityAnswer[List]> };

/** The lists as fitAnswer takes them. */
export function keepable({ rows }: Extras): KeptExtras {
  const { events = [], attribution = [], ledger = [], accuracy = [], history = [] } = rows;
  return { events, attribution, ledger, accuracy, history };
}

/** The lists that were read, as an answer has them. */
export function shownOf({ rows }: Extras, kept: KeptExtras): Partial<KeptExtras> {
  return Object.fromEntries(Object.entries(kept).filter(([list]) => rows[list as Lists] !== undefined));
}

/** Rows that matched and are not shown up to this page, per list. */
export function omittedOf(
  scope: CapacityScope,
  { rows, matching }: Extras,
  kept: KeptExtras,
): Record<string, number> {
  const omitted: Record<string, number> = {
    history: (rows.history?.length ?? 0) - kept.history.length,
  };
  for (const list of LISTS) {
    if (matching[list] === undefined) continue;
    omitted[list] = matching[list] - offsetOf(scope, list) - kept[list].length;
  }
  return omitted;
}

/** Where the lists go on that are not at their end. */
export function positionsOf(scope: CapacityScope, extras: Extras, kept: KeptExtras): Positions {
  const omitted = omittedOf(scope, extras, kept);
  return Object.fromEntries(
    LISTS.filter((list) => (omitted[list] ?? 0) > 0).map((list) => [
      list,
      [offsetOf(scope, list) + kept[list].length],
    ]),
  );
}
