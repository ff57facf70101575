import type { EvidenceRef } from '../risk/hazard.ts';

export type DigitStatus = 'proven' | 'unproven' | 'broken';

/** One digit of the rule, with the rows that its status rests on. */
export interface Digit {
  status: DigitStatus;
  rows: readonly EvidenceRef[];
  /** When the proof runs out if nothing new comes, epoch milliseconds; null unless proven. */
  expires: number | null;
  reasons: readonly string[];
}

export interface DigitRow {
  ref: EvidenceRef;
  /** Whether it has what the digit asks for; null: not known. */
  counts: boolean | null;
  /** Rows of one key count once; null: may be any. */
  key: string | null;
  expires: number | null;
}

export interface Listing {
  /** How many rows a complete listing had; null without one. */
  census: { ref: EvidenceRef; rows: number } | null;
  /** How many of them are here. */
  rowsHere: number;
  /** Why there may be more that no listing had: what else may hold them and was not read. */
  unread?: readonly string[];
}

/**
 * Whether at least `need` different keys are shown by rows. Rows that the listing had and that are not here might be
 * anything, and so might rows that are not known to count. More rows than the listing had: one of both is out of date,
 * and then nothing is proven or broken. What was not read may hold any number of them: it proves nothing, and nothing is broken
 * because of what it is not known to lack.
 */
export function countDigit(
  need: number,
  rows: readonly DigitRow[],
  { census, rowsHere, unread = [] }: Listing,
): Digit {
  const proving = provingRows(rows);
  const maybe = possibleKeys(rows);
  if (census && rowsHere > census.rows) {
    const reason = `${rowsHere} rows are here, the listing had ${census.rows}`;
    return { status: 'unproven', rows: [...refsOf(rows), census.ref], expires: null, reasons: [reason] };
  }
  if (proving.length >= need) {
    const shown = proving.slice(0, need);
    const [last] = shown.slice(-1);
    return { status: 'proven', rows: refsOf(shown), expires: last?.expires ?? null, reasons: [] };
  }
  const unseen = census ? census.rows - rowsHere : Number.POSITIVE_INFINITY;
  const found = `${proving.length} of ${need} shown`;
  if (census && maybe + unseen < need && unread.length === 0)
    return { status: 'broken', rows: [...refsOf(rows), census.ref], expires: null, reasons: [found] };
  return {
    status: 'unproven',
    rows: refsOf(rows),
    expires: null,
    reasons: [found, ...unread, ...doubts(rows, unseen)],
  };
}

/** One row per key that counts, the one that lasts longest, those that last longest first. */
function provingRows(rows: readonly DigitRow[]): DigitRow[] {
  const best = new Map<string, DigitRow>();
  for (const row of rows) {
    if (row.counts !== true || row.key === null) continue;
    const known = best.get(row.key);
    if (!known || lasting(row) > lasting(known)) best.set(row.key, row);
  }
  return [...best.values()].sort((a, b) => lasting(b) - lasting(a));
}

/** Keys there would be if all that is not known were good. */
function possibleKeys(rows: readonly DigitRow[]): number {
  const keys = new Set<string>();
  let unnamed = 0;
  for (const { counts, key } of rows) {
    if (counts === false) continue;
    if (key === null) unnamed++;
    else keys.add(key);
  }
  return keys.size + unnamed;
}

function doubts(rows: readonly DigitRow[], unseen: number): string[] {
  const unknown = rows.filter(({ counts, key }) => counts === null || (counts && key === null)).length;
  const reasons = unknown > 0 ? [`${unknown} rows do not say enough`] : [];
  if (unseen === Number.POSITIVE_INFINITY) reasons.push('there is no complete listing');
  else if (unseen > 0) reasons.push(`${unseen} rows of the listing are not here`);
  return reasons;
}

function lasting({ expires }: DigitRow): number {
  return expires ?? Number.POSITIVE_INFINITY;
}

function refsOf(rows: readonly DigitRow[]): EvidenceRef[] {
  return rows.map(({ ref }) => ref);
}
