import type { PlanState } from '../../../queries/remediation-answers.ts';
import type { NextStep } from '../../answer.ts';
import { type Positions, writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { isoSeconds } from '../../markdown.ts';
import type { ToolAnswer } from '../../registry.ts';
import { isPlainId } from '../../untrusted.ts';
import { isPlainWorkloadId } from '../find/rows.ts';
import { baseOf } from '../find/several-workers.ts';
import { toIncidentRow } from '../health/rows.ts';
import type { Explained, FailureScope } from './answer.ts';
import { type Other, rankOf } from './around.ts';
import { notKnown } from './not-known.ts';
import type { FailureFacts } from './read-failure.ts';
import {
  toAttempts,
  toAzureErrors,
  toJob,
  toLogLines,
  toMachine,
  toObjects,
  toPlan,
  toReason,
  toRun,
  toSameReason,
} from './rows.ts';
import type { AroundRow, FailureAnswer, Row } from './shape.ts';
import { summarise } from './summary.ts';
import { toSuspects } from './suspects.ts';
import { renderFailure } from './text.ts';

type Facts = { failure: FailureFacts | undefined; plans: PlanState[] };
type Paged = 'also_failed' | 'ran_well';
type Lists = {
  also_failed: Other[];
  ran_well: Other[];
  attempts: Row<'attempts'>[];
  failed_objects: Row<'failed_objects'>[];
  log_lines: Row<'log_lines'>[];
  azure_errors: Row<'azure_errors'>[];
  plans: Row<'plans'>[];
};

/** The answer from what was read, with as many rows as were asked for and fit. */
export function assembleFailure(
  scope: FailureScope,
  explained: Explained,
  facts: Facts,
): ToolAnswer<FailureAnswer> {
  const all = listsOf(scope, explained, facts);
  const { limit } = scope.question;
  const first = Object.fromEntries(
    Object.entries(all).map(([name, rows]) => [name, rows.slice(0, limit)]),
  ) as unknown as Lists;
  return fitAnswer(
    first,
    (kept) => toAnswer(scope, explained, { facts, all, kept }),
    answerBudget(scope.question),
  );
}

function listsOf(
  { page }: FailureScope,
  { chosen: { facts, run } }: Explained,
  { failure, plans }: Facts,
): Lists {
  const rest = (name: Paged, rows: readonly Other[]) => {
    if (!page) return [...rows];
    const after = page.positions[name];
    return after?.length ? rows.filter((row) => isAfter(row, after)) : [];
  };
  // What shared no place with the job says nothing about a place.
  const shared = failure?.around.well.filter(
    ({ same_repository, same_host }) => same_repository === true || same_host === true,
  );
  const of = run && failure && !page ? { run, failure } : undefined;
  return {
    also_failed: rest('also_failed', failure?.around.failed ?? []),
    ran_well: rest('ran_well', shared ?? []),
    attempts: of ? toAttempts(facts, of.run, of.failure.reason?.fingerprint ?? null) : [],
    failed_objects: of ? toObjects(facts, of.run) : [],
    log_lines: of?.failure.reason?.basis === 'log' ? toLogLines(of.failure) : [],
    azure_errors: of ? toAzureErrors(of.failure) : [],
    plans: page ? [] : plans.map(toPlan),
  };
}

const isAfter = (row: Other, [rank, id]: (string | number)[]) =>
  rankOf(row) > Number(rank) || (rankOf(row) === Number(rank) && row.job_id > String(id));

type Parts = { facts: Facts; all: Lists; kept: Lists };

function toAnswer(
  scope: FailureScope,
  explained: Explained,
  { facts, all, kept }: Parts,
): ToolAnswer<FailureAnswer> {
  const { workers, page } = scope;
  const { chosen, run } = explained;
  const base = baseOf(workers, '', new Set([run.sourceId]));
  const { also_failed, ran_well, ...lists } = kept;
  const body = {
    verdict: chosen.verdict,
    job: toJob(chosen.facts, run.runId),
    ...(explained.machine ? { machine: toMachine(explained) } : {}),
    ...(facts.failure ? explain(explained, facts.failure) : {}),
    also_failed: also_failed.map(toShown),
    ran_well: ran_well.map(toShown),
    ...lists,
  };
  const summary = page
    ? `Next rows: ${also_failed.length} that failed too and ${ran_well.length} that ran well.`
    : summarise(body, facts.plans.length);
  const structured: FailureAnswer = {
    ...base,
    summary: [base.summary, summary].filter(Boolean).join(' '),
    ...body,
    not_known: notKnown(scope, explained, facts.failure),
    next_steps: nextSteps(body, base.as_of),
    ...paging(scope, all, kept),
  };
  return { structured, text: renderFailure(structured) };
}

const toShown = ({ repositoryId: _repository, hostId: _host, ...row }: Other): AroundRow => row;

/** Everything about the run that is explained, but for the lists. */
function explain({ chosen: { facts, run } }: Explained, failure: FailureFacts): Partial<FailureAnswer> {
  if (!run) return {};
  const { incident, around } = failure;
  const reason = toReason(facts, failure);
  const { repositoryId, repositoryName, jobId } = facts.health;
  const subject = { repositoryId, repositoryName, message: failure.reason?.message ?? reason.text };
  const shown = incident ? toIncidentRow(incident, false) : undefined;
  return {
    run: toRun(facts, run),
    reason,
    ...(failure.reason?.fingerprint ? { same_reason: toSameReason(failure, jobId) } : {}),
    ...(shown
      ? {
          incident: {
            incident_id: shown.incident_id,
            start: shown.start,
            end: shown.end,
            failed_jobs: shown.failed_jobs,
            active_jobs: shown.active_jobs,
            chance: shown.chance,
            suspected_cause: shown.suspected_cause,
          },
        }
      : {}),
    at_that_time: {
      from: isoSeconds(around.from),
      to: isoSeconds(around.to),
      others_failed: around.failed.length,
      others_well: around.well.length,
    },
    suspects: toSuspects(subject, failure),
  };
}

/** How many rows of each list are not shown, and where the lists of other jobs go on. */
function paging({ workers, pageOf }: FailureScope, all: Lists, kept: Lists) {
  const left = Object.entries(all).map(
    ([name, rows]) => [name, rows.length - kept[name as keyof Lists].length] as const,
  );
  const omitted = Object.fromEntries(left.filter(([, count]) => count > 0));
  const positions: Positions = {};
  for (const name of ['also_failed', 'ran_well'] as const) {
    const last = kept[name].at(-1);
    positions[name] = (omitted[name] ?? 0) > 0 && last ? [rankOf(last), last.job_id] : null;
  }
  const goesOn = Object.values(positions).some((position) => position !== null);
  return {
    ...(Object.keys(omitted).length > 0 ? { omitted } : {}),
    ...(goesOn ? { next_cursor: writeCursor(pageOf, workers.asOf, workers.runIds, positions) } : {}),
  };
}

function nextSteps(
  { job, plans, suspects = [] }: Pick<FailureAnswer, 'job' | 'plans' | 'suspects'>,
  as_of: string,
): NextStep[] {
  const steps: NextStep[] = [];
  // Vaults have items, and plans, of the same id.
  const source = job && isPlainId(job.source_id) ? { source: job.source_id } : {};
  const [plan] = plans ?? [];
  if (plan && isPlainWorkloadId(plan.plan_id))
    steps.push({
      tool: 'get_remediation_plan',
      arguments: { risk: plan.plan_id, ...source, as_of },
      reason: 'the first open plan about it',
    });
  const repository = suspects.find(({ kind, speaks }) => kind === 'repository' && speaks !== 'AGAINST');
  if (repository && isPlainId(repository.id))
    steps.push({
      tool: 'get_capacity_forecast',
      arguments: { repository: repository.id, ...source, as_of },
      reason: 'how full the repository is that it writes to',
    });
  if (job && isPlainId(job.job_id))
    steps.push({
      tool: 'get_health_status',
      arguments: { job: job.job_id, ...source, history: '90d', as_of },
      reason: 'all its runs, and how reliable it is',
    });
  return steps;
}
