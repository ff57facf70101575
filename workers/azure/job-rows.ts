import { classifyAzureProblem } from '../../src/analysis/health/failure-cause-azure.ts';
import { fingerprint } from '../../src/analysis/health/fingerprint.ts';
import type { AzureJob } from '../../src/azure/jobs.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import { toRepositoryId } from './ids.ts';

/** What is stored of a job. `errors` is empty where Azure did not say, `reason` null where there is nothing to explain. */
export type JobRows = {
  session: BulkRow<'session'>;
  errors: BulkRow<'azure_job_error'>[];
  reason: BulkRow<'session_reason'> | null;
};

type About = { sourceId: string; seenAt: Date; itemId: string | null };

const RESTORES = ['restore', 'crossregionrestore'];
const RESULTS: Record<string, string> = {
  Completed: 'Success',
  CompletedWithWarnings: 'Warning',
  Failed: 'Failed',
  Cancelled: 'None',
};
const RUNNING = ['InProgress', 'Cancelling'];

/** @returns null if the job does not say when it began: without that it has no place */
export function toJobRows(job: AzureJob, about: About): JobRows | null {
  const { sourceId, seenAt } = about;
  const session = toSession(job, about);
  if (!session) return null;
  const key = { source_id: sourceId, session_id: session.session_id };
  const errors = problemsOf(job).map((one, seq) => ({
    ...key,
    seq,
    item_id: about.itemId,
    code: one.code,
    title: one.title,
    message: one.message,
    recommendations: one.recommendations,
    known_from: seenAt,
  }));
  return { session, errors, reason: toReason(job, session, about) };
}

function toSession(job: AzureJob, { sourceId, seenAt, itemId }: About): BulkRow<'session'> | null {
  const { startTime, endTime, durationSeconds, operation = 'Unknown', status = 'Invalid' } = job;
  if (!startTime) return null;
  const name = job.entityFriendlyName ?? '';
  const kind = operation.toLowerCase();
  const type =
    kind === 'backup' ? 'AzureBackup' : RESTORES.includes(kind) ? 'AzureRestore' : 'AzureOperation';
  const result = RESULTS[status];
  // What ended without saying when has lasted as long as it says.
  const lasted =
    result && durationSeconds !== null ? new Date(startTime.getTime() + durationSeconds * 1000) : null;
  const endedAt = RUNNING.includes(status) ? null : (endTime ?? lasted);
  return {
    source_id: sourceId,
    session_id: toSessionId(job),
    created_at: startTime,
    ended_at: endedAt,
    name: type === 'AzureOperation' ? `${operation} ${name}`.trim() : name,
    session_type: type,
    job_id: type === 'AzureOperation' ? null : itemId,
    state: result || endedAt ? 'Stopped' : 'Working',
    result: result ?? 'None',
    message: textOf(problemsOf(job)[0]),
    is_canceled: status === 'Cancelled',
    progress_percent: null,
    parent_session_id: null,
    related_session_id: null,
    original_session_id: null,
    retry_number: null,
    is_recheck_retry: null,
    initiated_by: null,
    processed_bytes: null,
    read_bytes: null,
    transferred_bytes: null,
    bottleneck: null,
    usn: null,
    vanished_at: null,
    known_from: seenAt,
  };
}

export const toSessionId = ({ parts, name }: AzureJob): string => (parts.job ?? name).toLowerCase();

type Problem = {
  code: string | null;
  title: string | null;
  message: string | null;
  recommendations: string[];
};

/** The errors of a job; its details may have a text where the list has none. */
function problemsOf({ errorDetails, extendedInfo }: AzureJob): Problem[] {
  const problems = (errorDetails ?? []).map((one) => ({
    code: one.errorCode ?? null,
    title: one.errorTitle || null,
    message: one.errorString || null,
    recommendations: one.recommendations ?? [],
  }));
  const said = problems.filter((one) => textOf(one) !== null || one.recommendations.length > 0);
  const dynamic = extendedInfo?.dynamicErrorMessage?.trim();
  if (said.some((one) => textOf(one) !== null) || !dynamic) return said;
  return [{ code: problems[0]?.code ?? null, title: null, message: dynamic, recommendations: [] }];
}

/** `title: text`; null: neither was said. */
const textOf = (problem: Problem | undefined): string | null =>
  [problem?.title, problem?.message].filter(Boolean).join(': ') || null;

function toReason(
  job: AzureJob,
  { session_id, result }: BulkRow<'session'>,
  { sourceId, seenAt }: About,
): BulkRow<'session_reason'> | null {
  const problems = problemsOf(job);
  const first = problems.find((one) => textOf(one) !== null);
  if (!first || (result !== 'Failed' && result !== 'Warning')) return null;
  const names = job.entityFriendlyName ? [job.entityFriendlyName] : [];
  const message = textOf(first);
  const print = fingerprint(message, names);
  return {
    source_id: sourceId,
    session_id,
    basis: 'session',
    message,
    fingerprint: print?.fingerprint ?? null,
    template: print?.template ?? null,
    cause: classifyAzureProblem(first).cause,
    object_names: names,
    repository_id: toRepositoryId(sourceId),
    known_from: seenAt,
  };
}
