import { type RawBuilder, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import { type EfficiencyFilter, ofRuns, ownersOf } from './efficiency-filter.ts';
import type { RunKey } from './health.ts';

export type EfficiencyOrder = 'waste' | 'factor' | 'trend';

/** A page of a list. */
export type Slice = { limit: number; offset: number };

/** What an owner could give back, no byte twice: what is reclaimable, and of the rest what its peers would not need. */
const WASTE = sql<number | null>`case
  when o.potential_bytes is null and o.certain_bytes = 0 then null
  else o.certain_bytes
    + coalesce(o.potential_bytes, 0) * greatest(0, 1 - o.certain_bytes / nullif(o.stored_bytes, 0)) end`;

const ORDERS: Record<EfficiencyOrder, RawBuilder<unknown>> = {
  waste: sql`${WASTE} desc nulls last, o.stored_bytes desc`,
  factor: sql`o.factor asc nulls last, o.stored_bytes desc`,
  trend: sql`array_position(array['DEGRADING', 'STABLE', 'IMPROVING', 'INSUFFICIENT_DATA'], o.trend),
    o.trend_percent asc nulls last, o.stored_bytes desc`,
};

export type JobEfficiencyRow = {
  sourceId: string;
  runId: string;
  ownerId: string;
  kind: 'FULL' | 'INCREMENT' | 'ALL';
  ownerKind: 'JOB' | 'BACKUP';
  name: string;
  platform: string | null;
  repositoryIds: string[];
  files: number;
  excludedFiles: unknown;
  mismatchedFiles: number;
  /** null, like storedBytes: the source tells no bytes of single backups. */
  dataBytes: number | null;
  storedBytes: number | null;
  factor: number | null;
  reductionPercent: number | null;
  changeRate: number | null;
  referenceFactor: number | null;
  referenceBasis: string | null;
  referencePeers: number | null;
  score: number | null;
  potentialBytes: number | null;
  potentialCost: number | null;
  trend: string;
  trendPercent: number | null;
  trendLow: number | null;
  trendHigh: number | null;
  trendPoints: number;
  factor30DaysAgo: number | null;
  reason: string | null;
  /** Bytes that could be had back, all categories; null: no file of any backup has been read. */
  reclaimableBytes: number | null;
  /** That, without what peers would not need, and the potential of the rest; null: not known. */
  waste: number | null;
  pricePerTbYear: number;
  openAnomalies: number | null;
  resolvedAnomalies: number;
  openTypes: string[];
  /** An anomaly within 90 days, open or resolved, looks like encryption. */
  wasSuspect: boolean;
  /** Malware detection says something about the machines of an anomaly; of an open one. */
  hasMalware: boolean;
  hasOpenMalware: boolean;
  /** Rows that the filter lets through. */
  matching: number;
  /** In the order asked for. */
  place: number;
};

const COLUMNS = sql`e.source_id as "sourceId", e.run_id as "runId", e.owner_id as "ownerId", e.kind, e.owner_kind as "ownerKind",
  e.name, e.platform, e.repository_ids as "repositoryIds", e.files, e.excluded_files as "excludedFiles",
  e.mismatched_files as "mismatchedFiles", e.data_bytes as "dataBytes", e.stored_bytes as "storedBytes", e.factor,
  e.reduction_percent as "reductionPercent", e.change_rate as "changeRate", e.reference_factor as "referenceFactor",
  e.reference_basis as "referenceBasis", e.reference_peers as "referencePeers", e.score, e.potential_bytes as "potentialBytes",
  e.potential_cost as "potentialCost", e.trend, e.trend_percent as "trendPercent", e.trend_low as "trendLow",
  e.trend_high as "trendHigh", e.trend_points as "trendPoints", e.factor_30_days_ago as "factor30DaysAgo", e.reason,
  case when s.reclaimable_bytes is not null then o.claimed_bytes end as "reclaimableBytes", o.waste,
  s.price_per_tb_year as "pricePerTbYear", case when s.open_anomalies is not null then o.open end as "openAnomalies",
  o.resolved as "resolvedAnomalies", o.open_types as "openTypes", o.was_suspect as "wasSuspect", o.has_malware as "hasMalware",
  o.has_open_malware as "hasOpenMalware", o.matching`;

const PAGE = (question: {
  runs: readonly RunKey[];
  filter: EfficiencyFilter;
  order: EfficiencyOrder;
  slice: Slice;
}) => sql`
  select o.*, ${WASTE} as waste, (count(*) over ())::int as matching,
         row_number() over (order by ${ORDERS[question.order]}, o.source_id, o.owner_id) as place
    from (${ownersOf(question.runs, question.filter)}) o
   order by place limit ${question.slice.limit} offset ${question.slice.offset}`;

const JOINED = sql`join job_efficiency e on e.source_id = o.source_id and e.run_id = o.run_id and e.owner_id = o.owner_id
  join efficiency_summary s on s.source_id = o.source_id and s.run_id = o.run_id`;

/** Jobs, and backups without one, of some runs: all their files together, in the order asked for. */
export function listJobEfficiency(
  db: MetricsReader,
  question: { runs: RunKey[]; filter: EfficiencyFilter; order: EfficiencyOrder; slice: Slice },
): Promise<JobEfficiencyRow[]> {
  const found = sql<JobEfficiencyRow>`(
    select ${COLUMNS}, o.place from (${PAGE(question)}) o ${JOINED} where e.kind = 'ALL')`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('place').limit(question.slice.limit).execute();
}

/** One owner: all its files together, then by kind. */
export function listOwnKinds(
  db: MetricsReader,
  { sourceId, runId, ownerId }: RunKey & { ownerId: string },
): Promise<JobEfficiencyRow[]> {
  const page = PAGE({
    runs: [{ sourceId, runId }],
    filter: { owners: [{ sourceId, id: ownerId }] },
    order: 'waste',
    slice: { limit: 1, offset: 0 },
  });
  const found = sql<JobEfficiencyRow>`(
    select ${COLUMNS}, row_number() over (order by e.kind) as place from (${page}) o ${JOINED})`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('place').limit(3).execute();
}

/** Ids and names of the owners of all backups of the runs. */
export function listOwnerNames(db: MetricsReader, runs: RunKey[]) {
  return db
    .selectFrom('job_efficiency as e')
    .select(['e.source_id as sourceId', 'e.owner_id as id', 'e.name'])
    .where(ofRuns('e', runs))
    .where('e.kind', '=', 'ALL')
    .orderBy('e.source_id')
    .orderBy('e.owner_id')
    .limit(200_000)
    .execute();
}

/** Jobs per source: how many have which score, and sums over those that are measurable. */
export function sumJobs(db: MetricsReader, runs: RunKey[]) {
  const rated = (low: number, high: number) =>
    sql<number>`(count(*) filter (where e.score >= ${low}::float8 and e.score < ${high}::float8))::int`;
  const trending = (trend: string) => sql<number>`(count(*) filter (where e.trend = ${trend}))::int`;
  const ofMeasurable = (value: RawBuilder<unknown>) =>
    sql<number>`coalesce(sum(${value}) filter (where e.score is not null), 0)::float8`;
  return db
    .selectFrom('job_efficiency as e')
    .select((eb) => [
      'e.source_id as sourceId',
      eb.fn.countAll<number>().as('jobs'),
      rated(85, 101).as('excellent'),
      rated(70, 85).as('good'),
      rated(55, 70).as('fair'),
      rated(40, 55).as('poor'),
      rated(-1, 40).as('critical'),
      sql<number>`(count(*) filter (where e.score is null))::int`.as('notMeasurable'),
      trending('DEGRADING').as('degrading'),
      trending('IMPROVING').as('improving'),
      trending('STABLE').as('stable'),
      trending('INSUFFICIENT_DATA').as('insufficientData'),
      ofMeasurable(sql`e.data_bytes`).as('dataBytes'),
      ofMeasurable(sql`e.stored_bytes`).as('storedBytes'),
      ofMeasurable(sql`e.score * e.stored_bytes`).as('weightedScore'),
      ofMeasurable(sql`e.potential_bytes`).as('potentialBytes'),
      sql<number>`coalesce(sum(e.stored_bytes) filter (where e.score is null), 0)::float8`.as('hiddenBytes'),
    ])
    .where(ofRuns('e', runs))
    .where('e.kind', '=', 'ALL')
    .groupBy('e.source_id')
    .orderBy('e.source_id')
    .limit(1_000)
    .execute();
}

export type JobSums = Awaited<ReturnType<typeof sumJobs>>[number];

/** What vaults say that they store, by source; a vault without a reading is left out. */
export async function sumVaultBytes(
  db: MetricsReader,
  runs: readonly RunKey[],
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('repository_efficiency as p')
    .select(['p.source_id as sourceId', sql<number>`sum(p.reported_bytes)::float8`.as('bytes')])
    .where(ofRuns('p', runs))
    .where('p.type', '=', 'AzureVault')
    .where('p.reported_bytes', 'is not', null)
    .groupBy('p.source_id')
    .orderBy('p.source_id')
    .limit(1_000)
    .execute();
  return new Map(rows.map(({ sourceId, bytes }) => [sourceId, bytes]));
}

/** Each source as its run summed it up. */
export function listEfficiencySummaries(db: MetricsReader, runs: readonly RunKey[]) {
  return db
    .selectFrom('efficiency_summary as s')
    .select([
      's.source_id as sourceId',
      's.run_id as runId',
      's.concluded_at as concludedAt',
      's.jobs',
      's.files',
      's.data_bytes as dataBytes',
      's.stored_bytes as storedBytes',
      's.factor',
      's.score',
      's.reclaimable_bytes as reclaimableBytes',
      's.reclaimable_cost as reclaimableCost',
      's.by_category as byCategory',
      's.open_anomalies as openAnomalies',
      's.price_per_tb_year as pricePerTbYear',
      's.price_basis as priceBasis',
      's.currency',
      's.files_read_at as filesReadAt',
      's.points_read_at as pointsReadAt',
      's.excluded_files as excludedFiles',
      's.completeness',
      's.not_known as notKnown',
    ])
    .where(ofRuns('s', runs))
    .orderBy('s.source_id')
    .limit(1_000)
    .execute();
}

export type EfficiencySummaryRow = Awaited<ReturnType<typeof listEfficiencySummaries>>[number];
