import type { CapacityQuestion } from '../../../analysis/capacity-answer.ts';
import { groupRepositories } from '../../../analysis/capacity-grouping.ts';
import type { CapacitySample } from '../../../analysis/capacity-samples.ts';
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

/** A day of a repository, or the sum of several. */
export type EntityDay = {
  day: number;
  at: number;
  usedBytes: number | null;
  capacityBytes: number | null;
  isOffline: boolean;
};

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
  const offline = isOffline ? [{ day: last.day, at: last.at + 1, usedBytes: null, isOnline: false }] : [];
  return { samples: [...samples, ...offline], today };
}

/** The days of a repository from `firstDay` on, oldest first; of a scale-out repository the sums over what it counts. */
export async function readEntityDays(
  db: MetricsReader,
  scope: CapacityScope,
  forecast: Forecast,
  firstDay: string,
): Promise<EntityDay[]> {
  const run = scope.runs.find(({ sourceId }) => sourceId === forecast.sourceId) as ScopeRun;
  const ids = await readMembers(db, run, forecast);
  const rows = await listCapacityDays(db, { ...run, repositoryIds: ids, firstDay });
  const byRepository = Map.groupBy(rows.map(toEntityDay), ({ repositoryId }) => repositoryId);
  const members = ids.map((id) => byRepository.get(id) ?? []);
  return forecast.kind === 'SCALE_OUT' ? sumDays(members) : (members[0] ?? []);
}

function toEntityDay(row: CapacityDay): EntityDay & { repositoryId: string } {
  const { repositoryId, day, usedAt, usedBytes, capacityBytes, isOffline } = row;
  return {
    repositoryId,
    day: toDayNumber(day),
    at: usedAt?.getTime() ?? 0,
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

/** A day may have a reading and end offline. */
function toSamples(days: readonly EntityDay[]): CapacitySample[] {
  return days.flatMap(({ day, at, usedBytes, capacityBytes, isOffline }): CapacitySample[] => {
    const reading = { day, at, usedBytes, capacityBytes, isOnline: true };
    const offline = { day, at: at + 1, usedBytes: null, isOnline: false };
    return [...(usedBytes === null ? [] : [reading]), ...(isOffline ? [offline] : [])];
  });
}

/**
 * Several repositories as one: the sum on days on which each of them has a reading. Before its first reading an extent was
 * not there; a day that one of them misses later is a gap. Without a limit as soon as one of them has none.
 */
function sumDays(members: readonly (readonly EntityDay[])[]): EntityDay[] {
  const lists = members.map(
    (days) => new Map(days.flatMap((one) => (one.usedBytes === null ? [] : [[one.day, one] as const]))),
  );
  const firsts = lists.map((byDay) => Math.min(...byDay.keys()));
  const all = [...new Set(lists.flatMap((byDay) => [...byDay.keys()]))].sort((a, b) => a - b);
  return all.flatMap((day): EntityDay[] => {
    const present = lists
      .filter((_, index) => day >= (firsts[index] as number))
      .map((byDay) => byDay.get(day));
    const rows = present.filter((one) => one !== undefined);
    return rows.length < present.length ? [] : [sumOf(day, rows)];
  });
}

function sumOf(day: number, rows: readonly EntityDay[]): EntityDay {
  const isUnlimited = rows.some(({ capacityBytes }) => !(capacityBytes !== null && capacityBytes > 0));
  const sum = (of: (one: EntityDay) => number | null) =>
    rows.reduce((total, one) => total + (of(one) ?? 0), 0);
  return {
    day,
    at: Math.max(...rows.map(({ at }) => at)),
    usedBytes: sum((one) => one.usedBytes),
    capacityBytes: isUnlimited ? -1 : sum((one) => one.capacityBytes),
    isOffline: false,
  };
}
