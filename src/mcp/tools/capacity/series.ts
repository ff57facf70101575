import type { CapacityQuestion } from '../../../analysis/capacity/answer.ts';
import { type CapacityDayUse, sumDays, toSamples } from '../../../analysis/capacity/days.ts';
import { groupRepositories } from '../../../analysis/capacity/grouping.ts';
import { dayNumberToText } from '../../../analysis/zoned-time.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import type { Forecast } from '../../../queries/capacity.ts';
import {
  type CapacityDay,
  listCapacityDays,
  listRepositoryStates,
} from '../../../queries/capacity-samples.ts';
import type { ScopeRun } from '../../scope.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { toDayNumber } from './sizes.ts';

/** Longer history changes no forecast. */
const DAYS = 500;
/** States of an extent in which it holds data but takes none. */
const TAKES_NOTHING = new Set(['Maintenance', 'Sealed', 'Evacuate']);

/** The question that the worker asked the engine, from the samples that its run knew. */
export async function readForecastQuestion(
  db: MetricsReader,
  scope: CapacityScope,
  forecast: Forecast,
): Promise<CapacityQuestion> {
  const today = toDayNumber(forecast.madeOn);
  const days = await readEntityDays(db, scope, forecast, dayNumberToText(today - DAYS + 1));
  const samples = toSamples(days);
  const last = days.at(-1);
  const isOffline = forecast.kind === 'SCALE_OUT' && forecast.isOnline === false && last !== undefined;
  const offline = isOffline
    ? [{ day: last.day, at: (last.usedAt ?? 0) + 1, usedBytes: null, isOnline: false }]
    : [];
  return { samples: [...samples, ...offline], today };
}

/** The days of a repository from `firstDay` on, oldest first; of a scale-out repository the sums over what it counts. */
export async function readEntityDays(
  db: MetricsReader,
  scope: CapacityScope,
  forecast: Forecast,
  firstDay: string,
): Promise<CapacityDayUse[]> {
  const run = scope.runs.find(({ sourceId }) => sourceId === forecast.sourceId) as ScopeRun;
  const ids = await readMembers(db, run, forecast);
  const rows = await listCapacityDays(db, { ...run, repositoryIds: ids, firstDay });
  const byRepository = Map.groupBy(rows.map(toEntityDay), ({ repositoryId }) => repositoryId);
  const members = ids.map((id) => byRepository.get(id) ?? []);
  return forecast.kind === 'SCALE_OUT' ? sumDays(members) : (members[0] ?? []);
}

function toEntityDay(row: CapacityDay): CapacityDayUse & { repositoryId: string } {
  const { repositoryId, day, usedAt, usedBytes, capacityBytes, isOffline } = row;
  return {
    repositoryId,
    day: toDayNumber(day),
    usedAt: usedAt?.getTime() ?? null,
    usedBytes,
    capacityBytes,
    isOffline,
  };
}

/** Whose space is counted: the repository itself, or the extents that take data, each volume once. */
export async function readMembers(
  db: MetricsReader,
  { sourceId, knownAt }: ScopeRun,
  { kind, repositoryId, concludedAt }: Forecast,
): Promise<string[]> {
  if (kind !== 'SCALE_OUT') return [repositoryId];
  const rows = await listRepositoryStates(db, {
    sourceId,
    knownAt,
    sampledAt: concludedAt,
    scaleOutRepositoryId: repositoryId,
  });
  const states = rows.map((row) => ({
    ...row,
    // A soft limit that is exceeded has no space left; grouping knows no less than none.
    freeBytes: row.freeBytes !== null && row.freeBytes < 0 && row.reason === null ? 0 : row.freeBytes,
    isOnline: row.isOnline !== false,
    scaleOutRepositoryId: repositoryId,
    isInMaintenance: row.status?.some((one) => TAKES_NOTHING.has(one)) ?? false,
  }));
  const counted = groupRepositories(states)[0]?.counted ?? [];
  // While all are offline the last readings are all there is.
  if (counted.length > 0) return counted;
  return states
    .filter((one) => (one.extentType ?? 'Performance') === 'Performance' && !one.isInMaintenance)
    .map((one) => one.repositoryId);
}
