import type { MetricsReader } from '../../../db/connect.ts';
import { listElsewhere } from '../../../queries/machines.ts';
import type { NamedId, RecoveryFilter } from '../../../queries/recovery.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, type Scope, type ScopeRun, toBase } from '../../scope.ts';
import { answerEstate } from './estate.ts';
import { atHome, findNamed, type Kind, withPlacesElsewhere } from './find.ts';
import { type RecoveryQuestion, STATUSES } from './question.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import type { RecoveryAnswer } from './shape.ts';
import { answerWhatIf } from './what-if.ts';
import { answerWorkload } from './workload.ts';

/** Answers get_recovery_performance in one snapshot: the workloads that fit, one of them, or a plan. */
export function answerRecovery(
  question: RecoveryQuestion,
  context: ToolContext,
): Promise<ToolAnswer<RecoveryAnswer>> {
  if (question.what_if) assertAlone(question);
  const { cursor, as_of: _moment, limit: _limit, what_if: _plan, ...filters } = question;
  const pageOf = { tool: 'get_recovery_performance', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  return context.read((db) => answerFrom(db, { question, page, pageOf, now: context.now }));
}

/** A plan is answered by itself; arguments that would have no effect are an error, not something to ignore. */
function assertAlone({ status, include, cursor, tier, what_if: plan }: RecoveryQuestion): void {
  const beside = Object.entries({ include, cursor }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (beside.length > 0) {
    throw new AnswerError(
      `what_if is answered by itself: leave ${beside.join(', ')} out. workload, job, repository, tier, status and source choose what it is about.`,
    );
  }
  if (tier !== undefined && plan?.tier !== undefined && tier !== plan.tier)
    throw new AnswerError('tier and what_if.tier differ: give one of them.');
  if (status === 'ALL' || plan?.workloads === undefined) return;
  if (status !== undefined)
    throw new AnswerError('what_if.workloads names what it is about: leave status out.');
}

type Opened = { question: RecoveryQuestion; page: Page | undefined; pageOf: PageOf; now: Date };

async function answerFrom(
  db: MetricsReader,
  { question, page, pageOf, now }: Opened,
): Promise<ToolAnswer<RecoveryAnswer>> {
  const { as_of: asOf, source, what_if: plan } = question;
  const opened = await openScope(db, { worker: 'rto', now, asOf, source, page });
  if (opened.emptyBecause) return answerNothing(opened, opened.emptyBecause);
  const elsewhere = await listElsewhere(db, opened.runs);
  const named = await find(db, opened.runs, 'workload', question.workload);
  const machines = named && atHome(named, elsewhere);
  const places = await find(db, opened.runs, 'repository', question.repository);
  // The ids of two servers may be the same.
  const isThere = ({ sourceId }: ScopeRun) => machines?.some((one) => one.sourceId === sourceId) ?? true;
  const filter: RecoveryFilter = {
    status: STATUSES.find((known) => known === question.status),
    tier: question.tier ?? plan?.tier,
    workloadIds: machines?.map(({ id }) => id),
    jobIds: (await find(db, opened.runs, 'job', question.job))?.map(({ id }) => id),
    repositoryIds: places && withPlacesElsewhere(places),
    among: opened.runs.length > 1 ? opened.runs : undefined,
  };
  const scope: RecoveryScope = {
    ...opened,
    runs: opened.runs.filter(isThere),
    allRuns: opened.runs,
    elsewhere,
    question,
    page,
    pageOf,
    filter,
  };
  if (plan) return answerWhatIf(db, scope, plan);
  return machines?.length === 1 && isAskedAlone(question)
    ? answerWorkload(db, scope)
    : answerEstate(db, scope);
}

/** Undefined if nothing is wanted. @throws AnswerError if there is nothing of the kind */
async function find(
  db: MetricsReader,
  runs: ScopeRun[],
  kind: Kind,
  wanted: string | undefined,
): Promise<NamedId[] | undefined> {
  return wanted === undefined ? undefined : findNamed(db, runs, kind, wanted);
}

const isAskedAlone = ({ status, job, repository, tier }: RecoveryQuestion) =>
  [status, job, repository, tier].every((one) => one === undefined);

function answerNothing(scope: Scope, because: string): ToolAnswer<RecoveryAnswer> {
  // The reason says what became of the last run already.
  const structured: RecoveryAnswer = { ...toBase(scope, ''), summary: because, workloads: [] };
  return { structured, text: paragraphs([because, `As of ${structured.as_of}.`, renderBase(structured)]) };
}
