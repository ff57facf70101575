import type { ScoredFile } from './scores.ts';

/** What speaks for data that do not shrink having been added to the usual change. */
export interface Suspicion {
  /** Share of the increment that does not shrink, if the rest shrinks as usual; 0 to 1. */
  share: number;
  /** Log-likelihood of "the usual change, and that added to it" over "as much as usual, of another kind". */
  likelihood: number;
}

/** METHODS 3.3: a drop and a rise, each by itself. */
const FLAG_AT = 3.5;
/** Smaller shares are nights with a film or an installer in them. */
const LEAST_SHARE = 0.3;
/** A rise that hides in the noise: the likelihood it takes beside a drop, beside a clear one, and over several. */
const LIKELY = 2;
const CLEAR_DROP = 5;
const LIKELY_IF_CLEAR = 1;
const LIKELY_TOGETHER = 0.4;
/** Beyond, a log-normal volume is too strict: heavy tails. */
const TAIL_AT = 2.5;
/** Data that hardly shrink at all cannot shrink less. */
const LEAST_X = 1.02;

/**
 * Whether an increment looks like encryption: its reduction drops and its volume rises (METHODS 3.3), and the drop is more
 * than a file or two would make. A rise that hides in the noise is enough where the drop is clear and the volume fits
 * "the usual change and something added" better than "other data"; increments in a row add up. Where most
 * machines of the backup drop alike, a setting was changed, and only a rise by itself speaks for more.
 *
 * @param before sum of the likelihoods of the clear drops right before; null where there is none
 */
export function isSuspect(
  { ratio, volume, kind, isSharedDrop }: ScoredFile,
  now: Suspicion | null,
  before: number | null,
): boolean {
  if (kind !== 'INCREMENT' || !ratio || !volume || !now || now.share < LEAST_SHARE) return false;
  if (ratio.z <= -FLAG_AT && volume.z >= FLAG_AT) return true;
  if (isSharedDrop) return false;
  if (ratio.z <= -FLAG_AT && now.likelihood >= LIKELY) return true;
  if (!isClearDrop(ratio.z)) return false;
  return before === null ? now.likelihood >= LIKELY_IF_CLEAR : before + now.likelihood >= LIKELY_TOGETHER;
}

/** Whether the reduction dropped so far that it alone is beyond doubt. */
export function isClearDrop(z: number): boolean {
  return z <= -CLEAR_DROP;
}

/** See {@link Suspicion}; null for a file without scores. */
export function suspicionOf({ ratio, volume, dataBytes, storedBytes }: ScoredFile): Suspicion | null {
  if (!ratio || !volume) return null;
  const usual = Math.exp(ratio.expected);
  if (usual < LEAST_X) return { share: 0, likelihood: 0 };
  const added = (storedBytes - dataBytes / usual) / (1 - 1 / usual);
  const share = Math.min(0.97, Math.max(0, added / dataBytes));
  const zRest = volume.z + Math.log(1 - share) / volume.scale;
  return { share, likelihood: unlikeliness(volume.z) - unlikeliness(zRest) };
}

/** −ln of a normal density, straight in the tails (Huber). */
function unlikeliness(z: number): number {
  const size = Math.abs(z);
  return size < TAIL_AT ? (size * size) / 2 : TAIL_AT * size - (TAIL_AT * TAIL_AT) / 2;
}
