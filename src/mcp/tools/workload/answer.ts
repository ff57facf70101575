import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { listSources } from '../../../queries/freshness.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { baseOf, openWorkers, type Workers } from '../find/several-workers.ts';
import { answerCandidates } from './candidates.ts';
import { findMachines } from './find-machines.ts';
import { answerMachine } from './machine.ts';
import type { WorkloadQuestion } from './question.ts';
import type { WorkloadAnswer } from './shape.ts';

const WORKERS = ['rto', 'health', 'efficiency', 'risk', 'remediation'] as const;
export type Worker = (typeof WORKERS)[number];

/** A question with its runs found, as the parts of the answer need it. */
export type WorkloadScope = {
  question: WorkloadQuestion;
  page: Page | undefined;
  pageOf: PageOf;
  workers: Workers<Worker>;
  /** Kind of each source, by its id. */
  kinds: ReadonlyMap<string, string>;
};

/** Answers get_workload in one snapshot of both databases: one machine, or the machines that fit. */
export function answerWorkload(
  question: WorkloadQuestion,
  context: ToolContext,
): Promise<ToolAnswer<WorkloadAnswer>> {
  const { as_of: asOf, cursor, limit: _limit, source, ...filters } = question;
  const pageOf = { tool: 'get_workload', filters: { ...filters, source } };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  return context.readRisk(async (risk, metrics) => {
    const asked = { workers: WORKERS, now: context.now, asOf, source, page };
    const workers = await openWorkers({ metrics, risk }, asked);
    const known = await listSources(metrics);
    const kinds = new Map(known.map(({ sourceId, kind }) => [sourceId, kind]));
    return answerFrom(metrics, risk, { question, page, pageOf, workers, kinds });
  });
}

async function answerFrom(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: WorkloadScope,
): Promise<ToolAnswer<WorkloadAnswer>> {
  const { rto } = scope.workers.of;
  if (rto.emptyBecause) return answerNothing(scope, rto.emptyBecause);
  const { machines, isOne } = await findMachines(metrics, rto.runs, scope.question.workload);
  return isOne ? answerMachine(metrics, risk, scope, machines) : answerCandidates(metrics, scope, machines);
}

/** Machines are known from restore points, which the rto worker reads. */
function answerNothing({ workers }: WorkloadScope, because: string): ToolAnswer<WorkloadAnswer> {
  const structured: WorkloadAnswer = {
    ...baseOf(workers, ''),
    summary: `${because} No machine is known without it, which is no sign that none is protected.`,
    protections: [],
  };
  return {
    structured,
    text: paragraphs([structured.summary, `As of ${structured.as_of}.`, renderBase(structured)]),
  };
}
