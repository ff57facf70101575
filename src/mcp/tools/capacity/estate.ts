import type { MetricsReader } from '../../../db/connect.ts';
import {
  type CapacityStatus,
  type CapacitySummary,
  countForecasts,
  type Forecast,
  type ForecastFilter,
  type ForecastPosition,
  listCapacitySummaries,
  listForecasts,
} from '../../../queries/capacity.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { isPlainId } from '../../untrusted.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { type Head, readHead } from './estate-head.ts';
import { renderEstate } from './estate-text.ts';
import { type Extras, readExtras } from './extras.ts';
import type { FoundRepository } from './find-repositories.ts';
import { type KeptExtras, keepable, omittedOf, positionsOf, shownOf } from './paging.ts';
import { PRIORITIES, STATUSES } from './question.ts';
import { toRepositoryRow } from './rows.ts';
import type { CapacityAnswer } from './shape.ts';
import { summarise } from './summary.ts';

/** The whole estate, or the repositories that fit a pattern: those to act on first, a page at a time. */
export async function answerEstate(
  db: MetricsReader,
  scope: CapacityScope,
  found: FoundRepository[] | undefined,
): Promise<ToolAnswer<CapacityAnswer>> {
  const summaries = await listCapacitySummaries(db, scope.runs);
  const head: Head = scope.page ? { notKnown: [] } : await readHead(db, scope, summaries);
  const rows = await readRows(db, scope, found);
  const extras = await readExtrasOf(db, scope, found, summaries);
  const lists = {
    repositories: rows.repositories,
    per_source: (head.per_source ?? []).slice(0, scope.question.limit),
    ...keepable(extras),
  };
  return fitAnswer(
    lists,
    (kept) => assemble(scope, { head, rows, extras }, kept),
    answerBudget(scope.question),
  );
}

function readExtrasOf(
  db: MetricsReader,
  scope: CapacityScope,
  found: FoundRepository[] | undefined,
  summaries: CapacitySummary[],
): Promise<Extras> {
  const ids = found?.map(({ repositoryId }) => repositoryId);
  return readExtras(db, scope, { ids, one: undefined, summaries });
}

type Rows = { repositories: Forecast[]; left: number };

async function readRows(
  db: MetricsReader,
  { runs, question, page }: CapacityScope,
  found: FoundRepository[] | undefined,
): Promise<Rows> {
  const before = page?.positions.repositories;
  if (before === null) return { repositories: [], left: 0 };
  const filter: ForecastFilter = {
    ...toFilter(question.status),
    repositoryIds: found?.map(({ repositoryId }) => repositoryId),
    after: before?.length ? (before as unknown as ForecastPosition) : undefined,
  };
  const counts = await countForecasts(db, runs, filter);
  return {
    repositories: await listForecasts(db, { runs, filter, limit: question.limit }),
    left: sum(counts.map(({ repositories }) => repositories)),
  };
}

function toFilter(status: string | undefined): Pick<ForecastFilter, 'statuses' | 'priorities'> {
  const one = STATUSES.find((known) => known === status) satisfies CapacityStatus | undefined;
  if (one) return { statuses: [one] };
  const priority = PRIORITIES.find((known) => known === status);
  return priority ? { priorities: [priority] } : {};
}

type Parts = { head: Head; rows: Rows; extras: Extras };
type Kept = KeptExtras & {
  repositories: readonly Forecast[];
  per_source: NonNullable<CapacityAnswer['per_source']>;
};

function assemble(
  scope: CapacityScope,
  { head, rows, extras }: Parts,
  kept: Kept,
): ToolAnswer<CapacityAnswer> {
  const isDetailed = scope.question.detail === 'detailed';
  const { repositories, per_source, ...lists } = kept;
  const omitted = {
    repositories: rows.left - repositories.length,
    sources: (head.per_source?.length ?? 0) - per_source.length,
    ...omittedOf(scope, extras, lists),
  };
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const positions = {
    repositories: omitted.repositories > 0 ? positionOf(scope, repositories) : null,
    ...positionsOf(scope, extras, lists),
  };
  const body: Omit<CapacityAnswer, keyof AnswerBase> = {
    ...(head.estate ? { estate: head.estate } : {}),
    ...(head.per_source ? { per_source } : {}),
    repositories_matching: rows.left,
    repositories: repositories.map((forecast) => toRepositoryRow(forecast, isDetailed)),
    ...shownOf(extras, lists),
    ...extras.beside,
  };
  const structured: CapacityAnswer = {
    ...toBase(scope, summarise(scope, body)),
    ...body,
    not_known: [...head.notKnown, ...extras.notKnown],
    next_steps: nextSteps(scope, repositories, body),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(Object.values(positions).some((position) => position !== null)
      ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIdsOf(scope), positions) }
      : {}),
  };
  return { structured, text: renderEstate(structured) };
}

const runIdsOf = ({ runs }: CapacityScope) => runs.map(({ runId }) => runId);

function positionOf({ page }: CapacityScope, shown: readonly Forecast[]): (string | number)[] {
  const last = shown.at(-1);
  if (!last) return page?.positions.repositories ?? [];
  return [last.priorityRank, last.rank, last.sourceId, last.repositoryId];
}

/** At most three, in a fixed order; their arguments are ids and our own words. */
function nextSteps(
  { asOf, question }: CapacityScope,
  repositories: readonly Forecast[],
  { estate }: Omit<CapacityAnswer, keyof AnswerBase>,
): NextStep[] {
  const tool = 'get_capacity_forecast';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  const first = repositories.find(
    ({ repositoryId, sourceId }) => isPlainId(repositoryId) && isPlainId(sourceId),
  );
  if (first) {
    steps.push({
      tool,
      arguments: { repository: first.repositoryId, source: first.sourceId, as_of },
      reason:
        'the first of this list: what happened, who fills it, what is released when, how good its forecasts were',
    });
  }
  if (estate && estate.unknown > 0 && question.status === undefined && question.repository === undefined) {
    steps.push({
      tool,
      arguments: { status: 'UNKNOWN', as_of },
      reason: 'repositories of which the space is not known',
    });
  }
  return steps;
}
