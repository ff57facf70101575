import type { MetricsReader } from '../../../db/connect.ts';
import { listStates } from '../../../queries/find.ts';
import { type NextStep, renderBase } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { isoSeconds, paragraphs, table } from '../../markdown.ts';
import type { ToolAnswer } from '../../registry.ts';
import { cleanOrNull, cleanText, isPlainId, quoteCell } from '../../untrusted.ts';
import { isPlainWorkloadId } from '../find/rows.ts';
import { baseOf, runOn } from '../find/several-workers.ts';
import type { WorkloadScope } from './answer.ts';
import { compareMachineKeys, keyOf, type Machine } from './find-machines.ts';
import type { Candidate, WorkloadAnswer } from './shape.ts';

/** Machines of several names fit: which they are, so that one of them can be asked for. */
export async function answerCandidates(
  db: MetricsReader,
  scope: WorkloadScope,
  machines: Machine[],
): Promise<ToolAnswer<WorkloadAnswer>> {
  const after = scope.page?.positions.workloads;
  const rest = after?.length
    ? machines.filter((machine) => compareMachineKeys(keyOf(machine), after) > 0)
    : machines;
  const shown = rest.slice(0, scope.question.limit);
  const rows: Candidate[] = [];
  for (const machine of shown) rows.push(await toCandidate(db, scope, machine));
  const facts = { matching: machines.length, left: rest.length, shown };
  return fitAnswer(
    { workloads: rows },
    ({ workloads }) => assemble(scope, facts, workloads),
    answerBudget(scope.question),
  );
}

async function toCandidate(
  db: MetricsReader,
  { workers }: WorkloadScope,
  { sourceId, id, name, type, goneAt }: Machine,
): Promise<Candidate> {
  const run = runOn(workers.of.rto, sourceId);
  const question = { sourceId, kind: 'workload' as const, ids: [id] };
  const [found] = run ? await listStates(db, { ...question, ...run }) : [];
  return {
    source_id: sourceId,
    workload_id: cleanText(id, 120),
    workload_name: cleanText(name),
    platform: cleanOrNull(type, 60),
    ...(found?.others.length ? { other_sources: found.others } : {}),
    state: goneAt ? 'GONE' : (found?.words.join(', ') ?? 'NOT_MEASURED'),
    gone_at: isoSeconds(goneAt),
  };
}

type Facts = { matching: number; left: number; shown: Machine[] };

function assemble(
  { workers, page, pageOf }: WorkloadScope,
  { matching, left, shown }: Facts,
  workloads: readonly Candidate[],
): ToolAnswer<WorkloadAnswer> {
  const summary = page
    ? `Next rows: ${workloads.length} of ${matching} machines.`
    : `${matching} machines of different names fit: ask for one of them.`;
  const base = baseOf(workers, summary);
  const last = shown[workloads.length - 1];
  const omitted = left - workloads.length;
  const structured: WorkloadAnswer = {
    ...base,
    workloads: [...workloads],
    workloads_matching: matching,
    next_steps: nextSteps(workloads, base.as_of),
    ...(omitted > 0 && last
      ? {
          omitted: { workloads: omitted },
          next_cursor: writeCursor(pageOf, workers.asOf, workers.runIds, { workloads: keyOf(last) }),
        }
      : {}),
  };
  const isJoined = workloads.some(({ other_sources }) => other_sources);
  const rows = workloads.map((row) => [
    quoteCell(row.workload_name),
    quoteCell(row.workload_id),
    quoteCell(row.source_id),
    row.platform === null ? null : quoteCell(row.platform),
    row.state,
    row.gone_at,
    ...(isJoined ? [row.other_sources?.map((id) => quoteCell(id)).join(' ') ?? null] : []),
  ]);
  const text = paragraphs([
    structured.summary,
    `As of ${structured.as_of}.`,
    table(
      ['machine', 'id', 'source', 'platform', 'state', 'gone since', ...(isJoined ? ['also in'] : [])],
      rows,
    ),
    renderBase(structured),
  ]);
  return { structured, text };
}

function nextSteps(workloads: readonly Candidate[], as_of: string): NextStep[] {
  const plain = workloads.filter(
    ({ workload_id, source_id }) => isPlainWorkloadId(workload_id) && isPlainId(source_id),
  );
  return plain.slice(0, 1).map(({ workload_id, source_id }) => ({
    tool: 'get_workload',
    arguments: { workload: workload_id, source: source_id, as_of },
    reason: 'the first of them, seen whole',
  }));
}
