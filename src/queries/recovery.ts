import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { AgedRun } from './aged-runs.ts';
import type { RunKey } from './health.ts';
import { hasProtection, isListedElsewhere, protectionsOf } from './machines.ts';

/** What a status asks of a workload: whether it is back in time, how old its newest point is, when it was tested last. */
const IS_STATUS = {
  COMPLIANT: sql<SqlBool>`w.sla_status = 'COMPLIANT'`,
  AT_RISK: sql<SqlBool>`w.sla_status = 'AT_RISK'`,
  NON_COMPLIANT: sql<SqlBool>`w.sla_status = 'NON_COMPLIANT'`,
  UNPROVEN: sql<SqlBool>`w.sla_status = 'UNPROVEN'`,
  UNTESTED: sql<SqlBool>`w.sla_status = 'UNTESTED'`,
  RPO_MET: sql<SqlBool>`w.rpo_status = 'MET'`,
  RPO_AT_RISK: sql<SqlBool>`w.rpo_status = 'AT_RISK'`,
  RPO_BREACHED: sql<SqlBool>`w.rpo_status = 'BREACHED'`,
  RPO_NEVER: sql<SqlBool>`w.rpo_status = 'NEVER'`,
  RPO_UNKNOWN: sql<SqlBool>`w.rpo_status = 'UNKNOWN'`,
  TEST_FRESH: sql<SqlBool>`w.recency = 'FRESH'`,
  TEST_CURRENT: sql<SqlBool>`w.recency = 'CURRENT'`,
  TEST_STALE: sql<SqlBool>`w.recency = 'STALE'`,
  TEST_CRITICAL: sql<SqlBool>`w.recency = 'CRITICAL'`,
  NEVER_TESTED: sql<SqlBool>`w.recency = 'NEVER'`,
  NEVER_RESTORED: sql<SqlBool>`w.ok_trials = 0`,
  HIDDEN_BREACH: sql<SqlBool>`w.hidden_by_job is not null and w.rpo_status in ('BREACHED', 'NEVER')`,
  NO_SAFE_POINT: sql<SqlBool>`w.last_safe_point_id is null`,
  CRITICAL_ISSUE: sql<SqlBool>`w.grade in ('D', 'F') or w.sla_status = 'NON_COMPLIANT'`,
} satisfies Record<string, RawBuilder<SqlBool>>;

export type RecoveryStatus = keyof typeof IS_STATUS;

/** Which workloads of a run are asked for. */
export type RecoveryFilter = {
  status?: RecoveryStatus | undefined;
  tier?: number | undefined;
  workloadIds?: readonly string[] | undefined;
  jobIds?: readonly string[] | undefined;
  repositoryIds?: readonly string[] | undefined;
  /** Only workloads after this one. */
  after?: RecoveryPosition | undefined;
  /** Runs among which a machine is one row, that of its home; left out: each source has its own. */
  among?: readonly AgedRun[] | undefined;
};

/** Whether a filter chooses some of the machines. */
export const isChoosing = ({ among: _among, ...chosen }: RecoveryFilter): boolean =>
  Object.values(chosen).some((one) => one !== undefined);

/** Where a page goes on: the sort key of the last workload shown. */
export type RecoveryPosition = [tested: number, rank: number, sourceId: string, workloadId: string];

const TESTED = sql<number>`case when w.sla_status = 'UNTESTED' then 0 else 1 end`;
/** Heavier tiers first, then the less likely to be back in time: one number, so that a cursor can carry it. */
const RANK = sql<number>`((1 - w.tier_weight) * 1000000::float8 + coalesce(w.p_mean, 0))`;

/** Workloads of the given runs: those nobody ever restored first, the heavier tier before the lighter. */
export function listRecoveries(
  db: MetricsReader,
  { runs, filter, limit }: { runs: RunKey[]; filter: RecoveryFilter; limit: number },
) {
  return recoveriesOf(db, runs, filter)
    .select([
      'w.source_id as sourceId',
      'w.run_id as runId',
      'w.workload_id as workloadId',
      'w.name',
      'w.platform',
      'w.size_bytes as sizeBytes',
      'w.tier',
      'w.tier_weight as tierWeight',
      'w.tier_rule as tierRule',
      'w.tier_basis as tierBasis',
      'w.job_ids as jobIds',
      'w.job_names as jobNames',
      'w.repository_ids as repositoryIds',
      'w.trials',
      'w.ok_trials as okTrials',
      'w.failed_trials as failedTrials',
      'w.verifications',
      'w.ok_verifications as okVerifications',
      'w.p_mean as pMean',
      'w.p_low as pLow',
      'w.p_high as pHigh',
      'w.basis',
      'w.q50_minutes as q50',
      'w.q50_low as q50Low',
      'w.q50_high as q50High',
      'w.q90_minutes as q90',
      'w.q90_low as q90Low',
      'w.q90_high as q90High',
      'w.quantile_basis as quantileBasis',
      'w.max_guarantee as maxGuarantee',
      'w.overhead_minutes as overheadMinutes',
      'w.gib_per_minute as gibPerMinute',
      'w.rate_basis as rateBasis',
      'w.rto_target_minutes as rtoMinutes',
      'w.rto_target_basis as rtoBasis',
      'w.sla_status as slaStatus',
      'w.recency',
      'w.last_test_at as lastTestAt',
      'w.last_test_class as lastTestClass',
      'w.last_failure_at as lastFailureAt',
      'w.last_failure_reason as lastFailureReason',
      'w.restore_points as restorePoints',
      'w.newest_point_id as newestPointId',
      'w.newest_point_at as newestPointAt',
      'w.rpo_age_hours as rpoAgeHours',
      'w.rpo_target_hours as rpoHours',
      'w.rpo_target_basis as rpoBasis',
      'w.rpo_status as rpoStatus',
      'w.rpo_breached_share as rpoBreachedShare',
      'w.hidden_by_job as hiddenByJob',
      'w.last_clean_point_id as cleanPointId',
      'w.last_clean_at as cleanAt',
      'w.last_safe_point_id as safePointId',
      'w.last_safe_at as safeAt',
      'w.safe_proof as safeProof',
      'w.immutable_until as immutableUntil',
      'w.immutable_basis as immutableBasis',
      'w.replicas',
      'w.newest_replica_at as newestReplicaAt',
      'w.score',
      'w.score_low as scoreLow',
      'w.score_high as scoreHigh',
      'w.grade',
      'w.components',
      'w.test_rank as testRank',
      'w.test_benefit as testBenefit',
      'w.reasons',
      homeAmong(filter.among).as('homeSourceId'),
      'w.protections',
      TESTED.as('tested'),
      RANK.as('rank'),
    ])
    .orderBy(TESTED)
    .orderBy(RANK)
    .orderBy('w.source_id')
    .orderBy('w.workload_id')
    .limit(limit)
    .execute();
}

/** With which source a row says that it is listed; not with one that nobody reads any more, as the row is listed itself then. */
const homeAmong = (among: readonly AgedRun[] = []) => sql<string | null>`
  case when w.home_source_id <> all(${among.flatMap(({ isStale, sourceId }) => (isStale ? sourceId : []))}::text[])
       then w.home_source_id end`;

export type Recovery = Awaited<ReturnType<typeof listRecoveries>>[number];

const having = (status: RecoveryStatus) => sql<number>`count(*) filter (where ${IS_STATUS[status]})`;
/** A restore or verification of the last 90 days, whatever its result. */
const IS_COVERED = sql<SqlBool>`w.recency in ('FRESH', 'CURRENT', 'STALE')`;

/** How many workloads there are, per source and tier, how many of them have each status, and what of them is tested. */
export function countRecoveries(db: MetricsReader, runs: RunKey[], filter: RecoveryFilter) {
  return recoveriesOf(db, runs, filter)
    .select((eb) => [
      'w.source_id as sourceId',
      'w.tier',
      eb.fn.countAll<number>().as('workloads'),
      having('COMPLIANT').as('COMPLIANT'),
      having('AT_RISK').as('AT_RISK'),
      having('NON_COMPLIANT').as('NON_COMPLIANT'),
      having('UNPROVEN').as('UNPROVEN'),
      having('UNTESTED').as('UNTESTED'),
      having('RPO_MET').as('RPO_MET'),
      having('RPO_AT_RISK').as('RPO_AT_RISK'),
      having('RPO_BREACHED').as('RPO_BREACHED'),
      having('RPO_NEVER').as('RPO_NEVER'),
      having('RPO_UNKNOWN').as('RPO_UNKNOWN'),
      having('TEST_FRESH').as('TEST_FRESH'),
      having('TEST_CURRENT').as('TEST_CURRENT'),
      having('TEST_STALE').as('TEST_STALE'),
      having('TEST_CRITICAL').as('TEST_CRITICAL'),
      having('NEVER_TESTED').as('NEVER_TESTED'),
      having('NEVER_RESTORED').as('NEVER_RESTORED'),
      having('HIDDEN_BREACH').as('HIDDEN_BREACH'),
      having('NO_SAFE_POINT').as('NO_SAFE_POINT'),
      having('CRITICAL_ISSUE').as('CRITICAL_ISSUE'),
      sql<number>`count(*) filter (where w.last_safe_point_id is not null and w.safe_proof ->> 'scope' = 'CHAIN')`.as(
        'safeByChain',
      ),
      sql<number>`count(*) filter (where ${IS_COVERED})`.as('covered'),
      sql<number>`count(*) filter (where w.size_bytes is null)`.as('unsized'),
      sql<number>`coalesce(sum(w.size_bytes), 0)::float8`.as('bytes'),
      sql<number>`coalesce(sum(w.size_bytes) filter (where ${IS_COVERED}), 0)::float8`.as('coveredBytes'),
      sql<number>`coalesce(sum(w.tier_weight), 0)::float8`.as('weight'),
      sql<number>`coalesce(sum(w.tier_weight) filter (where ${IS_COVERED}), 0)::float8`.as('coveredWeight'),
      sql<number>`count(*) filter (where w.rto_target_basis = 'DEFAULT')`.as('defaultRto'),
      sql<number>`count(*) filter (where w.rpo_target_basis = 'DEFAULT')`.as('defaultRpo'),
      sql<number>`count(w.score)`.as('scored'),
      sql<number>`coalesce(sum(w.score), 0)::float8`.as('score'),
      sql<number>`count(*) filter (where w.protections <> '[]')`.as('joined'),
      sql<number>`coalesce(sum(jsonb_array_length(w.protections)), 0)::int`.as('others'),
    ])
    .groupBy(['w.source_id', 'w.tier'])
    .orderBy('w.source_id')
    .orderBy(sql`w.tier nulls last`)
    .execute();
}

export type RecoveryCount = Awaited<ReturnType<typeof countRecoveries>>[number];

/** Workloads by grade. */
export function countGrades(db: MetricsReader, runs: RunKey[], filter: RecoveryFilter) {
  return recoveriesOf(db, runs, filter)
    .select((eb) => ['w.grade', eb.fn.countAll<number>().as('workloads')])
    .groupBy('w.grade')
    .orderBy('w.grade')
    .execute();
}

/** Jobs that protect the workloads, and those of them with a workload that was verified by SureBackup. */
export function countProtectingJobs(db: MetricsReader, runs: RunKey[], filter: RecoveryFilter) {
  const { among = [] } = filter;
  const own = recoveriesOf(db, runs, filter).select([
    'w.source_id',
    sql<string>`unnest(w.job_ids)`.as('job_id'),
    'w.verifications',
  ]);
  const others = recoveriesOf(db, runs, filter)
    .innerJoinLateral(protectionsOf(among).as('o'), (join) => join.onTrue())
    .select(['o.source_id', sql<string>`unnest(o.job_ids)`.as('job_id'), 'o.verifications']);
  const ofJobs = (among.length > 1 ? own.unionAll(others) : own).as('j');
  return db
    .selectFrom(ofJobs)
    .select([
      sql<number>`count(distinct (j.source_id, j.job_id))`.as('jobs'),
      sql<number>`count(distinct (j.source_id, j.job_id)) filter (where j.verifications > 0)`.as('verified'),
    ])
    .executeTakeFirstOrThrow();
}

export type NamedId = { sourceId: string; id: string; name: string };

/** Ids and names of the workloads of the runs, all or those that a filter chooses. */
export function listWorkloadNames(
  db: MetricsReader,
  runs: RunKey[],
  filter: RecoveryFilter = {},
): Promise<NamedId[]> {
  return recoveriesOf(db, runs, filter)
    .select(['w.source_id as sourceId', 'w.workload_id as id', 'w.name'])
    .orderBy('w.source_id')
    .orderBy('w.workload_id')
    .limit(200_000)
    .execute();
}

/** Ids and names of the jobs that protect workloads, as they were known when each run began. */
export async function listProtectingJobNames(
  db: MetricsReader,
  runs: (RunKey & { knownAt: Date })[],
): Promise<NamedId[]> {
  const found: NamedId[] = [];
  for (const run of runs) {
    const ids = recoveriesOf(db, [run], {})
      .select(sql<string>`unnest(w.job_ids)`.as('id'))
      .distinct()
      .as('i');
    const rows = await db
      .selectFrom(ids)
      .leftJoin(
        sql<{ source_id: string; job_id: string; name: string }>`job_each_as_of(${run.knownAt})`.as('j'),
        (join) => join.on('j.source_id', '=', run.sourceId).onRef('j.job_id', '=', 'i.id'),
      )
      .select(['i.id', sql<string>`coalesce(j.name, i.id)`.as('name')])
      .orderBy('i.id')
      .limit(100_000)
      .execute();
    found.push(...rows.map((row) => ({ sourceId: run.sourceId, ...row })));
  }
  return found;
}

/** Ids and names of the repositories that hold points of workloads. */
export function listHoldingRepositories(db: MetricsReader, runs: RunKey[]): Promise<NamedId[]> {
  return db
    .selectFrom('recovery_location as l')
    .where('l.source_id', 'in', sourcesOf(runs))
    .where('l.run_id', 'in', runIdsOf(runs))
    .where('l.kind', '=', 'REPOSITORY')
    .select([
      'l.source_id as sourceId',
      'l.location_id as id',
      sql<string>`coalesce(max(l.name), l.location_id)`.as('name'),
    ])
    .groupBy(['l.source_id', 'l.location_id'])
    .orderBy('l.source_id')
    .orderBy('l.location_id')
    .limit(100_000)
    .execute();
}

/** The workloads of some runs, for queries that start from them. */
export function recoveriesOf(db: MetricsReader, runs: RunKey[], filter: RecoveryFilter) {
  const { status, tier, workloadIds, jobIds, repositoryIds, after, among } = filter;
  const isSeveral = among !== undefined && among.length > 1;
  const anyOf = (column: string, ids: readonly string[] | undefined) =>
    sql<SqlBool>`${sql.ref(column)} && ${[...(ids ?? [])]}::text[]`;
  return db
    .selectFrom('workload_recovery as w')
    .where('w.source_id', 'in', sourcesOf(runs))
    .where('w.run_id', 'in', runIdsOf(runs))
    .$if(status !== undefined, (query) => query.where(sql<SqlBool>`(${IS_STATUS[status as RecoveryStatus]})`))
    .$if(tier !== undefined, (query) => query.where('w.tier', '=', tier as number))
    .$if(workloadIds !== undefined, (query) =>
      query.where(sql<SqlBool>`w.workload_id = any(${[...(workloadIds ?? [])]}::text[])`),
    )
    .$if(isSeveral, (query) => query.where((eb) => eb.not(isListedElsewhere(among ?? []))))
    .$if(jobIds !== undefined && !isSeveral, (query) => query.where(anyOf('w.job_ids', jobIds)))
    .$if(jobIds !== undefined && isSeveral, (query) =>
      query.where((eb) =>
        eb.or([anyOf('w.job_ids', jobIds), hasProtection(among ?? [], anyOf('o.job_ids', jobIds))]),
      ),
    )
    .$if(repositoryIds !== undefined, (query) =>
      query.where(
        // Looked up by the key per workload (offset 0), which is fast also before the tables are analysed.
        sql<SqlBool>`exists (select from recovery_location l
          where l.source_id = w.source_id and l.run_id = w.run_id and l.workload_id = w.workload_id
            and l.location_id = any(${[...(repositoryIds ?? [])]}::text[])
         offset 0)`,
      ),
    )
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(${TESTED}, ${RANK}, w.source_id, w.workload_id) > (${after?.[0]}::int, ${after?.[1]}::float8, ${after?.[2]}::text, ${after?.[3]}::text)`,
      ),
    );
}

export const sourcesOf = (runs: RunKey[]) => [...new Set(runs.map(({ sourceId }) => sourceId))];
export const runIdsOf = (runs: RunKey[]) => runs.map(({ runId }) => runId);
