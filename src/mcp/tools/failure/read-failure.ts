import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import {
  type AzureError,
  type Infrastructure,
  type LogLine,
  listAzureErrors,
  listInfrastructure,
  listLogLines,
  listReasonUses,
  type ReasonUse,
  type SessionReason,
} from '../../../queries/failure.ts';
import { type Incident, listIncidents } from '../../../queries/findings.ts';
import { listPlanStates, type PlanState } from '../../../queries/remediation-answers.ts';
import type { ScopeRun } from '../../scope.ts';
import { runOn } from '../find/several-workers.ts';
import type { FailureScope } from './answer.ts';
import { type Around, readAround } from './around.ts';
import type { Chosen } from './choose.ts';
import { WINDOW_DAYS } from './read-job.ts';

/** All that is known about one failed run. */
export type FailureFacts = {
  /** Why the last failed attempt failed; undefined: nothing was derived. */
  reason: SessionReason | undefined;
  reasonSessionId: string;
  logLines: LogLine[];
  /** Of a vault: what Azure said was wrong. */
  azureErrors: AzureError[];
  uses: ReasonUse[];
  incident: Incident | undefined;
  parts: Infrastructure[];
  around: Around;
};

const DAY_MS = 86_400_000;
const APART_MS = 30 * 60_000;
const MOST_INCIDENTS = 100;
const MOST_PLANS = 1_000;

/** Reads why a run failed and what happened around it. */
export async function readFailure(
  db: MetricsReader,
  { workers }: FailureScope,
  run: ScopeRun,
  { facts, run: failure }: Chosen & { run: NonNullable<Chosen['run']> },
): Promise<FailureFacts> {
  const { sourceId, knownAt } = run;
  const isBad = (id: string) => facts.reasons.has(id);
  const reasonSessionId = failure.sessionIds.findLast(isBad) ?? failure.lastSessionId;
  const reason = facts.reasons.get(reasonSessionId);
  const incidents = await listIncidents(db, {
    runs: [run],
    jobId: facts.health.jobId,
    limit: MOST_INCIDENTS,
  });
  const ends = failure.sessionIds.flatMap((id) => facts.sessions.get(id)?.endedAt?.getTime() ?? []);
  const incident = incidents.find(({ startedAt, endedAt }) =>
    ends.some((end) => end >= startedAt.getTime() - APART_MS && end <= endedAt.getTime() + APART_MS),
  );
  const placesKnownAt = runOn(workers.of.capacity, sourceId)?.knownAt;
  const parts = await listInfrastructure(db, { sourceId, knownAt, placesKnownAt });
  const fingerprint = reason?.fingerprint ?? null;
  const since = new Date(workers.asOf.getTime() - WINDOW_DAYS * DAY_MS);
  const question = { run, job: facts, failure, incident, parts, fingerprint };
  return {
    reason,
    reasonSessionId,
    azureErrors: await listAzureErrors(db, { sourceId, knownAt, sessionId: reasonSessionId }),
    logLines: await listLogLines(db, { sourceId, knownAt, sessionIds: failure.sessionIds }),
    uses: fingerprint ? await listReasonUses(db, { sourceId, knownAt, fingerprint, since }) : [],
    incident,
    parts,
    around: await readAround(db, question),
  };
}

/** Open plans that are about a job, verified on it, or about the repository or incident it fails by. */
export async function listPlansOf(
  db: RiskReader,
  { workers }: FailureScope,
  {
    sourceId,
    jobId,
    repositoryId,
    workloadId,
  }: { sourceId: string; jobId: string; repositoryId: string | null; workloadId: string | undefined },
): Promise<PlanState[]> {
  const run = runOn(workers.of.remediation, sourceId);
  if (!run) return [];
  const filter = { statuses: ['OPEN', 'REOPENED'] };
  const open = await listPlanStates(db, { runs: [run], filter, limit: MOST_PLANS, offset: 0 });
  const items = [`job:${jobId}`, `repository:${repositoryId}`, `workload:${workloadId}`];
  return open.filter(
    ({ itemId, subject, riskType }) =>
      items.includes(itemId) || (riskType !== 'recover' && subject.job_ids.includes(jobId)),
  );
}
