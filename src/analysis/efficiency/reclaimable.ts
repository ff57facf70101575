import type { FileKind } from './files.ts';
import type { BackupHolding, BackupOwner, ItemHolding } from './holdings.ts';
import { annualCost } from './reduction.ts';

/** In the order in which they claim bytes. */
const RECLAIMABLE_CATEGORIES = [
  'ORPHANED',
  'DISABLED_JOB',
  'DOUBLY_PROTECTED',
  'OVER_RETAINED',
  'BELOW_PEERS',
] as const;
type ReclaimableCategory = (typeof RECLAIMABLE_CATEGORIES)[number];

/** Space that could be had back, and from whom. Policy may want it kept: `caution` says what to ask first. */
export interface ReclaimableItem {
  category: ReclaimableCategory;
  owner: BackupOwner;
  /** The protected item concerned, where it is one. */
  workloadId: string | null;
  /** Of BELOW_PEERS. */
  kind: FileKind | null;
  /** What this item adds to the total. */
  bytes: number;
  /** What would be had back if it were the only one; `bytes` and what earlier categories have claimed already. */
  grossBytes: number;
  overlapBytes: number;
  /** Of `bytes`, per year. */
  annualCost: number;
  reason: string;
  caution: string;
  /** Numbers and ids behind the reason. */
  evidence: Record<string, number | string | null>;
}

export interface Reclaimable {
  /** Most bytes first. */
  items: ReclaimableItem[];
  /** Sum of `bytes`: no byte is in it twice. */
  totalBytes: number;
  totalAnnualCost: number;
  byCategory: Record<ReclaimableCategory, { items: number; bytes: number; grossBytes: number }>;
}

/** Share of the bytes of one kind in a backup that peers would not need, 0 to 0.5 (see `rateReduction`). */
export interface PeerShortfall {
  backupId: string;
  kind: FileKind;
  share: number;
  x: number;
  xRef: number;
  refBasis: 'peers' | 'assumed';
}

interface Claim {
  category: ReclaimableCategory;
  owner: BackupOwner;
  workloadId?: string | null;
  kind?: FileKind;
  bytes: number;
  grossBytes: number;
  reason: string;
  evidence: ReclaimableItem['evidence'];
}

const CAUTIONS: Readonly<Record<ReclaimableCategory, string>> = {
  ORPHANED:
    'May be kept on purpose (legal hold, machines retired, a job that was rebuilt). Ask before deleting; immutable files cannot be deleted yet.',
  DISABLED_JOB:
    'The job may be paused for a while or keep the last backups of retired machines. Ask its owner; points may be the only ones there are.',
  DOUBLY_PROTECTED:
    'Two jobs may be wanted: other site, other schedule, application owner. Check that the job kept covers all disks and has the retention needed.',
  OVER_RETAINED:
    'Retention may be waiting for a chain to complete, a lock or an immutability period, or points were kept by hand. Find out why before deleting.',
  BELOW_PEERS:
    'An estimate: data that are encrypted or compressed already cannot shrink. Check the job settings, delete nothing.',
};

/**
 * Bytes that could be had back, with their owners (METHODS 3.3). A file counts for the first category that claims it, in
 * the order of the categories; what later ones would claim again is shown as overlap. Sizes are those of
 * the files: with block cloning, or on an appliance, deleting them frees less.
 */
export function listReclaimable(
  holdings: readonly BackupHolding[],
  shortfalls: readonly PeerShortfall[] = [],
  pricePerTbYear?: number,
): Reclaimable {
  const spare = findSpares(holdings);
  const shortfallsOf = Map.groupBy(shortfalls, ({ backupId }) => backupId);
  const items = holdings
    .flatMap((holding) => [
      ...wholeClaims(holding),
      ...doubleClaims(holding, spare),
      ...retentionClaims(holding, spare),
      ...peerClaims(holding, spare, shortfallsOf.get(holding.owner.backupId) ?? []),
    ])
    .filter(({ grossBytes }) => grossBytes > 0)
    .map((claim) => toReclaimable(claim, pricePerTbYear))
    .sort((a, b) => b.bytes - a.bytes || (a.owner.backupId < b.owner.backupId ? -1 : 1));
  return { items, ...totals(items) };
}

/** Items that another job protects as well, and which backup is the better one. */
type Spares = ReadonlyMap<ItemHolding, { kept: BackupOwner; newestAt: number; points: number }>;

const DAY_MS = 86_400_000;
/** Newest points this close are as good as each other. */
const AS_NEW_MS = 3 * DAY_MS;

function findSpares(holdings: readonly BackupHolding[]): Spares {
  const primary = holdings.filter(({ owner }) => owner.role === 'PRIMARY' && owner.jobState === 'ENABLED');
  const places = primary.flatMap(({ owner, items }) => items.map((item) => ({ owner, item })));
  const spares = new Map<ItemHolding, { kept: BackupOwner; newestAt: number; points: number }>();
  for (const [workloadId, list] of Map.groupBy(places, ({ item }) => item.workloadId)) {
    if (workloadId === null || new Set(list.map(({ owner }) => owner.jobId)).size < 2) continue;
    const newestAt = Math.max(...list.map(({ item }) => item.newestAt));
    const current = list.filter(({ item }) => newestAt - item.newestAt <= AS_NEW_MS);
    const best = current.reduce((a, b) => (isBetter(b.item, a.item) ? b : a));
    for (const { owner, item } of list) {
      // Backups of the job that is kept are one protection, also after it moved to another repository.
      if (owner.jobId === best.owner.jobId) continue;
      spares.set(item, { kept: best.owner, newestAt: best.item.newestAt, points: best.item.points });
    }
  }
  return spares;
}

/** The longer history is kept, then the larger: what could be had back is rather told too small. */
function isBetter(a: ItemHolding, b: ItemHolding): boolean {
  return a.points > b.points || (a.points === b.points && a.bytes > b.bytes);
}

function wholeClaims({ owner, items }: BackupHolding): Claim[] {
  const category = wholeCategory(owner);
  if (category === null) return [];
  const bytes = sum(items.map((item) => item.bytes));
  const newestAt = Math.max(...items.map((item) => item.newestAt));
  const reason =
    category === 'ORPHANED'
      ? 'No job owns this backup: nothing adds to it and no retention removes from it.'
      : 'The job is disabled: its backups stay as they are and no retention removes from them.';
  const evidence = { items: items.length, points: sum(items.map(({ points }) => points)), newestAt };
  return [{ category, owner, bytes, grossBytes: bytes, reason, evidence }];
}

function wholeCategory({ jobState }: BackupOwner): 'ORPHANED' | 'DISABLED_JOB' | null {
  if (jobState === 'MISSING') return 'ORPHANED';
  return jobState === 'DISABLED' ? 'DISABLED_JOB' : null;
}

function doubleClaims({ owner, items }: BackupHolding, spare: Spares): Claim[] {
  return items.flatMap((item) => {
    const other = spare.get(item);
    if (!other) return [];
    const isLeftBehind = other.newestAt - item.newestAt > AS_NEW_MS;
    return [
      {
        category: 'DOUBLY_PROTECTED' as const,
        owner,
        workloadId: item.workloadId,
        bytes: item.bytes,
        grossBytes: item.bytes,
        reason: isLeftBehind
          ? 'Another job protects the same workload now, and this one has stopped doing so.'
          : 'Two primary jobs protect the same workload; the other has at least as long a history.',
        evidence: {
          keptJobId: other.kept.jobId,
          keptBackupId: other.kept.backupId,
          keptPoints: other.points,
          points: item.points,
          newestAt: item.newestAt,
        },
      },
    ];
  });
}

function retentionClaims({ owner, items }: BackupHolding, spare: Spares): Claim[] {
  const isClaimed = wholeCategory(owner) !== null;
  const beyond = (item: ItemHolding) => item.overRetainedByKind.FULL + item.overRetainedByKind.INCREMENT;
  const grossBytes = sum(items.map(beyond));
  const bytes = isClaimed ? 0 : sum(items.filter((item) => !spare.has(item)).map(beyond));
  const reason = 'Older than the retention of the job, and no GFS mark or later point needs it.';
  const evidence = {
    files: sum(items.map(({ overRetainedFiles }) => overRetainedFiles)),
    retentionUnit: owner.retention?.unit ?? null,
    retentionQuantity: owner.retention?.quantity ?? null,
  };
  return [{ category: 'OVER_RETAINED', owner, bytes, grossBytes, reason, evidence }];
}

function peerClaims(
  { owner, items }: BackupHolding,
  spare: Spares,
  shortfalls: readonly PeerShortfall[],
): Claim[] {
  const left = wholeCategory(owner) === null ? items.filter((item) => !spare.has(item)) : [];
  return shortfalls.map(({ kind, share, x, xRef, refBasis }) => ({
    category: 'BELOW_PEERS' as const,
    owner,
    kind,
    bytes: share * sum(left.map((item) => item.bytesByKind[kind] - item.overRetainedByKind[kind])),
    grossBytes: share * sum(items.map((item) => item.bytesByKind[kind])),
    reason:
      refBasis === 'peers'
        ? 'Files shrink less than those of most jobs of the same platform.'
        : 'Files shrink less than to half, which is assumed where there are too few peers: in no total.',
    evidence: { x, xRef, refBasis, share },
  }));
}

function toReclaimable(claim: Claim, pricePerTbYear: number | undefined): ReclaimableItem {
  const { bytes, grossBytes, category } = claim;
  return {
    ...claim,
    workloadId: claim.workloadId ?? null,
    kind: claim.kind ?? null,
    overlapBytes: grossBytes - bytes,
    annualCost: annualCost(bytes, pricePerTbYear),
    caution: CAUTIONS[category],
  };
}

function totals(items: readonly ReclaimableItem[]): Omit<Reclaimable, 'items'> {
  const byCategory = Object.fromEntries(
    RECLAIMABLE_CATEGORIES.map((category) => {
      const list = items.filter((item) => item.category === category);
      const grossBytes = sum(list.map((item) => item.grossBytes));
      return [category, { items: list.length, bytes: sum(list.map(({ bytes }) => bytes)), grossBytes }];
    }),
  ) as Reclaimable['byCategory'];
  return {
    byCategory,
    totalBytes: sum(items.map(({ bytes }) => bytes)),
    totalAnnualCost: sum(items.map((item) => item.annualCost)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
