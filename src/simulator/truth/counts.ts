import { jobOf, sessionTypeOf } from '../api/session-view.ts';
import { isUnlimited, spaceAt } from '../estate/space.ts';
import { isKnownJob } from '../estate/types.ts';
import type { World } from '../world.ts';

export type EstateCounts = {
  jobs: number;
  enabledJobs: number;
  machines: number;
  protectedObjects: number;
  repositories: number;
  sessions: number;
  sessionsByType: Record<string, number>;
  taskSessions: number;
  /** `capacityBytes` is null where there is no limit. */
  storage: {
    id: string;
    name: string;
    usedBytes: number;
    foreignBytes: number;
    capacityBytes: number | null;
  }[];
};

/** How much of everything the server shows. */
export function estateCounts(world: World, now: number): EstateCounts {
  const { estate, settings, timeline, storage } = world;
  const { from, to } = world.visible();
  const used = storage.usedBytes(now);
  const jobs = estate.jobs.filter((job) => isKnownJob(job, now));
  return {
    jobs: jobs.length,
    enabledJobs: jobs.filter(({ disabledSince }) => disabledSince === undefined || disabledSince > now)
      .length,
    machines: estate.machines.length,
    protectedObjects: estate.protected.length,
    repositories: estate.repositories.length,
    sessions: to - from,
    sessionsByType: countTypes(world, from, to, settings.revision),
    taskSessions: timeline.columns.tasksBefore(to) - timeline.columns.tasksBefore(from),
    storage: estate.repositories.map((one) => {
      const { foreignBytes, capacityBytes } = spaceAt(one, now);
      return {
        id: one.id,
        name: one.name,
        usedBytes: used[one.index] ?? 0,
        foreignBytes,
        capacityBytes: isUnlimited(one) ? null : capacityBytes,
      };
    }),
  };
}

function countTypes(
  world: World,
  from: number,
  to: number,
  revision: World['settings']['revision'],
): Record<string, number> {
  const { columns } = world.timeline;
  const byKey = new Map<string, { type: string; count: number }>();
  for (let index = from; index < to; index += 1) {
    const kind = columns.kind(index);
    const key = kind === 'run' ? `run ${world.estate.jobs[columns.job(index)]?.kind ?? ''}` : kind;
    const known = byKey.get(key);
    if (known) known.count += 1;
    else {
      const row = columns.row(index);
      byKey.set(key, { type: sessionTypeOf(row, jobOf(world, row), revision), count: 1 });
    }
  }
  const counts: Record<string, number> = {};
  for (const { type, count } of byKey.values()) counts[type] = (counts[type] ?? 0) + count;
  return counts;
}
