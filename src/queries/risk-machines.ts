import { type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import { type AgedRun, toAgedRun } from './aged-runs.ts';
import { listWorkerRuns } from './data-freshness.ts';
import { listSourcesAt } from './freshness.ts';
import { electHomes } from './machines.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';
const MOST = 2_000_000;

type Protection = { sourceId: string; workloadId: string };

/** A workload of a source that is also in others, as its newest run of the rto worker or one of theirs found. */
export type JoinedRow = {
  workloadId: string;
  /** The source that lists it, as its own newest run says; null: it is listed here. */
  homeSourceId: string | null;
  others: Protection[];
};

/** Newest run of the rto worker that concluded on each source by then. */
const newestRuns = (asOf: Date) => sql`
  select distinct on (source_id) source_id, run_id, started_at, source_time, finished_at
    from run
   where worker = 'rto' and status in ('succeeded', 'partial') and finished_at <= ${asOf}
   order by source_id, finished_at desc, run_id`;

/**
 * Workloads with other protections. Where the run of this source did not know of one yet, that of the other source tells: a
 * vault is judged after the backup server, or before it.
 */
export async function listJoined(
  db: MetricsReader,
  { sourceId, rtoRunId, asOf }: { sourceId: string; rtoRunId: string | null; asOf: Date },
): Promise<JoinedRow[]> {
  const runs = await listRtoRuns(db, asOf);
  const rows = sql<JoinedRow>`(
    with newest as materialized (${electHomes(runs, IS_THERE)}),
    own as (
      select r.workload_id, r.protections, n.finished_at
        from workload_recovery r join run n on n.run_id = r.run_id and n.source_id = r.source_id
       where r.source_id = ${sourceId} and r.run_id = ${rtoRunId ?? NO_RUN}),
    home as (
      select distinct on (p.workload_id) p.workload_id, h.source_id
        from newest h
       cross join lateral jsonb_to_recordset(h.protections) as p(source_id text, workload_id text)
       where h.source_id <> ${sourceId} and p.source_id = ${sourceId}
         and h.home_source_id = h.source_id and h.home_workload_id = h.workload_id
       order by p.workload_id, h.source_id),
    told as (
      select o.workload_id, p.source_id, p.workload_id as other_id
        from own o cross join lateral jsonb_to_recordset(o.protections) as p(source_id text, workload_id text)
       union
      select h.home_workload_id, h.source_id, h.workload_id
        from newest h join own o on o.workload_id = h.home_workload_id and o.finished_at <= h.finished_at
       where h.home_source_id = ${sourceId} and h.source_id <> ${sourceId}),
    grouped as (
      select workload_id, jsonb_agg(jsonb_build_object('sourceId', source_id, 'workloadId', other_id)
                                    order by source_id, other_id) as others
        from told group by workload_id)
    select o.workload_id as "workloadId", h.source_id as "homeSourceId",
           coalesce(g.others, '[]') as others
      from own o
      left join home h on h.workload_id = o.workload_id
      left join grouped g on g.workload_id = o.workload_id
     where h.source_id is not null or g.others is not null)`;
  return db.selectFrom(rows.as('joined')).selectAll().orderBy('workloadId').limit(MOST).execute();
}

/** Where a protection is not there any more nobody would list the machine. */
const IS_THERE = sql<SqlBool>`exists (
  select from workload w where w.source_id = o.source_id and w.workload_id = o.workload_id and w.vanished_at is null offset 0)`;

/** Newest runs of the rto worker on all sources, by what was known at a moment. */
async function listRtoRuns(db: MetricsReader, asOf: Date): Promise<AgedRun[]> {
  const sources = await listSourcesAt(db, asOf);
  const found = await listWorkerRuns(db, { workers: ['rto'], sources, asOf });
  return found.flatMap((runs) => toAgedRun(runs, { worker: 'rto', asOf }) ?? []);
}

/** What the newest run of another source says of some machines that are listed here; times by its clock. */
export type OtherRecoveryRow = {
  workloadId: string;
  newestPointId: string | null;
  newestPointAt: Date | null;
  rpoStatus: string;
  startedAt: Date;
  finishedAt: Date;
  sourceTime: Date | null;
};

export function listOtherRecovery(
  db: MetricsReader,
  { sourceId, workloadIds, asOf }: { sourceId: string; workloadIds: readonly string[]; asOf: Date },
): Promise<OtherRecoveryRow[]> {
  const rows = sql<OtherRecoveryRow>`(
    with newest as (${newestRuns(asOf)})
    select r.workload_id as "workloadId", r.newest_point_id as "newestPointId", r.newest_point_at as "newestPointAt",
           r.rpo_status as "rpoStatus", n.started_at as "startedAt", n.finished_at as "finishedAt", n.source_time as "sourceTime"
      from newest n
      join workload_recovery r on r.source_id = n.source_id and r.run_id = n.run_id
     where n.source_id = ${sourceId} and r.workload_id = any(${[...workloadIds]}::text[]))`;
  return db.selectFrom(rows.as('other')).selectAll().orderBy('workloadId').limit(MOST).execute();
}

/** A protected item of a vault with the workload that it protects; times by the clock of the source. */
export type VaultItemRow = {
  itemId: string;
  workloadId: string;
  protectionState: string | null;
  healthStatus: string | null;
  isSoftDeleted: boolean | null;
  lastPointAt: Date | null;
  pointCount: number | null;
  deletedForGoodAt: Date | null;
};

export function listVaultItems(db: MetricsReader, sourceId: string): Promise<VaultItemRow[]> {
  const rows = sql<VaultItemRow>`(
    select i.item_id as "itemId", o.workload_id as "workloadId", i.protection_state as "protectionState",
           i.health_status as "healthStatus", i.is_soft_deleted as "isSoftDeleted", i.last_point_at as "lastPointAt",
           i.point_count as "pointCount", i.deleted_for_good_at as "deletedForGoodAt"
      from azure_item i
      join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
     where i.source_id = ${sourceId} and i.vanished_at is null)`;
  return db.selectFrom(rows.as('item')).selectAll().orderBy('itemId').limit(MOST).execute();
}

export type VaultRow = {
  name: string;
  softDelete: string | null;
  softDeleteDays: number | null;
  immutability: string | null;
  hasSecondPerson: boolean | null;
  redundancy: string | null;
  crossRegionRestore: boolean | null;
};

/** Settings of the vault that a source is; undefined: it is none, or it has not been read. */
export function getRiskVault(db: MetricsReader, sourceId: string): Promise<VaultRow | undefined> {
  return db
    .selectFrom('azure_vault')
    .select([
      'name',
      'soft_delete as softDelete',
      'soft_delete_days as softDeleteDays',
      'immutability',
      'multi_user_authorization as hasSecondPerson',
      'redundancy',
      'cross_region_restore as crossRegionRestore',
    ])
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
}

/** When a guard of a vault was taken down since a moment: soft delete, immutability or the second person. */
export async function getVaultWeakenedAt(
  db: MetricsReader,
  { sourceId, since }: { sourceId: string; since: Date },
): Promise<Date | null> {
  const rows = sql<{ at: Date | null }>`(
    select max(p.known_until) as at
      from azure_vault v join azure_vault_past p on p.source_id = v.source_id
     where v.source_id = ${sourceId} and p.known_until > ${since}
       and (v.soft_delete = 'Disabled' and p.soft_delete in ('Enabled', 'AlwaysON')
         or v.soft_delete_days < p.soft_delete_days
         or v.immutability = 'Disabled' and p.immutability in ('Unlocked', 'Locked')
         or v.immutability = 'Unlocked' and p.immutability = 'Locked'
         or not v.multi_user_authorization and p.multi_user_authorization))`;
  const row = await db.selectFrom(rows.as('weakened')).selectAll().executeTakeFirst();
  return row?.at ?? null;
}
