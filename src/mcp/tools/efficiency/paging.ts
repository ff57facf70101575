import type { Slice } from '../../../queries/efficiency.ts';
import type { Positions } from '../../cursor.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import type { ListName, Lists } from './lists.ts';
import type { EfficiencyAnswer } from './shape.ts';

type Paged = ListName | 'jobs';
const LISTS: readonly ListName[] = ['anomalies', 'reclaimable', 'repositories', 'changes'];

/** As many rows of each list as fit; of a list that was not read none. */
export type Kept = { [List in ListName | 'history']: NonNullable<EfficiencyAnswer[List]> };

/** Where a list goes on: rows that were shown before. */
export function offsetOf({ page }: EfficiencyScope, list: Paged): number {
  return Number(page?.positions[list]?.[0] ?? 0);
}

/** Whether the pages before left rows of a list. */
export function isOpen({ page }: EfficiencyScope, list: Paged): boolean {
  return page === undefined || Boolean(page.positions[list]?.length);
}

export function sliceOf(scope: EfficiencyScope, list: Paged): Slice {
  return { limit: scope.question.limit, offset: offsetOf(scope, list) };
}

/** The lists as fitAnswer takes them. */
export function keepable({ rows }: Lists): Kept {
  const { anomalies = [], reclaimable = [], repositories = [], changes = [], history = [] } = rows;
  return { anomalies, reclaimable, repositories, changes, history };
}

/** The lists that were read, as an answer has them. */
export function shownOf({ rows }: Lists, kept: Kept): Partial<Kept> {
  return Object.fromEntries(Object.entries(kept).filter(([list]) => rows[list as keyof Kept] !== undefined));
}

/** Rows that matched and are not shown up to this page, per list. */
export function omittedOf(
  scope: EfficiencyScope,
  { rows, matching }: Lists,
  kept: Kept,
): Record<string, number> {
  const omitted: Record<string, number> = { history: (rows.history?.length ?? 0) - kept.history.length };
  for (const list of LISTS) {
    if (matching[list] === undefined) continue;
    omitted[list] = matching[list] - offsetOf(scope, list) - kept[list].length;
  }
  return omitted;
}

/** Where the lists go on that are not at their end. */
export function positionsOf(scope: EfficiencyScope, lists: Lists, kept: Kept): Positions {
  const omitted = omittedOf(scope, lists, kept);
  const left = LISTS.filter((list) => (omitted[list] ?? 0) > 0);
  return Object.fromEntries(left.map((list) => [list, [offsetOf(scope, list) + kept[list].length]]));
}
