import { type RawBuilder, sql } from 'kysely';
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
  // Only looked at where there is more than one: of ten thousand jobs that ran each day few were changed by anybody.
  const entity = sql.ref(`t.${id}`);
  const columns = sql.join(
    [...new Set(['source_id', id, name, ...fields])].map((column) => sql.ref(`t.${column}`)),
  );
  const states = fields.map((field, index) => ({
    key: sql.lit(field),
    after: sql.ref(`s.${field}`),
    before: sql.ref(`before_${index}`),
  }));
  const lags = states.map(({ after, before }) => sql`lag(${after}) over before as ${before}`);
  const toState = (which: 'before' | 'after') =>
    sql`jsonb_build_object(${sql.join(states.flatMap((one) => [one.key, one[which]]))})`;
  const all = (list: RawBuilder<unknown>, which = sql`true`) => statesWithin(table, { list, id, which });
  const found = sql<Omit<Transition, 'table'>>`(
    with span as (${asRows(spans)}),
    changed as (
      select source_id, entity_id from (
        select source_id, entity_id, min(known_from) > min(since) as is_new
          from (${all(sql`t.source_id, ${entity} as entity_id, t.known_from, w.since, row(${sql.join(fields.map((field) => sql.ref(`t.${field}`)))})::text as state`)}) s
         group by source_id, entity_id, state) s
       group by source_id, entity_id having count(*) > 1 or bool_and(is_new)),
    step as (
      select s.*, row_number() over before = 1 as is_first, ${sql.join(lags)}
        from (${all(sql`${columns}, t.known_from, w.since`, sql`(t.source_id, ${entity}) in (select source_id, entity_id from changed)`)}) s
      window before as (partition by s.source_id, ${sql.ref(`s.${id}`)} order by s.known_from))
    select source_id as "sourceId", ${sql.ref(id)} as "entityId", coalesce(${sql.ref(name)}, source_id) as "entityName",
           known_from as at, case when not is_first then ${toState('before')} end as before, ${toState('after')} as after
      from step s
     where known_from > since
       and (is_first or (${sql.join(states.map(({ after }) => after))}) is distinct from (${sql.join(states.map(({ before }) => before))})))`;
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

/** Of each thing the state at the end, and those that ended within: what changed after the span is not read. */
function statesWithin(
  table: ConfigTable,
  { list, id, which }: { list: RawBuilder<unknown>; id: string; which: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const [present, past] = [sql.table(table), sql.table(`${table}_past`)];
  return sql`
    select ${list} from span w join ${present} t on t.source_id = w.source_id and t.known_from <= w.until where ${which}
     union all
    select ${list}
      from span w
      join ${present} n on n.source_id = w.source_id and n.known_from > w.until
     cross join lateral (select * from ${past} t
                          where t.source_id = n.source_id and ${sql.ref(`t.${id}`)} = ${sql.ref(`n.${id}`)}
                            and t.known_until > w.until and t.known_from <= w.until
                          order by t.known_until limit 1) t
     where ${which}
     union all
    select ${list}
      from span w
      join ${past} t on t.source_id = w.source_id and t.known_until > w.since and t.known_until <= w.until
     where t.known_until > t.known_from and ${which}`;
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
