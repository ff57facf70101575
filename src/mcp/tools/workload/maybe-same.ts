import type { MetricsReader } from '../../../db/connect.ts';
import { listUnsure, type UnsureMatch } from '../../../queries/machines.ts';
import { round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { WorkloadScope } from './answer.ts';
import type { Machine } from './find-machines.ts';
import type { MaybeSame } from './shape.ts';

/** Pairs that are shown; the configuration decides about them one by one. */
const MOST_PAIRS = 5;

/** Workloads of other sources that may be the machine that is asked for, the likeliest first, each pair once. */
export async function readMaybe(
  db: MetricsReader,
  { workers }: WorkloadScope,
  machines: readonly Machine[],
): Promise<MaybeSame[]> {
  const own = machines.filter(({ relation }) => relation !== 'SAME_NAME');
  const keys = new Set(own.map(({ sourceId, id }) => `${sourceId}\n${id}`));
  const ids = own.map(({ id }) => id);
  const pairs = await listUnsure(db, workers.of.rto.runs, ids);
  return pairs
    .filter(({ sourceId, workloadId }) => keys.has(`${sourceId}\n${workloadId}`))
    .filter((pair, at, all) => all.findIndex((other) => isSamePair(pair, other)) === at)
    .slice(0, MOST_PAIRS)
    .map(toMaybe);
}

/** The other way round too: both sides know of it. */
const isSamePair = (a: UnsureMatch, b: UnsureMatch) => {
  const sides = (pair: UnsureMatch) =>
    [`${pair.sourceId}\n${pair.workloadId}`, `${pair.otherSourceId}\n${pair.otherWorkloadId}`]
      .sort()
      .join('\n');
  return sides(a) === sides(b);
};

const toMaybe = (pair: UnsureMatch): MaybeSame => ({
  source_id: pair.sourceId,
  workload_id: cleanText(pair.workloadId, 120),
  other_source_id: pair.otherSourceId,
  other_workload_id: cleanText(pair.otherWorkloadId, 120),
  other_name: cleanOrNull(pair.otherName),
  probability: round(pair.probability, 2),
  basis: pair.basis,
});
