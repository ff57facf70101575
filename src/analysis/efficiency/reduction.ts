import { quantileSorted } from 'simple-statistics';
import { type BackupFileFact, type FileKind, readFile, seriesKey, usableFiles } from './files.ts';

export type ReductionKind = FileKind | 'ALL';

/** How much smaller the files are than the data in them: sums over a set of files. Sizes in bytes. */
export interface Reduction {
  kind: ReductionKind;
  files: number;
  /** Files left out, by reason. */
  excluded: Record<string, number>;
  unitMismatches: number;
  dataBytes: number;
  storedBytes: number;
  /** Σ data / Σ stored; null without files. */
  x: number | null;
  /** 100·(1 − 1/x); negative where files are larger than their data. */
  reductionPercent: number | null;
}

/** What a group of files is compared with. */
export interface Peers {
  x: number;
  basis: 'peers' | 'assumed';
  /** Groups that it was taken from; 0 if assumed. */
  n: number;
}

export interface PeerGroup {
  platform: string;
  kind: ReductionKind;
  /** Null is left out: not measurable. */
  x: number | null;
}

/** Reduction against peers. All null, with the reason, where files do not show what the storage does. */
export interface Rating {
  xRef: number | null;
  refBasis: Peers['basis'] | null;
  /** 0 to 100, linear in bytes saved. */
  score: number | null;
  /** Bytes less on disk now, if the files shrank as those of the peers do; half of them at most. */
  potentialBytes: number | null;
  /** Of the potential, in the currency of the price. */
  annualCost: number | null;
  notMeasurableReason: string | null;
}

const FEWEST_PEERS = 5;
const ASSUMED_X = 2;
const [LEAST_X, MOST_X] = [1.2, 5];
const MOST_POTENTIAL = 0.5;
const GIB = 2 ** 30;
/** Per TiB and year; METHODS 3.3. */
const DEFAULT_PRICE_PER_TB_YEAR = 100;

/** Appliances that shrink what is written to them: what Veeam counts is before that. */
const APPLIANCES = /^(DellDataDomain|DDBoost|HPE?StoreOnce|ExaGrid|Quantum|Infinidat|Fujitsu)/i;

/**
 * Ratio of sums over the files of one kind, or of both (METHODS 3.3). The mean of ratios would let one small file that
 * shrinks well stand for all.
 */
export function reductionOf(files: readonly BackupFileFact[], kind: ReductionKind = 'ALL'): Reduction {
  const usable = usableFiles(files).filter((file) => kind === 'ALL' || file.kind === kind);
  const dataBytes = sum(usable.map((file) => file.dataBytes));
  const storedBytes = sum(usable.map((file) => file.storedBytes));
  const x = usable.length > 0 ? dataBytes / storedBytes : null;
  return {
    kind,
    files: usable.length,
    ...leftOut(files, kind),
    dataBytes,
    storedBytes,
    x,
    reductionPercent: x === null ? null : 100 * (1 - 1 / x),
  };
}

/**
 * Share of the data that an increment holds: Σ data of increments / Σ data of the full that each belongs to, which is the
 * newest before it, or the first after it where fulls are moved forward (reverse increments). Null without such a pair.
 */
export function changeRate(files: readonly BackupFileFact[]): number | null {
  let changed = 0;
  let whole = 0;
  for (const series of Map.groupBy(usableFiles(files), ({ file }) => seriesKey(file)).values()) {
    const fulls = series.filter(({ kind }) => kind === 'FULL');
    for (const { kind, file, dataBytes } of series) {
      if (kind !== 'INCREMENT') continue;
      const full = fulls.findLast((one) => one.file.createdAt <= file.createdAt) ?? fulls[0];
      if (!full) continue;
      changed += dataBytes;
      whole += full.dataBytes;
    }
  }
  return whole > 0 ? changed / whole : null;
}

/** 75th percentile of x among the groups of the same platform and kind, at least 5; else 2.0, assumed. Within 1.2 to 5. */
export function peerReference(groups: readonly PeerGroup[], platform: string, kind: ReductionKind): Peers {
  const values = groups
    .filter((group) => group.platform === platform && group.kind === kind)
    .flatMap(({ x }) => (x !== null && Number.isFinite(x) && x > 0 ? [x] : []))
    .sort((a, b) => a - b);
  if (values.length < FEWEST_PEERS) return { x: ASSUMED_X, basis: 'assumed', n: 0 };
  const x = Math.min(MOST_X, Math.max(LEAST_X, quantileSorted(values, 0.75)));
  return { x, basis: 'peers', n: values.length };
}

/**
 * Score, potential and its cost against peers. `repositoryType` as the source names it; null if not known, which is
 * taken as measurable.
 */
export function rateReduction(
  { x, storedBytes }: Pick<Reduction, 'x' | 'storedBytes'>,
  peers: Peers,
  options: { repositoryType?: string | null; pricePerTbYear?: number } = {},
): Rating {
  const reason =
    notMeasurableReason(options.repositoryType ?? null) ?? (x === null ? 'no file counts' : null);
  if (reason !== null || x === null) return unrated(reason);
  const potentialBytes = Math.min(MOST_POTENTIAL, Math.max(0, 1 - x / peers.x)) * storedBytes;
  return {
    xRef: peers.x,
    refBasis: peers.basis,
    score: reductionScore(x, peers.x),
    potentialBytes,
    annualCost: annualCost(potentialBytes, options.pricePerTbYear),
    notMeasurableReason: null,
  };
}

/** 100·min(1, (1 − 1/x)/(1 − 1/xRef)), 0 where files are larger than their data. */
export function reductionScore(x: number, xRef: number): number {
  return 100 * Math.min(1, Math.max(0, (1 - 1 / x) / (1 - 1 / xRef)));
}

/** What bytes cost in a year: GiB / 1024 · price. */
export function annualCost(bytes: number, pricePerTbYear: number = DEFAULT_PRICE_PER_TB_YEAR): number {
  return (bytes / GIB / 1024) * pricePerTbYear;
}

/** Why the files on such a repository do not show what they take; null where they do (KB2186). */
export function notMeasurableReason(repositoryType: string | null): string | null {
  if (repositoryType === null || !APPLIANCES.test(repositoryType)) return null;
  return `${repositoryType} reduces data itself: the size of the files is before that`;
}

/**
 * Bytes that block cloning saves on a repository: size of its files less what is used on its volume. Null where that is
 * not positive, or one of the numbers is not known.
 */
export function fastCloneSavingBytes(
  usedBytes: number | null,
  capacityBytes: number | null,
  freeBytes: number | null,
): number | null {
  if (usedBytes === null || capacityBytes === null || freeBytes === null || capacityBytes <= 0) return null;
  const saving = usedBytes - (capacityBytes - freeBytes);
  return saving > 0 ? saving : null;
}

function leftOut(
  files: readonly BackupFileFact[],
  kind: ReductionKind,
): Pick<Reduction, 'excluded' | 'unitMismatches'> {
  const excluded: Record<string, number> = {};
  let unitMismatches = 0;
  for (const reading of files.map(readFile)) {
    if (kind !== 'ALL' && reading.kind !== kind) continue;
    if (reading.isUnitMismatch) unitMismatches += 1;
    if (reading.excluded) excluded[reading.excluded] = (excluded[reading.excluded] ?? 0) + 1;
  }
  return { excluded, unitMismatches };
}

/** A rating of what cannot be measured. */
export function unrated(notMeasurableReason: string | null): Rating {
  return {
    xRef: null,
    refBasis: null,
    score: null,
    potentialBytes: null,
    annualCost: null,
    notMeasurableReason,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
