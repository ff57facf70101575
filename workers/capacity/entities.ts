import { type CapacityDayUse, sumDays, toSamples } from '../../src/analysis/capacity/days.ts';
import { type CapacityGroup, groupRepositories } from '../../src/analysis/capacity/grouping.ts';
import type { CapacitySample } from '../../src/analysis/capacity/samples.ts';
import type { KnownRepository, ScaleOut } from './inventory.ts';

/** Something that has a forecast: a repository, an extent, or a scale-out repository. */
export type Entity = {
  id: string;
  kind: 'REPOSITORY' | 'EXTENT' | 'SCALE_OUT';
  name: string;
  type: string;
  scaleOutRepositoryId: string | null;
  /** Repositories whose backups lie on the same space, itself included; empty for extents: files name none. */
  holds: string[];
  /** Repositories whose use is the entity's use, and the first local day with a reading of each. */
  counted: string[];
  firstDays: ReadonlyMap<string, number>;
  isOnline: boolean | null;
  /** Its space is part of the sum of the source. */
  isCounted: boolean;
  sharedWith: string[];
  worst: CapacityGroup['worst'];
  reasons: string[];
  days: CapacityDayUse[];
  samples: CapacitySample[];
};

/** What has a forecast, and which of it counts: each volume once, scale-out repositories in place of their extents. */
export function toEntities(
  repositories: readonly KnownRepository[],
  scaleOuts: readonly ScaleOut[],
  days: ReadonlyMap<string, CapacityDayUse[]>,
): Entity[] {
  const groups = groupRepositories(repositories);
  const byId = new Map(repositories.map((one) => [one.repositoryId, one]));
  const groupOf = new Map(groups.flatMap((group) => group.members.map((id) => [id, group] as const)));
  const own = repositories.map((one) =>
    toRepository(one, groupOf.get(one.repositoryId), days.get(one.repositoryId) ?? []),
  );
  const names = new Map(scaleOuts.map(({ id, name }) => [id, name]));
  const sums = groups
    .filter(({ kind }) => kind === 'SCALE_OUT')
    .map((group) => toScaleOut(group, byId, names.get(group.groupId) ?? group.groupId, days));
  return [...own, ...sums].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function toRepository(
  one: KnownRepository,
  group: CapacityGroup | undefined,
  days: CapacityDayUse[],
): Entity {
  const isExtent = one.scaleOutRepositoryId !== null;
  const shared = group?.kind === 'SHARED_VOLUME' ? group.members : [];
  return {
    id: one.repositoryId,
    kind: isExtent ? 'EXTENT' : 'REPOSITORY',
    name: one.name,
    type: one.type,
    scaleOutRepositoryId: one.scaleOutRepositoryId,
    holds: isExtent ? [] : shared.length > 0 ? shared : [one.repositoryId],
    counted: [one.repositoryId],
    firstDays: firstDaysOf([one.repositoryId], () => days),
    isOnline: one.isSampled ? one.isOnline : null,
    isCounted: !isExtent && one.repositoryId === (group?.counted[0] ?? group?.groupId),
    sharedWith: shared.filter((id) => id !== one.repositoryId),
    worst: null,
    reasons: [
      ...(one.isSampled ? [] : ['NOT_IN_THE_LAST_READING']),
      ...(shared.length > 0 ? ['SHARED_VOLUME'] : []),
      ...(one.isInMaintenance ? ['IN_MAINTENANCE'] : []),
    ],
    days,
    samples: toSamples(days),
  };
}

function toScaleOut(
  group: CapacityGroup,
  byId: ReadonlyMap<string, KnownRepository>,
  name: string,
  days: ReadonlyMap<string, CapacityDayUse[]>,
): Entity {
  // While all are offline the last readings are all there is.
  const isOnline = group.counted.length > 0;
  const counted = isOnline ? group.counted : group.members.filter((id) => isPerformance(byId.get(id)));
  const isOffline = !isOnline && counted.some((id) => byId.get(id)?.isOnline === false);
  const sum = sumDays(counted.map((id) => days.get(id) ?? []));
  const samples = toSamples(sum);
  const lastDay = Math.max(...counted.map((id) => days.get(id)?.at(-1)?.day ?? 0));
  const lastAt = sum.at(-1)?.usedAt ?? 0;
  return {
    id: group.groupId,
    kind: 'SCALE_OUT',
    name,
    type: 'ScaleOutRepository',
    scaleOutRepositoryId: null,
    holds: [group.groupId],
    counted,
    firstDays: firstDaysOf(counted, (id) => days.get(id) ?? []),
    isOnline: isOnline || (isOffline ? false : null),
    isCounted: true,
    sharedWith: [],
    worst: group.worst,
    reasons: group.reasons,
    days: sum,
    samples: isOffline
      ? [...samples, { day: lastDay, at: lastAt + 1, usedBytes: null, isOnline: false }]
      : samples,
  };
}

function firstDaysOf(
  ids: readonly string[],
  daysOf: (id: string) => readonly CapacityDayUse[],
): Map<string, number> {
  return new Map(
    ids.flatMap((id) => {
      const first = daysOf(id).find(({ usedBytes }) => usedBytes !== null);
      return first ? [[id, first.day] as const] : [];
    }),
  );
}

const isPerformance = (one: KnownRepository | undefined) =>
  one !== undefined && (one.extentType ?? 'Performance') === 'Performance' && one.isInMaintenance !== true;
