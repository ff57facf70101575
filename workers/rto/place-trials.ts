import { classOf } from '../../src/analysis/recovery/class.ts';
import { assessTrial, type RestoreTrial } from '../../src/analysis/recovery/trial.ts';
import { type Context, type FactRow, storeFacts, type Trx } from '../shared/facts.ts';
import {
  type Found,
  lookUp,
  type MountFound,
  type PointFound,
  type ReplicaPointFound,
  type SessionFound,
} from './trial-lookups.ts';
import { outcomeOf, type TrialRow } from './trial-rows.ts';

/**
 * Finds out which workload, restore point and repository each trial was about, and stores it. Only ids lead there: that of
 * the restore point, of the replica's point, of the mount of its session. Where there is none, or it leads to a point that was
 * gone before it was ever collected, the name of the object has to be exactly the name of one workload alone, and no trial
 * with an id may have shown that it is used for another. A part of a name never counts, and the name of a session neither.
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
  const trialClass = classWithJob(trial, session);
  const outcome = outcomeWithSession({ ...trial, class: trialClass }, session);
  const placed: TrialRow = {
    ...trial,
    ...workload,
    class: trialClass,
    restore_point_id: pointId,
    job_name: session?.job_name ?? null,
    object_name: trial.object_name ?? mount?.machine_name ?? null,
    point_created_at: point?.created_at ?? replica?.created_at ?? null,
    repository_id: point?.repository_id ?? null,
    size_bytes: sizeOf(trial, point, found.sizes.get(workload.workload_id ?? '')),
    purpose: ['SUREBACKUP', 'CONTENT_SCAN'].includes(trialClass) ? 'TEST' : 'UNKNOWN',
    outcome,
    message: trial.message ?? (outcome === 'FAILED' ? (session?.message ?? null) : null),
    ...(trialClass === 'INSTANT' && mount ? readiness(trial, mount) : {}),
  };
  return { ...placed, excluded: exclusionOf(placed, now) };
}

/** Why the duration of a trial does not count; null: it does. */
export const exclusionOf = (row: FactRow<'restore_trial'>, now: Date): string | null =>
  assessTrial(toRestoreTrial(row), now.getTime()).excluded;

/** A restore of a disk or a volume brings back a part, whose size the source does not say. */
const sizeOf = (trial: TrialRow, point: PointFound | undefined, ofWorkload: number | undefined) =>
  ['DISK', 'VOLUME'].includes(trial.class) ? null : (point?.original_bytes ?? ofWorkload ?? null);

function workloadOf(
  point: PointFound | undefined,
  replica: ReplicaPointFound | undefined,
  named: string | undefined,
): { workload_id: string | null; mapped_by: string } {
  if (point?.workload_id) return { workload_id: point.workload_id, mapped_by: 'RESTORE_POINT' };
  if (replica?.workload_id) return { workload_id: replica.workload_id, mapped_by: 'REPLICA_POINT' };
  return named ? { workload_id: named, mapped_by: 'NAME' } : { workload_id: null, mapped_by: 'NONE' };
}

/**
 * "Scan Backup" on demand shows up as SureBackup, without a job or with that of the backup: nothing is started then. In a
 * SureBackup the scans of its machines say which machines it started.
 */
function classWithJob(trial: TrialRow, session: SessionFound | undefined): string {
  if (!session || session.session_type !== 'SureBackup') return trial.class;
  return session.job_id === null ? 'CONTENT_SCAN' : classOf(session.session_type, session.job_type);
}

function outcomeWithSession(trial: TrialRow, session: SessionFound | undefined): string {
  if (!session) return trial.outcome;
  if (trial.class === 'SUREBACKUP' && trial.detail.task_type === 'Antivirus')
    return startedOutcome(trial, session);
  return trial.outcome === 'FAILED' && session.is_canceled ? 'CANCELED' : trial.outcome;
}

/** A SureBackup has one result for all its machines: that it failed says of one among several only that it may be the one. */
function startedOutcome({ scan_result }: TrialRow, session: SessionFound): string {
  const { result, state, ended_at, is_canceled, machines } = session;
  const ofAll = outcomeOf(result, state, ended_at, is_canceled);
  if (ofAll === 'RUNNING') return ofAll;
  if (scan_result === 'Infected') return 'FAILED';
  return ofAll === 'FAILED' && machines > 1 ? 'UNKNOWN' : ofAll;
}

/** Longer than this before it was first seen, nobody knows when a mount became ready. */
const UNSEEN_MINUTES = 15;

/** When the machine was back, between two looks. The session goes on as long as the mount, so its end says nothing. */
function readiness(trial: TrialRow, mount: MountFound): Partial<TrialRow> {
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
function toRestoreTrial(row: FactRow<'restore_trial'>): RestoreTrial {
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
