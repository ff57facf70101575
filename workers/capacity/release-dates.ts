import { median } from 'simple-statistics';

export type StoredFile = {
  kind: 'FULL' | 'INCREMENT' | 'OTHER';
  /** Epoch milliseconds; null: not known. */
  createdAt: number | null;
  /** null: the source gives no size. */
  storedBytes: number | null;
  gfsPeriods: string[];
  objectIds: string[];
};

export type Retention = {
  kind: 'DAYS' | 'POINTS' | null;
  quantity: number | null;
  gfsWeeks: number | null;
  gfsMonths: number | null;
  gfsYears: number | null;
};

type Basis = 'RETENTION' | 'GFS' | 'ACTIVE_CHAIN' | 'NO_JOB' | 'UNKNOWN_RETENTION' | 'NO_DATE';

export type Release = {
  file: StoredFile;
  basis: Basis;
  /** When retention may release it, an estimate; null: see `basis`. */
  dueAt: number | null;
  /** Before this it cannot be deleted, an estimate; null: not immutable, or not known. */
  heldUntil: number | null;
};

export type Keeping = {
  /** 'none': no job owns the backup, so nobody deletes it; null: how long the job keeps it cannot be read. */
  retention: Retention | 'none' | null;
  /** Days that the repository keeps new files from being deleted; null: not known. */
  immutableDays: number | null;
};

type Chain = { files: Dated[]; last: number; isActive: boolean };
type Dated = StoredFile & { createdAt: number };

const DAY_MS = 86_400_000;

/**
 * When each file of a backup is released. A full and the increments on it go together, once none of them is needed: with
 * `Days`, so many days after the last of the chain; with `RestorePoints`, when that many newer points exist, at the usual
 * pace. The chain that still grows has no date. Fulls that GFS keeps stay longer. Immutability counts from the last file
 * of a chain, since each increment prolongs what it needs. Estimates all: the API gives neither date.
 * @see https://helpcenter.veeam.com/docs/backup/vsphere/retention_incremental.html
 * @see https://helpcenter.veeam.com/docs/backup/hyperv/hardened_repository.html
 */
export function releaseDates(files: readonly StoredFile[], keeping: Keeping): Release[] {
  const undated = files.filter(({ createdAt }) => createdAt === null);
  const dated = files.filter((file): file is Dated => file.createdAt !== null);
  const released = [...Map.groupBy(dated, seriesOf).values()].flatMap((own) => {
    const sorted = own.toSorted((a, b) => a.createdAt - b.createdAt);
    return toChains(sorted).flatMap((chain) =>
      chain.files.map((file) => release(file, chain, sorted, keeping)),
    );
  });
  return [
    ...released,
    ...undated.map(
      (file): Release => ({ file, basis: basisOf('NO_DATE', keeping), dueAt: null, heldUntil: null }),
    ),
  ];
}

/** Files with one machine each make a chain per machine; those with several, one for the whole backup. */
function seriesOf({ objectIds }: StoredFile): string {
  return objectIds.length === 1 ? String(objectIds[0]) : '';
}

function toChains(sorted: Dated[]): Chain[] {
  const chains: Dated[][] = [];
  for (const file of sorted) {
    const current = chains.at(-1);
    if (!current || file.kind === 'FULL') chains.push([file]);
    else current.push(file);
  }
  return chains.map((files, index) => ({
    files,
    last: (files.at(-1) as Dated).createdAt,
    isActive: index === chains.length - 1,
  }));
}

function release(file: Dated, chain: Chain, all: readonly Dated[], keeping: Keeping): Release {
  const { retention, immutableDays } = keeping;
  const gfs = retention === null || retention === 'none' ? null : gfsUntil(file, retention);
  const held = immutableDays ? Math.max(chain.last + immutableDays * DAY_MS, gfs ?? 0) : null;
  const answer = (basis: Basis, dueAt: number | null): Release => ({ file, basis, dueAt, heldUntil: held });
  if (retention === 'none') return answer('NO_JOB', null);
  if (retention === null || retention.kind === null || retention.quantity === null)
    return answer('UNKNOWN_RETENTION', null);
  if (chain.isActive) return answer('ACTIVE_CHAIN', null);
  if (isKeptByGfs(file) && gfs === null) return answer('UNKNOWN_RETENTION', null);
  const due = chainDue(chain, all, retention.kind, retention.quantity);
  if (due === null) return answer('NO_DATE', null);
  return gfs !== null && gfs > due ? answer('GFS', gfs) : answer('RETENTION', due);
}

function basisOf(basis: Basis, { retention }: Keeping): Basis {
  if (retention === 'none') return 'NO_JOB';
  return retention === null ? 'UNKNOWN_RETENTION' : basis;
}

function chainDue(
  chain: Chain,
  all: readonly Dated[],
  kind: 'DAYS' | 'POINTS',
  quantity: number,
): number | null {
  if (kind === 'DAYS') return chain.last + quantity * DAY_MS;
  const newer = all.filter(({ createdAt }) => createdAt > chain.last);
  const needed = newer[quantity - 1];
  if (needed) return needed.createdAt;
  const gaps = all.slice(1).map(({ createdAt }, index) => createdAt - (all[index] as Dated).createdAt);
  const newest = all.at(-1)?.createdAt;
  if (gaps.length === 0 || newest === undefined) return null;
  return newest + (quantity - newer.length) * median(gaps);
}

const isKeptByGfs = ({ kind, gfsPeriods }: StoredFile) => kind === 'FULL' && gfsPeriods.length > 0;

/** The end of the longest period that the file is kept for; null: of none, or one of unknown length. */
function gfsUntil(file: Dated, { gfsWeeks, gfsMonths, gfsYears }: Retention): number | null {
  if (!isKeptByGfs(file)) return null;
  const ends = file.gfsPeriods.map((period): number | null => {
    const word = period.toLowerCase();
    if (word === 'weekly') return gfsWeeks === null ? null : file.createdAt + gfsWeeks * 7 * DAY_MS;
    if (word === 'monthly') return gfsMonths === null ? null : addMonths(file.createdAt, gfsMonths);
    if (word === 'yearly') return gfsYears === null ? null : addMonths(file.createdAt, 12 * gfsYears);
    return null;
  });
  const known = ends.filter((end) => end !== null);
  return known.length < ends.length ? null : Math.max(...known);
}

/** The same day of a later month, or its last one. */
function addMonths(at: number, months: number): number {
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
