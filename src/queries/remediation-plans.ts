import { sql } from 'kysely';
import type { RiskReader } from '../db/connect.ts';

/** Far above what a source gets in years: a plan that is not read would be written again under an id that is taken. */
const MOST = 1_000_000;

/** The newest concluded run of the risk worker; undefined: none. */
export function getLatestRisk(db: RiskReader, sourceId: string, now: Date) {
  return (
    db
      .selectFrom('risk_summary')
      .select(['run_id as runId', 'concluded_at as concludedAt', 'status', 'severities'])
      .where('source_id', '=', sourceId)
      // A clock that was ahead once has left a run in the future, which would be the latest for long.
      .where('concluded_at', '<=', now)
      .orderBy('concluded_at', 'desc')
      .limit(1)
      .executeTakeFirst()
  );
}

/** The runs of collectors that a risk run rests on. */
export function listRiskInputRuns(db: RiskReader, sourceId: string, riskRunId: string) {
  return db
    .selectFrom('risk_input')
    .select(['worker', 'input_run_id as inputRunId'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', riskRunId)
    .orderBy('worker')
    .limit(10)
    .execute();
}

/** Scores of a risk run, to hold the scorer against. */
export function listItemScores(db: RiskReader, sourceId: string, riskRunId: string) {
  return db
    .selectFrom('risk_item')
    .select(['item_id as itemId', 'score'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', riskRunId)
    .orderBy('item_id')
    .limit(2_000_000)
    .execute();
}

/** A plan as it was last written, with its last event and when its trouble was last seen. */
export type StoredPlan = {
  planId: string;
  version: number;
  itemId: string;
  scopeType: string;
  scopeId: string;
  riskType: string;
  ruleIds: string[];
  scoreNow: number;
  expectedScoreAfter: number | null;
  verify: { metric: string; op: '<=' | '>='; target: number; window_hours: number }[];
  options: { prerequisites?: string[] }[];
  subject: { job_ids: string[]; workload_ids: string[]; repository_ids: string[] };
  status: string;
  presentAt: Date;
};

/** All plans of a source that were not withdrawn for good: newest version of each, with its newest event. */
export function listStoredPlans(db: RiskReader, sourceId: string): Promise<StoredPlan[]> {
  const rows = sql<StoredPlan>`(
    select p.plan_id as "planId", p.version, p.item_id as "itemId", p.scope_type as "scopeType", p.scope_id as "scopeId",
           p.risk_type as "riskType", p.rule_ids as "ruleIds", p.score_now as "scoreNow",
           p.expected_score_after as "expectedScoreAfter", p.verify, p.options, p.subject, e.status,
           greatest(p.created_at, (select max(c.checked_at) from remediation_check c
                                    where c.source_id = p.source_id and c.plan_id = p.plan_id and c.is_present)) as "presentAt"
      from (select distinct on (plan_id) * from remediation_plan where source_id = ${sourceId}
             order by plan_id, version desc) p
      join lateral (select status from remediation_event e
                     where e.source_id = p.source_id and e.plan_id = p.plan_id and e.version = p.version
                     order by e.at desc limit 1) e on true)`;
  return db.selectFrom(rows.as('plan')).selectAll().orderBy('planId').limit(MOST).execute();
}
