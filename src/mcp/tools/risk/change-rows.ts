import type { RiskChangeRow } from '../../../queries/risk-changes.ts';
import type { RiskHazardRow } from '../../../queries/risk-items.ts';
import { round } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import type { ChangeRow } from './changes-shape.ts';

/** So many points of one hazard are worth a line. */
const MOVED_FROM = 0.5;

/** One change, with the hazards that moved. `runsNow`: which of the hazards' runs are the later ones. */
export function toChangeRow(
  change: RiskChangeRow,
  hazards: readonly RiskHazardRow[],
  runsNow: ReadonlySet<string>,
): ChangeRow {
  const own = hazards.filter(
    ({ sourceId, itemId }) => sourceId === change.sourceId && itemId === change.itemId,
  );
  const moved = toMoved(
    own.filter(({ runId }) => runsNow.has(runId)),
    own.filter(({ runId }) => !runsNow.has(runId)),
  );
  return {
    source_id: change.sourceId,
    item_id: cleanText(change.itemId, 150),
    scope_type: change.scopeType,
    name: cleanText(change.name),
    change: change.change,
    risk_category: change.category,
    category_before: change.categoryBefore,
    composite_score: round(change.score, 1),
    score_before: round(change.scoreBefore, 1),
    business_impact_score: round(change.priority, 1),
    impact_before: round(change.priorityBefore, 1),
    impact_change: round((change.priority ?? 0) - (change.priorityBefore ?? 0), 1),
    moved,
    reasons: reasonsOf(change, own, moved, runsNow),
    ...(change.isListed === false && change.causedBy
      ? { part_of: change.causedBy.map((id) => cleanText(id, 150)) }
      : {}),
  };
}

function toMoved(now: readonly RiskHazardRow[], before: readonly RiskHazardRow[]): ChangeRow['moved'] {
  const names = [...new Set([...now, ...before].map(({ hazard }) => hazard))];
  return names
    .map((hazard) => {
      const [is, was] = [now, before].map((list) => list.find((one) => one.hazard === hazard));
      return {
        hazard,
        q_before: round(was?.q ?? null, 3),
        q: round(is?.q ?? null, 3),
        points_before: round(was?.points ?? null, 1),
        points: round(is?.points ?? null, 1),
      };
    })
    .filter((one) => Math.abs(shift(one)) >= MOVED_FROM)
    .sort((a, b) => Math.abs(shift(b)) - Math.abs(shift(a)));
}

const shift = ({ points, points_before }: ChangeRow['moved'][number]) => (points ?? 0) - (points_before ?? 0);

/** Why it is as it is now, by the hazard that moved most; of what is gone, why it had been there. */
function reasonsOf(
  { change, score, reasons, reasonsBefore }: RiskChangeRow,
  own: readonly RiskHazardRow[],
  [first]: ChangeRow['moved'],
  runsNow: ReadonlySet<string>,
): string[] {
  const mover = own.find(({ hazard, runId }) => hazard === first?.hazard && runsNow.has(runId));
  if (change === 'MERGED' && score === null)
    return ['it is the same machine as a workload of another source, and listed there'];
  const chosen = mover?.reasons ?? reasons ?? reasonsBefore ?? [];
  return chosen.slice(0, 2).map((reason) => cleanText(reason, 200));
}
