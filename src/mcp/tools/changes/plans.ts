import type { RiskReader } from '../../../db/connect.ts';
import { listPlanEvents, type PlanEventRow } from '../../../queries/remediation-answers.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import type { Comparison } from './compare.ts';
import type { Rows } from './shape.ts';

const MOST_PLANS = 5_000;
const CHANGES = ['REOPENED', 'NEW', 'VERIFIED', 'WITHDRAWN', 'NEW_VERSION', 'SUPERSEDED'];

/** What became of plans between the moments: an event is known since the end of its run. */
export async function readPlans(
  db: RiskReader,
  comparisons: readonly Comparison[],
  since: Date,
): Promise<Rows['plans'][]> {
  const runs = comparisons.flatMap(({ worker, now, basis }) =>
    worker === 'remediation' && now && basis !== 'SAME_RUN' ? [now] : [],
  );
  if (runs.length === 0) return [];
  const events = await listPlanEvents(db, { runs, from: since, limit: MOST_PLANS, offset: 0 });
  return events.map(toRow);
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
