import type { RiskReader } from '../../../db/connect.ts';
import type { OtherProtection } from '../../../queries/machines.ts';
import { listRiskNames, type RiskName } from '../../../queries/risk-items.ts';
import { AnswerError } from '../../errors.ts';
import { itemAtHome, itemOfWorkload } from '../../joined.ts';
import { foldName, nearestNames } from '../../suggest.ts';
import { cleanText, isPlainId, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';
import type { RiskScope } from './risk-scope.ts';

/**
 * The items that somebody means: the one with that item id, else those about that id, else those with that name, else
 * those that fit the pattern.
 * @throws AnswerError with the nearest names if there is none
 */
export async function findItems(
  db: RiskReader,
  { runs, question, elsewhere }: RiskScope,
  wanted: string,
): Promise<RiskName[]> {
  const all = namesAtHome(await listRiskNames(db, runs, { scope: question.scope }), elsewhere);
  const found = matchingItems(all, wanted);
  if (found.length > 0) return found;
  const home = itemAtHome(elsewhere, wanted);
  const moved = home === undefined ? [] : all.filter(({ itemId }) => itemId === home);
  if (moved.length > 0) return moved;
  throw new AnswerError(explainNoItem(wanted, all));
}

/** Without the items of machines that have one where they are listed. */
function namesAtHome(all: readonly RiskName[], elsewhere: readonly OtherProtection[]): RiskName[] {
  if (elsewhere.length === 0) return [...all];
  const key = (sourceId: string, itemId: string) => `${sourceId}\n${itemId}`;
  const known = new Set(all.map(({ sourceId, itemId }) => key(sourceId, itemId)));
  const moved = new Set(
    elsewhere
      .filter((one) => known.has(key(one.homeSourceId, itemOfWorkload(one.homeWorkloadId))))
      .map((one) => key(one.sourceId, itemOfWorkload(one.workloadId))),
  );
  return all.filter(({ sourceId, itemId }) => !moved.has(key(sourceId, itemId)));
}

/** The same choice among rows at hand; none where nothing fits. */
export function matchingItems<T extends { itemId: string; scopeId: string; name: string }>(
  all: readonly T[],
  wanted: string,
): T[] {
  const id = wanted.trim().toLowerCase();
  const byItem = all.filter(({ itemId }) => itemId.toLowerCase() === id);
  if (byItem.length > 0) return byItem;
  const byScope = all.filter(({ scopeId }) => scopeId.toLowerCase() === id);
  return byScope.length > 0 ? byScope : matching(all, wanted);
}

/**
 * Item ids are copied into suggested arguments, so they have to look like ids. Those of machines that the source knows by
 * name alone hold that name, which is text of somebody else.
 */
export function isPlainItem(itemId: string, sourceId: string): boolean {
  return (
    /^[a-z]+:[A-Za-z0-9][A-Za-z0-9_.:;/+-]{0,399}$/.test(itemId) &&
    !itemId.includes('/name/') &&
    isPlainId(sourceId)
  );
}

export function explainNoItem(wanted: string, all: readonly { name: string }[]): string {
  const asked = `No risk is about ${JSON.stringify(cleanText(wanted, 100))} among ${all.length} items.`;
  const nearest = nearestNames(
    foldName(wanted).replaceAll('*', ''),
    all.map(({ name }) => cleanText(name)),
  );
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    'Give one of them, an item_id, an id, or a pattern with * (letter case and accents do not matter).',
  ].join('\n');
}
