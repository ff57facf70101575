import type { EfficiencyAnomaly, EfficiencyAnomalyType } from './efficiency-anomalies.ts';
import type { ScoredFile } from './efficiency-scores.ts';

const FLAG_AT = 3.5;
const NORMAL_FILES = 2;

/**
 * Anomalies of one line of files: opened by a file, carried on by files of the same type, resolved by the second normal
 * file after them. Files in `explained` count as normal.
 */
export function toEpisodes(
  line: readonly ScoredFile[],
  explained: ReadonlySet<ScoredFile>,
): EfficiencyAnomaly[] {
  const found: EfficiencyAnomaly[] = [];
  let normal = 0;
  for (const file of line) {
    const type = explained.has(file) ? null : typeOf(file);
    normal = type === null ? normal + 1 : 0;
    if (normal === NORMAL_FILES) resolve(found, file.file.createdAt);
    if (type === null) continue;
    const open = found.findLast((one) => one.resolvedAt === null && one.type === type);
    if (open) extend(open, file);
    else found.push(toAnomaly(type, file));
  }
  return found;
}

function typeOf({ kind, ratio, volume }: ScoredFile): EfficiencyAnomalyType | null {
  if (!ratio || !volume) return null;
  const [isDrop, isSurge] = [ratio.z <= -FLAG_AT, volume.z >= FLAG_AT];
  if (isDrop && isSurge && kind === 'INCREMENT') return 'ENTROPY_SUSPECT';
  if (isDrop) return 'REDUCTION_DROP';
  if (isSurge) return 'VOLUME_SURGE';
  return volume.z <= -FLAG_AT ? 'VOLUME_COLLAPSE' : null;
}

function resolve(found: readonly EfficiencyAnomaly[], at: number): void {
  for (const one of found) {
    if (one.resolvedAt !== null) continue;
    one.resolvedAt = at;
    one.resolvedBy = 'NORMAL';
  }
}

function extend(open: EfficiencyAnomaly, { file }: ScoredFile): void {
  open.files += 1;
  open.lastAt = file.createdAt;
}

function toAnomaly(type: EfficiencyAnomalyType, scored: ScoredFile): EfficiencyAnomaly {
  const { file, kind, ratio, volume, x, dataBytes } = scored;
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
    malwareStatus: malwareStatus ?? null,
    files: 1,
    lastAt: createdAt,
    resolvedAt: null,
    resolvedBy: null,
  };
}
