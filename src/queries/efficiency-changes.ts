import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { Slice } from './efficiency.ts';
import { type EfficiencyFilter, isOwnerOf, ofRuns } from './efficiency-filter.ts';
import type { RunKey } from './health.ts';

export type EarlierRun = { runId: string; finishedAt: Date };

/** The last run of a source that had concluded at a moment; where there is none, the first one after it. */
export async function getEarlierRun(
  db: MetricsReader,
  { sourceId, at, before }: { sourceId: string; at: Date; before: Date },
): Promise<EarlierRun | undefined> {
  const until = (await concludedRuns(db, sourceId, before)
    .where('r.finished_at', '<=', at)
    .orderBy('r.finished_at', 'desc')
    .orderBy('r.run_id')
    .executeTakeFirst()) as EarlierRun | undefined;
  if (until) return until;
  return (await concludedRuns(db, sourceId, before)
    .orderBy('r.finished_at')
    .orderBy('r.run_id')
    .executeTakeFirst()) as EarlierRun | undefined;
}

/** Of those whose result is still stored. */
function concludedRuns(db: MetricsReader, sourceId: string, before: Date) {
  return db
    .selectFrom('run as r')
    .innerJoin('efficiency_summary as s', (join) =>
      join.onRef('s.source_id', '=', 'r.source_id').onRef('s.run_id', '=', 'r.run_id'),
    )
    .select(['r.run_id as runId', 'r.finished_at as finishedAt'])
    .where('r.worker', '=', 'efficiency')
    .where('r.source_id', '=', sourceId)
    .where('r.status', 'in', ['succeeded', 'partial'])
    .where('r.finished_at', '<', before)
    .limit(1);
}

/** A run, and the one that it is compared with. */
export type RunPair = RunKey & { earlierRunId: string };

export type ReductionChange = {
  sourceId: string;
  ownerId: string;
  name: string;
  kind: 'FULL' | 'INCREMENT';
  factorBefore: number;
  factor: number;
  storedBefore: number;
  storedBytes: number;
  /** What is stored now beyond what it would be at the earlier factor; negative: less. */
  extraBytes: number;
  matching: number;
  extraInAll: number;
  place: number;
};

/** Rows of the runs and of those that they are compared with; `is_now` tells them apart. */
const BOTH = (pairs: readonly RunPair[]) => sql`select e.*, ${isNow(pairs)} as is_now from job_efficiency e
  where ${ofRuns('e', [...pairs, ...pairs.map(({ sourceId, earlierRunId: runId }) => ({ sourceId, runId }))])}`;

const isNow = (pairs: readonly RunPair[]) => sql`e.run_id = any(${pairs.map(({ runId }) => runId)}::uuid[])`;

/**
 * Jobs whose reduction is another than in the earlier run, fulls and increments apart, since a different mix of both is no
 * other reduction. The largest effect on stored bytes first.
 */
export function listReductionChanges(
  db: MetricsReader,
  { pairs, filter, slice }: { pairs: readonly RunPair[]; filter: EfficiencyFilter; slice: Slice },
): Promise<ReductionChange[]> {
  const isWanted = Object.keys(filter).length === 0 ? sql`true` : isOwnerOf('b', pairs, filter);
  const found = sql<ReductionChange>`(
    select c.*, (count(*) over ())::int as matching, (sum(c."extraBytes") over ())::float8 as "extraInAll",
           row_number() over (order by abs(c."extraBytes") desc, c."sourceId", c."ownerId", c.kind) as place
      from (select b.source_id as "sourceId", b.owner_id as "ownerId", max(b.name) filter (where b.is_now) as name, b.kind,
                   max(b.factor) filter (where not b.is_now) as "factorBefore", max(b.factor) filter (where b.is_now) as factor,
                   max(b.stored_bytes) filter (where not b.is_now) as "storedBefore",
                   max(b.stored_bytes) filter (where b.is_now) as "storedBytes",
                   max(b.stored_bytes) filter (where b.is_now)
                     - max(b.data_bytes) filter (where b.is_now) / max(b.factor) filter (where not b.is_now) as "extraBytes"
              from (${BOTH(pairs)}) b
             where b.kind in ('FULL', 'INCREMENT') and b.factor is not null and ${isWanted}
             group by b.source_id, b.owner_id, b.kind
            having bool_or(b.is_now) and bool_or(not b.is_now)) c)`;
  return db
    .selectFrom(found.as('found'))
    .selectAll()
    .orderBy('place')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute();
}

export type Comings = { newJobs: number; newBytes: number; goneJobs: number; goneBytes: number };

/** Jobs that have backups now and had none in the earlier run, and the reverse. */
export async function sumComings(db: MetricsReader, pairs: readonly RunPair[]): Promise<Comings> {
  const found = sql<Comings>`(
    select (count(*) filter (where not c.was))::int as "newJobs",
           coalesce(sum(c.bytes) filter (where not c.was), 0)::float8 as "newBytes",
           (count(*) filter (where not c."is"))::int as "goneJobs",
           coalesce(sum(c.bytes) filter (where not c."is"), 0)::float8 as "goneBytes"
      from (select bool_or(b.is_now) as "is", bool_or(not b.is_now) as was, max(b.stored_bytes) as bytes
              from (${BOTH(pairs)}) b
             where b.kind = 'ALL'
             group by b.source_id, b.owner_id) c)`;
  return db.selectFrom(found.as('found')).selectAll().executeTakeFirstOrThrow();
}

/** What the last run of each local day concluded about a source, or about one owner in it; the newest day first. */
export function listEfficiencyDays(
  db: MetricsReader,
  question: { sourceId: string; ownerId: string | undefined; zone: string; from: Date; to: Date },
): Promise<EfficiencyDay[]> {
  const { sourceId, ownerId, zone, from, to } = question;
  const day = sql`to_char(r.finished_at at time zone ${zone}, 'YYYY-MM-DD')`;
  const of = ownerId === undefined ? sql`s` : sql`e`;
  const owner =
    ownerId === undefined
      ? sql``
      : sql`join job_efficiency e on e.source_id = r.source_id and e.run_id = r.run_id and e.kind = 'ALL' and e.owner_id = ${ownerId}`;
  const found = sql<EfficiencyDay>`(
    select distinct on (1) ${day} as day, ${of}.data_bytes as "dataBytes", ${of}.stored_bytes as "storedBytes", ${of}.factor,
           ${of}.score, ${ownerId === undefined ? sql`s.reclaimable_bytes` : sql`null::float8`} as "reclaimableBytes",
           ${ownerId === undefined ? sql`s.open_anomalies` : sql`null::int`} as "openAnomalies"
      from run r
      join efficiency_summary s on s.source_id = r.source_id and s.run_id = r.run_id
      ${owner}
     where r.worker = 'efficiency' and r.source_id = ${sourceId} and r.finished_at >= ${from} and r.finished_at <= ${to}
     order by 1 desc, r.finished_at desc)`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('day', 'desc').limit(800).execute();
}

export type EfficiencyDay = {
  day: string;
  dataBytes: number | null;
  storedBytes: number | null;
  factor: number | null;
  score: number | null;
  reclaimableBytes: number | null;
  openAnomalies: number | null;
};
