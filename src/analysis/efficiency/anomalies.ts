import { isRemarkable, toEpisodes } from './episodes.ts';
import { type BackupFileFact, type FileKind, seriesKey, usableFiles } from './files.ts';
import { type FleetEvent, isRaised, tallyFleet } from './fleet.ts';
import { type ScoredFile, scoreFiles } from './scores.ts';
import { markSharedDrops } from './shared-drops.ts';

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
  /** Share of the data that does not shrink, if the rest shrinks as usual; null if that cannot be told. */
  unshrinkableShare: number | null;
  /** Verdict on the restore point in the file, where one is known. */
  malwareStatus: string | null;
  /** Files of this type until it was resolved, and the last of them. */
  files: number;
  lastAt: number;
  /**
   * Since when it is more than one odd night: of ENTROPY_SUSPECT at once, of others with the second file
   * in a row. Null: a notice,
   * as one in ten machines gives in a month.
   */
  confirmedAt: number | null;
  /** The second normal file in a row after it, or the one at which its level was the new normal; null while it is open. */
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

/** Files of many backups, given backup by backup; only what is remarkable is kept. */
export interface AnomalySearch {
  /** All files of one or more backups: those of one backup must come in one call. */
  add: (files: readonly BackupFileFact[]) => void;
  finish: () => EfficiencyAnomalies;
}

/** {@link searchAnomalies} over files that are all at hand. */
export function findEfficiencyAnomalies(files: readonly BackupFileFact[], zone = 'UTC'): EfficiencyAnomalies {
  const search = searchAnomalies(zone);
  search.add(files);
  return search.finish();
}

/**
 * Files that are unlike the files before them (METHODS 3.3): trailing scores of ln x (floor 0.02) and ln data (floor 0.05)
 * within one protected item, backup and kind. A drop of the reduction with a rise of the volume in one increment is how
 * encryption looks. Nothing is said about the first 8 files of a line. A rise that many machines share on one night is one
 * event of the fleet; what exceeds it is judged as ever. A drop that most machines of a backup share at their usual volume is
 * a setting.
 *
 * @param zone IANA zone in which a night begins and ends
 */
export function searchAnomalies(zone = 'UTC'): AnomalySearch {
  const fleet = tallyFleet(zone);
  const remarkable: ScoredFile[][] = [];
  let [series, tooShort] = [0, 0];
  const add = (files: readonly BackupFileFact[]) => {
    const items = Map.groupBy(usableFiles(files), ({ file }) => seriesKey(file)).values();
    for (const line of markSharedDrops([...items].flatMap(scoreFiles), fleet.nightOf)) {
      series += 1;
      if (line.every(({ ratio }) => ratio === null)) tooShort += 1;
      fleet.add(line);
      if (isRemarkable(line)) remarkable.push(line);
    }
  };
  const finish = () => {
    const events = fleet.events();
    const lines = remarkable.map((line) =>
      line.map((file) => withoutFleet(file, events.get(fleet.nightOf(file)))),
    );
    const anomalies = lines.flatMap(toEpisodes).sort(byTime);
    return { anomalies, fleetEvents: [...events.values()], series, tooShort };
  };
  return { add, finish };
}

/** A rise at normal reduction is the event's; any other is compared with what the event lets expect. */
function withoutFleet(file: ScoredFile, event: FleetEvent | undefined): ScoredFile {
  const { volume, kind } = file;
  if (!event || !volume || kind !== 'INCREMENT' || volume.z <= 0) return file;
  const rise = isRaised(file) ? Number.POSITIVE_INFINITY : Math.log(event.factor);
  const z = Math.max(0, volume.z - rise / volume.scale);
  return { ...file, volume: { ...volume, z, expected: volume.expected + Math.log(event.factor) } };
}

function byTime(a: EfficiencyAnomaly, b: EfficiencyAnomaly): number {
  return a.at - b.at || (a.backupFileId < b.backupFileId ? -1 : 1);
}
