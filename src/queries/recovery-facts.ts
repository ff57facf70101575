import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RestoreTrial as RestoreTrialTable } from '../db/metrics-schema.ts';
import type { RunKey } from './health.ts';
import type { NamedId } from './recovery.ts';

type Known = {
  sourceId: string;
  /** What the run behind the answer knew, by our clock. */
  knownAt: Date;
};

const trialsOf = (db: MetricsReader, { sourceId, knownAt }: Known) =>
  db
    .selectFrom(sql<RestoreTrialTable>`restore_trial_as_of(${knownAt})`.as('t'))
    .where('t.source_id', '=', sourceId)
    .where('t.vanished_at', 'is', null);

/** Attempts to bring something back since a moment, all or of some workloads, the newest first. */
export function listTrials(
  db: MetricsReader,
  {
    workloadIds,
    since,
    limit,
    ...known
  }: Known & { workloadIds: readonly string[] | undefined; since: Date; limit: number },
) {
  return trialsOf(db, known)
    .select([
      't.trial_id as trialId',
      't.session_id as sessionId',
      't.session_type as sessionType',
      't.class',
      't.workload_id as workloadId',
      't.mapped_by as mappedBy',
      't.object_name as objectName',
      't.started_at as startedAt',
      't.ended_at as endedAt',
      't.ready_at as readyAt',
      't.ready_since as readySince',
      't.outcome',
      't.size_bytes as sizeBytes',
      't.repository_id as repositoryId',
      't.restore_point_id as restorePointId',
      't.point_created_at as pointCreatedAt',
      't.purpose',
      't.message',
    ])
    .where('t.started_at', '>=', since)
    .$if(workloadIds !== undefined, (query) =>
      query.where(sql<boolean>`t.workload_id = any(${[...(workloadIds ?? [])]}::text[])`),
    )
    .orderBy('t.started_at', 'desc')
    .orderBy('t.trial_id')
    .limit(limit)
    .execute();
}

export type KnownTrial = Awaited<ReturnType<typeof listTrials>>[number];

/** How many attempts there were since a moment, all or of some workloads. */
export async function countTrials(
  db: MetricsReader,
  { workloadIds, since, ...known }: Known & { workloadIds: readonly string[] | undefined; since: Date },
): Promise<number> {
  const { trials } = await trialsOf(db, known)
    .select((eb) => eb.fn.countAll<number>().as('trials'))
    .where('t.started_at', '>=', since)
    .$if(workloadIds !== undefined, (query) =>
      query.where(sql<boolean>`t.workload_id = any(${[...(workloadIds ?? [])]}::text[])`),
    )
    .executeTakeFirstOrThrow();
  return trials;
}

export type KnownPoint = {
  pointId: string;
  createdAt: Date;
  type: string | null;
  malwareStatus: string | null;
  backupName: string | null;
  repositoryId: string | null;
  repositoryName: string | null;
};

/** Restore points by their ids, with the backup and the repository that hold them. */
export async function listPoints(
  db: MetricsReader,
  { sourceId, knownAt, pointIds }: Known & { pointIds: readonly string[] },
): Promise<KnownPoint[]> {
  const points = sql<KnownPoint>`(
    select p.restore_point_id as "pointId", p.created_at as "createdAt", p.type, p.malware_status as "malwareStatus",
           b.name as "backupName", b.repository_id as "repositoryId", b.repository_name as "repositoryName"
      from restore_point_as_of(${knownAt}) p
      left join backup_as_of(${knownAt}) b on b.source_id = p.source_id and b.backup_id = p.backup_id
     where p.source_id = ${sourceId} and p.restore_point_id = any(${[...pointIds]}::text[]))`;
  return db.selectFrom(points.as('p')).selectAll().orderBy('pointId').limit(100).execute();
}

export type PointTimes = {
  workloadId: string;
  /** Creation of usable points of the last weeks, those that are gone too; seconds since 1970. */
  times: number[];
  /** Points may belong to it or to another machine of the same name. */
  isAmbiguous: boolean;
};

const WEEKS_DAYS = 32;

/** When states of workloads were saved in the last month, for judging them by another RPO. */
export async function listPointTimes(
  db: MetricsReader,
  { sourceId, knownAt, now, workloadIds }: Known & { now: Date; workloadIds: readonly string[] },
): Promise<PointTimes[]> {
  const since = new Date(now.getTime() - WEEKS_DAYS * 86_400_000);
  const until = new Date(now.getTime() + 5 * 60_000);
  const times = sql<PointTimes>`(
    with nobodys as (
      select distinct backup_id, name
        from restore_point_as_of(${knownAt}) where source_id = ${sourceId} and workload_id is null and vanished_at is null),
    owned as (
      select distinct p.backup_id, p.workload_id
        from restore_point_as_of(${knownAt}) p
       where p.source_id = ${sourceId} and p.workload_id is not null and p.vanished_at is null
         and p.backup_id in (select backup_id from nobodys)),
    ambiguous as (
      select distinct o.workload_id
        from backup_object_each_as_of(${knownAt}) o
        left join owned k on k.backup_id = o.backup_id and k.workload_id = o.workload_id
        join nobodys n on n.backup_id = o.backup_id and (n.name = o.name or k.workload_id is null)
       where o.source_id = ${sourceId} and o.vanished_at is null)
    select p.workload_id as "workloadId",
           coalesce(array_agg(distinct extract(epoch from p.created_at)::float8), '{}') as times,
           exists (select from ambiguous a where a.workload_id = p.workload_id) as "isAmbiguous"
      from restore_point_as_of(${knownAt}) p
     where p.source_id = ${sourceId} and p.workload_id = any(${[...workloadIds]}::text[]) and p.created_at between ${since} and ${until}
       and lower(coalesce(p.malware_status, '')) not in ('infected', 'suspicious')
     group by p.workload_id)`;
  return db.selectFrom(times.as('t')).selectAll().orderBy('workloadId').limit(200_000).execute();
}

/** All jobs of the sources, also those that no workload has a backup of. */
export async function listKnownJobs(
  db: MetricsReader,
  runs: (RunKey & { knownAt: Date })[],
): Promise<NamedId[]> {
  const found: NamedId[] = [];
  for (const { sourceId, knownAt } of runs) {
    const rows = await db
      .selectFrom(
        sql<{ source_id: string; job_id: string; name: string }>`job_each_as_of(${knownAt})`.as('j'),
      )
      .select(['j.job_id as id', 'j.name'])
      .where('j.source_id', '=', sourceId)
      .orderBy('j.job_id')
      .limit(100_000)
      .execute();
    found.push(...rows.map((row) => ({ sourceId, ...row })));
  }
  return found;
}
