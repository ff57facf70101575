import type { MetricsReader } from '../../../db/connect.ts';
import { listEfficiencySummaries } from '../../../queries/efficiency.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, toBase } from '../../scope.ts';
import { findAbout } from './about.ts';
import { completenessOf } from './completeness.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import { answerEstate } from './estate.ts';
import { answerJob } from './job.ts';
import type { EfficiencyQuestion } from './question.ts';
import type { EfficiencyAnswer } from './shape.ts';

/** Answers get_efficiency_metrics in one snapshot: the estate, what is chosen of it, what changed, or one job. */
export function answerEfficiency(
  question: EfficiencyQuestion,
  context: ToolContext,
): Promise<ToolAnswer<EfficiencyAnswer>> {
  assertSensible(question);
  const { as_of: _moment, limit: _limit, cursor, ...filters } = question;
  const pageOf = { tool: 'get_efficiency_metrics', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  return context.read((db) => answerFrom(db, { question, page, pageOf, now: context.now }));
}

/** An argument that would have no effect is an error, not something to ignore. */
function assertSensible({ changes, order }: EfficiencyQuestion): void {
  if (changes === undefined || order === undefined) return;
  throw new AnswerError(
    'order is about the list of jobs, which changes stands instead of: leave one of them out. Changes come by their effect on stored bytes.',
  );
}

async function answerFrom(
  db: MetricsReader,
  {
    question,
    page,
    pageOf,
    now,
  }: { question: EfficiencyQuestion; page: Page | undefined; pageOf: PageOf; now: Date },
): Promise<ToolAnswer<EfficiencyAnswer>> {
  const { as_of: asOf, source } = question;
  const opened = await openScope(db, { worker: 'efficiency', now, asOf, source, page });
  const beside = { question, page, pageOf };
  if (opened.emptyBecause) return answerNothing({ ...opened, ...beside }, opened.emptyBecause);
  const { about, tierSources } = await findAbout(db, opened, question);
  const summaries = await listEfficiencySummaries(db, opened.runs);
  const scope: EfficiencyScope = {
    ...opened,
    ...beside,
    completeness: completenessOf(opened, summaries),
  };
  const given = { about, summaries, tierSources };
  return about.one ? answerJob(db, scope, given, about.one) : answerEstate(db, scope, given);
}

function answerNothing(scope: EfficiencyScope, because: string): ToolAnswer<EfficiencyAnswer> {
  // The reason says what became of the last run already.
  const structured: EfficiencyAnswer = { ...toBase(scope, ''), summary: because, jobs: [] };
  return { structured, text: paragraphs([because, `As of ${structured.as_of}.`, renderBase(structured)]) };
}
