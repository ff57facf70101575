import { type SqlBool, sql } from 'kysely';
import type { RiskReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';
import type { OtherProtection } from './machines.ts';

/** Which items of a run are asked for; what is left out chooses nothing. */
export type RiskFilter = {
  category?: string | undefined;
  /** 0: no rule gave one. */
  tier?: number | undefined;
  scope?: string | undefined;
  /** Items whose largest part this hazard is. */
  hazard?: string | undefined;
  flag?: string | undefined;
  itemIds?: readonly string[] | undefined;
  /** Only those that are not part of another item. */
  isListed?: boolean | undefined;
  /** Only items after this one. */
  after?: RiskPosition | undefined;
  /** Workloads that are listed with another source: left out where that one has an item of the machine. */
  elsewhere?: readonly OtherProtection[] | undefined;
};

/** Where a page goes on: the sort key of the last item shown. */
export type RiskPosition = [place: number, sourceId: string, rank: number, itemId: string];

/**
 * Each source keeps its own order, its rank; between sources category and priority decide, as the least so far in that
 * order, so that it never goes up again. What is part of something else comes last.
 */
const PLACE = sql<number>`-(min(r.priority
  + 1000 * (4 - array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], r.category)))
    over (partition by r.source_id order by r.rank)
  + case when r.is_listed then 10000 else 0 end)`;
/** Of one source: its rank says it all, and no item but those that are asked for has to be read. */
const NO_PLACE = sql<number>`0`;

/** Items of the given runs, the most urgent first. */
export function listRiskItems(
  db: RiskReader,
  { runs, filter, limit }: { runs: RunKey[]; filter: RiskFilter; limit: number },
) {
  return itemsOf(db, runs, filter)
    .select([
      'i.source_id as sourceId',
      'i.run_id as runId',
      'i.item_id as itemId',
      'i.scope_type as scopeType',
      'i.scope_id as scopeId',
      'i.name',
      'i.score',
      'i.score_low as scoreLow',
      'i.score_high as scoreHigh',
      'i.assumption_points as assumptionPoints',
      'i.coverage',
      'i.tier',
      'i.tier_weight as tierWeight',
      'i.tier_weight_low as tierWeightLow',
      'i.tier_weight_high as tierWeightHigh',
      'i.tier_rule as tierRule',
      'i.tier_basis as tierBasis',
      'i.priority',
      'i.priority_low as priorityLow',
      'i.priority_high as priorityHigh',
      'i.own_priority as ownPriority',
      'i.is_listed as isListed',
      'i.rank',
      'i.category',
      'i.flags',
      'i.job_ids as jobIds',
      'i.workload_ids as workloadIds',
      'i.affected_jobs as affectedJobs',
      'i.affected_workloads as affectedWorkloads',
      'i.caused_by as causedBy',
      'i.shared_causes as sharedCauses',
      'i.job_failure_risk_score as jobFailure',
      'i.capacity_risk_score as capacity',
      'i.efficiency_risk_score as efficiency',
      'i.recovery_risk_score as recovery',
      'i.data_quality_risk_score as dataQuality',
      'i.reasons',
      'i.place',
    ])
    .orderBy('i.place')
    .orderBy('i.source_id')
    .orderBy('i.rank')
    .orderBy('i.item_id')
    .limit(limit)
    .execute();
}

export type RiskItemRow = Awaited<ReturnType<typeof listRiskItems>>[number];

/** How many items there are, per source, category and whether they are listed. */
export function countRiskItems(db: RiskReader, runs: RunKey[], filter: RiskFilter) {
  return itemsOf(db, runs, filter)
    .select((eb) => [
      'i.source_id as sourceId',
      'i.category',
      'i.is_listed as isListed',
      eb.fn.countAll<number>().as('items'),
    ])
    .groupBy(['i.source_id', 'i.category', 'i.is_listed'])
    .orderBy('i.source_id')
    .orderBy('i.category')
    .execute();
}

/** Ids and names of all items of the runs, or of some of them. */
export function listRiskNames(
  db: RiskReader,
  runs: RunKey[],
  { scope, itemIds }: Pick<RiskFilter, 'scope' | 'itemIds'> = {},
) {
  return db
    .selectFrom('risk_item')
    .select([
      'source_id as sourceId',
      'item_id as itemId',
      'scope_type as scopeType',
      'scope_id as scopeId',
      'name',
      'category',
      'caused_by as causedBy',
    ])
    .where('source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where('run_id', 'in', distinct(runs.map(({ runId }) => runId)))
    .$if(scope !== undefined, (query) => query.where('scope_type', '=', scope ?? ''))
    .$if(itemIds !== undefined, (query) =>
      query.where(sql<SqlBool>`item_id = any(${[...(itemIds ?? [])]}::text[])`),
    )
    .orderBy('source_id')
    .orderBy('item_id')
    .limit(200_000)
    .execute();
}

export type RiskName = Awaited<ReturnType<typeof listRiskNames>>[number];

/** What the scores of some items are made of, the largest part first. */
export function listRiskHazards(db: RiskReader, runs: RunKey[], itemIds: readonly string[]) {
  return db
    .selectFrom('risk_hazard')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'item_id as itemId',
      'hazard',
      'severity',
      'q',
      'q_low as qLow',
      'q_high as qHigh',
      'points',
      'basis',
      'evidence_at as evidenceAt',
      'age_days as ageDays',
      'is_stale as isStale',
      'reasons',
      'evidence',
    ])
    .where('source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where('run_id', 'in', distinct(runs.map(({ runId }) => runId)))
    .where(sql<SqlBool>`item_id = any(${[...itemIds]}::text[])`)
    .orderBy('source_id')
    .orderBy('item_id')
    .orderBy('points', 'desc')
    .orderBy(sql`array_position(array['gap', 'capacity', 'integrity', 'recover'], hazard)`)
    .limit(10_000)
    .execute();
}

export type RiskHazardRow = Awaited<ReturnType<typeof listRiskHazards>>[number];

/** Risk of each source as its run summed it up. */
export function listRiskSummaries(db: RiskReader, runs: RunKey[]) {
  return db
    .selectFrom('risk_summary')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'concluded_at as concludedAt',
      'status',
      'workloads',
      'jobs',
      'items',
      'by_category as byCategory',
      'not_assessed as notAssessed',
      'unprotected',
      'estate_score as estateScore',
      'estate_low as estateLow',
      'estate_high as estateHigh',
      'estate_assumption_points as estateAssumptionPoints',
      'estate',
      'severities',
      'config_file as configFile',
      'config_fingerprint as configFingerprint',
      'not_known as notKnown',
    ])
    .where('source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where('run_id', 'in', distinct(runs.map(({ runId }) => runId)))
    .orderBy('source_id')
    .limit(1_000)
    .execute();
}

export type RiskSummaryRow = Awaited<ReturnType<typeof listRiskSummaries>>[number];

/** How good the inputs of the runs were, the worst first. */
export function listRiskInputs(db: RiskReader, runs: RunKey[]) {
  return db
    .selectFrom('risk_input')
    .select([
      'source_id as sourceId',
      'worker',
      'status',
      'input_run_id as inputRunId',
      'concluded_at as concludedAt',
      'age_hours as ageHours',
      'expected_hours as expectedHours',
      'completeness',
      'missing',
      'hazards',
      'reason',
    ])
    .where('source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where('run_id', 'in', distinct(runs.map(({ runId }) => runId)))
    .orderBy(sql`array_position(array['MISSING', 'STALE', 'PARTIAL', 'FRESH'], status)`)
    .orderBy('source_id')
    .orderBy('worker')
    .limit(4_000)
    .execute();
}

export type RiskInputRow = Awaited<ReturnType<typeof listRiskInputs>>[number];

function itemsOf(db: RiskReader, runs: RunKey[], filter: RiskFilter) {
  const { category, tier, scope, hazard, flag, itemIds, isListed, after, elsewhere } = filter;
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('risk_item as r')
        .selectAll('r')
        .select((runs.length > 1 ? PLACE : NO_PLACE).as('place'))
        .where('r.source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
        .where('r.run_id', 'in', distinct(runs.map(({ runId }) => runId)))
        .as('i'),
    )
    .$if(elsewhere !== undefined && elsewhere.length > 0, (query) =>
      query.where((eb) => eb.not(isListedElsewhere(runs, elsewhere ?? []))),
    )
    .$if(category !== undefined, (query) => query.where('i.category', '=', category ?? ''))
    .$if(tier === 0, (query) => query.where('i.tier', 'is', null))
    .$if(Boolean(tier), (query) => query.where('i.tier', '=', tier ?? 0))
    .$if(scope !== undefined, (query) => query.where('i.scope_type', '=', scope ?? ''))
    .$if(isListed === true, (query) => query.where('i.is_listed', '=', true))
    .$if(flag !== undefined, (query) => query.where(sql<SqlBool>`${flag}::text = any(i.flags)`))
    .$if(itemIds !== undefined, (query) =>
      query.where(sql<SqlBool>`i.item_id = any(${[...(itemIds ?? [])]}::text[])`),
    )
    .$if(hazard !== undefined, (query) =>
      query.where(
        sql<SqlBool>`${hazard}::text = (select h.hazard from risk_hazard h
          where h.source_id = i.source_id and h.run_id = i.run_id and h.item_id = i.item_id
          order by h.points desc, h.hazard limit 1)`,
      ),
    )
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(i.place, i.source_id, i.rank, i.item_id) > (${after?.[0]}::float8, ${after?.[1]}::text, ${after?.[2]}::int, ${after?.[3]}::text)`,
      ),
    );
}

const isListedElsewhere = (runs: RunKey[], elsewhere: readonly OtherProtection[]) => sql<SqlBool>`
  (i.source_id, i.item_id) in (
    select e.source_id, e.item_id
      from unnest(${elsewhere.map(({ sourceId }) => sourceId)}::text[],
                  ${elsewhere.map(({ workloadId }) => `workload:${workloadId}`)}::text[],
                  ${elsewhere.map(({ homeSourceId }) => homeSourceId)}::text[],
                  ${elsewhere.map(({ homeWorkloadId }) => `workload:${homeWorkloadId}`)}::text[])
           as e(source_id, item_id, home_source_id, home_item_id)
      join risk_item h on h.source_id = e.home_source_id and h.item_id = e.home_item_id
                      and h.run_id = any(${runs.map(({ runId }) => runId)}::uuid[]))`;

const distinct = (values: string[]) => [...new Set(values)];
