/** Where a number comes from: seen here, borrowed from similar things, assumed by default, or not known at all. */
type Basis = 'measured' | 'pooled' | 'assumed' | 'none';

/** A number with what it rests on (METHODS 3.0 P11). `value` null is "not known" and is never replaced by 0. */
export interface Evidence {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  basis: Basis;
  /** Epoch milliseconds of the newest observation or of the analysis. */
  asOf: number | null;
  reasons: readonly string[];
}

/** Evidence object with the range put into order; a value that is not finite becomes unknown, with a reason. */
export function evidence(given: Omit<Evidence, 'reasons'> & { reasons?: readonly string[] }): Evidence {
  const reasons = given.reasons ?? [];
  if (given.value === null) return { ...given, reasons };
  if (!Number.isFinite(given.value))
    return unknownEvidence([...reasons, 'the value is not a finite number'], given.asOf);
  const low = given.low === null ? null : Math.min(given.low, given.value);
  const high = given.high === null ? null : Math.max(given.high, given.value);
  return { ...given, low, high, reasons };
}

/** What is left when nothing could be measured: null in every number, and why. */
export function unknownEvidence(reasons: readonly string[], asOf: number | null = null): Evidence {
  return { value: null, low: null, high: null, n: 0, basis: 'none', asOf, reasons };
}
