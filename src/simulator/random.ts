/**
 * Deterministic pseudo-random values by hashing: the same arguments always give the same value, so that nothing has to
 * be stored. The mixing is the finaliser of MurmurHash3.
 * @see https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export function hash(seed: number, a: number, b = 0, c = 0): number {
  let h = mix(seed ^ 0x9e3779b9);
  h = mix(h ^ a);
  h = mix((h + Math.imul(b, 0x85ebca6b)) | 0);
  h = mix((h ^ Math.imul(c + 0x165667b1, 0xc2b2ae35)) | 0);
  return h >>> 0;
}

/** A value in [0, 1). */
export const unit = (seed: number, a: number, b = 0, c = 0): number => hash(seed, a, b, c) / 0x1_0000_0000;

/** A whole number from `low` to `high`, both included. */
export const whole = (low: number, high: number, seed: number, a: number, b = 0, c = 0): number =>
  low + Math.floor(unit(seed, a, b, c) * (high - low + 1));

/** Standard normal, cut at three sigma (Box-Muller). */
export function normal(seed: number, a: number, b = 0, c = 0): number {
  const u = 1 - unit(seed, a, b, c);
  const v = unit(seed ^ 0x5bd1e995, a, b, c);
  return Math.max(-3, Math.min(3, Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)));
}

export function pick<T>(values: readonly T[], seed: number, a: number, b = 0, c = 0): T {
  const value = values[Math.floor(unit(seed, a, b, c) * values.length)];
  if (value === undefined) throw new RangeError('nothing to pick from');
  return value;
}

/** A number from a text, for seeds and salts (FNV-1a). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
