import type { RiskReader } from '../../../db/connect.ts';
import { listPlanEvents, type PlanEventRow } from '../../../queries/remediation-answers.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { type Compared, type Comparison, comparedOf } from './compare.ts';
import type { Rows } from './shape.ts';

const MOST_PLANS = 5_000;
const CHANGES = ['REOPENED', 'NEW', 'VERIFIED', 'WITHDRAWN', 'NEW_VERSION', 'SUPERSEDED'];

/**
 * What became of plans by the runs after the earlier one; what the first run of a source finds is not new. An event is dated
 * at the begin of its run and known since its end, so that by its date alone it would be lost to a report made in between.
 */
export async function readPlans(
  db: RiskReader,
  comparisons: readonly Comparison[],
): Promise<Rows['plans'][]> {
  const pairs = comparedOf(comparisons, 'remediation');
  const runs = [...pairs.values()].map(({ now }) => now);
  if (runs.length === 0) return [];
  const from = [...pairs.values()].map(({ before }) => before.finishedAt).reduce((a, b) => (a < b ? a : b));
  const events = await listPlanEvents(db, { runs, from, limit: MOST_PLANS, offset: 0 });
  return events
    .filter(({ sourceId, at }) => at > (pairs.get(sourceId) as Compared).before.finishedAt)
    .map(toRow);
}

function toRow(event: PlanEventRow): Rows['plans'] {
  return {
    source_id: event.sourceId,
    plan_id: cleanText(event.planId, 250),
    version: event.version,
    item_id: cleanText(event.itemId, 150),
    name: cleanText(event.name),
    title: cleanText(event.title, 160),
    change: event.status === 'OPEN' ? (event.version === 1 ? 'NEW' : 'NEW_VERSION') : event.status,
    at: isoSeconds(event.at),
    reason: cleanText(event.reason, 160),
  };
}

/** Trouble that came back first, then what is new. */
export const keyOfPlan = ({ change, at, source_id, plan_id, version }: Rows['plans']) => [
  CHANGES.indexOf(change),
  -Date.parse(at),
  source_id,
  `${plan_id} ${String(version).padStart(6, '0')} ${change}`,
];
