import { median } from 'simple-statistics';
import { type TrailingScore, trailingScores } from '../anomalies/baseline.ts';
import { usualGap, weeklyEffects } from '../anomalies/cycle.ts';
import type { UsableFile } from './files.ts';

/** A file with its scores against the files before it; null where there are too few. `expected` are logarithms. */
export interface ScoredFile extends UsableFile {
  ratio: TrailingScore | null;
  volume: TrailingScore | null;
  /** Its reduction dropped on a night on which that of most machines of the backup did, at their usual volume. */
  isSharedDrop: boolean;
}

const RATIO_FLOOR = 0.02;
const VOLUME_FLOOR = 0.05;
/** A full that comes so much later than usual meets a machine that is another by now. */
const LATE_FULL = 3;
/** Files of a new kind in a row until it is taken as normal. */
const NEW_LEVEL_AFTER = 7;

/**
 * Scores of the files of one protected item in one backup, given in time order: fulls and increments each as a line of
 * their own, without their weekly rhythm. The level is learned anew where the backup moved to another repository, and for
 * fulls where only increments were made for three times the usual distance.
 */
export function scoreFiles(files: readonly UsableFile[]): ScoredFile[][] {
  const byKind = Map.groupBy(files, ({ kind }) => kind);
  return [...byKind.values()].map(scoreLine);
}

function scoreLine(line: readonly UsableFile[]): ScoredFile[] {
  const times = line.map(({ file }) => file.createdAt);
  const restarts = new Set([...line.keys()].filter((i) => isRestart(line, i)));
  const apart = usualGap(times);
  const scoresOf = (values: readonly number[], floor: number) => {
    if (apart === null) return [];
    const effects = weeklyEffects(values, times, apart);
    const plain = values.map((value, i) => value - (effects[i] ?? 0));
    const scores = trailingScores(plain, {
      floor,
      newLevelAfter: NEW_LEVEL_AFTER,
      isPatient: true,
      restarts,
    });
    return scores.map((score, i) => score && { ...score, expected: score.expected + (effects[i] ?? 0) });
  };
  const ratios = scoresOf(
    line.map(({ x }) => Math.log(x)),
    RATIO_FLOOR,
  );
  const volumes = scoresOf(
    line.map(({ dataBytes }) => Math.log(dataBytes)),
    VOLUME_FLOOR,
  );
  return line.map((file, i) => ({
    ...file,
    isSharedDrop: false,
    ratio: ratios[i] ?? null,
    volume: allowForGap(volumes[i] ?? null, (times[i] ?? 0) - (times[i - 1] ?? 0), apart),
  }));
}

/** After missed nights an increment holds the change of all of them: up to that it is as expected. */
function allowForGap(volume: TrailingScore | null, gap: number, apart: number | null): TrailingScore | null {
  if (volume === null || apart === null || volume.z <= 0 || gap < 1.5 * apart) return volume;
  const allowed = Math.log(gap / apart);
  const miss = Math.max(0, volume.z * volume.scale - allowed);
  return { ...volume, z: miss / volume.scale };
}

function isRestart(line: readonly UsableFile[], i: number): boolean {
  const [before, now] = [line[i - 1], line[i]];
  if (!before || !now) return false;
  if (before.file.repositoryId !== now.file.repositoryId) return true;
  if (now.kind !== 'FULL' || i < 3) return false;
  const gaps = line.slice(1, i).map(({ file }, at) => file.createdAt - (line[at]?.file.createdAt ?? 0));
  return now.file.createdAt - before.file.createdAt > LATE_FULL * median(gaps);
}
