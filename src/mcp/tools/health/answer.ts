import type { MetricsReader } from '../../../db/connect.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, toBase } from '../../scope.ts';
import { answerEstate } from './estate.ts';
import { findJobs } from './find-jobs.ts';
import type { HealthScope } from './health-scope.ts';
import { answerJob } from './job.ts';
import type { HealthQuestion } from './question.ts';
import type { HealthAnswer } from './shape.ts';

/** Answers get_health_status in one snapshot: the estate, the jobs that fit a pattern, or one job. */
export function answerHealth(
  question: HealthQuestion,
  context: ToolContext,
): Promise<ToolAnswer<HealthAnswer>> {
  const { job, source, status, finding, history, detail } = question;
  const pageOf = { tool: 'get_health_status', filters: { job, source, status, finding, history, detail } };
  const page = question.cursor === undefined ? undefined : readCursor(question.cursor, pageOf);
  return context.read((db) => answerFrom(db, { question, page, pageOf, now: context.now }));
}

async function answerFrom(
  db: MetricsReader,
  {
    question,
    page,
    pageOf,
    now,
  }: { question: HealthQuestion; page: Page | undefined; pageOf: PageOf; now: Date },
): Promise<ToolAnswer<HealthAnswer>> {
  const { as_of: asOf, source } = question;
  const opened = await openScope(db, { worker: 'health', now, asOf, source, page });
  const scope: HealthScope = { ...opened, question, page, pageOf };
  if (scope.emptyBecause) return answerNothing(scope, scope.emptyBecause);
  if (question.job === undefined) return answerEstate(db, scope, undefined);
  const found = await findJobs(db, scope, question.job);
  const [only] = found;
  if (only && found.length === 1) return answerJob(db, scope, only);
  return answerEstate(db, scope, found);
}

function answerNothing(scope: HealthScope, because: string): ToolAnswer<HealthAnswer> {
  // The reason says what became of the last run already.
  const structured: HealthAnswer = {
    ...toBase(scope, ''),
    summary: because,
    jobs: [],
    findings: [],
    incidents: [],
  };
  return { structured, text: paragraphs([because, `As of ${structured.as_of}.`, renderBase(structured)]) };
}
