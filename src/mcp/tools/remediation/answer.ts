import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { listRemediationSummaries } from '../../../queries/remediation-answers.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { readElsewhere } from '../../joined.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, type Scope, toBase } from '../../scope.ts';
import { findPlans } from './find-plans.ts';
import { answerHistory } from './history.ts';
import type { PlanScope } from './plan-scope.ts';
import { answerPlans } from './plans.ts';
import type { PlanQuestion } from './question.ts';
import { SAFETY } from './safety.ts';
import type { PlanAnswer } from './shape.ts';

type Asked = { question: PlanQuestion; page: Page | undefined; pageOf: PageOf; now: Date };

/** Answers get_remediation_plan in one snapshot: plans in the order of what they bring, one in full, or their history. */
export function answerRemediation(
  question: PlanQuestion,
  context: ToolContext,
): Promise<ToolAnswer<PlanAnswer>> {
  assertTogether(question);
  const { as_of: _moment, cursor, limit: _limit, ...filters } = question;
  const pageOf = { tool: 'get_remediation_plan', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  const asked = { question, page, pageOf, now: context.now };
  return context.readRisk((risk, metrics) => answerFrom(risk, metrics, asked));
}

/** Arguments that would have no effect are an error, not something to ignore. */
function assertTogether({ history, status, urgency, risk_type }: PlanQuestion): void {
  if (history === undefined) return;
  const beside = Object.entries({ status, urgency, risk_type }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (beside.length > 0)
    throw new AnswerError(`history shows all that became of plans: leave ${beside.join(', ')} out.`);
}

async function answerFrom(
  risk: RiskReader,
  metrics: MetricsReader,
  { question, page, pageOf, now }: Asked,
): Promise<ToolAnswer<PlanAnswer>> {
  const { as_of: asOf, source, risk: wanted, history } = question;
  const asked = { worker: 'remediation', now, asOf, source, page };
  const opened = await openScope(metrics, asked, asRunReader(risk));
  if (opened.emptyBecause) return answerNothing(opened, opened.emptyBecause);
  const sourceIds = opened.runs.map(({ sourceId }) => sourceId);
  const elsewhere = wanted ? await readElsewhere(metrics, { sourceIds, asOf: opened.asOf }) : [];
  const scope: PlanScope = { ...opened, question, page, pageOf, elsewhere };
  const summaries = await listRemediationSummaries(risk, scope.runs);
  const found = wanted === undefined ? undefined : await findPlans(risk, scope, summaries, wanted);
  return history === undefined
    ? answerPlans(risk, scope, summaries, found)
    : answerHistory(risk, scope, history, found);
}

function answerNothing(scope: Scope, because: string): ToolAnswer<PlanAnswer> {
  // The reason says what became of the last run already.
  const structured: PlanAnswer = {
    ...toBase(scope, ''),
    summary: `${because} That there is no plan is no sign of health.`,
    safety_notice: SAFETY,
    plans: [],
  };
  return {
    structured,
    text: paragraphs([structured.summary, `As of ${structured.as_of}.`, renderBase(structured)]),
  };
}
