import { type MassRestoreItem, massRestore, type RestoreOrder } from './mass.ts';
import type { LimitMinutes, MassRestoreLimits, RestoreLimit } from './simulation.ts';

/** What more of one thing brings when everything else stays. */
interface Relief {
  limit: RestoreLimit;
  /** How much more: 1 slot, a tenth of bandwidth or stream speed, 1 minute less of overhead. */
  unit: '1 slot' | '10 % bandwidth' | '10 % stream speed' | '1 minute of overhead';
  makespanMinutes: number;
  savedMinutes: number;
}

export interface Bottleneck {
  limit: RestoreLimit;
  /** Share of the makespan in which it was the limit, 0 to 1. */
  share: number;
  /** Of the bottleneck itself; null where it cannot be relieved, as an unknown bandwidth. */
  relief: Relief | null;
  /** Of every limit, most useful first. */
  reliefs: Relief[];
}

/**
 * What limits a mass restore for the longest time, and what one more unit of each limit would bring, by simulating again.
 * Null without items, or where nothing can be restored.
 */
export function massRestoreBottleneck(
  items: readonly MassRestoreItem[],
  limits: MassRestoreLimits,
  order: RestoreOrder = 'PRIORITY',
): Bottleneck | null {
  const { makespanMinutes, limitMinutes } = massRestore(items, limits, order);
  if (makespanMinutes === null || makespanMinutes === 0) return null;
  const limit = longest(limitMinutes);
  const reliefs = relieved(limits)
    .map(({ changed, ...relief }) => {
      const minutes = massRestore(items, changed, order).makespanMinutes ?? makespanMinutes;
      return { ...relief, makespanMinutes: minutes, savedMinutes: makespanMinutes - minutes };
    })
    .toSorted((a, b) => b.savedMinutes - a.savedMinutes);
  const relief = reliefs.find((candidate) => candidate.limit === limit) ?? null;
  return { limit, share: limitMinutes[limit] / makespanMinutes, relief, reliefs };
}

type Change = Pick<Relief, 'limit' | 'unit'> & { changed: MassRestoreLimits };

function relieved(limits: MassRestoreLimits): Change[] {
  const { slots, bandwidthGibPerMinute, streamGibPerMinute, overheadMinutes } = limits;
  const bandwidth = { ...limits, bandwidthGibPerMinute: 1.1 * bandwidthGibPerMinute };
  const rate = { ...limits, streamGibPerMinute: 1.1 * streamGibPerMinute };
  const overhead = { ...limits, overheadMinutes: Math.max(0, overheadMinutes - 1) };
  const changes: Change[] = [{ limit: 'SLOTS', unit: '1 slot', changed: { ...limits, slots: slots + 1 } }];
  if (Number.isFinite(bandwidthGibPerMinute))
    changes.push({ limit: 'BANDWIDTH', unit: '10 % bandwidth', changed: bandwidth });
  changes.push({ limit: 'STREAM_RATE', unit: '10 % stream speed', changed: rate });
  changes.push({ limit: 'OVERHEAD', unit: '1 minute of overhead', changed: overhead });
  return changes;
}

function longest(minutes: LimitMinutes): RestoreLimit {
  let found: RestoreLimit = 'SLOTS';
  for (const limit of ['BANDWIDTH', 'STREAM_RATE', 'OVERHEAD'] as const)
    if (minutes[limit] > minutes[found]) found = limit;
  return found;
}
