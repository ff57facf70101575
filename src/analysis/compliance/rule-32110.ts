import { DAY_MS } from '../risk/hazard.ts';
import { countDigit, type Digit, type DigitRow } from './digit.ts';
import {
  allOf,
  anyOf,
  COMPLIANCE_DEFAULTS,
  type ComplianceEvidence,
  type ComplianceOptions,
  type CopyEvidence,
} from './evidence.ts';
import { errorFreeDigit } from './verified.ts';

/** 3 copies, 2 kinds of storage, 1 off-site, 1 immutable or offline, 0 errors after verification. */
export interface Compliance32110 {
  copies: Digit;
  media: Digit;
  offsite: Digit;
  immutable: Digit;
  errors: Digit;
  /** The worst of the five. */
  status: Digit['status'];
  /** When the first of the proofs runs out, epoch milliseconds; null unless all five are proven, or without an end. */
  expires: number | null;
}

/**
 * The 3-2-1-1-0 rule for one workload, each digit proven, broken or unproven. Proven needs rows that show it. Broken needs
 * a complete listing that cannot have what is asked for even if all that is unknown in it were good. All else is unproven,
 * so a row that goes missing turns proven into unproven at most, and never broken into proven.
 *
 * Production counts among the three copies and not among the kinds of storage: those two are kinds of the copies.
 * @see https://www.veeam.com/blog/321-backup-rule.html
 */
export function compliance32110(
  evidence: ComplianceEvidence,
  now: number,
  options: ComplianceOptions = COMPLIANCE_DEFAULTS,
): Compliance32110 {
  const backups = evidence.copies.filter(({ role }) => role === 'COPY');
  const listed = evidence.census?.copies ?? null;
  const census = evidence.census && listed !== null ? { ref: evidence.census.ref, rows: listed } : null;
  const total = evidence.copies.length;
  const digit = (need: number, copies: readonly CopyEvidence[], row: (copy: CopyEvidence) => DigitRow) =>
    countDigit(need, copies.map(row), { census, rowsHere: total, unread: evidence.unread ?? [] });
  const digits = {
    copies: digit(3, evidence.copies, (copy) => ({ ...asCopy(copy, now, options), key: copy.locationId })),
    media: digit(2, backups, (copy) => ({ ...asCopy(copy, now, options), key: copy.mediaKind })),
    offsite: digit(1, backups, (copy) => offsite(copy, now, options)),
    immutable: digit(1, backups, (copy) => immutable(copy, now, options)),
    errors: errorFreeDigit(evidence, now, options),
  };
  return { ...digits, ...together(Object.values(digits)) };
}

/** Usable, and not too old to be called a copy. */
function asCopy(copy: CopyEvidence, now: number, { copyDays }: ComplianceOptions): DigitRow {
  const expires = copy.newestAt === null ? null : copy.newestAt + copyDays * DAY_MS;
  const isCurrent = expires === null ? null : expires > now;
  return { ref: copy.ref, counts: allOf(copy.isUsable, isCurrent), key: copy.ref.id, expires };
}

function offsite(copy: CopyEvidence, now: number, options: ComplianceOptions): DigitRow {
  const row = asCopy(copy, now, options);
  return { ...row, counts: allOf(row.counts, copy.isOffsite) };
}

/** Immutable until later than now, or offline. */
function immutable(copy: CopyEvidence, now: number, options: ComplianceOptions): DigitRow {
  const row = asCopy(copy, now, options);
  const until = copy.immutableUntil;
  const isLocked = allOf(copy.isImmutable, until === null || until > now);
  const counts = allOf(row.counts, anyOf(isLocked, copy.isOffline));
  const endsWithLock = copy.isOffline !== true && until !== null;
  const expires = endsWithLock && row.expires !== null ? Math.min(row.expires, until) : row.expires;
  return { ...row, counts, expires };
}

function together(digits: readonly Digit[]): Pick<Compliance32110, 'status' | 'expires'> {
  if (digits.some(({ status }) => status === 'broken')) return { status: 'broken', expires: null };
  if (digits.some(({ status }) => status === 'unproven')) return { status: 'unproven', expires: null };
  const ends = digits.flatMap(({ expires }) => (expires === null ? [] : [expires]));
  return { status: 'proven', expires: ends.length > 0 ? Math.min(...ends) : null };
}
