import { type SqlBool, sql } from 'kysely';
import type { RiskReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

/** A run of the remediation worker, and until when plans and events count: what came later was not known then. */
export type PlanRun = RunKey & { finishedAt: Date };

export type PlanFilter = {
  statuses?: readonly string[] | undefined;
  urgency?: string | undefined;
  riskType?: string | undefined;
  planIds?: readonly string[] | undefined;
  /** Versions that a newer one replaced, too. */
  oldVersions?: boolean | undefined;
};

/** A version of a plan with what had become of it. */
export type PlanState = {
  sourceId: string;
  planId: string;
  version: number;
  riskRunId: string;
  itemId: string;
  createdAt: Date;
  scopeType: string;
  scopeId: string;
  name: string;
  riskType: string;
  ruleIds: string[];
  title: string;
  urgency: string;
  urgencyReason: string;
  tier: number | null;
  tierWeight: number;
  scoreNow: number;
  expectedScoreAfter: number | null;
  delta: number | null;
  effortLow: number;
  effortHigh: number;
  benefitPerHour: number;
  hypotheses: unknown;
  investigationSteps: unknown;
  options: unknown;
  verify: unknown;
  covers: string[];
  subject: { job_ids: string[]; workload_ids: string[]; repository_ids: string[] };
  notKnown: unknown;
  status: string;
  statusAt: Date;
  statusReason: string;
  scoreThen: number | null;
  supersededBy: string | null;
  supersededByVersion: number | null;
  /** As the run of the answer found it; null where it did not look, as at a plan that is closed. */
  rank: number | null;
  scoreLatest: number | null;
  isFrozen: boolean | null;
  isPresent: boolean | null;
  metricsLatest: unknown;
  checkedAt: Date | null;
  isLatest: boolean;
};

/**
 * CRITICAL first, what removes only doubt last, malware before others, then risk removed per hour, weighted by tier; as
 * `comparePlans`. What is closed: the newest first.
 */
const ORDER = sql`case when status in ('OPEN', 'REOPENED') then 0 else 1 end,
  case when status in ('OPEN', 'REOPENED') then null else "statusAt" end desc,
  urgency <> 'CRITICAL', urgency <> 'CRITICAL' and coalesce(delta, 1) <= 1e-9,
  not ("scopeType" = 'WORKLOAD' and "riskType" = 'integrity'
       and "ruleIds" && array['integrity.infected', 'integrity.suspicious']),
  "tierWeight" * "benefitPerHour" desc,
  array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], urgency), "scoreNow" desc, "sourceId", "planId", version desc`;

/** Plans as they stood in the given runs. */
export function listPlanStates(
  db: RiskReader,
  { runs, filter, limit, offset }: { runs: PlanRun[]; filter: PlanFilter; limit: number; offset: number },
): Promise<PlanState[]> {
  return statesOf(db, runs, filter, sql`order by ${ORDER} limit ${limit} offset ${offset}`)
    .selectAll()
    .orderBy(ORDER)
    .limit(limit)
    .execute();
}

/** How many there are of each status, urgency and type. */
export function countPlanStates(db: RiskReader, runs: PlanRun[], filter: PlanFilter) {
  return statesOf(db, runs, filter)
    .select((eb) => ['status', 'urgency', 'riskType', eb.fn.countAll<number>().as('plans')])
    .groupBy(['status', 'urgency', 'riskType'])
    .orderBy('status')
    .orderBy('urgency')
    .orderBy('riskType')
    .execute();
}

/** What plans are about, whatever became of them. */
export function listPlanNames(db: RiskReader, runs: PlanRun[]) {
  return statesOf(db, runs, {})
    .select([
      'sourceId',
      'planId',
      'itemId',
      'scopeType',
      'scopeId',
      'name',
      'riskType',
      'status',
      'supersededBy',
      'covers',
      'subject',
    ])
    .orderBy('sourceId')
    .orderBy('planId')
    .limit(200_000)
    .execute();
}

export type PlanName = Awaited<ReturnType<typeof listPlanNames>>[number];

export type EventQuestion = {
  runs: PlanRun[];
  planIds?: readonly string[] | undefined;
  from?: Date | undefined;
  limit: number;
  offset: number;
};

/** What became of plans, newest first and of many plans outcomes first, with what each had promised. */
export function listPlanEvents(db: RiskReader, question: EventQuestion) {
  return eventsOf(db, question)
    .select([
      'e.source_id as sourceId',
      'e.plan_id as planId',
      'e.version',
      'e.status',
      'e.at',
      'e.reason',
      'e.score_then as scoreThen',
      'e.predicted_score as predictedScore',
      'e.superseded_by as supersededBy',
      'p.item_id as itemId',
      'p.name',
      'p.title',
      'p.risk_type as riskType',
      'p.score_now as scoreBefore',
      'p.created_at as createdAt',
    ])
    .$if(question.planIds === undefined, (query) =>
      query.orderBy(sql`e.status not in ('VERIFIED', 'REOPENED', 'WITHDRAWN')`),
    )
    .orderBy('e.at', 'desc')
    .orderBy(sql`array_position(array['VERIFIED', 'REOPENED', 'WITHDRAWN', 'OPEN', 'SUPERSEDED'], e.status)`)
    .orderBy('e.source_id')
    .orderBy('e.plan_id')
    .orderBy('e.version', 'desc')
    .limit(question.limit)
    .offset(question.offset)
    .execute();
}

export type PlanEventRow = Awaited<ReturnType<typeof listPlanEvents>>[number];

/** So many points above the promised score are as promised. */
export const AS_PROMISED_POINTS = 5;

/** How many events there are of each status, and how those that were verified turned out against what was promised. */
export function sumPlanEvents(db: RiskReader, question: EventQuestion) {
  const error = sql`e.score_then - e.predicted_score`;
  return eventsOf(db, question)
    .select((eb) => [
      'e.status',
      eb.fn.countAll<number>().as('events'),
      sql<number>`count(${error})`.as('scored'),
      sql<number>`count(*) filter (where ${error} <= ${sql.lit(AS_PROMISED_POINTS)})`.as('asPromised'),
      sql<number | null>`percentile_cont(0.5) within group (order by ${error})`.as('medianError'),
      sql<number | null>`percentile_cont(0.5) within group (order by p.score_now - e.score_then)`.as(
        'medianRemoved',
      ),
    ])
    .groupBy('e.status')
    .orderBy('e.status')
    .execute();
}

/** What the runs said about themselves. */
export function listRemediationSummaries(db: RiskReader, runs: RunKey[]) {
  return db
    .selectFrom('remediation_summary')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'concluded_at as concludedAt',
      'risk_run_id as riskRunId',
      'considered',
      'open_plans as openPlans',
      'cut',
      'frozen',
      'frozen_plans as frozenPlans',
      'reason',
      'not_known as notKnown',
    ])
    .where('source_id', 'in', [...new Set(runs.map(({ sourceId }) => sourceId))])
    .where('run_id', 'in', [...new Set(runs.map(({ runId }) => runId))])
    .orderBy('source_id')
    .limit(1_000)
    .execute();
}

export type RemediationSummaryRow = Awaited<ReturnType<typeof listRemediationSummaries>>[number];

const runRows = (runs: PlanRun[]) => sql`unnest(${runs.map(({ sourceId }) => sourceId)}::text[],
  ${runs.map(({ runId }) => runId)}::uuid[],
  ${runs.map(({ finishedAt }) => finishedAt.toISOString())}::timestamptz[]) as r(source_id, run_id, until)`;

/** Of events at one moment the last that counts. */
const rankOf = (event: string) =>
  sql`array_position(array['OPEN', 'REOPENED', 'VERIFIED', 'SUPERSEDED', 'WITHDRAWN'], ${sql.ref(`${event}.status`)})`;

/** @param page order and limit, by what is narrow */
function statesOf(db: RiskReader, runs: PlanRun[], filter: PlanFilter, page = sql``) {
  const { statuses, urgency, riskType, planIds, oldVersions } = filter;
  // Chosen by their last event and version before anything else is read: plans are wide, and of years of them most are closed.
  const chosen = sql`
    select * from (
      select p.source_id, p.plan_id, p.version, r.run_id, e.status, e.at, e.reason, e.score_then, e.superseded_by, e.superseded_by_version,
             p.source_id as "sourceId", p.plan_id as "planId", e.at as "statusAt", p.scope_type as "scopeType", p.risk_type as "riskType",
             p.rule_ids as "ruleIds", p.tier_weight as "tierWeight", p.benefit_per_hour as "benefitPerHour", p.score_now as "scoreNow",
             p.urgency, p.delta,
             not exists (select from remediation_plan later
                          where later.source_id = p.source_id and later.plan_id = p.plan_id and later.version > p.version
                            and later.created_at <= r.until) as is_latest
        from ${runRows(runs)}
        join remediation_event e on e.source_id = r.source_id and e.at <= r.until
        join remediation_plan p on p.source_id = e.source_id and p.plan_id = e.plan_id and p.version = e.version and p.created_at <= r.until
       where ${statuses === undefined ? sql`true` : sql`e.status = any(${[...statuses]}::text[])`}
         and ${urgency === undefined ? sql`true` : sql`p.urgency = ${urgency}`}
         and ${riskType === undefined ? sql`true` : sql`p.risk_type = ${riskType}`}
         and ${planIds === undefined ? sql`true` : sql`p.plan_id = any(${[...planIds]}::text[])`}
         and not exists (select from remediation_event n
                          where n.source_id = e.source_id and n.plan_id = e.plan_id and n.version = e.version and n.at <= r.until
                            and (n.at, ${rankOf('n')}, n.run_id) > (e.at, ${rankOf('e')}, e.run_id))) state
     where ${oldVersions ? sql`true` : sql`is_latest`} ${page}`;
  const states = sql<PlanState>`(
    select p.source_id as "sourceId", p.plan_id as "planId", p.version, p.risk_run_id as "riskRunId",
           p.item_id as "itemId", p.created_at as "createdAt", p.scope_type as "scopeType", p.scope_id as "scopeId",
           p.name, p.risk_type as "riskType", p.rule_ids as "ruleIds", p.title, p.urgency,
           p.urgency_reason as "urgencyReason", p.tier, p.tier_weight as "tierWeight", p.score_now as "scoreNow",
           p.expected_score_after as "expectedScoreAfter", p.delta, p.effort_low_hours as "effortLow",
           p.effort_high_hours as "effortHigh", p.benefit_per_hour as "benefitPerHour", p.hypotheses,
           p.investigation_steps as "investigationSteps", p.options, p.verify, p.covers, p.subject, p.not_known as "notKnown",
           e.status, e.at as "statusAt", e.reason as "statusReason", e.score_then as "scoreThen",
           e.superseded_by as "supersededBy", e.superseded_by_version as "supersededByVersion",
           c.rank, c.score_now as "scoreLatest", c.is_frozen as "isFrozen", c.is_present as "isPresent",
           c.metrics as "metricsLatest", c.checked_at as "checkedAt", e.is_latest as "isLatest"
      from (${chosen}) e
      join remediation_plan p on p.source_id = e.source_id and p.plan_id = e.plan_id and p.version = e.version
      left join remediation_check c
        on c.source_id = p.source_id and c.run_id = e.run_id and c.plan_id = p.plan_id and c.version = p.version)`;
  return db.selectFrom(states.as('plan'));
}

function eventsOf(db: RiskReader, { runs, planIds, from }: EventQuestion) {
  const known = sql<{ source_id: string; run_id: string; until: Date }>`(select * from ${runRows(runs)})`;
  return db
    .selectFrom(known.as('r'))
    .innerJoin('remediation_event as e', (join) =>
      join.onRef('e.source_id', '=', 'r.source_id').onRef('e.at', '<=', 'r.until'),
    )
    .innerJoin('remediation_plan as p', (join) =>
      join
        .onRef('p.source_id', '=', 'e.source_id')
        .onRef('p.plan_id', '=', 'e.plan_id')
        .onRef('p.version', '=', 'e.version'),
    )
    .$if(from !== undefined, (query) => query.where('e.at', '>=', from ?? new Date(0)))
    .$if(planIds !== undefined, (query) =>
      query.where(sql<SqlBool>`e.plan_id = any(${[...(planIds ?? [])]}::text[])`),
    );
}
