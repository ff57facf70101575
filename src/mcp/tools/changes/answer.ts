import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { readLimit } from '../../../queries/reader-limit.ts';
import { type AnswerBase, caveats, type NextStep } from '../../answer.ts';
import { assertSameRuns, type Page, type PageOf, readCursor, writeCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { parseMoment } from '../../moment.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { explainEmpty, openMoment } from '../../scope.ts';
import { readCompleteness, toFreshness, toSourcesPart } from '../../sources.ts';
import { isPlainId } from '../../untrusted.ts';
import { isPlainItem } from '../risk/find-items.ts';
import { type Comparison, readComparisons } from './compare.ts';
import { countsOf, keptOf, leftOf, readLists, shownRows } from './lists.ts';
import type { ChangesQuestion } from './question.ts';
import type { ChangesAnswer, Rows } from './shape.ts';
import { summarise } from './summary.ts';
import { renderChanged } from './text.ts';

type Asked = { question: ChangesQuestion; page: Page | undefined; pageOf: PageOf; now: Date };
type Span = { since: Date; until: Date };

/** Answers what_changed from one snapshot of both databases. */
export function answerChanged(
  question: ChangesQuestion,
  context: ToolContext,
): Promise<ToolAnswer<ChangesAnswer>> {
  const { as_of: _moment, cursor, limit: _limit, ...filters } = question;
  const pageOf = { tool: 'what_changed', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  const asked = { question, page, pageOf, now: context.now };
  return context.readRisk((risk, metrics) => answerFrom(risk, metrics, asked));
}

async function answerFrom(
  risk: RiskReader,
  metrics: MetricsReader,
  { question, page, pageOf, now }: Asked,
): Promise<ToolAnswer<ChangesAnswer>> {
  const { source, as_of: at, limit } = question;
  const { known, chosen, zone, asOf } = await openMoment(metrics, { now, asOf: at, source, page });
  const span = spanOf(question, asOf, zone);
  const { comparisons, runs } = await readComparisons(metrics, risk, { sources: chosen, ...span });
  const runIds = runs.flatMap(({ concluded: [last] }) => last?.runId ?? []);
  if (page) assertSameRuns(page, runIds);
  const lists = await readLists(metrics, risk, { comparisons, question });
  const shown = await shownRows(risk, lists, { comparisons, page, limit });
  const sources = runs.map((one) => toFreshness(one, span.until));
  const completeness = await completenessOf(metrics, risk, comparisons);
  const counts = countsOf(lists);
  const head = { comparisons, counts, isNextPage: page !== undefined };
  const isEmpty = known.length === 0 || sources.length === 0;
  const because = isEmpty ? explainEmpty(known, sources, 'health', await readLimit(metrics)) : '';
  return fitAnswer(
    keptOf(shown),
    (kept) => {
      const left = leftOf(lists, kept, page);
      const structured: ChangesAnswer = {
        summary: [caveats(sources), because || summarise(head)].filter(Boolean).join(' '),
        as_of: asOf.toISOString(),
        since: span.since.toISOString(),
        until: span.until.toISOString(),
        ...toSourcesPart(sources),
        completeness,
        counts,
        ...kept,
        not_known: notKnown(comparisons),
        next_steps: nextSteps(span, kept),
        ...(left.count > 0
          ? { omitted: left.omitted, next_cursor: writeCursor(pageOf, asOf, runIds, left.positions) }
          : {}),
      };
      return { structured, text: renderChanged(structured) };
    },
    answerBudget(question),
  );
}

/** Both moments count back from the moment of the question. */
function spanOf({ since, until }: ChangesQuestion, asOf: Date, zone: string): Span {
  const read = (name: string, given: string) => {
    try {
      return parseMoment(given, asOf, zone);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      throw new AnswerError(error.message.replaceAll('as_of', name));
    }
  };
  const span = { since: read('since', since), until: until === undefined ? asOf : read('until', until) };
  if (span.since < span.until) return span;
  throw new AnswerError(
    `since (${span.since.toISOString()}) has to be before until (${span.until.toISOString()}): a day means its end, so give an earlier day or a time.`,
  );
}

async function completenessOf(
  metrics: MetricsReader,
  risk: RiskReader,
  comparisons: readonly Comparison[],
): Promise<AnswerBase['completeness']> {
  const of = (isAdvisor: boolean) =>
    comparisons.flatMap(({ worker, now }) =>
      now && (worker === 'risk' || worker === 'remediation') === isAdvisor ? [now] : [],
    );
  const [collected, advised] = [
    await readCompleteness(asRunReader(metrics), of(false)),
    await readCompleteness(asRunReader(risk), of(true)),
  ];
  const left = (collected.not_shown ?? 0) + (advised.not_shown ?? 0);
  return {
    endpoints: collected.endpoints + advised.endpoints,
    complete: collected.complete + advised.complete,
    not_complete: [...collected.not_complete, ...advised.not_complete],
    ...(left > 0 ? { not_shown: left } : {}),
  };
}

const WHY: Record<string, string> = {
  SAME_RUN: 'no run concluded between the moments',
  NO_RUN: 'no run concluded by the later moment',
  NO_EARLIER_RUN: 'no run had concluded by the earlier moment',
};

/** A line per worker and reason, however many sources it is of. */
function notKnown(comparisons: readonly Comparison[]): string[] {
  const groups = Map.groupBy(
    comparisons.filter(({ basis }) => basis !== 'COMPARED'),
    ({ basis, worker }) => `${basis} ${worker}`,
  );
  return [...groups.values()].map((own) => {
    const [{ basis, worker }] = own as [Comparison];
    return `What changed by the ${worker} worker on ${own.length} source${own.length === 1 ? '' : 's'}: ${WHY[basis]}.`;
  });
}

function nextSteps({ until }: Span, kept: Partial<{ [L in keyof Rows]: readonly Rows[L][] }>): NextStep[] {
  const as_of = until.toISOString();
  const steps: NextStep[] = [];
  const gap = kept.compared?.find(({ basis, source_id }) => basis === 'SAME_RUN' && isPlainId(source_id));
  if (gap)
    steps.push({
      tool: 'get_data_freshness',
      arguments: { source: gap.source_id, as_of },
      reason: 'why a worker measured nothing since',
    });
  const risk = kept.risks?.find(
    // What is gone, or listed with another source now, has nothing to be asked about.
    ({ impact_score, item_id, source_id }) => impact_score !== null && isPlainItem(item_id, source_id),
  );
  if (risk)
    steps.push({
      tool: 'analyze_risks',
      arguments: { item: risk.item_id, source: risk.source_id, as_of },
      reason: 'what the risk that moved most is made of',
    });
  const job = kept.findings?.find(
    ({ entity_kind, entity_id, source_id }) =>
      entity_kind === 'job' && isPlainId(entity_id) && isPlainId(source_id),
  );
  if (job)
    steps.push({
      tool: 'get_health_status',
      arguments: { job: job.entity_id, source: job.source_id, as_of },
      reason: 'the runs of the first job of the findings',
    });
  return steps.slice(0, 3);
}
