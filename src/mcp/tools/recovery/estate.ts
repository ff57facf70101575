import type { MetricsReader } from '../../../db/connect.ts';
import {
  countRecoveries,
  listRecoveries,
  type Recovery,
  type RecoveryPosition,
} from '../../../queries/recovery.ts';
import { listRecoverySummaries } from '../../../queries/recovery-lists.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { isPlainId } from '../../untrusted.ts';
import { type Head, readHead } from './estate-head.ts';
import { renderEstate } from './estate-text.ts';
import { type Lists, readLists } from './lists.ts';
import { type KeptLists, keepable, shownOf, toPaging } from './paging.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import { toWorkloadRow } from './rows.ts';
import type { RecoveryAnswer } from './shape.ts';
import { summarise } from './summary.ts';

/** All workloads, or those that fit: what nobody ever restored first, a page at a time. */
export async function answerEstate(
  db: MetricsReader,
  scope: RecoveryScope,
): Promise<ToolAnswer<RecoveryAnswer>> {
  const summaries = await listRecoverySummaries(db, scope.runs);
  const head: Head = scope.page ? { notKnown: [] } : await readHead(db, scope, summaries);
  const rows = await readRows(db, scope);
  const lists = await readLists(db, scope, { isOne: false, summaries });
  const droppable = {
    workloads: rows.workloads,
    per_source: (head.per_source ?? []).slice(0, scope.question.limit),
    ...keepable(lists),
  };
  return fitAnswer(
    droppable,
    (kept) => assemble(scope, { head, rows, lists }, kept),
    answerBudget(scope.question),
  );
}

type Rows = { workloads: Recovery[]; left: number };

async function readRows(db: MetricsReader, { runs, question, page, filter }: RecoveryScope): Promise<Rows> {
  const before = page?.positions.workloads;
  if (before === null) return { workloads: [], left: 0 };
  const after = before?.length ? (before as unknown as RecoveryPosition) : undefined;
  const counts = await countRecoveries(db, runs, { ...filter, after });
  return {
    workloads: await listRecoveries(db, { runs, filter: { ...filter, after }, limit: question.limit }),
    left: sum(counts.map(({ workloads }) => workloads)),
  };
}

type Parts = { head: Head; rows: Rows; lists: Lists };
type Kept = KeptLists & {
  workloads: readonly Recovery[];
  per_source: NonNullable<RecoveryAnswer['per_source']>;
};

function assemble(
  scope: RecoveryScope,
  { head, rows, lists }: Parts,
  kept: Kept,
): ToolAnswer<RecoveryAnswer> {
  const isDetailed = scope.question.detail === 'detailed';
  const { workloads, per_source, ...keptLists } = kept;
  const left = rows.left - workloads.length;
  const body: Omit<RecoveryAnswer, keyof AnswerBase> = {
    ...(head.estate ? { estate: head.estate } : {}),
    ...(head.per_source ? { per_source } : {}),
    ...(head.coverage ? { coverage: head.coverage } : {}),
    workloads_matching: rows.left,
    workloads: workloads.map((recovery) => toWorkloadRow(recovery, isDetailed)),
    ...shownOf(lists, keptLists),
  };
  const structured: RecoveryAnswer = {
    ...toBase(scope, summarise(scope, body)),
    ...body,
    not_known: [...head.notKnown, ...lists.notKnown],
    next_steps: nextSteps(scope, workloads, body),
    ...toPaging(scope, lists, keptLists, {
      omitted: { workloads: left, sources: (head.per_source?.length ?? 0) - per_source.length },
      positions: { workloads: left > 0 ? positionOf(scope, workloads) : null },
    }),
  };
  return { structured, text: renderEstate(structured) };
}

function positionOf({ page }: RecoveryScope, shown: readonly Recovery[]): (string | number)[] {
  const last = shown.at(-1);
  if (!last) return page?.positions.workloads ?? [];
  return [last.tested, last.rank, last.sourceId, last.workloadId];
}

/** At most three, in a fixed order; their arguments are ids and our own words. */
function nextSteps(
  { asOf, question }: RecoveryScope,
  workloads: readonly Recovery[],
  { estate }: Omit<RecoveryAnswer, keyof AnswerBase>,
): NextStep[] {
  const tool = 'get_recovery_performance';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  const first = workloads.find(({ workloadId, sourceId }) => isPlainId(workloadId) && isPlainId(sourceId));
  if (first) {
    steps.push({
      tool,
      arguments: { workload: first.workloadId, source: first.sourceId, as_of },
      reason: 'the first of this list: its newest safe point, its trials, where its points lie',
    });
  }
  if (estate && estate.hidden_breaches > 0 && question.status === undefined) {
    steps.push({
      tool,
      arguments: { status: 'HIDDEN_BREACH', as_of },
      reason: 'RPO breaches behind jobs that ended well',
    });
  }
  if (estate && estate.never_restored > 0 && question.status === undefined && steps.length < 3) {
    steps.push({
      tool,
      arguments: { status: 'NEVER_RESTORED', as_of },
      reason: 'workloads of which no restore has succeeded',
    });
  }
  return steps;
}
