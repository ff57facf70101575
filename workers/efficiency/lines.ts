import type { EfficiencyAnomaly } from '../../src/analysis/efficiency-anomalies.ts';
import { toEpisodes } from '../../src/analysis/efficiency-episodes.ts';
import { type BackupFileFact, seriesKey, usableFiles } from '../../src/analysis/efficiency-files.ts';
import { type FleetEvent, findFleetEvents } from '../../src/analysis/efficiency-fleet.ts';
import { type ScoredFile, scoreFiles } from '../../src/analysis/efficiency-scores.ts';

const DAY_MS = 86_400_000;
/** Nights before that have no event that would still be told. */
const NIGHTS_DAYS = 100;

/** What has to be remembered of all owners until each night's rise is known. */
export type Lines = {
  /** Increments of the last nights that could be judged. */
  judged: ScoredFile[];
  /** Lines of files with something unusual in them. */
  unusual: ScoredFile[][];
};

export const noLines = (): Lines => ({ judged: [], unusual: [] });

/**
 * Scores the files of one owner and remembers what may be unusual, without the rest of the rows: an estate may have
 * hundreds of thousands of files.
 */
export function addLines(into: Lines, files: readonly BackupFileFact[], now: number): void {
  const none: ReadonlySet<ScoredFile> = new Set();
  const since = now - NIGHTS_DAYS * DAY_MS;
  for (const series of Map.groupBy(usableFiles(files), ({ file }) => seriesKey(file)).values()) {
    for (const line of scoreFiles(series)) {
      const isUnusual = toEpisodes(line, none).length > 0;
      const slim = line.map((one) => (isUnusual || isJudged(one, since) ? slimmed(one) : null));
      for (const one of slim) if (one && isJudged(one, since)) into.judged.push(one);
      if (isUnusual) into.unusual.push(slim.filter((one) => one !== null));
    }
  }
}

const isJudged = ({ kind, volume, file }: ScoredFile, since: number) =>
  kind === 'INCREMENT' && volume !== null && file.createdAt >= since;

/** What a file's anomaly would be told with, alone. */
function slimmed({ file, kind, dataBytes, storedBytes, x, ratio, volume }: ScoredFile): ScoredFile {
  const { backupFileId, backupId, jobId, objectId, createdAt, malwareStatus = null } = file;
  const rest = { name: '', repositoryId: null, dedupPercent: null, compressPercent: null };
  return {
    file: {
      backupFileId,
      backupId,
      jobId,
      objectId,
      createdAt,
      malwareStatus,
      dataBytes,
      storedBytes,
      ...rest,
    },
    kind,
    dataBytes,
    storedBytes,
    x,
    ratio,
    volume,
  };
}

/** Anomalies of all lines, by time, and the nights on which many machines grew alike, which are none. */
export function concludeLines(
  { judged, unusual }: Lines,
  zone: string,
): { anomalies: EfficiencyAnomaly[]; nights: FleetEvent[] } {
  const fleet = findFleetEvents(judged, zone);
  const anomalies = unusual.flatMap((line) => toEpisodes(line, fleet.absorbed));
  return {
    anomalies: anomalies.toSorted((a, b) => a.at - b.at || (a.backupFileId < b.backupFileId ? -1 : 1)),
    nights: fleet.events,
  };
}
