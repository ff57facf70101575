import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** A table of what a source consists of, that keeps its earlier states. */
type Kept = { id: string; name: string; parent?: string; fields: readonly string[] };

/** What is configured, per table: what it is known by, and the columns that an administrator changes. */
const TABLES = {
  job: {
    id: 'job_id',
    name: 'name',
    fields: [
      'name',
      'is_disabled',
      'is_scheduled',
      'schedule',
      'after_job_id',
      'retry_count',
      'repository_id',
      'repository_name',
      'objects_count',
      'vanished_at',
    ],
  },
  job_retention: {
    id: 'job_id',
    name: 'job_id',
    fields: ['kind', 'quantity', 'gfs_weeks', 'gfs_months', 'gfs_years', 'vanished_at'],
  },
  repository: {
    id: 'repository_id',
    name: 'name',
    fields: [
      'name',
      'path',
      'is_online',
      'has_limit',
      'consumption_limit_bytes',
      'task_limit',
      'immutable_days',
      'vanished_at',
    ],
  },
  scale_out_repository: {
    id: 'scale_out_repository_id',
    name: 'name',
    fields: [
      'name',
      'capacity_tier',
      'archive_tier',
      'operational_restore_days',
      'archive_after_days',
      'vanished_at',
    ],
  },
  scale_out_extent: { id: 'extent_key', name: 'name', fields: ['tier', 'status', 'vanished_at'] },
  proxy: {
    id: 'proxy_id',
    name: 'name',
    fields: ['name', 'is_disabled', 'is_online', 'is_out_of_date', 'vanished_at'],
  },
  backup_server: { id: 'source_id', name: 'name', fields: ['build_version', 'time_zone'] },
  license: {
    id: 'source_id',
    name: 'edition',
    fields: ['status', 'edition', 'expires_at', 'licensed_instances'],
  },
  config_backup: { id: 'source_id', name: 'source_id', fields: ['is_enabled', 'is_encrypted'] },
} as const satisfies Record<string, Kept>;

export type ConfigTable = keyof typeof TABLES;
export const CONFIG_TABLES = Object.keys(TABLES) as ConfigTable[];

export type Transition = {
  sourceId: string;
  table: ConfigTable;
  entityId: string;
  entityName: string;
  /** Begin of the run that first saw it. */
  at: Date;
  /** What it was; null: it was seen for the first time. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
};

/** More changes of one table than anybody makes by hand. */
const MOST = 5_000;

/** Of one source: after when, and up to when, something has become known. */
export type Span = { sourceId: string; since: Date; until: Date };

/**
 * States of a table that became known after `since` and by `until` of their source, each with the one before; those that
 * differ in none of the columns that are looked at are left out.
 */
export async function listTransitions(
  db: MetricsReader,
  table: ConfigTable,
  spans: readonly Span[],
): Promise<Transition[]> {
  if (spans.length === 0) return [];
  const { id, name, fields } = TABLES[table];
  const columns = [...new Set(['source_id', id, name, ...fields, 'known_from'])];
  const list = sql.join(columns.map((column) => sql.ref(`t.${column}`)));
  const state = sql`jsonb_build_object(${sql.join(fields.flatMap((field) => [sql.lit(field), sql.ref(field)]))})`;
  const [present, past] = [sql.table(table), sql.table(`${table}_past`)];
  // Of each thing the state at the end, and those that ended within: what changed after the span is not read.
  const found = sql<Omit<Transition, 'table'>>`(
    with span as (${asRows(spans)}),
    state as (
      select source_id, ${sql.ref(id)} as entity_id, ${sql.ref(name)} as entity_name, known_from, since, ${state} as state
        from (select ${list}, w.since from span w join ${present} t on t.source_id = w.source_id and t.known_from <= w.until
               union all
              select ${list}, w.since
                from span w
                join ${present} n on n.source_id = w.source_id and n.known_from > w.until
               cross join lateral (select * from ${past} t
                                    where t.source_id = n.source_id and ${sql.ref(`t.${id}`)} = ${sql.ref(`n.${id}`)}
                                      and t.known_until > w.until and t.known_from <= w.until
                                    order by t.known_until limit 1) t
               union all
              select ${list}, w.since
                from span w
                join ${past} t on t.source_id = w.source_id and t.known_until > w.since and t.known_until <= w.until
               where t.known_until > t.known_from) s),
    step as (
      select *, lag(state) over (partition by source_id, entity_id order by known_from) as before from state)
    select source_id as "sourceId", entity_id as "entityId", coalesce(entity_name, source_id) as "entityName",
           known_from as at, before, state as after
      from step where known_from > since and state is distinct from before)`;
  const rows = await db
    .selectFrom(found.as('found'))
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('sourceId')
    .orderBy('entityId')
    .limit(MOST)
    .execute();
  return rows.map((row) => ({ ...row, table }));
}

const asRows = (spans: readonly Span[]) => sql`
  select * from unnest(${spans.map(({ sourceId }) => sourceId)}::text[], ${spans.map(({ since }) => since)}::timestamptz[],
                       ${spans.map(({ until }) => until)}::timestamptz[]) as w (source_id, since, until)`;

/** Names of jobs by id as they were known of each source, for rows that hold the id alone. */
export async function listJobNamesOf(
  db: MetricsReader,
  sources: readonly { sourceId: string; knownAt: Date }[],
  jobIds: readonly string[],
): Promise<Map<string, string>> {
  if (jobIds.length === 0 || sources.length === 0) return new Map();
  const rows = sql<{ sourceId: string; jobId: string; name: string }>`(
    select j.source_id as "sourceId", j.job_id as "jobId", j.name
      from unnest(${sources.map(({ sourceId }) => sourceId)}::text[],
                  ${sources.map(({ knownAt }) => knownAt)}::timestamptz[]) as w (source_id, known_at)
      cross join lateral job_as_of(w.known_at) j
     where j.source_id = w.source_id and j.job_id = any(${[...jobIds]}::text[]))`;
  const found = await db
    .selectFrom(rows.as('job'))
    .selectAll()
    .orderBy('sourceId')
    .orderBy('jobId')
    .limit(MOST)
    .execute();
  return new Map(found.map(({ sourceId, jobId, name }) => [JSON.stringify([sourceId, jobId]), name]));
}
