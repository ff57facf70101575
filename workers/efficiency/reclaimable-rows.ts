import {
  listReclaimable,
  type PeerShortfall,
  type ReclaimableItem,
} from '../../src/analysis/efficiency/reclaimable.ts';
import { annualCost } from '../../src/analysis/efficiency/reduction.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import { KINDS } from './assess.ts';
import { type Held, isUnknownWorkload, type Span } from './holdings.ts';
import type { Rated } from './job-rows.ts';

type ItemRow = Omit<BulkRow<'reclaimable_space'>, 'source_id' | 'run_id'>;

export type ReclaimableRows = {
  rows: ItemRow[];
  bytes: number;
  cost: number;
  byCategory: Record<string, { items: number; bytes: number; counted_bytes: number; annual_cost: number }>;
};

/** What could be freed, whole bytes, and the sums of what is in the rows. */
export function toReclaimableRows(
  held: readonly Held[],
  rated: readonly Rated[],
  pricePerTbYear: number,
  nameOf: (workloadId: string) => string | null,
): ReclaimableRows {
  const byBackup = new Map(held.map((one) => [one.holding.owner.backupId, one]));
  const { items, byCategory } = listReclaimable(
    held.map(({ holding }) => holding),
    toShortfalls(rated),
    pricePerTbYear,
  );
  const rows = items.map((item) => toRow(item, byBackup.get(item.owner.backupId), pricePerTbYear, nameOf));
  const sums = Object.keys(byCategory).map((category) => {
    const own = rows.filter((row) => row.category === category);
    const counted = sum(own.map((row) => row.counted_bytes));
    return [
      category,
      {
        items: own.length,
        bytes: sum(own.map((row) => row.bytes ?? 0)),
        counted_bytes: counted,
        annual_cost: annualCost(counted, pricePerTbYear),
      },
    ] as const;
  });
  const bytes = sum(rows.map((row) => row.counted_bytes));
  return { rows, bytes, cost: annualCost(bytes, pricePerTbYear), byCategory: Object.fromEntries(sums) };
}

/** Half of all are below the middle of their peers: only what is far below is worth a look. */
const LEAST_SHARE = 0.2;

/** Each backup of an owner has the shortfall of its owner, who is compared with the others. */
function toShortfalls(rated: readonly Rated[]): PeerShortfall[] {
  return rated.flatMap(({ assessed, byKind }) =>
    KINDS.flatMap((kind) => {
      const { storedBytes, x } = assessed.byKind[kind].reduction;
      const { potentialBytes, xRef, refBasis } = byKind[kind];
      if (x === null || xRef === null || refBasis === null || potentialBytes === null) return [];
      const share = potentialBytes / storedBytes;
      if (share < LEAST_SHARE) return [];
      return assessed.owner.backups.map(({ backupId }) => ({ backupId, kind, share, x, xRef, refBasis }));
    }),
  );
}

function toRow(
  item: ReclaimableItem,
  held: Held | undefined,
  pricePerTbYear: number,
  nameOf: (workloadId: string) => string | null,
): ItemRow {
  const { owner, category, kind } = item;
  const workloadId = item.workloadId === null || isUnknownWorkload(item.workloadId) ? null : item.workloadId;
  const bytes = Math.round(item.grossBytes);
  // What is only assumed is worth a look and belongs into no total.
  const isAssumed = item.evidence.refBasis === 'assumed';
  const counted = isAssumed ? 0 : Math.min(bytes, Math.round(item.bytes));
  const span = spanOf(item, held);
  return {
    item_id: [category, owner.backupId, item.workloadId ?? kind].filter(Boolean).join(' '),
    category,
    owner_id: owner.jobId ?? owner.backupId,
    owner_name: owner.jobName ?? owner.backupName,
    backup_id: owner.backupId,
    workload_id: workloadId,
    workload_name: workloadId === null ? null : nameOf(workloadId),
    repository_id: owner.repositoryId,
    files: filesOf(item, span),
    bytes,
    counted_bytes: counted,
    annual_cost: annualCost(counted, pricePerTbYear),
    oldest_at: dateOf(span?.oldestAt),
    newest_at: dateOf(span?.newestAt),
    reason: item.reason,
    caution: item.caution,
  };
}

/** Of the files that the item is about; of those beyond retention only the whole backup's are known. */
function spanOf({ workloadId, kind }: ReclaimableItem, held: Held | undefined): Span | undefined {
  if (workloadId !== null) return held?.byWorkload.get(workloadId);
  return kind === null ? held?.whole : held?.byKind.get(kind);
}

function filesOf({ category, evidence }: ReclaimableItem, span: Span | undefined): number {
  return category === 'OVER_RETAINED' ? Number(evidence.files ?? 0) : (span?.files ?? 0);
}

const dateOf = (at: number | undefined) => (at === undefined || !Number.isFinite(at) ? null : new Date(at));
const sum = (values: readonly (number | string | bigint)[]) =>
  values.reduce<number>((total, value) => total + Number(value), 0);
