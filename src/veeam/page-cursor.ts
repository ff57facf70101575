/** One row as the paging sees it: who it is and when it was; null if its time is unknown. */
export type Seen = { key: string; at: number | null; naive: boolean };

/** What came back for one request. `total`: what the server says matches, if it says so. */
export type RawPage = {
  count: number;
  total: number | undefined;
  rows: Seen[];
  fresh: number;
  /** The page begins with a row that was read before, so nothing was left out in between. */
  contact: boolean;
};

export type Cursor = {
  /** Lower bound of the time filter; moves on in lists that are read by time. */
  after: number | undefined;
  skip: number;
  /** Keys that may come again, with their times. */
  seen: Map<string, number | null>;
  /** Rows up to here were read before the bound moved, and come again by intent. */
  overlapUntil: number | null;
  /** The bound stays where it is: the list is not read by time, or the server does not follow it. */
  anchored: boolean;
  /** Distinct rows read before the present bound. */
  before: number;
  distinct: number;
  lastTotal: number | undefined;
  /** Pages in a row that had no contact with what was read before. */
  lost: number;
  /** Rows moved while paging: some were read again, and cannot be told from real duplicates. */
  moved: boolean;
  /** Contact could not be made again: rows may be missing. */
  torn: boolean;
};

/** `again`: the page has to be fetched anew from another place, its rows are not to be used. */
export type Step = { kind: 'on' } | { kind: 'again' } | { kind: 'end'; complete: boolean; reason?: string };

/** The filter's limits are not documented, and its times are cut to milliseconds: one second of overlap covers both. */
const OVERLAP_MS = 1_000;
/** A naive time in the hour that comes twice may be an hour early. */
const NAIVE_SLACK_MS = 3_600_000;
const MAX_LOST = 4;
const LEAST_BACK = 50;

export function startCursor(after: Date | undefined, byTime: boolean): Cursor {
  return {
    after: after?.getTime(),
    skip: 0,
    seen: new Map(),
    overlapUntil: null,
    anchored: !byTime,
    before: 0,
    distinct: 0,
    lastTotal: undefined,
    lost: 0,
    moved: false,
    torn: false,
  };
}

/** Pages overlap by one row. If it is not there, rows before it have vanished, and the rest has moved towards the head. */
export function hasContact(cursor: Cursor, first: Seen | undefined): boolean {
  return cursor.skip === 0 || first === undefined || cursor.seen.has(first.key);
}

/** Whether the server left out our time filter or order; then paging by time would miss rows, and `skip` has to do. */
export function fallBackIfIgnored(cursor: Cursor, rows: Seen[]): Step {
  if (cursor.anchored) return { kind: 'on' };
  const filterIgnored =
    cursor.after !== undefined && rows.some((row) => isBefore(row, cursor.after as number));
  if (!filterIgnored && isAscending(rows)) return { kind: 'on' };
  cursor.anchored = true;
  if (!filterIgnored || cursor.distinct === 0) return { kind: 'on' };
  cursor.skip = Math.max(0, cursor.distinct - 1);
  return { kind: 'again' };
}

/** Where to go on after a page, or why to stop. */
export function step(cursor: Cursor, page: RawPage): Step {
  const { count, total, fresh } = page;
  const reached = cursor.skip + count;
  if (!page.contact || (count === 0 && cursor.skip > 0)) {
    if (cursor.lost < MAX_LOST) return stepBack(cursor, page);
    cursor.torn = true;
  } else if (fresh > 0) cursor.lost = 0;
  if (count === 0) {
    const complete = !cursor.torn && (total === undefined || reached >= total);
    return {
      kind: 'end',
      complete,
      ...(complete ? {} : { reason: `an empty page at ${reached} of ${total} rows` }),
    };
  }
  if (total !== undefined && reached >= total) return end(cursor, total);
  if (fresh === 0 && cursor.lost === 0) return nothingNew(reached, total);
  if (!moveBound(cursor, page)) skipOn(cursor, page);
  return { kind: 'on' };
}

function end(cursor: Cursor, total: number): Step {
  if (!cursor.torn || cursor.distinct - cursor.before >= total) return { kind: 'end', complete: true };
  return { kind: 'end', complete: false, reason: 'rows moved while they were read, some may be missing' };
}

/** Back to where rows are known, further with each try. */
function stepBack(cursor: Cursor, { total }: RawPage): Step {
  const vanished = Math.max(0, (cursor.lastTotal ?? 0) - (total ?? 0));
  cursor.skip = Math.max(0, cursor.skip - Math.max(2 * vanished, LEAST_BACK) * 2 ** cursor.lost);
  cursor.lost += 1;
  cursor.moved = true;
  cursor.lastTotal = total;
  return { kind: 'on' };
}

/** A server that ignores `skip` gives the same page for ever. */
function nothingNew(reached: number, total: number | undefined): Step {
  if (total === undefined) return { kind: 'end', complete: true };
  return {
    kind: 'end',
    complete: false,
    reason: `a page without any new row at ${reached} of ${total} rows`,
  };
}

/** Moves the lower bound to the last time seen, unless most of the next page would be rows that are known already. */
function moveBound(cursor: Cursor, { rows, count }: RawPage): boolean {
  if (cursor.anchored) return false;
  const last = Math.max(...rows.map(({ at }) => at ?? Number.NEGATIVE_INFINITY));
  const next = last - OVERLAP_MS;
  if (!Number.isFinite(last) || (cursor.after !== undefined && next <= cursor.after)) return false;
  const kept = [...cursor.seen].filter(([, at]) => at === null || at >= next);
  if (kept.length * 2 > count) return false;
  cursor.seen = new Map(kept);
  cursor.before = cursor.distinct - kept.length;
  cursor.after = next;
  cursor.overlapUntil = last;
  cursor.skip = 0;
  cursor.lastTotal = undefined;
  return true;
}

function skipOn(cursor: Cursor, { count, total }: RawPage): void {
  cursor.skip += count > 1 ? count - 1 : count;
  cursor.lastTotal = total;
}

const slack = (row: Seen) => (row.naive ? NAIVE_SLACK_MS : OVERLAP_MS);
const isBefore = (row: Seen, bound: number) => row.at !== null && row.at < bound - slack(row);

function isAscending(rows: Seen[]): boolean {
  let newest = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    if (isBefore(row, newest)) return false;
    newest = Math.max(newest, row.at ?? newest);
  }
  return true;
}
