import type { EfficiencyAnomaly, EfficiencyAnomalyType } from './efficiency-anomalies.ts';
import type { ScoredFile } from './efficiency-scores.ts';
import { isClearDrop, isSuspect, type Suspicion, suspicionOf } from './efficiency-suspects.ts';

const FLAG_AT = 3.5;
/** A volume that hardly varies is far out soon: half as much again, or a third less, is what matters. */
const LEAST_CHANGE = Math.log(1.5);
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
 * file after them, or where their level has become the new normal. Each type has its own: a drop that turns out to be
 * suspect opens the second beside the first.
 */
export function toEpisodes(line: readonly ScoredFile[]): EfficiencyAnomaly[] {
  const found: EfficiencyAnomaly[] = [];
  let before: number | null = null;
  let normal = 0;
  for (const file of line) {
    const now = suspicionOf(file);
    const type = typeOf(file, now, before);
    before = now && isClearDrop(file.ratio?.z ?? 0) ? (before ?? 0) + now.likelihood : null;
    if (type !== null) open(found, type, file, now, normal === 0);
    normal = type === null ? normal + 1 : 0;
    if (normal === NORMAL_FILES) resolve(found, file, () => true);
    settle(found, file);
  }
  return found;
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

function open(
  found: EfficiencyAnomaly[],
  type: EfficiencyAnomalyType,
  file: ScoredFile,
  suspicion: Suspicion | null,
  isInARow: boolean,
): void {
  const known = found.findLast((one) => one.resolvedAt === null && one.type === type);
  if (!known) {
    found.push(toAnomaly(type, file, suspicion));
    return;
  }
  known.files += 1;
  known.lastAt = file.file.createdAt;
  const isSlight = type === 'REDUCTION_DROP' && (suspicion?.share ?? 0) < LEAST_SHARE;
  if (isInARow && !isSlight) known.confirmedAt ??= file.file.createdAt;
}

/** A level that has become normal resolves what it was about; a suspicion waits for normal files all the same. */
function settle(found: readonly EfficiencyAnomaly[], file: ScoredFile): void {
  const isNew = { REDUCTION_DROP: file.ratio?.isNewLevel, VOLUME: file.volume?.isNewLevel };
  for (const one of found) {
    if (one.resolvedAt !== null) continue;
    const isAbout = one.type === 'REDUCTION_DROP' ? isNew.REDUCTION_DROP : isNew.VOLUME;
    if (one.type === 'ENTROPY_SUSPECT' ? isNew.REDUCTION_DROP || isNew.VOLUME : isAbout)
      one.resolvedBy = 'NEW_BASELINE';
  }
  resolve(found, file, (one) => one.resolvedBy !== null && one.type !== 'ENTROPY_SUSPECT');
}

function resolve(
  found: readonly EfficiencyAnomaly[],
  { file }: ScoredFile,
  which: (one: EfficiencyAnomaly) => boolean,
): void {
  for (const one of found) {
    if (one.resolvedAt !== null || !which(one)) continue;
    one.resolvedAt = file.createdAt;
    one.resolvedBy ??= 'NORMAL';
  }
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
