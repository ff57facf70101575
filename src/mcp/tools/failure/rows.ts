import { type ClassifiedCause, classifyFailure } from '../../../analysis/health/failure-cause.ts';
import { classifyAzureProblem } from '../../../analysis/health/failure-cause-azure.ts';
import { isUsable, type JobRun } from '../../../analysis/health/runs.ts';
import { toOutcome } from '../../../analysis/health/session-fact.ts';
import type { ReasonUse } from '../../../queries/failure.ts';
import type { PlanState } from '../../../queries/remediation-answers.ts';
import type { JobSession } from '../../../queries/sessions.ts';
import { isoSeconds } from '../../markdown.ts';
import { toRunFacts } from '../../run-facts.ts';
import { sum } from '../../tally.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { Explained } from './answer.ts';
import type { FailureFacts } from './read-failure.ts';
import { type JobFacts, lastGood, lastTrouble, WINDOW_DAYS } from './read-job.ts';
import type { FailureAnswer, Row } from './shape.ts';

/** The job, as the last run of the health worker found it. */
export function toJob(facts: JobFacts, healthRunId: string): NonNullable<FailureAnswer['job']> {
  const { health, definition } = facts;
  const good = lastGood(facts);
  return {
    source_id: health.sourceId,
    job_id: cleanText(health.jobId, 100),
    job_name: cleanText(health.jobName),
    job_type: cleanText(health.jobType, 60),
    status: health.status,
    enabled: definition?.isDisabled == null ? health.jobEnabled : !definition.isDisabled,
    repository_id: cleanOrNull(health.repositoryId, 100),
    repository_name: cleanOrNull(health.repositoryName),
    failed_runs_in_a_row: health.failureStreak,
    failing_since: isoSeconds(health.failingSince),
    last_good_end: isoSeconds(health.lastGoodEnd ?? (good?.endedAt ? new Date(good.endedAt) : null)),
    last_good_run_id: good ? cleanText(good.runId, 100) : null,
    health_run_id: healthRunId,
  };
}

/** The machine, and each job that it is in. */
export function toMachine({ machine, jobs = [], chosen }: Explained): FailureAnswer['machine'] {
  if (!machine) return undefined;
  return {
    source_id: machine.sourceId,
    workload_id: cleanText(machine.id, 120),
    workload_name: cleanText(machine.name),
    failed_itself: chosen.failedItself,
    jobs: jobs.map((facts) => {
      const trouble = lastTrouble(facts);
      const failed = trouble?.outcome === 'FAILED' ? trouble : undefined;
      return {
        job_id: cleanText(facts.health.jobId, 100),
        job_name: cleanText(facts.health.jobName),
        status: facts.health.status,
        last_failed_at: failed ? isoSeconds(new Date(failed.startedAt)) : null,
      };
    }),
  };
}

export function toRun({ runs }: JobFacts, run: JobRun): NonNullable<FailureAnswer['run']> {
  // Newest first: the oldest good run after this one made it good.
  const later = runs
    .slice(0, runs.indexOf(run))
    .findLast((one) => isUsable(one) && one.sessionClass === run.sessionClass);
  const goodAt = later ? (later.endedAt ?? later.startedAt) : null;
  return {
    ...toRunFacts(run),
    session_class: run.sessionClass,
    made_good_at: goodAt === null || isUsable(run) ? null : isoSeconds(new Date(goodAt)),
  };
}

/** The reason with what it rests on, and by which rule its cause was told; UNKNOWN is never a guess. */
export function toReason(
  facts: JobFacts,
  { reason, reasonSessionId, azureErrors }: FailureFacts,
): NonNullable<FailureAnswer['reason']> {
  const message = reason?.message ?? facts.sessions.get(reasonSessionId)?.sessionMessage ?? null;
  const classified = classify(message, azureErrors);
  const cause = reason?.cause ?? classified.cause;
  return {
    text: cleanOrNull(message, 400),
    basis: reason?.basis ?? (message ? 'session' : 'none'),
    cause: cleanText(cause, 60),
    cause_rule: classified.cause === cause ? classified.ruleId : null,
    session_id: cleanText(reasonSessionId, 100),
    fingerprint: cleanOrNull(reason?.fingerprint, 80),
    template: cleanOrNull(reason?.template, 200),
  };
}

/** As the worker did: of a vault by the error that the message is from, whose code may say more than its text. */
function classify(message: string | null, errors: FailureFacts['azureErrors']): ClassifiedCause {
  const said = errors.find(({ title, message: text }) => title ?? text);
  return said ? classifyAzureProblem(said) : classifyFailure(message);
}

const MOST_RECOMMENDATIONS = 6;

/** What Azure itself says was wrong, and what it recommends. */
export const toAzureErrors = ({ azureErrors }: FailureFacts): Row<'azure_errors'>[] =>
  azureErrors.map(({ code, title, message, recommendations }) => ({
    code: cleanOrNull(code, 100),
    title: cleanOrNull(title, 200),
    message: cleanOrNull(message, 400),
    recommendations: recommendations.slice(0, MOST_RECOMMENDATIONS).map((text) => cleanText(text)),
  }));

/** The attempts of a run in order, each with its own reason. */
export function toAttempts(facts: JobFacts, run: JobRun, fingerprint: string | null): Row<'attempts'>[] {
  return run.sessionIds.flatMap((id, index) => {
    const session = facts.sessions.get(id);
    if (!session) return [];
    const reason = facts.reasons.get(id);
    const print = reason?.fingerprint ?? null;
    const isSame = print === null || fingerprint === null ? null : print === fingerprint;
    return [
      {
        attempt: (session.retryNumber ?? index) + 1,
        session_id: cleanText(id, 100),
        started_at: isoSeconds(session.createdAt),
        ended_at: isoSeconds(session.endedAt),
        outcome: outcomeOf(session),
        basis: reason?.basis ?? null,
        cause: cleanOrNull(reason?.cause, 60),
        // Said once above; again only where it is another one.
        reason: isSame === true ? null : cleanOrNull(reason?.message ?? session.sessionMessage, 140),
        same_reason: isSame,
      },
    ];
  });
}

const outcomeOf = ({ createdAt, endedAt, reason, sessionMessage, ...session }: JobSession) =>
  toOutcome({
    ...session,
    createdAt: createdAt.getTime(),
    endedAt: endedAt?.getTime() ?? null,
    message: reason ?? sessionMessage,
  });

/** Objects that failed in the last attempt that names any. */
export function toObjects({ objects }: JobFacts, run: JobRun): Row<'failed_objects'>[] {
  const last = run.sessionIds.findLast((id) => objects.some(({ sessionId }) => sessionId === id));
  return objects
    .filter(({ sessionId }) => sessionId === last)
    .map((one) => ({
      task_session_id: cleanText(one.taskSessionId, 100),
      session_id: cleanText(one.sessionId, 100),
      object_name: cleanOrNull(one.objectName),
      result: cleanOrNull(one.result, 40),
      reason: cleanOrNull(one.message, 120),
    }));
}

export function toLogLines({ logLines }: FailureFacts): Row<'log_lines'>[] {
  return logLines.map(({ sessionId, logId, startedAt, title, description }) => ({
    session_id: cleanText(sessionId, 100),
    log_id: logId,
    at: isoSeconds(startedAt),
    line: cleanText([title, description].filter(Boolean).join(': '), 240),
  }));
}

/** How often the same message came, in this job and in others. */
export function toSameReason(
  { uses }: FailureFacts,
  jobId: string,
): NonNullable<FailureAnswer['same_reason']> {
  const of = (some: readonly ReasonUse[]) => ({
    jobs: some.length,
    sessions: sum(some.map(({ sessions }) => sessions)),
    first_at: isoSeconds(earliest(some.map(({ firstAt }) => firstAt))),
    last_at: isoSeconds(
      earliest(
        some.map(({ lastAt }) => lastAt),
        -1,
      ),
    ),
  });
  return {
    window_days: WINDOW_DAYS,
    this_job: of(uses.filter((use) => use.jobId === jobId)),
    other_jobs: of(uses.filter((use) => use.jobId !== null && use.jobId !== jobId)),
  };
}

const earliest = (times: readonly Date[], sign = 1): Date | null =>
  times.toSorted((a, b) => sign * (a.getTime() - b.getTime()))[0] ?? null;

export function toPlan(plan: PlanState): Row<'plans'> {
  return {
    plan_id: cleanText(plan.planId, 250),
    item_id: cleanText(plan.itemId, 150),
    title: cleanText(plan.title, 160),
    urgency: plan.urgency,
    status: plan.status,
    rank: plan.rank,
  };
}
