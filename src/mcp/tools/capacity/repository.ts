import type { MetricsReader } from '../../../db/connect.ts';
import { type Forecast, listCapacitySummaries, listForecasts } from '../../../queries/capacity.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { isPlainId } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { type Extras, readExtras } from './extras.ts';
import type { FoundRepository } from './find-repositories.ts';
import { type KeptExtras, keepable, omittedOf, positionsOf, shownOf } from './paging.ts';
import { getForecast } from './plan-targets.ts';
import { toCard } from './repository-card.ts';
import { renderRepository } from './repository-text.ts';
import { toRepositoryRow } from './rows.ts';
import type { CapacityAnswer, RepositoryCard } from './shape.ts';
import { summariseCard } from './summary.ts';

/** One repository: how it stands, when it fills, why it jumped, what frees itself, and how good its forecasts were. */
export async function answerRepository(
  db: MetricsReader,
  scope: CapacityScope,
  found: FoundRepository,
): Promise<ToolAnswer<CapacityAnswer>> {
  const forecast = await getForecast(db, scope, found);
  const summaries = (await listCapacitySummaries(db, scope.runs)).filter(
    ({ sourceId }) => sourceId === found.sourceId,
  );
  const about = { ids: [forecast.repositoryId], one: forecast, summaries };
  const extras = await readExtras(db, scope, about);
  const extents = scope.page ? [] : await readExtents(db, scope, forecast);
  const card = toCard(forecast);
  return fitAnswer(
    { extents, ...keepable(extras) },
    (kept) => assemble(scope, { card, extras, extents }, kept),
    answerBudget(scope.question),
  );
}

type ExtentRow = NonNullable<CapacityAnswer['extents']>[number];

/** The extents of a scale-out repository, the most pressing first. */
async function readExtents(
  db: MetricsReader,
  { runs, question }: CapacityScope,
  { kind, repositoryId, sourceId }: Forecast,
): Promise<ExtentRow[]> {
  if (kind !== 'SCALE_OUT') return [];
  const own = runs.filter((run) => run.sourceId === sourceId);
  const found = await listForecasts(db, {
    runs: own,
    filter: { extentsOf: repositoryId },
    limit: question.limit,
  });
  return found.map((extent) => {
    const { repository_id, repository_name, priority, status, capacity, forecast } = toRepositoryRow(
      extent,
      false,
    );
    const { days_to_80_percent } = forecast;
    return { repository_id, repository_name, priority, status, capacity, days_to_80_percent };
  });
}

type Parts = { card: RepositoryCard; extras: Extras; extents: ExtentRow[] };

function assemble(
  scope: CapacityScope,
  { card, extras, extents: all }: Parts,
  { extents, ...lists }: KeptExtras & { extents: ExtentRow[] },
): ToolAnswer<CapacityAnswer> {
  const omitted = { extents: all.length - extents.length, ...omittedOf(scope, extras, lists) };
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const positions = positionsOf(scope, extras, lists);
  const hasMore = Object.values(positions).some((position) => position !== null);
  const runIds = scope.runs.map(({ runId }) => runId);
  const structured: CapacityAnswer = {
    ...toBase(scope, summariseCard(card)),
    repository: card,
    ...(extents.length > 0 ? { extents } : {}),
    ...shownOf(extras, lists),
    ...extras.beside,
    not_known: [...notKnown(card), ...extras.notKnown],
    next_steps: nextSteps(scope, card),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(hasMore ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, positions) } : {}),
  };
  return { structured, text: renderRepository(structured, card) };
}

function notKnown(card: RepositoryCard): string[] {
  const { capacity, backup_bytes, growth_analysis, quality } = card;
  return [
    ...(capacity.used_bytes === null ? ['What it holds: no valid reading.'] : []),
    ...(capacity.total_bytes === null && quality !== 'UNBOUNDED' ? ['Its capacity.'] : []),
    ...(growth_analysis.growth_rate_bytes_per_day === null ? ['How it grows.'] : []),
    ...(backup_bytes === null
      ? [
          isVault(card.source_id)
            ? 'How much each item takes of it: Azure Backup tells the bytes of whole vaults only.'
            : 'How much of it is backups: their files were not read, or name no extent.',
        ]
      : []),
  ];
}

function nextSteps({ asOf, question }: CapacityScope, card: RepositoryCard): NextStep[] {
  const tool = 'get_capacity_forecast';
  const as_of = asOf.toISOString();
  const { repository_id: repository, source_id: source } = card;
  const steps: NextStep[] = [];
  if (question.history === undefined && isPlainId(repository) && isPlainId(source)) {
    steps.push({ tool, arguments: { repository, source, history: '90d', as_of }, reason: 'its use per day' });
  }
  steps.push({ tool, arguments: { as_of }, reason: 'the whole estate' });
  return steps;
}
