import {
  type BackupFileFact,
  type FileReading,
  readFile,
  seriesKey,
} from '../../src/analysis/efficiency/files.ts';
import type { OwnersFiles } from './files.ts';
import type { Owner } from './owners.ts';

const NORMAL_FILES = 2;

/** Files of one owner whose percentages contradict their sizes, so that one of them is in another unit than believed. */
export type Mismatch = {
  owner: Owner;
  /** The oldest of them. */
  first: BackupFileFact;
  lastAt: number;
  files: number;
  ofFiles: number;
  /** When two that agree had followed the last one; null: not yet. */
  resolvedAt: number | null;
};

/** null: the files that exist agree with themselves. */
export function findMismatch({ owner, present }: OwnersFiles): Mismatch | null {
  const readings = present
    .map(readFile)
    .filter(({ excluded }) => excluded === null)
    .toSorted((a, b) => a.file.createdAt - b.file.createdAt);
  const contrary = readings.filter(({ isUnitMismatch }) => isUnitMismatch);
  const [first, last] = [contrary[0], contrary.at(-1)];
  if (!first || !last) return null;
  return {
    owner,
    first: first.file,
    lastAt: last.file.createdAt,
    files: contrary.length,
    ofFiles: readings.length,
    resolvedAt: resolution(readings, last),
  };
}

function resolution(readings: readonly FileReading[], last: FileReading): number | null {
  const after = readings.filter(
    ({ file }) => file.createdAt > last.file.createdAt && seriesKey(file) === seriesKey(last.file),
  );
  return after[NORMAL_FILES - 1]?.file.createdAt ?? null;
}
