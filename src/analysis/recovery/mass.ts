import { canRestore, type LimitMinutes, type MassRestoreLimits, simulateRestores } from './simulation.ts';
import { GIB } from './throughput.ts';

export interface MassRestoreItem {
  workloadId: string;
  sizeBytes: number | null;
  /** 1 is restored first; null: last. */
  priority: number | null;
  /** Its target, minutes; null: none. */
  rtoMinutes: number | null;
}

/** PRIORITY: priority, then largest first. GIVEN: as the items stand. */
export type RestoreOrder = 'PRIORITY' | 'GIVEN';

export interface MassRestore {
  /** Minutes after the start, in order of restore; null: never, there is no slot or no throughput. */
  finishes: {
    workloadId: string;
    startMinutes: number | null;
    finishMinutes: number | null;
    isLate: boolean | null;
  }[];
  /** Until the last is back; null: never. 0 without items. */
  makespanMinutes: number | null;
  /** No order and no luck does it faster. */
  boundMinutes: number | null;
  /** Later than their own targets. */
  late: number;
  /** Minutes of the makespan in which each limit was what held the restores back. */
  limitMinutes: LimitMinutes;
  /** Left out, so that the makespan is too short. */
  unknownSizes: string[];
}

/**
 * Restores of many machines that all start at the same moment (METHODS 3.4 R4.5), by events: at most `slots` at a time; each
 * spends the overhead, then transfers at min(stream, bandwidth / number transferring). Not a queue of random arrivals: in a
 * disaster all requests come at once.
 */
export function massRestore(
  items: readonly MassRestoreItem[],
  limits: MassRestoreLimits,
  order: RestoreOrder = 'PRIORITY',
): MassRestore {
  const ordered = inOrder(items, order);
  const unknownSizes = items.filter((item) => !isSized(item)).map(({ workloadId }) => workloadId);
  const times = simulateRestores(ordered.map(gibOf), limits);
  const finishes = ordered.map(({ workloadId, rtoMinutes }, index) => {
    const startMinutes = times?.starts[index] ?? null;
    const finishMinutes = times?.ends[index] ?? null;
    const isLate = rtoMinutes === null ? null : finishMinutes === null || finishMinutes > rtoMinutes;
    return { workloadId, startMinutes, finishMinutes, isLate };
  });
  return {
    finishes,
    makespanMinutes: times === null ? null : latest(times.ends),
    boundMinutes: lowerBound(ordered.map(gibOf), limits),
    late: finishes.filter(({ isLate }) => isLate === true).length,
    limitMinutes: times?.limitMinutes ?? { SLOTS: 0, BANDWIDTH: 0, STREAM_RATE: 0, OVERHEAD: 0 },
    unknownSizes,
  };
}

/** How many, taken in order, are back within the time. 0 without slots or throughput. */
export function mostWithin(
  items: readonly MassRestoreItem[],
  limits: MassRestoreLimits,
  rtoMinutes: number,
  order: RestoreOrder = 'PRIORITY',
): number {
  const sizes = inOrder(items, order).map(gibOf);
  const isWithin = (count: number) => {
    const times = simulateRestores(sizes.slice(0, count), limits);
    return times !== null && latest(times.ends) <= rtoMinutes;
  };
  // One more at the end of the list delays others or none, it hastens none: the makespan only grows with the count.
  let within = 0;
  let beyond = sizes.length + 1;
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (isWithin(middle)) within = middle;
    else beyond = middle;
  }
  return within;
}

/** Minutes that no plan beats: the largest alone, and all data through the widest pipe. Null without slots or throughput. */
export function lowerBound(sizesGib: readonly number[], limits: MassRestoreLimits): number | null {
  if (sizesGib.length === 0) return 0;
  if (!canRestore(limits)) return null;
  const { slots, streamGibPerMinute, bandwidthGibPerMinute, overheadMinutes } = limits;
  const alone = Math.min(streamGibPerMinute, bandwidthGibPerMinute);
  const together = Math.min(slots * streamGibPerMinute, bandwidthGibPerMinute);
  const largest = sizesGib.reduce((most, gib) => Math.max(most, gib), 0);
  const total = sizesGib.reduce((sum, gib) => sum + gib, 0);
  return overheadMinutes + Math.max(largest / alone, total / together);
}

function inOrder(items: readonly MassRestoreItem[], order: RestoreOrder): MassRestoreItem[] {
  const known = items.filter(isSized);
  return order === 'GIVEN' ? known : known.toSorted(compareItems);
}

function isSized({ sizeBytes }: MassRestoreItem): boolean {
  return sizeBytes !== null && sizeBytes >= 0;
}

function compareItems(a: MassRestoreItem, b: MassRestoreItem): number {
  const byPriority = (a.priority ?? Number.MAX_VALUE) - (b.priority ?? Number.MAX_VALUE);
  if (byPriority !== 0) return byPriority;
  return (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || (a.workloadId < b.workloadId ? -1 : 1);
}

function gibOf({ sizeBytes }: MassRestoreItem): number {
  return (sizeBytes ?? 0) / GIB;
}

function latest(ends: readonly number[]): number {
  return ends.reduce((most, end) => Math.max(most, end), 0);
}
