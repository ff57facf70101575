import type { TrackedRun } from './incidents.ts';

export interface FailureCluster {
  /** In the order of their ends; never empty. */
  members: TrackedRun[];
  /** Significance that the cluster has to reach. */
  significance: number;
}

export const APART_MS = 30 * 60_000;
const LONGEST_MS = 6 * 3_600_000;

/**
 * Failed runs, sorted by end, in clusters whose neighbours are at most 30 minutes apart. In a big estate some job fails
 * every few minutes and everything would be one cluster without end: one longer than 6 hours is cut at its widest gaps.
 * As such cuts follow the data, their parts have to be significant after division by the number of parts.
 */
export function clusterFailures(failed: readonly TrackedRun[], significance: number): FailureCluster[] {
  const clusters: FailureCluster[] = [];
  let members: TrackedRun[] = [];
  const close = () => {
    const parts = cut(members);
    for (const part of parts) clusters.push({ members: part, significance: significance / parts.length });
  };
  for (const run of failed) {
    const last = members.at(-1);
    if (last && run.run.endedAt - last.run.endedAt > APART_MS) {
      close();
      members = [];
    }
    members.push(run);
  }
  if (members.length > 0) close();
  return clusters;
}

/** Cut at the widest gap until each part is short enough. By stack: a long cluster may need thousands of cuts. */
function cut(members: TrackedRun[]): TrackedRun[][] {
  const parts: TrackedRun[][] = [];
  const open: [number, number][] = [[0, members.length]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [from, to] = range;
    const at = (index: number) => (members[index] as TrackedRun).run.endedAt;
    if (at(to - 1) - at(from) <= LONGEST_MS) {
      parts.push(members.slice(from, to));
      continue;
    }
    let widest = from + 1;
    let best = -1;
    for (let index = from + 1; index < to; index++) {
      const gap = at(index) - at(index - 1);
      // Even gaps are cut in the middle, otherwise cutting off one at a time would take quadratic time.
      const value = gap + 1e-6 * Math.min(index - from, to - index);
      if (value > best) {
        best = value;
        widest = index;
      }
    }
    open.push([widest, to], [from, widest]);
  }
  return parts;
}
