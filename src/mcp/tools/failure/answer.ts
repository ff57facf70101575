import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import type { ScopeRun } from '../../scope.ts';
import { isVault } from '../../vaults.ts';
import { baseOf, openWorkers, runOn, type Workers } from '../find/several-workers.ts';
import type { Machine } from '../workload/find-machines.ts';
import { assembleFailure } from './assemble.ts';
import { type Chosen, chooseOfJob, chooseOfMachine, compareChosen } from './choose.ts';
import { findJob, findMachine, listJobIdsOf } from './find-subject.ts';
import type { FailureQuestion } from './question.ts';
import { listPlansOf, readFailure } from './read-failure.ts';
import { type JobFacts, readJob, WINDOW_DAYS } from './read-job.ts';
import type { FailureAnswer } from './shape.ts';

const WORKERS = ['health', 'capacity', 'rto', 'remediation'] as const;
type Worker = (typeof WORKERS)[number];

/** A question with its runs found, as the parts of the answer need it. */
export type FailureScope = {
  question: FailureQuestion;
  page: Page | undefined;
  pageOf: PageOf;
  workers: Workers<Worker>;
};

/** Answers explain_failure in one snapshot of both databases. */
export function answerFailure(
  question: FailureQuestion,
  context: ToolContext,
): Promise<ToolAnswer<FailureAnswer>> {
  const { as_of: asOf, cursor, limit: _limit, source, ...filters } = question;
  if ((question.job === undefined) === (question.workload === undefined))
    throw new AnswerError('give one of job and workload: find says which names there are.');
  const pageOf = { tool: 'explain_failure', filters: { ...filters, source } };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  return context.readRisk(async (risk, metrics) => {
    const asked = { workers: WORKERS, now: context.now, asOf, source, page };
    const workers = await openWorkers({ metrics, risk }, asked);
    const scope = { question, page, pageOf, workers };
    const { health, rto } = workers.of;
    if (health.emptyBecause) return answerNothing(scope, health.emptyBecause);
    if (question.job !== undefined) return answerJob(metrics, risk, scope, question.job);
    if (rto.emptyBecause) return answerNothing(scope, rto.emptyBecause);
    return answerMachine(metrics, risk, scope, question.workload ?? '');
  });
}

async function answerJob(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: FailureScope,
  wanted: string,
): Promise<ToolAnswer<FailureAnswer>> {
  const { workers, question } = scope;
  const { sourceId, id: jobId } = await findJob(metrics, workers.of.health.runs, wanted);
  const run = runOn(workers.of.health, sourceId) as ScopeRun;
  const facts = await readJob(metrics, run, { jobId, asOf: workers.asOf });
  if (!facts) throw new Error('a job that was found by its name has no row');
  return answerRun(metrics, risk, scope, { run, chosen: chooseOfJob(facts, question.session) });
}

const DAY_MS = 86_400_000;
/** A machine in more jobs than that is in a mistake of configuration; the others are counted. */
const MOST_JOBS = 12;

async function answerMachine(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: FailureScope,
  wanted: string,
): Promise<ToolAnswer<FailureAnswer>> {
  const { workers } = scope;
  const protections = await findMachine(metrics, workers.of.rto.runs, wanted);
  const measured = protections.filter(({ sourceId }) => runOn(workers.of.health, sourceId));
  if (measured.length === 0)
    return answerNothing(scope, 'No run of the health worker had concluded on the source of this machine.');
  const explained: ExplainedMachine[] = [];
  let refused: AnswerError | undefined;
  for (const machine of measured) {
    try {
      explained.push(...(await chooseOfProtection(metrics, scope, machine)));
    } catch (error) {
      // A session is of one of the protections.
      if (!(error instanceof AnswerError)) throw error;
      refused = error;
    }
  }
  const [worst] = explained.toSorted((a, b) => compareChosen(a.chosen, b.chosen));
  if (!worst && refused) throw refused;
  if (!worst)
    return answerNothing(scope, 'No job is known that protects this machine or failed for it.', true);
  return answerRun(metrics, risk, scope, worst);
}

/** The run to explain of one protection of a machine; none where no job is known. */
async function chooseOfProtection(
  metrics: MetricsReader,
  { workers, question }: FailureScope,
  machine: Machine,
): Promise<ExplainedMachine[]> {
  const run = runOn(workers.of.health, machine.sourceId) as ScopeRun;
  const since = new Date(workers.asOf.getTime() - WINDOW_DAYS * DAY_MS);
  const rto = (runOn(workers.of.rto, machine.sourceId) as ScopeRun).knownAt;
  const jobIds = await listJobIdsOf(metrics, machine, { known: { rto, health: run.knownAt }, since });
  const jobs: JobFacts[] = [];
  for (const jobId of jobIds.slice(0, MOST_JOBS)) {
    const facts = await readJob(metrics, run, { jobId, asOf: workers.asOf });
    if (facts) jobs.push(facts);
  }
  const chosen = chooseOfMachine(jobs, machine.name, question.session);
  if (!chosen) return [];
  // A job of a vault is about one item.
  const itself = isVault(machine.sourceId) && chosen.run?.outcome === 'FAILED';
  return [{ run, chosen: itself ? { ...chosen, failedItself: true } : chosen, machine, jobs }];
}

export type Explained = { run: ScopeRun; chosen: Chosen; machine?: Machine; jobs?: JobFacts[] };
type ExplainedMachine = Explained & { machine: Machine };

async function answerRun(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: FailureScope,
  explained: Explained,
): Promise<ToolAnswer<FailureAnswer>> {
  const { run, chosen, machine } = explained;
  const { jobId, repositoryId } = chosen.facts.health;
  const failure = chosen.run
    ? await readFailure(metrics, scope, run, { ...chosen, run: chosen.run })
    : undefined;
  const about = { sourceId: run.sourceId, jobId, repositoryId, workloadId: machine?.id };
  const plans = await listPlansOf(risk, scope, about);
  return assembleFailure(scope, explained, { failure, plans });
}

function answerNothing(
  { workers }: FailureScope,
  because: string,
  isMeasured = false,
): ToolAnswer<FailureAnswer> {
  const end = isMeasured ? '' : ' Nothing was measured, which is no sign that nothing fails.';
  const structured: FailureAnswer = {
    ...baseOf(workers, ''),
    summary: `${because}${end}`,
    verdict: 'NOT_MEASURED',
  };
  return {
    structured,
    text: paragraphs([structured.summary, `As of ${structured.as_of}.`, renderBase(structured)]),
  };
}
