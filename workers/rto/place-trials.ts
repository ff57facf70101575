import { sql } from 'kysely';
import { assessTrial, type RestoreTrial } from '../../src/analysis/recovery-trial.ts';
import { type Context, storeFacts, type Trx } from '../shared/facts.ts';
import type { TrialRow } from './trial-rows.ts';

/**
 * Finds out which workload, restore point and repository each trial was about, and stores it. Only ids lead there: that of
 * the restore point, of the replica's point, of the mount of its session. Where there is none, or it leads to a point that was
 * gone before it was ever collected, the name of the object has to be exactly the name of one workload alone; a part of a
 * name never counts, and the name of a session neither.
 */
export async function storeTrials(trx: Trx, context: Context, trials: TrialRow[]): Promise<number> {
  if (trials.length === 0) return 0;
  const found = await lookUp(trx, context, trials);
  const rows = trials.map((trial) => place(trial, found, context.sourceNow));
  return storeFacts(trx, 'restore_trial', 'trial_id', rows, context);
}

function place(trial: TrialRow, found: Found, now: Date): TrialRow {
  const session = found.sessions.get(trial.session_id ?? '');
  const mount = found.mounts.get(trial.session_id ?? '');
  const pointId = trial.restore_point_id ?? mount?.restore_point_id ?? null;
  const point = found.points.get(pointId ?? '');
  const replica = found.replicas.get(trial.detail.replica_point_id ?? '');
  const named = found.names.get(trial.object_name?.toLowerCase() ?? '');
  const workload = workloadOf(point, replica, named);
  const placed: TrialRow = {
    ...trial,
    ...workload,
    class: classWithJob(trial, session),
    restore_point_id: pointId,
    job_name: session?.job_name ?? null,
    object_name: trial.object_name ?? mount?.machine_name ?? null,
    point_created_at: point?.created_at ?? replica?.created_at ?? null,
    repository_id: point?.repository_id ?? null,
    size_bytes: sizeOf(trial, point, found.sizes.get(workload.workload_id ?? '')),
    purpose: ['SUREBACKUP', 'CONTENT_SCAN'].includes(trial.class) ? 'TEST' : 'UNKNOWN',
    outcome: trial.outcome === 'FAILED' && session?.is_canceled ? 'CANCELED' : trial.outcome,
    message: trial.message ?? (trial.outcome === 'FAILED' ? (session?.message ?? null) : null),
    ...(trial.class === 'INSTANT' && mount ? readiness(trial, mount) : {}),
  };
  return { ...placed, excluded: assessTrial(toRestoreTrial(placed), now.getTime()).excluded };
}

/** A restore of a disk or a volume brings back a part, whose size the source does not say. */
const sizeOf = (trial: TrialRow, point: Point | undefined, ofWorkload: number | undefined) =>
  ['DISK', 'VOLUME'].includes(trial.class) ? null : (point?.original_bytes ?? ofWorkload ?? null);

function workloadOf(
  point: Point | undefined,
  replica: ReplicaPoint | undefined,
  named: string | undefined,
): { workload_id: string | null; mapped_by: string } {
  if (point?.workload_id) return { workload_id: point.workload_id, mapped_by: 'RESTORE_POINT' };
  if (replica?.workload_id) return { workload_id: replica.workload_id, mapped_by: 'REPLICA_POINT' };
  return named ? { workload_id: named, mapped_by: 'NAME' } : { workload_id: null, mapped_by: 'NONE' };
}

/** "Scan Backup" on demand shows up as a SureBackup session without a job: nothing is started then. */
const classWithJob = (trial: TrialRow, session: Session | undefined) =>
  trial.class === 'SUREBACKUP' && session && session.job_id === null ? 'CONTENT_SCAN' : trial.class;

/** Longer than this before it was first seen, nobody knows when a mount became ready. */
const UNSEEN_MINUTES = 15;

/** When the machine was back, between two looks. The session goes on as long as the mount, so its end says nothing. */
function readiness(trial: TrialRow, mount: Mount): Partial<TrialRow> {
  if (!mount.ready_seen_at)
    return mount.state === 'Failed' ? { outcome: 'FAILED', message: mount.error_message } : {};
  const started = new Date(trial.started_at).getTime();
  const since = mount.unready_seen_at?.getTime() ?? started;
  const isKnown =
    mount.unready_seen_at !== null || mount.ready_seen_at.getTime() - started <= UNSEEN_MINUTES * 60_000;
  return {
    outcome: trial.outcome === 'FAILED' ? 'FAILED' : 'OK',
    ready_at: isKnown ? mount.ready_seen_at : null,
    ready_since: isKnown ? new Date(Math.max(since, started)) : null,
  };
}

/** As the analysis takes it: times in milliseconds. */
export function toRestoreTrial(row: TrialRow): RestoreTrial {
  const ms = (time: Date | string | null | undefined) => (time ? new Date(time).getTime() : null);
  return {
    trialId: row.trial_id,
    workloadId: row.workload_id ?? null,
    class: row.class as RestoreTrial['class'],
    startedAt: ms(row.started_at) ?? Number.NaN,
    endedAt: ms(row.ended_at),
    readyAt: ms(row.ready_at),
    readySince: ms(row.ready_since),
    outcome: row.outcome as RestoreTrial['outcome'],
    sizeBytes: row.size_bytes ?? null,
    repositoryId: row.repository_id ?? null,
    restorePointId: row.restore_point_id ?? null,
    pointCreatedAt: ms(row.point_created_at),
    purpose: row.purpose as RestoreTrial['purpose'],
  };
}

type Session = {
  session_id: string;
  job_id: string | null;
  job_name: string | null;
  message: string | null;
  is_canceled: boolean | null;
};
type Mount = {
  session_id: string;
  restore_point_id: string | null;
  machine_name: string | null;
  state: string | null;
  unready_seen_at: Date | null;
  ready_seen_at: Date | null;
  error_message: string | null;
};
type Point = {
  id: string;
  workload_id: string | null;
  created_at: Date;
  original_bytes: number | null;
  repository_id: string | null;
};
type ReplicaPoint = { id: string; workload_id: string | null; created_at: Date };

type Found = {
  sessions: Map<string, Session>;
  mounts: Map<string, Mount>;
  points: Map<string, Point>;
  replicas: Map<string, ReplicaPoint>;
  /** Workloads by their names in lower case, where one alone has the name. */
  names: Map<string, string>;
  /** Bytes of workloads found by other ways than a restore point. */
  sizes: Map<string, number>;
};

async function lookUp(trx: Trx, { sourceId }: Context, trials: TrialRow[]): Promise<Found> {
  const sessionIds = unique(trials.map(({ session_id }) => session_id));
  const { rows: sessions } = await sql<Session>`
    select s.session_id, s.job_id, coalesce(j.name, case when s.job_id is not null then s.name end) as job_name,
           nullif(s.message, '') as message, s.is_canceled
      from session s
      left join job j on j.source_id = s.source_id and j.job_id = s.job_id
     where s.source_id = ${sourceId} and s.session_id = any(${sessionIds})`.execute(trx);
  const { rows: mounts } = await sql<Mount>`
    select distinct on (session_id) session_id, restore_point_id, machine_name, state, unready_seen_at, ready_seen_at,
           nullif(error_message, '') as error_message
      from restore_mount where source_id = ${sourceId} and session_id = any(${sessionIds})
     order by session_id, ready_seen_at, mount_id`.execute(trx);
  const pointIds = unique([...trials, ...mounts].map(({ restore_point_id }) => restore_point_id));
  const { rows: points } = await sql<Point>`
    select p.restore_point_id as id, p.workload_id, p.created_at, p.original_bytes, b.repository_id
      from restore_point p
      left join backup b on b.source_id = p.source_id and b.backup_id = p.backup_id
     where p.source_id = ${sourceId} and p.restore_point_id = any(${pointIds})`.execute(trx);
  const replicaIds = unique(trials.map(({ detail }) => detail.replica_point_id));
  const { rows: replicas } = await sql<ReplicaPoint>`
    select p.replica_point_id as id, r.workload_id, p.created_at
      from replica_point p
      join replica r on r.source_id = p.source_id and r.replica_id = p.replica_id
     where p.source_id = ${sourceId} and p.replica_point_id = any(${replicaIds})`.execute(trx);
  const names = await lookUpNames(
    trx,
    sourceId,
    unique(trials.map(({ object_name }) => object_name?.toLowerCase())),
  );
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

/** Workloads that are there or were: a restore may be of one that has gone since. */
async function lookUpNames(trx: Trx, sourceId: string, names: string[]) {
  const { rows } = await sql<{ name: string; workload_id: string; size: number | null }>`
    select lower(name) as name, min(workload_id) as workload_id, min(size_bytes) as size
      from workload where source_id = ${sourceId} and lower(name) = any(${names})
     group by lower(name) having count(*) = 1`.execute(trx);
  return rows;
}
