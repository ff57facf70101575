import type { EvidenceRef } from '../risk/hazard.ts';

/** One place that holds the data of a workload. Null is "not known", never false. */
export interface CopyEvidence {
  ref: EvidenceRef;
  /** The machine itself, or a copy of it. */
  role: 'PRODUCTION' | 'COPY';
  /** Two chains on one volume are one place. */
  locationId: string | null;
  /** Kind of storage: disk, object storage, tape, deduplication appliance, replica … */
  mediaKind: string | null;
  isOffsite: boolean | null;
  isImmutable: boolean | null;
  /** Epoch milliseconds; null: no end is known. */
  immutableUntil: number | null;
  isOffline: boolean | null;
  /** Newest restore point there, epoch milliseconds; of the machine itself, when it was last seen. */
  newestAt: number | null;
  /** false: damaged, infected or incomplete. */
  isUsable: boolean | null;
}

/** A look at whether the data come back: a restore, SureBackup, a content scan, a health check, a verdict on the point. */
export interface VerificationEvidence {
  ref: EvidenceRef;
  /** Epoch milliseconds. */
  at: number;
  outcome: 'PASSED' | 'FAILED';
  /** Whether the point that was looked at, or the chain that it was part of, is still there; left out: it is. */
  isHeld?: boolean;
}

/** What the source said it has, however many of the rows are here. */
interface Census {
  ref: EvidenceRef;
  /** Rows that a complete listing had; null: not listed, or not completely. */
  copies: number | null;
  verifications: number | null;
}

export interface ComplianceEvidence {
  copies: readonly CopyEvidence[];
  verifications: readonly VerificationEvidence[];
  census: Census | null;
  /** Other sources that may hold copies and were not read, in sentences; left out: none. */
  unread?: readonly string[];
  /** What says now that the newest restore point is infected, suspicious or damaged: no test outweighs it. */
  found?: readonly EvidenceRef[];
  /** When the last digit "0" was broken, from an earlier assessment: only a later success mends it. */
  lastBrokenAt?: number | null;
}

export interface ComplianceOptions {
  /** Days after which a copy without a newer restore point no longer counts. */
  copyDays: number;
  /** Days that a passed verification proves. */
  verificationDays: number;
}

export const COMPLIANCE_DEFAULTS: ComplianceOptions = { copyDays: 7, verificationDays: 90 };

/** Three-valued and: false if any is false, else null if any is not known. */
export function allOf(...values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}

/** Three-valued or: true if any is true, else null if any is not known. */
export function anyOf(...values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(true)) return true;
  return values.includes(null) ? null : false;
}
