import { toEpisodes } from './efficiency-episodes.ts';
import type { BackupFileFact, FileKind } from './efficiency-files.ts';
import { seriesKey, usableFiles } from './efficiency-files.ts';
import { type FleetEvent, findFleetEvents } from './efficiency-fleet.ts';
import { scoreFiles } from './efficiency-scores.ts';

export type EfficiencyAnomalyType = 'REDUCTION_DROP' | 'VOLUME_SURGE' | 'VOLUME_COLLAPSE' | 'ENTROPY_SUSPECT';

/**
 * Something unusual in the backup files of one protected item, opened by one file and resolved by later ones. Times are
 * epoch milliseconds, sizes bytes.
 */
export interface EfficiencyAnomaly {
  type: EfficiencyAnomalyType;
  /** The file that opened it. */
  backupFileId: string;
  backupId: string;
  jobId: string | null;
  objectId: string | null;
  repositoryId: string | null;
  kind: FileKind;
  at: number;
  /** Of ln x and of ln data against the files before, in robust standard deviations. */
  zRatio: number;
  zVolume: number;
  x: number;
  expectedX: number;
  dataBytes: number;
  expectedDataBytes: number;
  /** Verdict on the restore point in the file, where one is known. */
  malwareStatus: string | null;
  /** Files of this type in a row, and the last of them. */
  files: number;
  lastAt: number;
  /** The second normal file after it, or the one at which its level was taken as the new normal; null while it is open. */
  resolvedAt: number | null;
  resolvedBy: 'NORMAL' | 'NEW_BASELINE' | null;
}

export interface EfficiencyAnomalies {
  /** By time, then file. */
  anomalies: EfficiencyAnomaly[];
  /** Nights on which the volume of many machines rose together: one event, no anomaly each. */
  fleetEvents: FleetEvent[];
  /** Lines of files (object and kind), and those too short to say anything. */
  series: number;
  tooShort: number;
}

/**
 * Files that are unlike the files before them (METHODS 3.3): trailing Hampel scores of ln x (floor 0.02) and ln data
 * (floor 0.05) within one protected item, kind and repository. A drop of the reduction with a rise of the volume in one
 * increment is how encryption looks. Nothing is said about the first 8 files of a line.
 *
 * @param zone IANA zone in which a night begins and ends, for events of the whole fleet
 */
export function findEfficiencyAnomalies(files: readonly BackupFileFact[], zone = 'UTC'): EfficiencyAnomalies {
  const lines = [...Map.groupBy(usableFiles(files), ({ file }) => seriesKey(file)).values()].flatMap(
    scoreFiles,
  );
  const fleet = findFleetEvents(lines.flat(), zone);
  const anomalies = lines
    .flatMap((line) => toEpisodes(line, fleet.absorbed))
    .sort((a, b) => a.at - b.at || (a.backupFileId < b.backupFileId ? -1 : 1));
  const tooShort = lines.filter((line) => line.every(({ ratio }) => ratio === null)).length;
  return { anomalies, fleetEvents: fleet.events, series: lines.length, tooShort };
}
