import type { FileKind } from '../../src/analysis/efficiency/files.ts';
import {
  annualCost,
  type PeerGroup,
  type Peers,
  peerReference,
  type Rating,
  type Reduction,
  rateReduction,
  reductionScore,
  unrated,
} from '../../src/analysis/efficiency/reduction.ts';
import type { ReductionTrend } from '../../src/analysis/efficiency/trend.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import { type Assessed, KINDS } from './assess.ts';

export type Rated = {
  assessed: Assessed;
  byKind: Record<FileKind, Rating & { peers: number }>;
  all: Rating & { peers: number };
};

type JobRow = Omit<BulkRow<'job_efficiency'>, 'source_id' | 'run_id'>;

/** Each owner against the others of its platform, fulls with fulls and increments with increments. */
export function rateAll(assessed: readonly Assessed[], pricePerTbYear: number): Rated[] {
  const groups = assessed.flatMap((one) =>
    KINDS.map(
      (kind): PeerGroup => ({
        platform: platformOf(one),
        kind,
        x: one.notMeasurable === null ? one.byKind[kind].reduction.x : null,
      }),
    ),
  );
  const toKey = (platform: string, kind: PeerGroup['kind']) => `${platform}\u0000${kind}`;
  const alike = Map.groupBy(groups, ({ platform, kind }) => toKey(platform, kind));
  const references = new Map<string, Peers>();
  const peersOf = (platform: string, kind: FileKind): Peers => {
    const key = toKey(platform, kind);
    const known = references.get(key) ?? peerReference(alike.get(key) ?? [], platform, kind);
    references.set(key, known);
    return known;
  };
  return assessed.map((one) => {
    const rate = (kind: FileKind) => {
      const peers = peersOf(platformOf(one), kind);
      return { ...rateKind(one, kind, peers, pricePerTbYear), peers: peers.n };
    };
    const byKind = { FULL: rate('FULL'), INCREMENT: rate('INCREMENT') };
    return { assessed: one, byKind, all: rateBoth(one, byKind, pricePerTbYear) };
  });
}

/** Where the platform is not known there are no peers. */
const platformOf = ({ owner }: Assessed) => owner.platform ?? `unknown ${owner.ownerId}`;

function rateKind(one: Assessed, kind: FileKind, peers: Peers, pricePerTbYear: number): Rating {
  if (one.notMeasurable !== null) return unrated(one.notMeasurable);
  return rateReduction(one.byKind[kind].reduction, peers, { pricePerTbYear });
}

/** Both kinds together: the potential is their sum, and the reference the factor that the data would have at theirs. */
function rateBoth(one: Assessed, byKind: Rated['byKind'], pricePerTbYear: number): Rated['all'] {
  const { dataBytes, x } = one.all;
  const rated = KINDS.filter((kind) => byKind[kind].xRef !== null);
  if (one.notMeasurable !== null || x === null || rated.length === 0)
    return { ...unrated(one.notMeasurable ?? 'no file counts'), peers: 0 };
  const wouldStore = sum(
    rated.map((kind) => one.byKind[kind].reduction.dataBytes / (byKind[kind].xRef as number)),
  );
  const xRef = dataBytes / wouldStore;
  const potentialBytes = sum(rated.map((kind) => byKind[kind].potentialBytes ?? 0));
  return {
    xRef,
    refBasis: rated.every((kind) => byKind[kind].refBasis === 'peers') ? 'peers' : 'assumed',
    score: reductionScore(x, xRef),
    potentialBytes,
    annualCost: annualCost(potentialBytes, pricePerTbYear),
    notMeasurableReason: null,
    peers: Math.min(...rated.map((kind) => byKind[kind].peers)),
  };
}

/** Rows of one owner: one per kind that it has files of, and one for all. */
export function toJobRows({ assessed, byKind, all }: Rated): JobRow[] {
  const kinds = KINDS.filter((kind) => hasFiles(assessed.byKind[kind].reduction));
  return [
    ...kinds.map((kind) => {
      const { reduction, trend, earlierFactor } = assessed.byKind[kind];
      const rate = kind === 'INCREMENT' ? assessed.changeRate : null;
      return toRow(assessed, { reduction, trend, earlierFactor, rating: byKind[kind], changeRate: rate });
    }),
    toRow(assessed, {
      reduction: assessed.all,
      trend: trendOfBoth(assessed),
      earlierFactor: assessed.earlierFactor,
      rating: all,
      changeRate: assessed.changeRate,
    }),
  ];
}

const hasFiles = ({ files, excluded }: Reduction) => files > 0 || Object.keys(excluded).length > 0;

/** That of the kind that degrades, else of the kind that takes more space, of those that have one. */
function trendOfBoth({ byKind }: Assessed): ReductionTrend {
  const bySize = KINDS.toSorted(
    (a, b) => byKind[b].reduction.storedBytes - byKind[a].reduction.storedBytes,
  ).map((kind) => byKind[kind].trend);
  return (
    bySize.find((trend) => trend.class === 'DEGRADING') ??
    bySize.find((trend) => trend.class !== 'INSUFFICIENT_DATA') ??
    (bySize[0] as ReductionTrend)
  );
}

type Part = {
  reduction: Reduction;
  trend: ReductionTrend;
  earlierFactor: number | null;
  rating: Rated['all'];
  changeRate: number | null;
};

function toRow(
  { owner, repositoryIds, notMeasurable }: Assessed,
  { reduction, trend, earlierFactor, rating, changeRate }: Part,
): JobRow {
  return {
    owner_id: owner.ownerId,
    kind: reduction.kind,
    owner_kind: owner.kind,
    name: owner.name,
    platform: owner.platform,
    repository_ids: repositoryIds,
    files: reduction.files,
    excluded_files: reduction.excluded,
    mismatched_files: reduction.unitMismatches,
    data_bytes: reduction.dataBytes,
    stored_bytes: reduction.storedBytes,
    factor: notMeasurable === null ? reduction.x : null,
    reduction_percent: notMeasurable === null ? reduction.reductionPercent : null,
    change_rate: changeRate,
    reference_factor: rating.xRef,
    reference_basis: rating.refBasis?.toUpperCase() ?? null,
    reference_peers: rating.xRef === null ? null : rating.peers,
    score: rating.score,
    potential_bytes: rating.potentialBytes,
    potential_cost: rating.annualCost,
    trend: trend.class,
    trend_percent: trend.percentPer30Days,
    trend_low: trend.low,
    trend_high: trend.high,
    trend_points: trend.n,
    factor_30_days_ago: earlierFactor,
    reason: notMeasurable ?? rating.notMeasurableReason,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
