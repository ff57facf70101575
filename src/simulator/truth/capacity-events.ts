import { isUnlimited, spaceAt, volumeBytes } from '../estate/space.ts';
import type { Job, Repository } from '../estate/types.ts';
import type { SpacePlan } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { dateOf } from './capacity-ahead.ts';

export type SpaceEvent = {
  kind: 'LEVEL_SHIFT' | 'CAPACITY_CHANGE' | 'OFFLINE';
  at: string;
  /** Local day. */
  day: string;
  /** Of the step, below 0 where space was freed; of OFFLINE 0. */
  bytes: number;
  /** Only of OFFLINE: noons at which it is offline. */
  days?: number;
};

/** What somebody does to a repository: compared just before with just after. Steps of its usual course are no events. */
export function eventsOf(
  world: World,
  repository: Repository,
  { surprises = [] }: SpacePlan,
  jobs: readonly Job[],
  until: number,
): SpaceEvent[] {
  return surprises
    .filter((at) => at <= until)
    .flatMap((at): SpaceEvent[] => {
      const common = { at: new Date(at).toISOString(), day: dateOf(world, at) };
      const [before, after] = [spaceAt(repository, at - 1), spaceAt(repository, at)];
      const step = useAt(world, repository, jobs, at) - useAt(world, repository, jobs, at - 1);
      const growth = isUnlimited(after) ? 0 : after.capacityBytes - before.capacityBytes;
      return [
        ...(step !== 0 ? [{ kind: 'LEVEL_SHIFT' as const, ...common, bytes: step }] : []),
        ...(growth !== 0 ? [{ kind: 'CAPACITY_CHANGE' as const, ...common, bytes: growth }] : []),
        ...(before.isOnline && !after.isOnline
          ? [{ kind: 'OFFLINE' as const, ...common, bytes: 0, days: daysOffline(world, repository, at) }]
          : []),
      ];
    });
}

function useAt({ storage, estate }: World, { volume }: Repository, jobs: readonly Job[], at: number): number {
  return volumeBytes(estate, storage.usedBytes(at, jobs), volume, at);
}

function daysOffline({ zone }: World, { changes = [] }: Repository, from: number): number {
  const back = changes.find(({ at, isOnline }) => at > from && isOnline)?.at;
  return back === undefined ? Number.POSITIVE_INFINITY : zone.dayOf(back) - zone.dayOf(from);
}
