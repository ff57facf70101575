import { DAY_MS } from '../risk/hazard.ts';
import type { Digit } from './digit.ts';
import type { ComplianceEvidence, ComplianceOptions, VerificationEvidence } from './evidence.ts';

/**
 * The digit 0: the latest verification found no error. A failed one breaks it until a later one passes, and so does malware
 * that was found and not answered, however well a test went. What was looked at has to be there still, as a point or as its
 * chain. Where the listing had verifications that are not here, the one that decides may be among them: neither proven nor
 * broken.
 */
export function errorFreeDigit(
  { verifications, census, lastBrokenAt, found = [] }: ComplianceEvidence,
  now: number,
  { verificationDays }: ComplianceOptions,
): Digit {
  if (found.length > 0) return { status: 'broken', rows: found, expires: null, reasons: [FOUND] };
  const latest = latestOf(verifications);
  if (!latest) return unproven('never verified', []);
  const listed = census?.verifications ?? null;
  const here = verifications.length;
  if (listed !== null && listed > here)
    return unproven(`${here} verifications are here, the listing had ${listed}`, [latest]);
  if (latest.outcome === 'FAILED')
    return { status: 'broken', rows: [latest.ref], expires: null, reasons: ['the last verification failed'] };
  if (listed === null) return unproven('it is not known whether there were other verifications', [latest]);
  if (listed < here) return unproven(`${here} verifications are here, the listing had ${listed}`, [latest]);
  const expires = latest.at + verificationDays * DAY_MS;
  if (expires <= now)
    return unproven(`the last verification is older than ${verificationDays} days`, [latest]);
  if (latest.at <= (lastBrokenAt ?? Number.NEGATIVE_INFINITY))
    return unproven('a later verification failed and is no longer here', [latest]);
  if (latest.isHeld === false)
    return unproven('neither the point that was verified nor its chain is there any more', [latest]);
  return { status: 'proven', rows: [latest.ref], expires, reasons: [] };
}

const FOUND =
  'the newest restore point is infected, suspicious or damaged, or malware was found and not answered';

/** Of several at one time a failed one counts. */
function latestOf(verifications: readonly VerificationEvidence[]): VerificationEvidence | undefined {
  let latest: VerificationEvidence | undefined;
  for (const each of verifications) {
    const isLater = !latest || each.at > latest.at;
    if (isLater || (each.at === latest?.at && each.outcome === 'FAILED')) latest = each;
  }
  return latest;
}

function unproven(reason: string, rows: readonly VerificationEvidence[]): Digit {
  return { status: 'unproven', rows: rows.map(({ ref }) => ref), expires: null, reasons: [reason] };
}
