import type { RiskReader } from '../../../db/connect.ts';
import { listPlanEvents, type PlanEventRow } from '../../../queries/remediation-answers.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import type { Comparison } from './compare.ts';
import type { Rows } from './shape.ts';

const MOST_PLANS = 5_000;
const CHANGES = ['REOPENED', 'NEW', 'VERIFIED', 'WITHDRAWN', 'NEW_VERSION', 'SUPERSEDED'];

/**
 * What became of plans by the runs after the earlier one: an event is dated at the begin of its run and known since its end,
 * so that by its date alone it would be lost when a report was made in between.
 */
export async function readPlans(
  db: RiskReader,
  comparisons: readonly Comparison[],
  since: Date,
): Promise<Rows['plans'][]> {
  const own = comparisons.filter(({ worker, basis }) => worker === 'remediation' && basis !== 'SAME_RUN');
  const runs = own.flatMap(({ now }) => now ?? []);
  if (runs.length === 0) return [];
  const earlier = new Map(own.map(({ sourceId, before }) => [sourceId, before?.finishedAt ?? since]));
  const from = [...earlier.values()].reduce((a, b) => (a < b ? a : b));
  const events = await listPlanEvents(db, { runs, from, limit: MOST_PLANS, offset: 0 });
  return events.filter(({ sourceId, at }) => at > (earlier.get(sourceId) ?? since)).map(toRow);
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
