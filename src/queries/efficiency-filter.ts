import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { RunKey } from './health.ts';

/** Something of a source by its id: the same id may exist in two sources. */
export type SourcePair = { sourceId: string; id: string };

const TREND_CLASSES = ['DEGRADING', 'IMPROVING', 'STABLE', 'INSUFFICIENT_DATA'] as const;
export const CATEGORIES = [
  'ORPHANED',
  'DISABLED_JOB',
  'DOUBLY_PROTECTED',
  'OVER_RETAINED',
  'BELOW_PEERS',
] as const;

export const EFFICIENCY_STATUSES = [
  'OPEN',
  'RESOLVED',
  'ENTROPY_SUSPECT',
  ...TREND_CLASSES,
  'NOT_MEASURABLE',
  ...CATEGORIES,
] as const;
export type EfficiencyStatus = (typeof EFFICIENCY_STATUSES)[number];

/** What is asked for; left out is everything. All conditions have to hold. */
export type EfficiencyFilter = {
  status?: EfficiencyStatus | undefined;
  owners?: readonly SourcePair[] | undefined;
  repositories?: readonly SourcePair[] | undefined;
  /** Machines, with the backups that hold them and the owners of those. */
  machines?: Machines | undefined;
};

export type Machines = {
  workloads: readonly SourcePair[];
  backups: readonly SourcePair[];
  owners: readonly SourcePair[];
};

/** The rows of some runs, of a table with the given alias. */
export function ofRuns(alias: string, runs: readonly RunKey[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(`${alias}.source_id`)} = any(${runs.map(({ sourceId }) => sourceId)}::text[])
    and ${sql.ref(`${alias}.run_id`)} = any(${runs.map(({ runId }) => runId)}::uuid[])`;
}

/** Whether a column holds one of some ids, of the same source. */
export function isOneOf(alias: string, column: string, pairs: readonly SourcePair[]): RawBuilder<SqlBool> {
  return isIn(sql`${sql.ref(`${alias}.source_id`)}, ${sql.ref(`${alias}.${column}`)}`, listed(pairs));
}

/**
 * Whether a row is in a list. The run of a list is new, so the planner knows nothing about it and would walk the whole list
 * for each row; inside another expression it looks each row up in a hash table.
 */
function isIn(row: RawBuilder<unknown>, list: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`coalesce((${row}) in (${list}), false)`;
}

/** Whether an array column holds one of some ids, of the same source. */
export function holdsOneOf(alias: string, column: string, pairs: readonly SourcePair[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from (${listed(pairs)}) as wanted (source_id, id)
    where wanted.source_id = ${sql.ref(`${alias}.source_id`)} and wanted.id = any(${sql.ref(`${alias}.${column}`)}))`;
}

const listed = (pairs: readonly SourcePair[]) =>
  sql`select * from unnest(${pairs.map(({ sourceId }) => sourceId)}::text[], ${pairs.map(({ id }) => id)}::text[])`;

/**
 * The owners of backups that a filter lets through, with what their anomalies and their reclaimable space come to. All is
 * gathered in one pass, since the planner, which knows nothing about new runs, would join them row by row.
 */
export function ownersOf(runs: readonly RunKey[], filter: EfficiencyFilter): RawBuilder<unknown> {
  const { status, owners, repositories, machines } = filter;
  const conditions = [
    ...(owners === undefined ? [] : [isOneOf('e', 'owner_id', owners)]),
    ...(repositories === undefined ? [] : [holdsOneOf('e', 'repository_ids', repositories)]),
    ...(machines === undefined ? [] : [isOneOf('e', 'owner_id', machines.owners)]),
  ];
  return sql`
    select u.source_id, u.run_id, u.owner_id,
           max(u.stored_bytes)::float8 as stored_bytes, max(u.potential_bytes) as potential_bytes, max(u.factor) as factor,
           max(u.score) as score, max(u.trend) as trend, max(u.trend_percent) as trend_percent,
           coalesce(sum(u.counted_bytes), 0)::float8 as claimed_bytes,
           coalesce(sum(u.counted_bytes) filter (where u.category <> 'BELOW_PEERS'), 0)::float8 as certain_bytes,
           (count(*) filter (where u.type is not null and u.is_open))::int as open,
           (count(*) filter (where u.type is not null and not u.is_open))::int as resolved,
           coalesce(array_agg(distinct u.type) filter (where u.is_open), '{}') as open_types,
           coalesce(bool_or(u.type = 'ENTROPY_SUSPECT'), false) as was_suspect,
           coalesce(bool_or(u.has_malware), false) as has_malware,
           coalesce(bool_or(u.has_malware and u.is_open), false) as has_open_malware
      from (select e.source_id, e.run_id, e.owner_id, true as is_owner, e.stored_bytes, e.potential_bytes, e.factor, e.score,
                   e.trend, e.trend_percent, null as category, null::bigint as counted_bytes, null as type,
                   null::boolean as is_open, null::boolean as has_malware
              from job_efficiency e
             where ${ofRuns('e', runs)} and e.kind = 'ALL' and ${allOf(conditions)}
            union all
            select r.source_id, r.run_id, r.owner_id, false, null, null, null, null, null, null, r.category, r.counted_bytes,
                   null, null, null
              from reclaimable_space r where ${ofRuns('r', runs)}
            union all
            select a.source_id, a.run_id, a.owner_id, false, null, null, null, null, null, null, null, null,
                   a.type, a.resolved_at is null,
                   coalesce(a.malware_status in ('Infected', 'Suspicious'), false) or cardinality(a.malware_event_ids) > 0
              from efficiency_anomaly a where ${ofRuns('a', runs)}) u
     group by u.source_id, u.run_id, u.owner_id
    having bool_or(u.is_owner) and ${status === undefined ? sql`true` : hasStatus(status)}`;
}

/** Conditions on what is gathered of an owner. */
function hasStatus(status: EfficiencyStatus): RawBuilder<SqlBool> {
  if (status === 'OPEN') return sql<SqlBool>`bool_or(u.type is not null and u.is_open)`;
  if (status === 'RESOLVED') return sql<SqlBool>`bool_or(u.type is not null and not u.is_open)`;
  if (status === 'ENTROPY_SUSPECT') return sql<SqlBool>`bool_or(u.type = 'ENTROPY_SUSPECT')`;
  if (status === 'NOT_MEASURABLE') return sql<SqlBool>`max(u.score) is null`;
  if (isTrend(status)) return sql<SqlBool>`max(u.trend) = ${status}`;
  return sql<SqlBool>`bool_or(u.category = ${status})`;
}

/** Whether the owner of a row with the alias is one that a filter lets through. */
export function isOwnerOf(
  alias: string,
  runs: readonly RunKey[],
  filter: EfficiencyFilter,
): RawBuilder<SqlBool> {
  return isIn(
    sql`${sql.ref(`${alias}.source_id`)}, ${sql.ref(`${alias}.owner_id`)}`,
    sql`select o.source_id, o.owner_id from (${ownersOf(runs, filter)}) o`,
  );
}

const isTrend = (status: EfficiencyStatus): boolean => (TREND_CLASSES as readonly string[]).includes(status);

/** All of some conditions. */
export function allOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}
