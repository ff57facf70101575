import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
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

/** What the home of a machine says of its other protections: it lists the machine, so it alone decides. */
const told = (runs: readonly RunKey[]) => sql`
  select h.source_id as home_source_id, h.workload_id as home_workload_id, p.source_id, p.workload_id
    from workload_recovery h
   cross join lateral jsonb_to_recordset(h.protections) as p(source_id text, workload_id text)
   where h.source_id = ${sourceIds(runs)} and h.run_id = ${runIds(runs)}
     and h.home_source_id is null and h.protections <> '[]'
     and p.source_id = ${sourceIds(runs)} and p.source_id <> h.source_id and p.workload_id is not null`;

/** Whether a row of workload_recovery, as `w`, is of a machine that another of the runs lists. */
export const isListedElsewhere = (runs: readonly RunKey[]): RawBuilder<SqlBool> =>
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
export async function listElsewhere(db: MetricsReader, runs: readonly RunKey[]): Promise<OtherProtection[]> {
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
