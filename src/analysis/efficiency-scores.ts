import { median } from 'simple-statistics';
import { type TrailingScore, trailingScores } from './detect-anomalies-baseline.ts';
import type { UsableFile } from './efficiency-files.ts';

/** A file with its scores against the files before it; null where there are too few. */
export interface ScoredFile extends UsableFile {
  ratio: TrailingScore | null;
  volume: TrailingScore | null;
}

const RATIO_FLOOR = 0.02;
const VOLUME_FLOOR = 0.05;
/** A full that comes so much later than usual meets a machine that is another by now. */
const LATE_FULL = 3;

/**
 * Scores of the files of one protected item in one backup, given in time order: fulls and increments each as a line of
 * their own. The past of a file ends where the backup moved to another repository, and for fulls where only increments
 * were made for three times the usual distance.
 */
export function scoreFiles(files: readonly UsableFile[]): ScoredFile[][] {
  const byKind = Map.groupBy(files, ({ kind }) => kind);
  return [...byKind.values()].map((line) => splitAtResets(line).flatMap(scoreStretch));
}

function scoreStretch(files: readonly UsableFile[]): ScoredFile[] {
  const ratios = trailingScores(
    files.map(({ x }) => Math.log(x)),
    RATIO_FLOOR,
  );
  const volumes = trailingScores(
    files.map(({ dataBytes }) => Math.log(dataBytes)),
    VOLUME_FLOOR,
  );
  return files.map((file, i) => ({ ...file, ratio: ratios[i] ?? null, volume: volumes[i] ?? null }));
}

function splitAtResets(line: readonly UsableFile[]): UsableFile[][] {
  const stretches: UsableFile[][] = [];
  for (const file of line) {
    const current = stretches.at(-1);
    if (current && !isReset(current, file)) current.push(file);
    else stretches.push([file]);
  }
  return stretches;
}

function isReset(before: readonly UsableFile[], now: UsableFile): boolean {
  const last = before.at(-1);
  if (!last) return false;
  if (last.file.repositoryId !== now.file.repositoryId) return true;
  if (now.kind !== 'FULL' || before.length < 3) return false;
  const gaps = before.slice(1).map(({ file }, i) => file.createdAt - (before[i]?.file.createdAt ?? 0));
  return now.file.createdAt - last.file.createdAt > LATE_FULL * median(gaps);
}
