import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { renderBase } from '../../answer.ts';
import { type Page, type PageOf, readCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { readElsewhere } from '../../joined.ts';
import { paragraphs } from '../../markdown.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { openScope, type Scope, toBase } from '../../scope.ts';
import { answerItem } from './card.ts';
import { answerChanges } from './changes.ts';
import { findItems } from './find-items.ts';
import { answerList } from './list.ts';
import type { RiskQuestion } from './question.ts';
import type { RiskScope } from './risk-scope.ts';
import type { RiskAnswer } from './shape.ts';
import { answerWhatIf } from './what-if.ts';

type Asked = { question: RiskQuestion; page: Page | undefined; pageOf: PageOf; now: Date };

/** Answers analyze_risks in one snapshot: the list, one item explained, what changed, or what changes would do. */
export function answerRisks(question: RiskQuestion, context: ToolContext): Promise<ToolAnswer<RiskAnswer>> {
  assertTogether(question);
  const { as_of: _moment, cursor, limit: _limit, ...filters } = question;
  const pageOf = { tool: 'analyze_risks', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  const asked = { question, page, pageOf, now: context.now };
  return context.readRisk((risk, metrics) => answerFrom(risk, metrics, asked));
}

/** Arguments that would have no effect are an error, not something to ignore. */
function assertTogether(question: RiskQuestion): void {
  const { what_if, changed_since, item, category, tier, scope, hazard, flag, include, cursor } = question;
  if (what_if)
    assertAlone('what_if', { changed_since, item, category, tier, scope, hazard, flag, include, cursor });
  if (changed_since) assertAlone('changed_since', { category, tier, hazard, flag, include });
}

function assertAlone(name: string, others: Record<string, unknown>): void {
  const beside = Object.entries(others).flatMap(([other, value]) => (value === undefined ? [] : [other]));
  if (beside.length === 0) return;
  throw new AnswerError(`${name} is answered by itself: leave ${beside.join(', ')} out.`);
}

async function answerFrom(
  risk: RiskReader,
  metrics: MetricsReader,
  { question, page, pageOf, now }: Asked,
): Promise<ToolAnswer<RiskAnswer>> {
  const { as_of: asOf, source, item, what_if: changes, changed_since: since } = question;
  const asked = { worker: 'risk', now, asOf, source, page };
  const opened = await openScope(metrics, asked, asRunReader(risk));
  if (opened.emptyBecause) return answerNothing(opened, opened.emptyBecause);
  const sourceIds = opened.runs.map(({ sourceId }) => sourceId);
  const elsewhere = await readElsewhere(metrics, { sourceIds, asOf: opened.asOf });
  const scope: RiskScope = { ...opened, question, page, pageOf, elsewhere };
  if (changes) return answerWhatIf(risk, scope, changes);
  if (since !== undefined) return answerChanges(risk, metrics, scope, since);
  if (item === undefined) return answerList(risk, scope, undefined);
  const found = await findItems(risk, scope, item);
  const [only] = found;
  const { category, tier, hazard, flag } = question;
  const isChosen = [category, tier, hazard, flag].every((filter) => filter === undefined);
  return only && found.length === 1 && isChosen
    ? answerItem(risk, scope, only)
    : answerList(risk, scope, found);
}

function answerNothing(scope: Scope, because: string): ToolAnswer<RiskAnswer> {
  // The reason says what became of the last run already.
  const structured: RiskAnswer = {
    ...toBase(scope, ''),
    summary: `${because} Nothing was assessed, which is no sign of health.`,
    risks: [],
  };
  return {
    structured,
    text: paragraphs([structured.summary, `As of ${structured.as_of}.`, renderBase(structured)]),
  };
}
