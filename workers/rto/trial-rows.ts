import { classOf } from '../../src/analysis/recovery/class.ts';
import type { TrialOutcome } from '../../src/analysis/recovery/trial.ts';
import type { VeeamTaskSession } from '../../src/veeam/task-sessions.ts';
import type { TimeParser } from '../../src/veeam/time.ts';
import type { FactRow } from '../shared/facts.ts';

export type TrialRow = FactRow<'restore_trial'> & {
  mapped_by: string;
  detail: TrialDetail;
};

/** What else is known of a trial; it decides how the trial is read. */
type TrialDetail = {
  task_type: string | null;
  state: string | null;
  result: string | null;
  replica_point_id: string | null;
  scan_type: string | null;
};

/** What a trial is before it is known which workload it was about. */
const UNPLACED = {
  workload_id: null,
  mapped_by: 'NONE',
  job_name: null,
  ready_at: null,
  ready_since: null,
  point_created_at: null,
  repository_id: null,
  size_bytes: null,
  boot_seconds: null,
  purpose: 'UNKNOWN',
  excluded: null,
} as const;

/**
 * One machine of a restore, or one scan of a restore point.
 * @returns null without a time or a session: it has no place then
 */
export function toTaskTrial(task: VeeamTaskSession, parseTime: TimeParser): TrialRow | null {
  const startedAt = parseTime(task.creationTime)?.at;
  if (!startedAt || !task.sessionId) return null;
  const sessionType = task.sessionType ?? 'Unknown';
  const isScan = task.type === 'Antivirus';
  const endedAt = parseTime(task.endTime)?.at ?? null;
  return {
    ...UNPLACED,
    trial_id: task.id,
    origin: 'SESSION',
    session_id: task.sessionId,
    session_type: sessionType,
    class: isScan ? 'CONTENT_SCAN' : classOf(sessionType),
    object_name: task.name ?? null,
    started_at: startedAt,
    ended_at: endedAt,
    outcome: isScan ? scanOutcome(task, endedAt) : outcomeOf(task.result?.result, task.state, endedAt),
    scan_result: task.scanResult ?? null,
    message: task.result?.message || null,
    restore_point_id: task.restorePointId ?? lastPart(task.restorePointReference),
    detail: {
      task_type: task.type ?? null,
      state: task.state ?? task.scanState ?? null,
      result: task.result?.result ?? null,
      replica_point_id: task.replicaPointId ?? lastPart(task.replicaPointReference),
      scan_type: task.scanType ?? null,
    },
  };
}

/** A result is final once there is an end, or a state that says so. */
export function outcomeOf(
  result: string | null | undefined,
  state: string | null | undefined,
  endedAt: Date | null,
  isCanceled: boolean | null = false,
): TrialOutcome {
  if (endedAt === null && state !== 'Stopped') return 'RUNNING';
  if (isCanceled) return 'CANCELED';
  return OUTCOMES[result ?? ''] ?? 'UNKNOWN';
}

const OUTCOMES: Record<string, TrialOutcome> = { Success: 'OK', Warning: 'WARNING', Failed: 'FAILED' };

/** A scan that could not be done says nothing about the point; one that found something says that it is not clean. */
const SCANS: Record<string, TrialOutcome> = { Clean: 'OK', Infected: 'FAILED', Canceled: 'CANCELED' };

function scanOutcome({ scanState, scanResult, state }: VeeamTaskSession, endedAt: Date | null): TrialOutcome {
  const isDone = endedAt !== null || scanState === 'Finished' || state === 'Stopped';
  return isDone ? (SCANS[scanResult ?? ''] ?? 'UNKNOWN') : 'RUNNING';
}

export type RecoverySession = {
  session_id: string;
  session_type: string;
  name: string;
  created_at: Date;
  ended_at: Date | null;
  state: string;
  result: string | null;
  message: string | null;
  is_canceled: boolean | null;
};

/** A session that the source gives no objects for: all that is known is how it went as a whole. */
export function toSessionTrial(session: RecoverySession): TrialRow {
  const { session_id, session_type, created_at, ended_at, state, result } = session;
  return {
    ...UNPLACED,
    trial_id: session_id,
    origin: 'SESSION',
    session_id,
    session_type,
    class: classOf(session_type),
    object_name: null,
    started_at: created_at,
    ended_at,
    outcome: outcomeOf(result, state, ended_at, session.is_canceled),
    scan_result: null,
    message: session.message,
    restore_point_id: null,
    detail: { task_type: null, state, result, replica_point_id: null, scan_type: null },
  };
}

/** The id at the end of a reference such as `/api/v1/restorePoints/{id}`. */
const lastPart = (reference: string | undefined) => reference?.split('/').at(-1)?.toLowerCase() || null;
