import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

/** What a status asks of a forecast; one repository may have several (preliminary, and a date). */
const IS_STATUS = {
  EXCEEDED: sql<SqlBool>`coalesce(f.status_80 = 'EXCEEDED', false)`,
  FILLS: sql<SqlBool>`coalesce('EXPECTED' in (f.status_80, f.status_90, f.status_100), false)
    or coalesce('POSSIBLE' in (f.status_80, f.status_90, f.status_100), false)`,
  NOT_WITHIN_HORIZON: sql<SqlBool>`coalesce(f.status_80 = 'NOT_WITHIN_HORIZON', false)`,
  PRELIMINARY: sql<SqlBool>`f.quality = 'PRELIMINARY'`,
  CURRENT_ONLY: sql<SqlBool>`f.quality = 'CURRENT_ONLY'`,
  UNBOUNDED: sql<SqlBool>`f.quality = 'UNBOUNDED'`,
  OFFLINE: sql<SqlBool>`f.quality = 'OFFLINE'`,
  NO_DATA: sql<SqlBool>`f.quality = 'NO_DATA'`,
} satisfies Record<string, RawBuilder<SqlBool>>;

export type CapacityStatus = keyof typeof IS_STATUS;

/** Which forecasts of a run are asked for. */
export type ForecastFilter = {
  statuses?: readonly CapacityStatus[] | undefined;
  priorities?: readonly string[] | undefined;
  /** Left out: all but extents, which their scale-out repository stands for. */
  repositoryIds?: readonly string[] | undefined;
  /** Only extents of this scale-out repository. */
  extentsOf?: string | undefined;
  /** Only forecasts after this one. */
  after?: ForecastPosition | undefined;
};

/** Where a page goes on: the sort key of the last forecast shown. */
export type ForecastPosition = [priority: number, rank: number, sourceId: string, repositoryId: string];

/** Unknown comes before what is known to be fine. */
const PRIORITY = sql<number>`array_position(array['URGENT', 'HIGH', 'MEDIUM', 'UNKNOWN', 'LOW', 'NONE'], f.priority)`;
/**
 * Early day of 80 %, then of 100 %, then the fullest, of those without a limit the largest in GiB: one number, so that a cursor
 * can carry it.
 */
const RANK = sql<number>`(coalesce(f.early_80, 9999) * 100000000::float8 + coalesce(f.early_100, 9999) * 10000::float8
  + 9999 - round(least(coalesce(f.use_share, 0), 9) * 1000)
  - case when f.quality = 'UNBOUNDED' then round(least(coalesce(f.use_bytes, 0) / 1073741824::float8, 99999999)) else 0 end)`;

/** Forecasts of the given runs, those that somebody has to act on first, the soonest (pessimistic) day first. */
export function listForecasts(
  db: MetricsReader,
  { runs, filter, limit }: { runs: (RunKey & { isGone?: boolean })[]; filter: ForecastFilter; limit: number },
) {
  const gone = runs.flatMap(({ isGone, sourceId }) => (isGone ? sourceId : []));
  return forecastsOf(db, runs, filter)
    .select([
      'f.source_id as sourceId',
      'f.run_id as runId',
      'f.repository_id as repositoryId',
      'f.kind',
      'f.name',
      'f.type',
      'f.scale_out_repository_id as scaleOutRepositoryId',
      'f.concluded_at as concludedAt',
      sql<string>`f.made_on::text`.as('madeOn'),
      sql<boolean | null>`f.is_online and f.source_id <> all(${gone}::text[])`.as('isOnline'),
      'f.is_counted as isCounted',
      'f.shared_volume_with as sharedVolumeWith',
      'f.use_bytes as useBytes',
      'f.capacity_bytes as capacityBytes',
      'f.use_share as useShare',
      'f.backup_bytes as backupBytes',
      'f.other_bytes as otherBytes',
      'f.quality',
      'f.pattern',
      'f.history_days as historyDays',
      'f.age_days as ageDays',
      'f.horizon_days as horizonDays',
      'f.model',
      'f.weights',
      'f.skill',
      'f.backtest_coverage as backtestCoverage',
      'f.slope_bytes_per_day as slope',
      'f.slope_low as slopeLow',
      'f.slope_high as slopeHigh',
      'f.thresholds',
      'f.p_full_7 as full7',
      'f.p_full_30 as full30',
      'f.p_full_90 as full90',
      'f.band',
      'f.weekly_effect as weeklyEffect',
      'f.purchase_bytes as purchaseBytes',
      'f.priority',
      'f.confidence',
      'f.worst_extent_id as worstExtentId',
      'f.worst_extent_share as worstExtentShare',
      'f.track_record as trackRecord',
      'f.reasons',
      'f.cost',
      PRIORITY.as('priorityRank'),
      RANK.as('rank'),
    ])
    .orderBy(PRIORITY)
    .orderBy(RANK)
    .orderBy('f.source_id')
    .orderBy('f.repository_id')
    .limit(limit)
    .execute();
}

export type Forecast = Awaited<ReturnType<typeof listForecasts>>[number];

/** How many forecasts there are, per source and priority, and how many of them have each status. */
export function countForecasts(db: MetricsReader, runs: RunKey[], filter: ForecastFilter) {
  const having = (status: CapacityStatus) => sql<number>`count(*) filter (where ${IS_STATUS[status]})`;
  return forecastsOf(db, runs, filter)
    .select((eb) => [
      'f.source_id as sourceId',
      'f.priority',
      eb.fn.countAll<number>().as('repositories'),
      having('EXCEEDED').as('EXCEEDED'),
      having('FILLS').as('FILLS'),
      having('NOT_WITHIN_HORIZON').as('NOT_WITHIN_HORIZON'),
      having('PRELIMINARY').as('PRELIMINARY'),
      having('CURRENT_ONLY').as('CURRENT_ONLY'),
      having('UNBOUNDED').as('UNBOUNDED'),
      having('OFFLINE').as('OFFLINE'),
      having('NO_DATA').as('NO_DATA'),
    ])
    .groupBy(['f.source_id', 'f.priority'])
    .orderBy('f.source_id')
    .orderBy('f.priority')
    .execute();
}

export type ForecastCount = Awaited<ReturnType<typeof countForecasts>>[number];

export type CostSum = {
  currency: string;
  basis: string;
  price: number;
  repositories: number;
  now: number;
  /** Of how many the growth is known, and their sum. */
  growing: number;
  growth: number;
};

/** What storage that is paid by use costs in a year, per currency and price; the largest sum first. */
export function sumCosts(db: MetricsReader, runs: RunKey[]): Promise<CostSum[]> {
  return forecastsOf(db, runs, {})
    .where(sql<SqlBool>`f.cost is not null`)
    .select([
      sql<string>`coalesce(f.cost->>'currency', '')`.as('currency'),
      sql<string>`coalesce(f.cost->>'basis', 'DEFAULT')`.as('basis'),
      sql<number>`(f.cost->>'price_per_tib_year')::float8`.as('price'),
      sql<number>`count(*)::int`.as('repositories'),
      sql<number>`sum((f.cost->>'now')::float8)`.as('now'),
      sql<number>`count(f.cost->>'growth_per_year')::int`.as('growing'),
      sql<number>`coalesce(sum((f.cost->>'growth_per_year')::float8), 0)`.as('growth'),
    ])
    .groupBy(['currency', 'basis', 'price'])
    .orderBy('now', 'desc')
    .orderBy('currency')
    .orderBy('price')
    .limit(100)
    .execute();
}

/** Ids and names of the repositories of the runs, all or those with the ids; extents and scale-out repositories too. */
export function listRepositoryNames(db: MetricsReader, runs: RunKey[], repositoryIds?: readonly string[]) {
  return db
    .selectFrom('capacity_forecast as f')
    .where('f.source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where(
      'f.run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .$if(repositoryIds !== undefined, (query) =>
      query.where(sql<SqlBool>`f.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
    )
    .select(['f.source_id as sourceId', 'f.repository_id as repositoryId', 'f.name', 'f.kind'])
    .orderBy('f.source_id')
    .orderBy('f.repository_id')
    .limit(200_000)
    .execute();
}

/** Space of each source as its run summed it up. */
export function listCapacitySummaries(db: MetricsReader, runs: RunKey[]) {
  return db
    .selectFrom('capacity_summary')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'concluded_at as concludedAt',
      'repositories',
      'capacity_bytes as capacityBytes',
      'use_bytes as useBytes',
      'unbounded_bytes as unboundedBytes',
      'not_counted as notCounted',
      'files_read_at as filesReadAt',
      'ledger_run_id as ledgerRunId',
      'track_record as trackRecord',
      'not_known as notKnown',
    ])
    .where('source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where(
      'run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .orderBy('source_id')
    .limit(1_000)
    .execute();
}

export type CapacitySummary = Awaited<ReturnType<typeof listCapacitySummaries>>[number];

function forecastsOf(db: MetricsReader, runs: RunKey[], filter: ForecastFilter) {
  const { statuses, priorities, repositoryIds, extentsOf, after } = filter;
  const chosen = (statuses ?? []).map((status) => sql<SqlBool>`(${IS_STATUS[status]})`);
  return db
    .selectFrom('capacity_forecast as f')
    .where('f.source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where(
      'f.run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .$if(chosen.length > 0, (query) => query.where(sql<SqlBool>`(${sql.join(chosen, sql` or `)})`))
    .$if(priorities !== undefined, (query) => query.where('f.priority', 'in', [...(priorities ?? [])]))
    .$if(repositoryIds === undefined && extentsOf === undefined, (query) =>
      query.where('f.kind', '<>', 'EXTENT'),
    )
    .$if(repositoryIds !== undefined, (query) =>
      query.where(sql<SqlBool>`f.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
    )
    .$if(extentsOf !== undefined, (query) => query.where('f.scale_out_repository_id', '=', extentsOf ?? ''))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(${PRIORITY}, ${RANK}, f.source_id, f.repository_id) > (${after?.[0]}::int, ${after?.[1]}::float8, ${after?.[2]}::text, ${after?.[3]}::text)`,
      ),
    );
}

const distinct = (values: string[]) => [...new Set(values)];
