import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';
import { type RecoveryFilter, recoveriesOf, runIdsOf, sourcesOf } from './recovery.ts';

/** Rows about the workloads that a filter chooses, a page of them. */
export type RecoveryListQuestion = {
  runs: RunKey[];
  filter: RecoveryFilter;
  limit: number;
  offset: number;
};

/** What each source's run says of it as one. */
export function listRecoverySummaries(db: MetricsReader, runs: RunKey[]) {
  return db
    .selectFrom('recovery_summary')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'concluded_at as concludedAt',
      'workloads',
      'coverage_by_tier as coverageByTier',
      'trials',
      'excluded_trials as excludedTrials',
      'unmapped_trials as unmappedTrials',
      'pool',
      'slots',
      'slots_basis as slotsBasis',
      'gib_per_minute as gibPerMinute',
      'rate_basis as rateBasis',
      'overhead_minutes as overheadMinutes',
      'bandwidth_gib_per_minute as bandwidthGibPerMinute',
      'bandwidth_basis as bandwidthBasis',
      'max_within_rto as maxWithinRto',
      'next_tests as nextTests',
      'targets_file as targetsFile',
      'points_read_at as pointsReadAt',
      'restores_read_at as restoresReadAt',
      'completeness',
      'not_known as notKnown',
    ])
    .where('source_id', 'in', sourcesOf(runs))
    .where('run_id', 'in', runIdsOf(runs))
    .orderBy('source_id')
    .limit(1_000)
    .execute();
}

export type RecoverySummary = Awaited<ReturnType<typeof listRecoverySummaries>>[number];

const WORST = sql<number>`array_position(array['NEVER', 'BREACHED', 'UNKNOWN', 'AT_RISK', 'MET'], l.status)`;

/** The newest point of workloads in each place that holds them: the heavier tier first, then the worst and oldest. */
export function listRecoveryLocations(
  db: MetricsReader,
  { runs, filter, limit, offset }: RecoveryListQuestion,
) {
  return recoveriesOf(db, runs, filter)
    .innerJoinLateral(
      // By the key per workload (offset 0), which is fast also before the tables are analysed.
      (eb) =>
        eb
          .selectFrom('recovery_location')
          .selectAll()
          .whereRef('recovery_location.source_id', '=', 'w.source_id')
          .whereRef('recovery_location.run_id', '=', 'w.run_id')
          .whereRef('recovery_location.workload_id', '=', 'w.workload_id')
          .offset(0)
          .as('l'),
      (join) => join.onTrue(),
    )
    .select([
      'w.source_id as sourceId',
      'w.workload_id as workloadId',
      'w.name as workloadName',
      'l.location_id as locationId',
      'l.kind',
      'l.name',
      'l.repository_type as repositoryType',
      'l.is_copy as isCopy',
      'l.points',
      'l.newest_point_id as newestPointId',
      'l.newest_point_at as newestPointAt',
      'l.oldest_point_at as oldestPointAt',
      'l.age_hours as ageHours',
      'l.status',
      'l.malware_status as malwareStatus',
      'l.immutable_until as immutableUntil',
      'l.immutable_basis as immutableBasis',
      'l.other_source_id as otherSourceId',
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .orderBy('w.tier_weight', 'desc')
    .orderBy(WORST)
    .orderBy(sql`l.age_hours desc nulls first`)
    .orderBy('w.source_id')
    .orderBy('w.workload_id')
    .orderBy('l.location_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

export type LocationRow = Awaited<ReturnType<typeof listRecoveryLocations>>[number];

/** Tests worth doing next: the heavier tier of all sources first, in it as each run ranked them. */
export function listNextTests(db: MetricsReader, { runs, filter, limit, offset }: RecoveryListQuestion) {
  return recoveriesOf(db, runs, filter)
    .select([
      'w.source_id as sourceId',
      'w.workload_id as workloadId',
      'w.name',
      'w.tier',
      'w.tier_weight as tierWeight',
      'w.test_rank as rank',
      'w.test_benefit as benefit',
      'w.p_mean as pMean',
      'w.q50_minutes as expectedMinutes',
      'w.rto_target_minutes as rtoMinutes',
      'w.recency',
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .where('w.test_rank', 'is not', null)
    .orderBy('w.tier_weight', 'desc')
    .orderBy('w.test_rank')
    .orderBy('w.test_benefit', 'desc')
    .orderBy('w.source_id')
    .orderBy('w.workload_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

export type NextTestRow = Awaited<ReturnType<typeof listNextTests>>[number];

/** Mass restores as the runs simulated them: machines by number, then each tier, then everything. */
export function listMassRestores(
  db: MetricsReader,
  { runs, tier, limit, offset }: Omit<RecoveryListQuestion, 'filter'> & { tier: number | undefined },
) {
  return db
    .selectFrom('mass_restore as m')
    .select([
      'm.source_id as sourceId',
      'm.scenario',
      'm.machines',
      'm.minutes',
      'm.bound_minutes as boundMinutes',
      'm.within_target as isWithinTarget',
      'm.bottleneck',
      'm.detail',
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .where('m.source_id', 'in', sourcesOf(runs))
    .where('m.run_id', 'in', runIdsOf(runs))
    .$if(tier !== undefined, (query) => query.where('m.scenario', '=', `TIER:${tier}`))
    .orderBy(sql`case when m.scenario like 'N:%' then 0 when m.scenario like 'TIER:%' then 1 else 2 end`)
    .orderBy(sql`case when m.scenario like 'N:%' then m.machines else 0 end`)
    .orderBy('m.scenario')
    .orderBy(sql`m.minutes desc nulls first`)
    .orderBy('m.source_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

export type MassRestoreRow = Awaited<ReturnType<typeof listMassRestores>>[number];
