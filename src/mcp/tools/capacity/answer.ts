import type { MetricsReader } from '../../../db/connect.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, toBase } from '../../scope.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { answerEstate } from './estate.ts';
import { findRepositories } from './find-repositories.ts';
import type { CapacityQuestion } from './question.ts';
import { answerRepository } from './repository.ts';
import type { CapacityAnswer } from './shape.ts';
import { answerWhatIf } from './what-if.ts';

/** Answers get_capacity_forecast in one snapshot: the estate, the repositories that fit, one of them, or a plan. */
export function answerCapacity(
  question: CapacityQuestion,
  context: ToolContext,
): Promise<ToolAnswer<CapacityAnswer>> {
  if (question.what_if) assertAlone(question);
  const { repository, source, status, include, history, detail } = question;
  const filters = { repository, source, status, include, history, detail };
  const pageOf = { tool: 'get_capacity_forecast', filters };
  const page = question.cursor === undefined ? undefined : readCursor(question.cursor, pageOf);
  return context.read((db) => answerFrom(db, { question, page, pageOf, now: context.now }));
}

/** A plan is answered by itself; arguments that would have no effect are an error, not something to ignore. */
function assertAlone({ status, include, history, cursor }: CapacityQuestion): void {
  const beside = Object.entries({ status, include, history, cursor }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (beside.length === 0) return;
  throw new AnswerError(`what_if is answered by itself: leave ${beside.join(', ')} out.`);
}

async function answerFrom(
  db: MetricsReader,
  {
    question,
    page,
    pageOf,
    now,
  }: { question: CapacityQuestion; page: Page | undefined; pageOf: PageOf; now: Date },
): Promise<ToolAnswer<CapacityAnswer>> {
  const { as_of: asOf, source, what_if: plan, repository } = question;
  const opened = await openScope(db, { worker: 'capacity', now, asOf, source, page });
  const scope: CapacityScope = { ...opened, question, page, pageOf };
  if (scope.emptyBecause) return answerNothing(scope, scope.emptyBecause);
  if (plan) return answerWhatIf(db, scope, plan);
  if (repository === undefined) return answerEstate(db, scope, undefined);
  const found = await findRepositories(db, scope.runs, repository);
  const [only] = found;
  if (only && found.length === 1 && question.status === undefined) return answerRepository(db, scope, only);
  return answerEstate(db, scope, found);
}

function answerNothing(scope: CapacityScope, because: string): ToolAnswer<CapacityAnswer> {
  // The reason says what became of the last run already.
  const structured: CapacityAnswer = { ...toBase(scope, ''), summary: because, repositories: [] };
  return { structured, text: paragraphs([because, `As of ${structured.as_of}.`, renderBase(structured)]) };
}
