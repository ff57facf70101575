import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { Slice } from './efficiency.ts';
import {
  allOf,
  CATEGORIES,
  type EfficiencyFilter,
  type EfficiencyStatus,
  holdsOneOf,
  isOneOf,
  isOwnerOf,
  ofRuns,
  type SourcePair,
} from './efficiency-filter.ts';
import type { RunKey } from './health.ts';

export type ListQuestion = {
  runs: RunKey[];
  filter: EfficiencyFilter;
  slice: Slice;
  /** Backups in the repositories of the filter, for rows that name a backup only. */
  backupsThere?: readonly SourcePair[] | undefined;
};

/** What has to be looked at: open, or resolved in a way that an attack that is over would look as well. */
const NEEDS_LOOK = sql<SqlBool>`(a.resolved_at is null or a.type = 'ENTROPY_SUSPECT')`;
const MALWARE = sql<boolean>`(coalesce(a.malware_status in ('Infected', 'Suspicious'), false) or cardinality(a.malware_event_ids) > 0)`;

/** Anomalies, open ones first, then those that look most like an attack, then the newest. `isAll`: resolved ones too. */
export function listAnomalies(db: MetricsReader, { isAll, ...question }: ListQuestion & { isAll: boolean }) {
  const { runs, slice } = question;
  return db
    .selectFrom('efficiency_anomaly as a')
    .select([
      'a.source_id as sourceId',
      'a.anomaly_id as anomalyId',
      'a.type',
      'a.owner_id as ownerId',
      'a.job_name as jobName',
      'a.backup_id as backupId',
      'a.backup_file_id as backupFileId',
      'a.workload_ids as workloadIds',
      'a.workload_names as workloadNames',
      'a.kind',
      'a.happened_at as happenedAt',
      'a.score',
      'a.z_ratio as zRatio',
      'a.z_volume as zVolume',
      'a.factor',
      'a.usual_factor as usualFactor',
      'a.data_bytes as dataBytes',
      'a.usual_bytes as usualBytes',
      'a.malware_status as malwareStatus',
      'a.malware_event_ids as malwareEventIds',
      'a.confirmed_at as confirmedAt',
      'a.resolved_at as resolvedAt',
      'a.reasons',
      sql<number>`(count(*) over ())::int`.as('matching'),
    ])
    .where(ofRuns('a', runs))
    .where(allOf(anomalyConditions(question, isAll)))
    .orderBy(sql`a.resolved_at is not null`)
    .orderBy(sql`(a.type = 'ENTROPY_SUSPECT')::int + ${MALWARE}::int`, 'desc')
    .orderBy('a.happened_at', 'desc')
    .orderBy('a.source_id')
    .orderBy('a.anomaly_id')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute();
}

export type AnomalyRow = Awaited<ReturnType<typeof listAnomalies>>[number];

function anomalyConditions(
  { runs, filter, backupsThere }: ListQuestion,
  isAll: boolean,
): RawBuilder<SqlBool>[] {
  const { status, owners, machines } = filter;
  return [
    anomalyStatus(runs, status, isAll),
    ...(owners === undefined ? [] : [isOneOf('a', 'owner_id', owners)]),
    ...(machines === undefined ? [] : [holdsOneOf('a', 'workload_ids', machines.workloads)]),
    ...(backupsThere === undefined ? [] : [isOneOf('a', 'backup_id', backupsThere)]),
  ];
}

function anomalyStatus(
  runs: readonly RunKey[],
  status: EfficiencyStatus | undefined,
  isAll: boolean,
): RawBuilder<SqlBool> {
  if (status === 'OPEN') return sql<SqlBool>`a.resolved_at is null`;
  if (status === 'RESOLVED') return sql<SqlBool>`a.resolved_at is not null`;
  if (status === 'ENTROPY_SUSPECT') return sql<SqlBool>`a.type = 'ENTROPY_SUSPECT'`;
  const shown = isAll ? sql<SqlBool>`true` : NEEDS_LOOK;
  return status === undefined ? shown : allOf([shown, isOwnerOf('a', runs, { status })]);
}

/** How many anomalies of each type are open, and how many resolved. */
export function countAnomalies(db: MetricsReader, runs: RunKey[]) {
  return db
    .selectFrom('efficiency_anomaly as a')
    .select([
      'a.source_id as sourceId',
      'a.type',
      sql<number>`(count(*) filter (where a.resolved_at is null))::int`.as('open'),
      sql<number>`(count(*) filter (where a.resolved_at is not null))::int`.as('resolved'),
    ])
    .where(ofRuns('a', runs))
    .groupBy(['a.source_id', 'a.type'])
    .orderBy('a.source_id')
    .orderBy('a.type')
    .limit(10_000)
    .execute();
}

export type AnomalyCount = Awaited<ReturnType<typeof countAnomalies>>[number];

/** What could be had back, most bytes first, without those that an earlier category claims. */
export function listReclaimable(db: MetricsReader, { runs, filter, slice }: ListQuestion) {
  return db
    .selectFrom('reclaimable_space as r')
    .leftJoin('repository_efficiency as p', (join) =>
      join
        .onRef('p.source_id', '=', 'r.source_id')
        .onRef('p.run_id', '=', 'r.run_id')
        .onRef('p.repository_id', '=', 'r.repository_id'),
    )
    .select([
      'r.source_id as sourceId',
      'r.item_id as itemId',
      'r.category',
      'r.owner_id as ownerId',
      'r.owner_name as ownerName',
      'r.backup_id as backupId',
      'r.workload_id as workloadId',
      'r.workload_name as workloadName',
      'r.repository_id as repositoryId',
      'p.name as repositoryName',
      'r.files',
      'r.bytes',
      'r.counted_bytes as countedBytes',
      'r.annual_cost as annualCost',
      'r.oldest_at as oldestAt',
      'r.newest_at as newestAt',
      'r.reason',
      'r.caution',
      sql<number>`(count(*) over ())::int`.as('matching'),
      sql<number>`(sum(r.counted_bytes) over ())::float8`.as('countedInAll'),
      sql<number>`(coalesce(sum(r.annual_cost) over (), 0))::float8`.as('costInAll'),
    ])
    .where(ofRuns('r', runs))
    .where(allOf(itemConditions(runs, filter)))
    .orderBy('r.counted_bytes', 'desc')
    .orderBy('r.bytes', 'desc')
    .orderBy('r.source_id')
    .orderBy('r.item_id')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute();
}

export type ReclaimableRow = Awaited<ReturnType<typeof listReclaimable>>[number];

function itemConditions(
  runs: readonly RunKey[],
  { status, owners, repositories, machines }: EfficiencyFilter,
): RawBuilder<SqlBool>[] {
  const isCategory = (CATEGORIES as readonly string[]).includes(status ?? '');
  return [
    ...(isCategory ? [sql<SqlBool>`r.category = ${status}`] : []),
    ...(status === undefined || isCategory ? [] : [isOwnerOf('r', runs, { status })]),
    ...(owners === undefined ? [] : [isOneOf('r', 'owner_id', owners)]),
    ...(repositories === undefined ? [] : [isOneOf('r', 'repository_id', repositories)]),
    ...(machines === undefined ? [] : [isAbout(machines)]),
  ];
}

/** Of a machine itself, or of a whole backup that holds it. */
const isAbout = ({ workloads, backups }: NonNullable<EfficiencyFilter['machines']>) =>
  sql<SqlBool>`(${isOneOf('r', 'workload_id', workloads)}
    or (r.workload_id is null and ${isOneOf('r', 'backup_id', backups)}))`;

/** The bytes in each repository, most stored bytes first. */
export function listRepositoryEfficiency(db: MetricsReader, { runs, filter, slice }: ListQuestion) {
  const { repositories } = filter;
  return db
    .selectFrom('repository_efficiency as p')
    .select([
      'p.source_id as sourceId',
      'p.repository_id as repositoryId',
      'p.name',
      'p.type',
      'p.files',
      'p.unsized_files as unsizedFiles',
      'p.data_bytes as dataBytes',
      'p.stored_bytes as storedBytes',
      'p.reported_bytes as reportedBytes',
      'p.used_bytes as usedBytes',
      'p.factor',
      'p.clone_saving_bytes as cloneSavingBytes',
      'p.reason',
      sql<number>`(count(*) over ())::int`.as('matching'),
    ])
    .where(ofRuns('p', runs))
    .$if(repositories !== undefined, (query) =>
      query.where(isOneOf('p', 'repository_id', repositories ?? [])),
    )
    .orderBy(sql`coalesce(p.stored_bytes, p.reported_bytes, 0)`, 'desc')
    .orderBy('p.source_id')
    .orderBy('p.repository_id')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute();
}

export type RepositoryEfficiencyRow = Awaited<ReturnType<typeof listRepositoryEfficiency>>[number];

/** Ids and names of the repositories of the runs. */
export function listRepositoryNames(db: MetricsReader, runs: RunKey[]) {
  return db
    .selectFrom('repository_efficiency as p')
    .select(['p.source_id as sourceId', 'p.repository_id as id', 'p.name'])
    .where(ofRuns('p', runs))
    .orderBy('p.source_id')
    .orderBy('p.repository_id')
    .limit(200_000)
    .execute();
}
