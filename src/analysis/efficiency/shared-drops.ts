import { median } from 'simple-statistics';
import { seriesKey } from './files.ts';
import type { ScoredFile } from './scores.ts';

const DROPPED_AT = -3.5;
const FEWEST_MACHINES = 3;
const LEAST_SHARE = 0.75;
/** Median volume of those that dropped, in scales: an attack on all of them would raise it. */
const USUAL_BELOW = 1.5;

/**
 * Lines of files in which drops of the reduction are marked that most machines of a backup share on one night, at their
 * usual volume: compression or deduplication of the job was changed. Increments alone, three machines at least.
 */
export function markSharedDrops(
  lines: readonly ScoredFile[][],
  nightOf: (file: ScoredFile) => number,
): ScoredFile[][] {
  const judged = lines.flat().filter(({ kind, ratio }) => kind === 'INCREMENT' && ratio !== null);
  const keyOf = (file: ScoredFile) => `${file.file.backupId}\n${nightOf(file)}`;
  const nights = [...Map.groupBy(judged, keyOf)].filter(([, files]) => isShared(files));
  if (nights.length === 0) return [...lines];
  const shared = new Set(nights.map(([key]) => key));
  return lines.map((line) =>
    line.map((file) => (isDrop(file) && shared.has(keyOf(file)) ? { ...file, isSharedDrop: true } : file)),
  );
}

function isShared(files: readonly ScoredFile[]): boolean {
  const drops = files.filter(isDrop);
  const machines = new Set(drops.map(({ file }) => seriesKey(file))).size;
  if (machines < FEWEST_MACHINES || drops.length < LEAST_SHARE * files.length) return false;
  return median(drops.map(({ volume }) => volume?.z ?? 0)) < USUAL_BELOW;
}

function isDrop({ kind, ratio }: ScoredFile): boolean {
  return kind === 'INCREMENT' && (ratio?.z ?? 0) <= DROPPED_AT;
}
