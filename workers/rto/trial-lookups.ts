import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';
import type { TrialRow } from './trial-rows.ts';

export type SessionFound = {
  session_id: string;
  session_type: string;
  job_id: string | null;
  job_name: string | null;
  /** null: the job is not in the list of jobs, as SureBackup jobs are not. */
  job_type: string | null;
  state: string;
  result: string | null;
  message: string | null;
  is_canceled: boolean | null;
  ended_at: Date | null;
  /** Objects of the session that are known. */
  machines: number;
};
export type MountFound = {
  session_id: string;
  restore_point_id: string | null;
  machine_name: string | null;
  state: string | null;
  unready_seen_at: Date | null;
  ready_seen_at: Date | null;
  error_message: string | null;
};
export type PointFound = {
  id: string;
  workload_id: string | null;
  created_at: Date;
  original_bytes: number | null;
  repository_id: string | null;
};
export type ReplicaPointFound = { id: string; workload_id: string | null; created_at: Date };

/** What the tables know of the things that some trials name. */
export type Found = {
  sessions: Map<string, SessionFound>;
  mounts: Map<string, MountFound>;
  points: Map<string, PointFound>;
  replicas: Map<string, ReplicaPointFound>;
  /** Workloads by their names in lower case, where one alone has the name and nothing contradicts it. */
  names: Map<string, string>;
  /** Bytes of workloads found by name. */
  sizes: Map<string, number>;
};

export async function lookUp(trx: Trx, { sourceId }: Context, trials: TrialRow[]): Promise<Found> {
  const sessionIds = unique(trials.map(({ session_id }) => session_id));
  const sessions = await lookUpSessions(trx, sourceId, sessionIds, trials);
  const mounts = await lookUpMounts(trx, sourceId, sessionIds);
  const pointIds = unique([...trials, ...mounts].map(({ restore_point_id }) => restore_point_id));
  const points = await lookUpPoints(trx, sourceId, pointIds);
  const replicaIds = unique(trials.map(({ detail }) => detail.replica_point_id));
  const replicas = await lookUpReplicaPoints(trx, sourceId, replicaIds);
  const wanted = unique(trials.map(({ object_name }) => object_name?.toLowerCase()));
  const names = await lookUpNames(trx, sourceId, wanted);
  const byId = <T extends { id: string }>(rows: T[]) => new Map(rows.map((row) => [row.id, row]));
  return {
    sessions: new Map(sessions.map((row) => [row.session_id, row])),
    mounts: new Map(mounts.map((row) => [row.session_id, row])),
    points: byId(points),
    replicas: byId(replicas),
    names: new Map(names.map(({ name, workload_id }) => [name, workload_id])),
    sizes: new Map(
      names.flatMap(({ workload_id, size }) => (size === null ? [] : [[workload_id, size] as const])),
    ),
  };
}

const unique = (ids: (string | null | undefined)[]) => [
  ...new Set(ids.filter((id) => typeof id === 'string')),
];

async function lookUpSessions(
  trx: Trx,
  sourceId: string,
  sessionIds: string[],
  trials: TrialRow[],
): Promise<SessionFound[]> {
  const { rows } = await sql<SessionFound & { objects: string[] | null }>`
    select s.session_id, s.session_type, s.job_id, j.type as job_type, s.state, s.result, nullif(s.message, '') as message,
           coalesce(j.name, case when s.job_id is not null then s.name end) as job_name, s.is_canceled, s.ended_at,
           (select array_agg(o.trial_id) from restore_trial o
             where o.source_id = s.source_id and o.session_id = s.session_id and o.trial_id <> o.session_id) as objects
      from session s
      left join job j on j.source_id = s.source_id and j.job_id = s.job_id
     where s.source_id = ${sourceId} and s.session_id = any(${sessionIds})`.execute(trx);
  const here = Map.groupBy(trials, ({ session_id }) => session_id ?? '');
  return rows.map(({ objects, ...row }) => {
    const now = (here.get(row.session_id) ?? []).map(({ trial_id }) => trial_id);
    return { ...row, machines: new Set([...(objects ?? []), ...now]).size };
  });
}

async function lookUpMounts(trx: Trx, sourceId: string, sessionIds: string[]): Promise<MountFound[]> {
  const { rows } = await sql<MountFound>`
    select distinct on (session_id) session_id, restore_point_id, machine_name, state, unready_seen_at, ready_seen_at,
           nullif(error_message, '') as error_message
      from restore_mount where source_id = ${sourceId} and session_id = any(${sessionIds})
     order by session_id, ready_seen_at, mount_id`.execute(trx);
  return rows;
}

async function lookUpPoints(trx: Trx, sourceId: string, pointIds: string[]): Promise<PointFound[]> {
  const { rows } = await sql<PointFound>`
    select p.restore_point_id as id, p.workload_id, p.created_at, p.original_bytes, b.repository_id
      from restore_point p
      left join backup b on b.source_id = p.source_id and b.backup_id = p.backup_id
     where p.source_id = ${sourceId} and p.restore_point_id = any(${pointIds})`.execute(trx);
  return rows;
}

async function lookUpReplicaPoints(
  trx: Trx,
  sourceId: string,
  pointIds: string[],
): Promise<ReplicaPointFound[]> {
  const { rows } = await sql<ReplicaPointFound>`
    select p.replica_point_id as id, r.workload_id, p.created_at
      from replica_point p
      join replica r on r.source_id = p.source_id and r.replica_id = p.replica_id
     where p.source_id = ${sourceId} and p.replica_point_id = any(${pointIds})`.execute(trx);
  return rows;
}

/**
 * Workloads that are there or were: a restore may be of one that has gone since. A name that an id has shown to be used for
 * another machine leads nowhere.
 */
async function lookUpNames(trx: Trx, sourceId: string, names: string[]) {
  const { rows } = await sql<{ name: string; workload_id: string; size: number | null }>`
    with named as (
      select lower(name) as name, min(workload_id) as workload_id, min(size_bytes) as size
        from workload where source_id = ${sourceId} and lower(name) = any(${names})
       group by lower(name) having count(*) = 1)
    select name, workload_id, size from named n
     where not exists (select from restore_trial t
                        where t.source_id = ${sourceId} and lower(t.object_name) = n.name
                          and t.workload_id <> n.workload_id and t.mapped_by in ('RESTORE_POINT', 'REPLICA_POINT'))`.execute(
    trx,
  );
  return rows;
}
