import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { isPlainId } from '../../untrusted.ts';
import { isPlainWorkloadId } from '../find/rows.ts';
import { baseOf } from '../find/several-workers.ts';
import type { WorkloadScope } from './answer.ts';
import { compareMachineKeys, keyOf, type Machine } from './find-machines.ts';
import { toLists } from './lists.ts';
import { readMaybe } from './maybe-same.ts';
import { notKnown, notSure } from './not-known.ts';
import { toProtection } from './protection.ts';
import { type MachineFacts, readMachine } from './read-machine.ts';
import type { ListName, MachineLists, MaybeSame, Protection, WorkloadAnswer } from './shape.ts';
import { summarise } from './summary.ts';
import { renderMachine } from './text.ts';

/** Protections in full on one page: each is a screen of its own. */
const MOST_PROTECTIONS = 2;

/** One machine, by each source that has it or something of its name. */
export async function answerMachine(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: WorkloadScope,
  machines: Machine[],
): Promise<ToolAnswer<WorkloadAnswer>> {
  const after = scope.page?.positions.protections;
  const rest = after?.length
    ? machines.filter((machine) => compareMachineKeys(keyOf(machine), after) > 0)
    : machines;
  const shown = rest.slice(0, Math.min(MOST_PROTECTIONS, scope.question.limit));
  const facts: MachineFacts[] = [];
  for (const machine of shown) facts.push(await readMachine(metrics, risk, scope, machine));
  const { lists, totals } = toLists(facts, scope.question.limit);
  const maybe = scope.page ? [] : await readMaybe(metrics, scope, machines);
  const parts: Parts = { machines, rest, shown, facts, totals, maybe };
  return fitAnswer(lists, (kept) => assemble(scope, parts, kept), answerBudget(scope.question));
}

type Parts = {
  /** All of the name, those that no page before has shown, and those of this page. */
  machines: Machine[];
  rest: Machine[];
  shown: Machine[];
  facts: MachineFacts[];
  totals: Record<ListName, number>;
  /** What may be the same machine, and is not sure. */
  maybe: MaybeSame[];
};

function assemble(scope: WorkloadScope, parts: Parts, lists: MachineLists): ToolAnswer<WorkloadAnswer> {
  const { workers, question, pageOf } = scope;
  const isDetailed = question.detail === 'detailed';
  const about = new Set(parts.shown.map(({ sourceId }) => sourceId));
  const base = baseOf(workers, '', about);
  const protections = parts.facts.map((facts) => toProtection(facts, sourceOf(scope, facts), isDetailed));
  const last = parts.shown.at(-1);
  const left = parts.rest.length - parts.shown.length;
  const omitted = omittedOf(parts, lists, left);
  const structured: WorkloadAnswer = {
    ...base,
    summary: [base.summary, summarise(scope, parts, protections)].filter(Boolean).join(' '),
    protections,
    protections_known: parts.machines.length,
    ...(parts.maybe.length > 0 ? { maybe_same: parts.maybe } : {}),
    ...lists,
    not_known: [
      ...parts.facts.flatMap((facts) => notKnown(scope, facts, parts.facts.length > 1)),
      ...notSure(parts.maybe),
    ],
    next_steps: nextSteps(protections, lists, base.as_of),
    ...(omitted ? { omitted } : {}),
    ...(left > 0 && last
      ? { next_cursor: writeCursor(pageOf, workers.asOf, workers.runIds, { protections: keyOf(last) }) }
      : {}),
  };
  return { structured, text: renderMachine(structured, isDetailed) };
}

const sourceOf = ({ workers, kinds }: WorkloadScope, { machine: { sourceId } }: MachineFacts) => ({
  name: workers.of.rto.sources.find(({ source_id }) => source_id === sourceId)?.name ?? sourceId,
  kind: kinds.get(sourceId) ?? 'unknown',
});

function omittedOf({ totals }: Parts, lists: MachineLists, left: number): Record<string, number> | undefined {
  const counts = Object.entries(totals).map(
    ([name, total]) => [name, total - lists[name as ListName].length] as const,
  );
  const entries = [...counts, ['protections', left] as const].filter(([, count]) => count > 0);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Vaults have items, and plans, of the same id. */
const inSource = ({ source_id: source }: { source_id: string }) => (isPlainId(source) ? { source } : {});

function nextSteps(protections: readonly Protection[], lists: MachineLists, as_of: string): NextStep[] {
  const steps: NextStep[] = [];
  const failing = lists.jobs.find(
    ({ job_id, failure_streak }) => (failure_streak ?? 0) > 0 && isPlainId(job_id),
  );
  if (failing)
    steps.push({
      tool: 'explain_failure',
      arguments: { job: failing.job_id, ...inSource(failing), as_of },
      reason: 'why a job that protects it fails',
    });
  const [plan] = lists.plans;
  if (plan && isPlainWorkloadId(plan.plan_id))
    steps.push({
      tool: 'get_remediation_plan',
      arguments: { risk: plan.plan_id, ...inSource(plan), as_of },
      reason: 'the first open plan that is about it',
    });
  const [first] = protections;
  if (first && isPlainWorkloadId(first.workload_id) && isPlainId(first.source_id))
    steps.push({
      tool: 'get_recovery_performance',
      arguments: { workload: first.workload_id, source: first.source_id, as_of },
      reason: 'its restores and tests one by one',
    });
  return steps.slice(0, 3);
}
