import { minHeap } from '../statistics/min-heap.ts';

export interface MassRestoreLimits {
  /** Restores at a time. */
  slots: number;
  /** Of one restore that nothing else slows. */
  streamGibPerMinute: number;
  /** Of all together; Infinity: not known. */
  bandwidthGibPerMinute: number;
  /** Of each restore before data flow. */
  overheadMinutes: number;
}

/** What holds restores back. STREAM_RATE: the speed of a single restore. */
export type RestoreLimit = 'SLOTS' | 'BANDWIDTH' | 'STREAM_RATE' | 'OVERHEAD';
export type LimitMinutes = Record<RestoreLimit, number>;

export interface SimulatedTimes {
  starts: number[];
  ends: number[];
  limitMinutes: LimitMinutes;
}

/**
 * Starts and ends of restores of these sizes (GiB) in their order, in minutes; null where nothing can be restored.
 * All transferring streams have the same speed, so the GiB that any stream has got since the beginning is one number, which
 * orders the ends of transfers for good: no event changes the order of others. Overheads are equal and end in order of start.
 */
export function simulateRestores(sizes: readonly number[], limits: MassRestoreLimits): SimulatedTimes | null {
  if (!canRestore(limits)) return null;
  const { streamGibPerMinute, bandwidthGibPerMinute, overheadMinutes } = limits;
  const slots = Math.floor(limits.slots);
  const starts: number[] = [];
  const ends = Array.from({ length: sizes.length }, () => 0);
  const limitMinutes: LimitMinutes = { SLOTS: 0, BANDWIDTH: 0, STREAM_RATE: 0, OVERHEAD: 0 };
  const transfers = minHeap();
  let waitingFrom = 0; // items from here on prepare: they have started, but their data do not flow yet
  let now = 0;
  let served = 0;
  const start = () => {
    if (starts.length < sizes.length) starts.push(now);
  };
  for (let slot = 0; slot < slots && slot < sizes.length; slot++) start();
  while (waitingFrom < starts.length || transfers.size() > 0) {
    const rate =
      transfers.size() === 0 ? 0 : Math.min(streamGibPerMinute, bandwidthGibPerMinute / transfers.size());
    const flowsAt =
      waitingFrom < starts.length ? (starts[waitingFrom] as number) + overheadMinutes : Infinity;
    const endsAt = rate === 0 ? Infinity : now + Math.max(0, transfers.least() - served) / rate;
    const isQueued = starts.length < sizes.length;
    limitMinutes[limitNow(transfers.size(), isQueued, limits)] += Math.min(flowsAt, endsAt) - now;
    if (flowsAt <= endsAt) {
      served += rate * (flowsAt - now);
      now = flowsAt;
      transfers.push(served + (sizes[waitingFrom] as number), waitingFrom);
      waitingFrom++;
    } else {
      served = transfers.least();
      now = endsAt;
      ends[transfers.pop()] = now;
      start();
    }
  }
  return { starts, ends, limitMinutes };
}

/** Bandwidth where streams slow each other; else slots where some wait for one; else the work of single restores. */
function limitNow(
  transferring: number,
  isQueued: boolean,
  { streamGibPerMinute, bandwidthGibPerMinute }: MassRestoreLimits,
): RestoreLimit {
  if (transferring > 0 && bandwidthGibPerMinute / transferring < streamGibPerMinute) return 'BANDWIDTH';
  if (isQueued) return 'SLOTS';
  return transferring > 0 ? 'STREAM_RATE' : 'OVERHEAD';
}

export function canRestore({ slots, streamGibPerMinute, bandwidthGibPerMinute }: MassRestoreLimits): boolean {
  return Math.floor(slots) >= 1 && streamGibPerMinute > 0 && bandwidthGibPerMinute > 0;
}
