import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { listSourceRuns } from '../../../queries/freshness.ts';
import type { RunKey } from '../../../queries/health.ts';
import {
  CHANGED_FROM,
  countRiskChanges,
  listRiskChanges,
  type RiskChangeRow,
  type RiskChangesQuestion,
} from '../../../queries/risk-changes.ts';
import {
  listRiskHazards,
  listRiskInputs,
  listRiskNames,
  listRiskSummaries,
  type RiskHazardRow,
  type RiskInputRow,
} from '../../../queries/risk-items.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { itemsElsewhere } from '../../joined.ts';
import { isoSeconds } from '../../markdown.ts';
import { parseMoment } from '../../moment.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { toChangeRow } from './change-rows.ts';
import { renderChanges } from './changes-text.ts';
import { inputCaveat } from './estate-head.ts';
import { explainNoItem, isPlainItem, matchingItems } from './find-items.ts';
import type { RiskScope } from './risk-scope.ts';
import type { RiskAnswer } from './shape.ts';

type Earlier = RunKey & { finishedAt: Date };
type Comparison = NonNullable<RiskAnswer['comparison']>;

/** What is new, worse, better, gone or part of something else since a moment, the largest change of priority first. */
export async function answerChanges(
  db: RiskReader,
  metrics: MetricsReader,
  scope: RiskScope,
  given: string,
): Promise<ToolAnswer<RiskAnswer>> {
  const since = parseSince(given, scope);
  const before = await listEarlier(db, metrics, scope, since);
  const now = scope.runs.filter(({ sourceId }) => before.some((run) => run.sourceId === sourceId));
  const question = await toQuestion(db, scope, now, before);
  const changes = now.length > 0 ? await listRiskChanges(db, question) : [];
  const counts = now.length > 0 ? await countRiskChanges(db, question) : [];
  const ids = changes.map(({ itemId }) => itemId);
  const hazards = ids.length > 0 ? await listRiskHazards(db, [...now, ...before], ids) : [];
  const comparison: Comparison = {
    since: since.toISOString(),
    sources: now.map(({ sourceId, runId }) => {
      const run = before.find((one) => one.sourceId === sourceId) as Earlier;
      return {
        source_id: sourceId,
        run_id: runId,
        before_run_id: run.runId,
        before_at: isoSeconds(run.finishedAt),
      };
    }),
    counts: Object.fromEntries(counts.map(({ change, items }) => [change, items])),
    changed_from_points: CHANGED_FROM,
  };
  const notKnown = await readNotKnown(db, scope, now, before);
  const inputs = await listRiskInputs(db, scope.runs);
  const parts = { comparison, hazards, now, notKnown, inputs, isOfSome: question.itemIds !== undefined };
  return fitAnswer({ changes }, (kept) => assemble(scope, parts, kept.changes), answerBudget(scope.question));
}

function parseSince(given: string, { asOf, zone }: RiskScope): Date {
  try {
    return parseMoment(given, asOf, zone);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new AnswerError(error.message.replaceAll('as_of', 'changed_since'));
  }
}

/** The last run of each source that had concluded then. */
async function listEarlier(
  db: RiskReader,
  metrics: MetricsReader,
  { runs }: RiskScope,
  since: Date,
): Promise<Earlier[]> {
  const sourceIds = runs.map(({ sourceId }) => sourceId);
  const found = await listSourceRuns(metrics, { worker: 'risk', sourceIds, asOf: since }, asRunReader(db));
  return found.flatMap(({ sourceId, concluded: [last] }) =>
    last ? [{ sourceId, runId: last.runId, finishedAt: last.finishedAt }] : [],
  );
}

const offsetOf = ({ page }: RiskScope) => Number(page?.positions.changes?.[0] ?? 0);

async function toQuestion(
  db: RiskReader,
  scope: RiskScope,
  now: RunKey[],
  before: RunKey[],
): Promise<RiskChangesQuestion> {
  const { item, scope: about, limit } = scope.question;
  const elsewhere = itemsElsewhere(scope.elsewhere);
  const asked = { now, before, scope: about, elsewhere, limit, offset: offsetOf(scope) };
  if (item === undefined) return asked;
  const all = await listRiskNames(db, [...scope.runs, ...before], { scope: about });
  const found = matchingItems(all, item);
  if (found.length === 0) throw new AnswerError(explainNoItem(item, all));
  return { ...asked, itemIds: [...new Set(found.map(({ itemId }) => itemId))] };
}

/** Sources that are named one by one; of more their number is said. */
const MOST_NAMED = 3;

async function readNotKnown(
  db: RiskReader,
  scope: RiskScope,
  now: RunKey[],
  before: Earlier[],
): Promise<string[]> {
  const without = scope.runs.filter((run) => !now.includes(run as never));
  const lines =
    without.length > MOST_NAMED
      ? [
          `What changed on ${without.length} of ${scope.runs.length} sources: there is no risk run of them that had concluded by then.`,
        ]
      : without.map(
          ({ sourceId }) =>
            `What changed on source ${cleanText(sourceId, 60)}: there is no risk run that had concluded by then.`,
        );
  if (now.length === 0) return lines;
  const summaries = await listRiskSummaries(db, [...now, ...before]);
  const changed: string[] = [];
  for (const run of now) {
    const own = summaries.filter(({ sourceId }) => sourceId === run.sourceId);
    const marks = new Set(
      own.map(({ configFingerprint, severities }) => `${configFingerprint} ${JSON.stringify(severities)}`),
    );
    if (marks.size > 1) changed.push(cleanText(run.sourceId, 60));
  }
  const about =
    'How much of it is the estate: dr365.toml (tiers, targets or severities) was changed in between on';
  return changed.length > MOST_NAMED
    ? [...lines, `${about} ${changed.length} of ${now.length} sources.`]
    : [...lines, ...changed.map((sourceId) => `${about} source ${sourceId}.`)];
}

type Parts = {
  comparison: Comparison;
  hazards: RiskHazardRow[];
  now: RunKey[];
  notKnown: string[];
  inputs: RiskInputRow[];
  isOfSome: boolean;
};

function assemble(
  scope: RiskScope,
  { comparison, hazards, now, notKnown, inputs, isOfSome }: Parts,
  kept: readonly RiskChangeRow[],
): ToolAnswer<RiskAnswer> {
  const counted = Object.entries(comparison.counts).filter(([change]) => isOfSome || change !== 'SAME');
  const shown = offsetOf(scope) + kept.length;
  const left = sum(counted.map(([, count]) => count)) - shown;
  const runIds = scope.runs.map(({ runId }) => runId);
  const runsNow = new Set(now.map(({ runId }) => runId));
  const structured: RiskAnswer = {
    ...toBase(scope, [inputCaveat(inputs), summarise(scope, comparison)].filter(Boolean).join(' ')),
    comparison,
    changes: kept.map((change) => toChangeRow(change, hazards, runsNow)),
    not_known: notKnown,
    next_steps: nextSteps(scope, kept),
    ...(left > 0
      ? {
          omitted: { changes: left },
          next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, { changes: [shown] }),
        }
      : {}),
  };
  return { structured, text: renderChanges(structured) };
}

function summarise({ page }: RiskScope, { counts, sources, since }: Comparison): string {
  if (sources.length === 0) return `Nothing can be compared: no risk run had concluded by ${since}.`;
  if (page) return 'Next changes.';
  const count = (change: string) => counts[change] ?? 0;
  const parts = [
    `${count('NEW')} new`,
    `${count('WORSE')} worse`,
    `${count('BETTER')} better`,
    `${count('GONE')} gone`,
    ...(count('MERGED') > 0 ? [`${count('MERGED')} now part of another risk`] : []),
    ...(count('SPLIT') > 0 ? [`${count('SPLIT')} no longer part of another risk`] : []),
  ];
  const [first] = sources;
  const when =
    sources.length === 1 ? `the run of ${first?.before_at}` : `the runs of ${sources.length} sources then`;
  return `Since ${when}: ${parts.join(', ')}; ${count('SAME')} as before.`;
}

function nextSteps({ asOf }: RiskScope, kept: readonly RiskChangeRow[]): NextStep[] {
  const first = kept.find(({ score, itemId, sourceId }) => score !== null && isPlainItem(itemId, sourceId));
  if (!first) return [];
  const args = { item: first.itemId, source: first.sourceId, as_of: asOf.toISOString() };
  return [{ tool: 'analyze_risks', arguments: args, reason: 'what one of these is made of now' }];
}
