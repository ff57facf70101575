import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { AgedRun } from './aged-runs.ts';
import type { RunKey } from './health.ts';

/** A machine that some runs protect under several ids: where it is listed, and one of its other protections. */
export type OtherProtection = {
  homeSourceId: string;
  homeWorkloadId: string;
  sourceId: string;
  workloadId: string;
  /** As the run of its own source has it; null: that run has no row of it. */
  name: string | null;
};

const runIds = (runs: readonly RunKey[]) => sql`any(${runs.map(({ runId }) => runId)}::uuid[])`;
const sourceIds = (runs: readonly RunKey[]) =>
  sql`any(${[...new Set(runs.map(({ sourceId }) => sourceId))]}::text[])`;

const asTable = (runs: readonly AgedRun[], name: 'r' | 't') => sql`
  unnest(${runs.map(({ sourceId }) => sourceId)}::text[], ${runs.map(({ runId }) => runId)}::uuid[],
         ${runs.map(({ finishedAt }) => finishedAt.toISOString())}::timestamptz[],
         ${runs.map((run) => run.staleFrom.toISOString())}::timestamptz[], ${runs.map(({ isStale }) => isStale)}::boolean[])
    as ${sql.ref(name)}(source_id, run_id, finished_at, stale_from, is_stale)`;

/**
 * Where a machine is listed by a row `h`: of its protections that have a row in their run, with Veeam before Azure, then with
 * the source whose id comes first. If that source has not been read for too long, with the one of the others that is read and
 * concluded last. Where none is read any more it counts how it was when the last of them concluded, so that nothing moves back.
 */
const homeOf = (runs: readonly AgedRun[], isThere: RawBuilder<SqlBool>) => sql`
  select e.source_id, e.workload_id
    from (select m.*, case when bool_or(not m.is_stale) over () then m.is_stale
                           else m.stale_from < max(m.finished_at) over () end as is_out,
                 row_number() over (order by (s.kind = 'azure')::int, m.source_id collate "C", m.workload_id collate "C") as place
            from (select r.*, n.workload_id
                    from (select h.source_id, h.workload_id
                           union
                          select p.source_id, p.workload_id
                            from jsonb_to_recordset(h.protections) as p(source_id text, workload_id text)) as n
                    join ${asTable(runs, 'r')} on r.source_id = n.source_id
                   -- Looked up by the key (offset 0), which is fast also before the tables are analysed.
                   cross join lateral (select from workload_recovery o
                                        where o.source_id = r.source_id and o.run_id = r.run_id
                                          and o.workload_id = n.workload_id and ${isThere}
                                       offset 0) as known) as m
            join source s on s.source_id = m.source_id) as e
   order by e.place = 1 and not e.is_out desc, e.is_out, e.finished_at desc, e.place
   limit 1`;

/**
 * Rows with other protections, and where each says that its machine is listed.
 * @param isThere what a protection has to be in order to be one that a machine can be listed with, by its row `o`
 */
export const electHomes = (
  runs: readonly AgedRun[],
  isThere: RawBuilder<SqlBool> = sql<SqlBool>`true`,
): RawBuilder<unknown> => sql`
  select h.source_id, h.workload_id, h.protections, t.finished_at, e.source_id as home_source_id, e.workload_id as home_workload_id
    from workload_recovery h
    join ${asTable(runs, 't')} on t.source_id = h.source_id and t.run_id = h.run_id
   cross join lateral (${homeOf(runs, isThere)}) as e
   where h.protections <> '[]'`;

/** What the home of a machine says of its other protections: it lists the machine, so it alone decides. */
const told = (runs: readonly AgedRun[]) => sql`
  select h.home_source_id, h.home_workload_id, p.source_id, p.workload_id
    from (${electHomes(runs)}) as h
   cross join lateral jsonb_to_recordset(h.protections) as p(source_id text, workload_id text)
   where h.home_source_id = h.source_id and h.home_workload_id = h.workload_id
     and p.source_id = ${sourceIds(runs)} and p.source_id <> h.source_id and p.workload_id is not null`;

/** Whether a row of workload_recovery, as `w`, is of a machine that another of the runs lists. */
export const isListedElsewhere = (runs: readonly AgedRun[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`(w.source_id, w.workload_id) in (select t.source_id, t.workload_id from (${told(runs)}) as t)`;

/** Whether one of the other protections of a row, as `w`, fulfils a condition on `o`, its own row. */
export const hasProtection = (runs: readonly RunKey[], condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> =>
  sql<SqlBool>`exists (
    select from jsonb_to_recordset(w.protections) as p(source_id text, workload_id text)
      join workload_recovery o on o.source_id = p.source_id and o.workload_id = p.workload_id and o.run_id = ${runIds(runs)}
     where ${condition})`;

/** The rows of the other protections of a row, as `w`. */
export const protectionsOf = (runs: readonly RunKey[]) =>
  sql<{ source_id: string; job_ids: string[]; verifications: number }>`(
    select o.source_id, o.job_ids, o.verifications
      from jsonb_to_recordset(w.protections) as p(source_id text, workload_id text)
      join workload_recovery o on o.source_id = p.source_id and o.workload_id = p.workload_id and o.run_id = ${runIds(runs)})`;

/** Workloads of the runs that another of them lists as a protection of its machine. */
export async function listElsewhere(db: MetricsReader, runs: readonly AgedRun[]): Promise<OtherProtection[]> {
  if (runs.length < 2) return [];
  const rows = sql<OtherProtection>`(
    select distinct on (t.source_id, t.workload_id)
           t.home_source_id as "homeSourceId", t.home_workload_id as "homeWorkloadId",
           t.source_id as "sourceId", t.workload_id as "workloadId", o.name
      from (${told(runs)}) as t
      left join workload_recovery o on o.source_id = t.source_id and o.workload_id = t.workload_id
                                   and o.run_id = ${runIds(runs)}
     order by t.source_id, t.workload_id, t.home_source_id, t.home_workload_id)`;
  return db
    .selectFrom(rows.as('elsewhere'))
    .selectAll()
    .orderBy('sourceId')
    .orderBy('workloadId')
    .limit(200_000)
    .execute();
}

/** A workload of another source that may be the same machine; which is not sure. */
export type UnsureMatch = {
  sourceId: string;
  workloadId: string;
  otherSourceId: string;
  otherWorkloadId: string;
  otherName: string | null;
  basis: string;
  probability: number;
};

/** Pairs that the runs could not decide, of some workloads, the likeliest first. */
export async function listUnsure(
  db: MetricsReader,
  runs: readonly RunKey[],
  workloadIds: readonly string[],
): Promise<UnsureMatch[]> {
  if (runs.length === 0 || workloadIds.length === 0) return [];
  const rows = sql<UnsureMatch>`(
    select m.source_id as "sourceId", m.workload_id as "workloadId", m.other_source_id as "otherSourceId",
           m.other_workload_id as "otherWorkloadId", m.basis, m.probability,
           o.name as "otherName"
      from workload_match m
      left join workload_recovery o on o.source_id = m.other_source_id and o.workload_id = m.other_workload_id
                                   and o.run_id = ${runIds(runs)}
     where m.source_id = ${sourceIds(runs)} and m.run_id = ${runIds(runs)} and m.verdict = 'UNSURE'
       and m.workload_id = any(${[...workloadIds]}::text[]))`;
  return db
    .selectFrom(rows.as('unsure'))
    .selectAll()
    .orderBy('probability', 'desc')
    .orderBy('sourceId')
    .orderBy('workloadId')
    .orderBy('otherSourceId')
    .orderBy('otherWorkloadId')
    .limit(1_000)
    .execute();
}
