import type { EfficiencyAnomaly, EfficiencyAnomalyType } from './anomalies.ts';
import type { ScoredFile } from './scores.ts';
import { isClearDrop, isSuspect, type Suspicion, suspicionOf } from './suspects.ts';

const FLAG_AT = 3.5;
/** A volume that hardly varies is far out soon: twice or half as much is what matters. */
const LEAST_CHANGE = Math.log(2);
/** Of the data that do not shrink, for a drop to be more than two odd nights in a row. */
const LEAST_SHARE = 0.2;
const NORMAL_FILES = 2;
/** Verdicts on a restore point that make a drop or a rise of its file suspect by itself. */
const BAD_VERDICTS = new Set(['Suspicious', 'Infected']);

/** Whether anything in a line of files could open an anomaly; most lines have nothing. */
export function isRemarkable(line: readonly ScoredFile[]): boolean {
  return line.some(({ ratio, volume }) => (ratio?.z ?? 0) <= -FLAG_AT || Math.abs(volume?.z ?? 0) >= FLAG_AT);
}

/**
 * Anomalies of one line of files: opened by a file, carried on by files of the same type, resolved by the second normal
 * file in a row after them, or where their level has become the new normal. A suspicion is carried on by drops and rises
 * too, and resolved only by files that shrink as they did before it: that everything is encrypted now is no new normal.
 */
export function toEpisodes(line: readonly ScoredFile[]): EfficiencyAnomaly[] {
  const found: Episode[] = [];
  let before: number | null = null;
  let isInARow = false;
  for (const file of line) {
    const now = suspicionOf(file);
    const type = typeOf(file, now, before);
    before = now && isClearDrop(file.ratio?.z ?? 0) ? (before ?? 0) + now.likelihood : null;
    const openOnes = found.filter(({ anomaly }) => anomaly.resolvedAt === null);
    if (type !== null) carryOn(found, openOnes, type, file, now, isInARow);
    for (const one of openOnes) settle(one, file, type);
    isInARow = type !== null;
  }
  return found.map(({ anomaly }) => anomaly);
}

interface Episode {
  anomaly: EfficiencyAnomaly;
  /** Normal files in a row. */
  normal: number;
  /** ln x from which on a file shrinks as before. */
  leastLnX: number;
}

function typeOf(
  file: ScoredFile,
  now: Suspicion | null,
  before: number | null,
): EfficiencyAnomalyType | null {
  const { ratio, volume, kind } = file;
  if (!ratio || !volume) return null;
  const [isDrop, isSurge] = [ratio.z <= -FLAG_AT, volume.z >= FLAG_AT];
  const isBad = kind === 'INCREMENT' && BAD_VERDICTS.has(file.file.malwareStatus ?? '');
  if (isSuspect(file, now, before) || (isBad && (isDrop || isSurge))) return 'ENTROPY_SUSPECT';
  if (isDrop) return 'REDUCTION_DROP';
  if (Math.abs(volume.z) < FLAG_AT || Math.abs(volume.z * volume.scale) < LEAST_CHANGE) return null;
  return isSurge ? 'VOLUME_SURGE' : 'VOLUME_COLLAPSE';
}

function carryOn(
  found: Episode[],
  openOnes: readonly Episode[],
  type: EfficiencyAnomalyType,
  file: ScoredFile,
  suspicion: Suspicion | null,
  isInARow: boolean,
): void {
  const isOf = ({ anomaly }: Episode) =>
    anomaly.type === type || (anomaly.type === 'ENTROPY_SUSPECT' && type !== 'VOLUME_COLLAPSE');
  const known = openOnes.findLast(isOf)?.anomaly;
  if (!known) {
    const { expected = 0, scale = 0 } = file.ratio ?? {};
    const leastLnX = expected - FLAG_AT * scale;
    found.push({ anomaly: toAnomaly(type, file, suspicion), normal: 0, leastLnX });
    return;
  }
  known.files += 1;
  known.lastAt = file.file.createdAt;
  const isSlight = type === 'REDUCTION_DROP' && (suspicion?.share ?? 0) < LEAST_SHARE;
  if (isInARow && !isSlight) known.confirmedAt ??= file.file.createdAt;
}

function settle(episode: Episode, { file, x, ratio, volume }: ScoredFile, type: string | null): void {
  const { anomaly, leastLnX } = episode;
  const isSuspicion = anomaly.type === 'ENTROPY_SUSPECT';
  const isNormal = type === null && (!isSuspicion || Math.log(x) >= leastLnX);
  episode.normal = isNormal ? episode.normal + 1 : 0;
  const isNewLevel = anomaly.type === 'REDUCTION_DROP' ? ratio?.isNewLevel : volume?.isNewLevel;
  if (episode.normal >= NORMAL_FILES) anomaly.resolvedBy = 'NORMAL';
  else if (isNewLevel && !isSuspicion) anomaly.resolvedBy = 'NEW_BASELINE';
  if (anomaly.resolvedBy !== null) anomaly.resolvedAt = file.createdAt;
}

function toAnomaly(
  type: EfficiencyAnomalyType,
  { file, kind, ratio, volume, x, dataBytes }: ScoredFile,
  suspicion: Suspicion | null,
): EfficiencyAnomaly {
  const { backupFileId, backupId, jobId, objectId, repositoryId, createdAt, malwareStatus } = file;
  return {
    type,
    backupFileId,
    backupId,
    jobId,
    objectId,
    repositoryId,
    kind,
    at: createdAt,
    zRatio: ratio?.z ?? 0,
    zVolume: volume?.z ?? 0,
    x,
    expectedX: Math.exp(ratio?.expected ?? 0),
    dataBytes,
    expectedDataBytes: Math.exp(volume?.expected ?? 0),
    unshrinkableShare: suspicion?.share ?? null,
    malwareStatus: malwareStatus ?? null,
    files: 1,
    lastAt: createdAt,
    confirmedAt: type === 'ENTROPY_SUSPECT' ? createdAt : null,
    resolvedAt: null,
    resolvedBy: null,
  };
}
