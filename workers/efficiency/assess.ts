import {
  type BackupFileFact,
  type FileKind,
  fileKind,
  type UsableFile,
  usableFiles,
} from '../../src/analysis/efficiency/files.ts';
import { changeRate, type Reduction, reductionOf } from '../../src/analysis/efficiency/reduction.ts';
import { dailyReduction, type ReductionTrend, reductionTrend } from '../../src/analysis/efficiency/trend.ts';
import type { Context } from '../shared/facts.ts';
import type { OwnersFiles } from './files.ts';
import type { Owner } from './owners.ts';
import type { Place } from './places.ts';

const DAY_MS = 86_400_000;
export const KINDS = ['FULL', 'INCREMENT'] as const;

type KindOfFiles = {
  reduction: Reduction;
  trend: ReductionTrend;
  /** Factor of the files made 30 to 60 days ago; null: there are none. */
  earlierFactor: number | null;
};

/** What the files of one owner say, without the files. */
export type Assessed = {
  owner: Owner;
  repositoryIds: string[];
  byKind: Record<FileKind, KindOfFiles>;
  all: Reduction;
  /** Factor of all files made 30 to 60 days ago. */
  earlierFactor: number | null;
  changeRate: number | null;
  /** Why the factor cannot be told; null: it can. */
  notMeasurable: string | null;
};

/** Sums and trends over the files of one owner. Where part of them lies on appliances, those do not count. */
export function assess(
  { owner, present, history }: OwnersFiles,
  places: ReadonlyMap<string, Place>,
  { sourceNow }: Pick<Context, 'sourceNow'>,
): Assessed {
  const hidden = new Map(
    owner.backups.flatMap(({ backupId, repositoryId }) => {
      const reason = places.get(repositoryId ?? '')?.notMeasurable;
      return reason ? [[backupId, reason] as const] : [];
    }),
  );
  const isHidden = ({ backupId }: BackupFileFact) => hidden.has(backupId);
  const isAllHidden = owner.backups.every(({ backupId }) => hidden.has(backupId));
  const counted = isAllHidden ? present : present.filter((file) => !isHidden(file));
  const away = present.length - counted.length;
  const usable = isAllHidden ? [] : usableFiles(history.filter((file) => !isHidden(file)));
  const earlier = usableFiles(isAllHidden ? [] : between(counted, sourceNow.getTime()));
  const byKind = Map.groupBy(counted, fileKind);
  const of = (kind: FileKind): KindOfFiles => ({
    reduction: reductionOf(byKind.get(kind) ?? [], kind),
    trend: reductionTrend(dailyReduction(usable, kind)),
    earlierFactor: factorOf(earlier.filter((file) => file.kind === kind)),
  });
  const [full, increment] = [of('FULL'), of('INCREMENT')];
  const others = reductionOf(byKind.get(null) ?? []);
  return {
    owner,
    repositoryIds: [...new Set(owner.backups.flatMap(({ repositoryId }) => repositoryId ?? []))].sort(),
    byKind: { FULL: full, INCREMENT: increment },
    all: withHidden(sumUp([full.reduction, increment.reduction, others]), away),
    earlierFactor: factorOf(earlier),
    changeRate: changeRate(counted),
    notMeasurable: isAllHidden ? ([...hidden.values()][0] ?? null) : null,
  };
}

function between(files: readonly BackupFileFact[], now: number): BackupFileFact[] {
  return files.filter(({ createdAt }) => createdAt >= now - 60 * DAY_MS && createdAt < now - 30 * DAY_MS);
}

/** Ratio of sums; null without files. */
function factorOf(files: readonly UsableFile[]): number | null {
  const sum = (of: (file: UsableFile) => number) => files.reduce((total, file) => total + of(file), 0);
  return files.length === 0 ? null : sum((file) => file.dataBytes) / sum((file) => file.storedBytes);
}

/** Sums over files of different kinds. */
function sumUp(parts: readonly Reduction[]): Reduction {
  const sum = (of: (part: Reduction) => number) => parts.reduce((total, part) => total + of(part), 0);
  const [dataBytes, storedBytes] = [sum((part) => part.dataBytes), sum((part) => part.storedBytes)];
  const files = sum((part) => part.files);
  const x = files > 0 ? dataBytes / storedBytes : null;
  const excluded: Record<string, number> = {};
  for (const part of parts)
    for (const [reason, count] of Object.entries(part.excluded))
      excluded[reason] = (excluded[reason] ?? 0) + count;
  return {
    kind: 'ALL',
    files,
    excluded,
    unitMismatches: sum((part) => part.unitMismatches),
    dataBytes,
    storedBytes,
    x,
    reductionPercent: x === null ? null : 100 * (1 - 1 / x),
  };
}

const withHidden = (reduction: Reduction, away: number): Reduction =>
  away === 0 ? reduction : { ...reduction, excluded: { ...reduction.excluded, ON_APPLIANCE: away } };
