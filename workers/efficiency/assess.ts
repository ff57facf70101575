import { type BackupFileFact, type FileKind, usableFiles } from '../../src/analysis/efficiency-files.ts';
import { changeRate, type Reduction, reductionOf } from '../../src/analysis/efficiency-reduction.ts';
import { dailyReduction, type ReductionTrend, reductionTrend } from '../../src/analysis/efficiency-trend.ts';
import type { Context } from '../shared/facts.ts';
import type { OwnersFiles } from './files.ts';
import type { Owner } from './owners.ts';
import type { Place } from './places.ts';

const DAY_MS = 86_400_000;
export const KINDS = ['FULL', 'INCREMENT'] as const;

export type KindOfFiles = {
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
  const earlier = between(counted, sourceNow.getTime());
  const of = (kind: FileKind): KindOfFiles => ({
    reduction: reductionOf(counted, kind),
    trend: reductionTrend(dailyReduction(usable, kind)),
    earlierFactor: isAllHidden ? null : reductionOf(earlier, kind).x,
  });
  return {
    owner,
    repositoryIds: [...new Set(owner.backups.flatMap(({ repositoryId }) => repositoryId ?? []))].sort(),
    byKind: { FULL: of('FULL'), INCREMENT: of('INCREMENT') },
    all: withHidden(reductionOf(counted), away),
    earlierFactor: isAllHidden ? null : reductionOf(earlier).x,
    changeRate: changeRate(counted),
    notMeasurable: isAllHidden ? ([...hidden.values()][0] ?? null) : null,
  };
}

function between(files: readonly BackupFileFact[], now: number): BackupFileFact[] {
  return files.filter(({ createdAt }) => createdAt >= now - 60 * DAY_MS && createdAt < now - 30 * DAY_MS);
}

const withHidden = (reduction: Reduction, away: number): Reduction =>
  away === 0 ? reduction : { ...reduction, excluded: { ...reduction.excluded, ON_APPLIANCE: away } };
