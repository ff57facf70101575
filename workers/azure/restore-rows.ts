import type { TrialClass } from '../../src/analysis/recovery/class.ts';
import type { TrialOutcome } from '../../src/analysis/recovery/trial.ts';
import type { AzureJob } from '../../src/azure/jobs.ts';
import type { FactRow } from '../shared/facts.ts';

export type TrialRow = FactRow<'restore_trial'>;

/** A restore as the list of jobs has it, in the words of its session. */
export type RestoreSession = {
  session_id: string;
  session_type: string;
  job_id: string | null;
  name: string;
  created_at: Date;
  ended_at: Date | null;
  state: string;
  result: string | null;
  message: string | null;
  is_canceled: boolean | null;
};

/**
 * One restore as a trial, before it is known which item it was of.
 * @param job with its details; null: Azure has none any more
 */
export function toRestoreTrial(session: RestoreSession, job: AzureJob | null): TrialRow {
  const bag = job?.extendedInfo?.propertyBag ?? {};
  const kind = kindOf(bag);
  return {
    trial_id: session.session_id,
    origin: 'SESSION',
    session_id: session.session_id,
    session_type: session.session_type,
    class: restoreClass(kind, job?.backupManagementType, tasksOf(job)),
    workload_id: null,
    mapped_by: 'NONE',
    object_name: job?.entityFriendlyName ?? session.name,
    job_name: null,
    started_at: session.created_at,
    ended_at: session.ended_at,
    ready_at: null,
    ready_since: null,
    outcome: outcomeOf(session),
    scan_result: null,
    message: messageOf(job) ?? session.message,
    restore_point_id: null,
    point_created_at: pointTime(bag),
    repository_id: null,
    size_bytes: null,
    boot_seconds: null,
    purpose: 'UNKNOWN',
    excluded: null,
    detail: {
      result: session.result,
      state: session.state,
      restore_type: kind,
      management_type: job?.backupManagementType ?? null,
      container: job?.containerName?.toLowerCase() ?? null,
    },
  };
}

/** What people call the kind of restore, in the texts of the job; keys are seen with a space at their end. */
function kindOf(bag: Record<string, string>): string | null {
  return valueOf(bag, 'job type') ?? valueOf(bag, 'restore type') ?? valueOf(bag, 'recovery type') ?? null;
}

function valueOf(bag: Record<string, string>, key: string): string | undefined {
  const found = Object.entries(bag).find(([name]) => name.trim().toLowerCase() === key);
  return found?.[1].trim() || undefined;
}

const tasksOf = (job: AzureJob | null): string =>
  (job?.extendedInfo?.tasksList ?? []).map(({ taskId }) => taskId ?? '').join(' ');

/**
 * What a restore brings back, by what Azure says: `Recover disks` gives disks from which nobody has started a machine yet;
 * a new machine, or new disks in place of the old ones, bring it back; a restored database is what was protected. What says
 * nothing is OTHER, which proves nothing.
 */
export function restoreClass(
  kind: string | null,
  managementType: string | undefined,
  tasks = '',
): TrialClass {
  const said = kind ?? '';
  if (managementType === 'AzureWorkload') return /files?\b/i.test(said) ? 'OTHER' : 'FULL_VM';
  const words = `${said} ${tasks}`;
  if (/item.?level|file.?recovery|recover files|ilr\b/i.test(words)) return 'FLR';
  if (managementType === 'AzureStorage')
    return /item|files?\b(?!.?share)/i.test(said)
      ? 'FLR'
      : /share|location|full/i.test(said)
        ? 'FULL_VM'
        : 'OTHER';
  if (/original.?location|replace|alternate.?location|create.*(virtual )?machine|create.*\bvm\b/i.test(words))
    return 'FULL_VM';
  return /disks?\b/i.test(words) ? 'DISK' : 'OTHER';
}

const OUTCOMES: Record<string, TrialOutcome> = { Success: 'OK', Warning: 'WARNING', Failed: 'FAILED' };

function outcomeOf({ result, ended_at, state, is_canceled }: RestoreSession): TrialOutcome {
  if (is_canceled) return 'CANCELED';
  if (ended_at === null && state !== 'Stopped') return 'RUNNING';
  return OUTCOMES[result ?? ''] ?? 'UNKNOWN';
}

function messageOf(job: AzureJob | null): string | null {
  const [first] = job?.errorDetails ?? [];
  const text = first?.errorString ?? first?.errorTitle ?? job?.extendedInfo?.dynamicErrorMessage;
  return text ? [first?.errorCode, text].filter(Boolean).join(': ') : null;
}

const AMERICAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M$/i;

/** When the restored point was made, `12/25/2019 10:07:11 PM` in UTC. null: not said, or not in that form. */
function pointTime(bag: Record<string, string>): Date | null {
  const match = AMERICAN.exec(valueOf(bag, 'recovery point time') ?? '');
  if (!match) return null;
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (hour < 1 || hour > 12) return null;
  const hour24 = (hour % 12) + (match[7]?.toUpperCase() === 'P' ? 12 : 0);
  const at = new Date(Date.UTC(year, month - 1, day, hour24, minute, second));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at : null;
}
