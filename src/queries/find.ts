import { type RawBuilder, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** Kinds of things that have a name, in the order in which answers list them. */
export const KINDS = [
  'workload',
  'job',
  'repository',
  'scale_out_repository',
  'vault',
  'proxy',
  'host',
] as const;
export type Kind = (typeof KINDS)[number];

/** Something that a source has or had under a name. */
export type Thing = {
  sourceId: string;
  kind: Kind;
  id: string;
  name: string;
  /** What it is in the words of the source, such as the type of a job; null: not said. */
  type: string | null;
  firstSeenAt: Date;
  /** When it was first missed; null: it is there. */
  goneAt: Date | null;
};

/** The worker whose last run decides what is known of a kind. */
export const WORKER_OF: Record<Kind, 'health' | 'capacity' | 'rto'> = {
  workload: 'rto',
  job: 'health',
  repository: 'capacity',
  scale_out_repository: 'capacity',
  vault: 'capacity',
  proxy: 'health',
  host: 'health',
};

export type ThingQuestion = { sourceId: string; kind: Kind; knownAt: Date };

/** More than anybody has; a list that is cut would hide what is asked for. */
export const MOST_THINGS = 200_000;

/** All things of a kind that a source had, as they were known at a moment, gone ones too. */
export function listThings(db: MetricsReader, { sourceId, kind, knownAt }: ThingQuestion): Promise<Thing[]> {
  const { table, id, type } = TABLES[kind];
  const things = sql<Thing>`(
    select ${sql.ref(id)} as id, name, ${type} as type, first_seen_at as "firstSeenAt", vanished_at as "goneAt",
           ${sourceId}::text as "sourceId", ${kind}::text as kind
      from ${sql.raw(table)}_each_as_of(${knownAt}) where source_id = ${sourceId})`;
  return db.selectFrom(things.as('thing')).selectAll().limit(MOST_THINGS).execute();
}

const TABLES: Record<Kind, { table: string; id: string; type: RawBuilder<string | null> }> = {
  workload: {
    table: 'workload',
    id: 'workload_id',
    type: sql`nullif(concat_ws(' ', platform, type), '')`,
  },
  job: { table: 'job', id: 'job_id', type: sql`type` },
  repository: { table: 'repository', id: 'repository_id', type: sql`type` },
  scale_out_repository: {
    table: 'scale_out_repository',
    id: 'scale_out_repository_id',
    type: sql`null::text`,
  },
  // An Azure vault is the repository of a source of kind azure.
  vault: { table: 'repository', id: 'repository_id', type: sql`type` },
  proxy: { table: 'proxy', id: 'proxy_id', type: sql`type` },
  host: { table: 'managed_server', id: 'server_id', type: sql`type` },
};

/** How a thing stands: words of its worker or of the source, the most important first; null where one is not known. */
export type ThingState = {
  id: string;
  words: (string | null)[];
  /** Of a workload: sources that protect the same machine besides. */
  others: string[];
};

export type StateQuestion = ThingQuestion & { runId: string; ids: readonly string[]; isGone?: boolean };

/** How some things of one kind stood in a run. A thing that the run says nothing of is left out. */
export async function listStates(db: MetricsReader, question: StateQuestion): Promise<ThingState[]> {
  const { kind, ids } = question;
  if (ids.length === 0) return [];
  const rows = sql<Omit<ThingState, 'others'> & { others?: string[] }>`(${STATES[kind](question)})`;
  const found = await db.selectFrom(rows.as('state')).selectAll().limit(ids.length).execute();
  return found.map((state) => ({ ...state, others: state.others ?? [] }));
}

const anyOf = (ids: readonly string[]) => sql`any(${[...ids]}::text[])`;

const ofForecast = (
  { sourceId, runId, ids, knownAt, kind, isGone = false }: StateQuestion,
  kinds: string[],
) => sql`
  select f.repository_id as id,
         array[case when ${kind === 'scale_out_repository'} then null
                    when ${isGone} then 'OFFLINE' when r.is_online then 'ONLINE' when not r.is_online then 'OFFLINE' else 'STATE_NOT_KNOWN' end,
               'capacity ' || case when f.quality in ('UNBOUNDED', 'NO_DATA') then f.quality else f.priority end] as words
    from capacity_forecast f
    left join repository_as_of(${knownAt}) r on r.source_id = f.source_id and r.repository_id = f.repository_id
   where f.source_id = ${sourceId} and f.run_id = ${runId} and f.repository_id = ${anyOf(ids)}
     and f.kind = any(${kinds}::text[])`;

const STATES: Record<Kind, (question: StateQuestion) => RawBuilder<unknown>> = {
  workload: ({ sourceId, runId, ids }) => sql`
    select workload_id as id, array['RPO ' || rpo_status, 'restore ' || sla_status] as words,
           array(select distinct p.source_id from jsonb_to_recordset(protections) as p(source_id text) order by 1) as others
      from workload_recovery
     where source_id = ${sourceId} and run_id = ${runId} and workload_id = ${anyOf(ids)}`,
  job: ({ sourceId, runId, ids, knownAt }) => sql`
    select j.job_id as id, array[coalesce(h.status, case when j.is_disabled then 'DISABLED' else 'NOT_MEASURED' end)] as words
      from job_as_of(${knownAt}) j
      left join job_health h on h.source_id = j.source_id and h.run_id = ${runId} and h.job_id = j.job_id
     where j.source_id = ${sourceId} and j.job_id = ${anyOf(ids)}`,
  repository: (question) => ofForecast(question, ['REPOSITORY', 'EXTENT']),
  scale_out_repository: (question) => ofForecast(question, ['SCALE_OUT']),
  vault: (question) => ofForecast(question, ['REPOSITORY']),
  proxy: ({ sourceId, ids, knownAt }) => sql`
    select proxy_id as id,
           array[case when is_disabled then 'DISABLED' when is_online then 'ONLINE' when not is_online then 'OFFLINE'
                      else 'STATE_NOT_KNOWN' end,
                 case when is_out_of_date then 'OUT_OF_DATE' end] as words
      from proxy_as_of(${knownAt}) where source_id = ${sourceId} and proxy_id = ${anyOf(ids)}`,
  host: ({ sourceId, ids, knownAt }) => sql`
    select server_id as id, array[coalesce(status, 'STATE_NOT_KNOWN')] as words
      from managed_server_as_of(${knownAt}) where source_id = ${sourceId} and server_id = ${anyOf(ids)}`,
};
