import type { RestorePoint } from './points.ts';

/**
 * ESTIMATED: creation plus the days of the repository. EXPIRY: the source says when the point expires, and nobody can delete
 * it before. UNLOCKED: likewise, but an administrator can switch that off. NONE: it protects nothing. UNKNOWN: that cannot be
 * read.
 */
type ImmutabilityBasis = 'ESTIMATED' | 'EXPIRY' | 'UNLOCKED' | 'NONE' | 'UNKNOWN';

/** Protection of all points of a vault until they expire; null: the vault does not say. */
export type VaultImmutability = 'Disabled' | 'Unlocked' | 'Locked' | null;

export interface Immutability {
  /** Estimated end, epoch milliseconds; null: not immutable, or not known. Never a promise: see `reasons`. */
  until: number | null;
  isImmutableNow: boolean | null;
  basis: ImmutabilityBasis;
  reasons: string[];
}

const DAY_MS = 86_400_000;

/**
 * How long a point cannot be deleted, as an estimate: the API gives the days of the repository, not the expiry of a point
 * (contract 11, item 4). `immutableDays`: 0 is not immutable, null not readable. It errs to the early side: flags of
 * grandfather-father-son points, later points of the chain and block generations of object storage extend it, and a copy is
 * written later than the time it bears.
 */
export function estimateImmutability(
  point: RestorePoint | null,
  immutableDays: number | null,
  now: number,
): Immutability {
  if (point === null)
    return { until: null, isImmutableNow: false, basis: 'NONE', reasons: ['there is no point to protect'] };
  if (immutableDays === null)
    return { until: null, isImmutableNow: null, basis: 'UNKNOWN', reasons: ['the setting is not readable'] };
  if (!(immutableDays > 0))
    return {
      until: null,
      isImmutableNow: false,
      basis: 'NONE',
      reasons: ['the repository is not immutable'],
    };
  const until = point.createdAt + immutableDays * DAY_MS;
  const reasons = [
    `estimated: creation plus ${immutableDays} days; long-term points, the chain and block generations may extend it`,
  ];
  return { until, isImmutableNow: until > now, basis: 'ESTIMATED', reasons };
}

/**
 * How long a point of a vault cannot be deleted: until it expires, if the vault is immutable. While that can be switched off
 * again it is no proof, so that `isImmutableNow` is not known. Soft delete is none of this: it delays, and ends by itself.
 */
export function vaultImmutability(
  point: RestorePoint | null,
  state: VaultImmutability,
  now: number,
): Immutability {
  if (point === null || state === null || state === 'Disabled')
    return estimateImmutability(point, state === null ? null : 0, now);
  const until = point.expiresAt ?? null;
  if (state === 'Unlocked')
    return {
      until: null,
      isImmutableNow: null,
      basis: 'UNLOCKED',
      reasons: ['the vault is immutable, but not locked: an administrator can switch that off again'],
    };
  if (until === null)
    return {
      until,
      isImmutableNow: null,
      basis: 'UNKNOWN',
      reasons: ['the vault is immutable and locked; the source does not say when the point expires'],
    };
  return { until, isImmutableNow: until > now, basis: 'EXPIRY', reasons: ['until it expires'] };
}
