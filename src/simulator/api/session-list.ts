import type { RevisionIndex } from '../contract/revisions.ts';
import { firstNotBelow } from '../history/sessions.ts';
import type { Visible } from '../history/visible.ts';
import type { World } from '../world.ts';
import { compareKeys, toPattern } from './list.ts';
import { firstOf, numberOf, type Query, setOf, textOf } from './query.ts';
import { jobOf, sessionName, sessionTypeOf, toSession } from './session-view.ts';
import { runOf } from './tasks.ts';

/**
 * The places of the sessions that a query asks for, in the order asked for. Time limits are found by binary search, other
 * filters look at columns; only names and the like need the rows themselves.
 */
export type Found = { length: number; at: (position: number) => number };

export function findSessions(world: World, query: Query, revision: RevisionIndex, visible: Visible): Found {
  const order = orderOf(query);
  const test = toTest(world, query, revision, visible.now);
  const range = order.column === 'EndTime' ? byEnd(world, query, visible) : byStart(world, query, visible);
  const chosen = test || range.needsCheck ? filterRange(range, test) : range;
  if (order.column !== 'EndTime' && order.column !== 'CreationTime')
    return sorted(world, chosen, order, revision, visible.now);
  return order.isAscending
    ? chosen
    : { length: chosen.length, at: (position) => chosen.at(chosen.length - 1 - position) };
}

type Range = Found & { needsCheck?: (index: number) => boolean };
type Order = { column: string; isAscending: boolean };

/** Newest first where nothing else is asked for. */
function orderOf(query: Query): Order {
  const column = textOf(query, 'orderColumn') ?? 'CreationTime';
  return { column, isAscending: firstOf(query, 'orderAsc') === true };
}

function byStart({ timeline: { columns } }: World, query: Query, visible: Visible): Range {
  const after = numberOf(query, 'createdAfterFilter');
  const before = numberOf(query, 'createdBeforeFilter');
  const from = after === undefined ? visible.from : Math.max(visible.from, columns.firstFrom(after));
  const to = before === undefined ? visible.to : Math.min(visible.to, columns.firstFrom(before + 1));
  const endedAfter = numberOf(query, 'endedAfterFilter');
  const endedBefore = numberOf(query, 'endedBeforeFilter');
  const range = { length: Math.max(0, to - from), at: (position: number) => from + position };
  if (endedAfter === undefined && endedBefore === undefined) return range;
  const [low, high] = [
    endedAfter ?? Number.NEGATIVE_INFINITY,
    Math.min(endedBefore ?? Number.POSITIVE_INFINITY, visible.now),
  ];
  return { ...range, needsCheck: (index) => columns.end(index) >= low && columns.end(index) <= high };
}

/** Sessions that have ended, in the order of their end; those that run come last. */
function byEnd({ timeline: { columns } }: World, query: Query, visible: Visible): Range {
  const places = columns.byEnd();
  const endAt = (position: number) => columns.end(places[position] ?? 0);
  const after = numberOf(query, 'endedAfterFilter');
  const before = numberOf(query, 'endedBeforeFilter');
  const isLimited = after !== undefined || before !== undefined;
  const from = after === undefined ? 0 : firstNotBelow(places.length, endAt, after);
  const to = isLimited
    ? firstNotBelow(places.length, endAt, Math.min(before ?? visible.now, visible.now) + 1)
    : places.length;
  const createdAfter = numberOf(query, 'createdAfterFilter') ?? Number.NEGATIVE_INFINITY;
  const createdBefore = numberOf(query, 'createdBeforeFilter') ?? Number.POSITIVE_INFINITY;
  const needsCheck = (index: number) =>
    index >= visible.from &&
    index < visible.to &&
    columns.start(index) >= createdAfter &&
    columns.start(index) <= createdBefore;
  return { length: Math.max(0, to - from), at: (position) => places[from + position] ?? 0, needsCheck };
}

function filterRange(range: Range, test: ((index: number) => boolean) | undefined): Found {
  const { needsCheck } = range;
  const found = new Uint32Array(range.length);
  let size = 0;
  for (let position = 0; position < range.length; position += 1) {
    const index = range.at(position);
    if (needsCheck && !needsCheck(index)) continue;
    if (test && !test(index)) continue;
    found[size] = index;
    size += 1;
  }
  return { length: size, at: (position) => found[position] ?? 0 };
}

/** All filters but those of time, as one test; undefined where there is none. */
function toTest(
  world: World,
  query: Query,
  revision: RevisionIndex,
  now: number,
): ((index: number) => boolean) | undefined {
  const { columns } = world.timeline;
  const tests: ((index: number) => boolean)[] = [];
  const types = setOf(query, 'typeFilter');
  if (types) tests.push(typeTest(world, types, revision));
  const results = setOf(query, 'resultFilter');
  if (results) tests.push((index) => results.has(columns.end(index) <= now ? columns.result(index) : 'None'));
  const state = textOf(query, 'stateFilter');
  if (state) tests.push((index) => stateAt(world, index, now) === state);
  const jobId = textOf(query, 'jobIdFilter');
  if (jobId) tests.push((index) => toSession(world, index, now, revision).jobId === jobId);
  const name = textOf(query, 'nameFilter');
  if (name) tests.push(nameTest(world, name, revision));
  return tests.length === 0 ? undefined : (index) => tests.every((test) => test(index));
}

const stateAt = ({ timeline: { columns } }: World, index: number, now: number) => {
  if (columns.end(index) <= now) return 'Stopped';
  return columns.kind(index) === 'logBackup' ? 'Idle' : 'Working';
};

/** The type follows from the kind of session and of job, so that few combinations have to be worked out. */
function typeTest(world: World, types: ReadonlySet<unknown>, revision: RevisionIndex) {
  const { columns } = world.timeline;
  const known = new Map<string, boolean>();
  return (index: number): boolean => {
    const kind = columns.kind(index);
    const key = kind === 'run' ? (world.estate.jobs[columns.job(index)]?.kind ?? kind) : kind;
    const answer = known.get(key);
    if (answer !== undefined) return answer;
    const row = columns.row(index);
    const matches = types.has(sessionTypeOf(row, jobOf(world, row), revision));
    known.set(key, matches);
    return matches;
  };
}

function nameTest(world: World, text: string, revision: RevisionIndex) {
  const matches = toPattern(text);
  return (index: number) => matches(nameAt(world, index, revision));
}

function nameAt(world: World, index: number, revision: RevisionIndex): string {
  const row = world.timeline.columns.row(index);
  return sessionName(world, row, jobOf(world, row), runOf(world, row), revision);
}

/** An order by anything but time needs all rows. */
function sorted(
  world: World,
  found: Found,
  { column, isAscending }: Order,
  revision: RevisionIndex,
  now: number,
): Found {
  const keyOf = keyFor(world, column, revision, now);
  const keyed = Array.from({ length: found.length }, (_, i) => ({
    index: found.at(i),
    key: keyOf(found.at(i)),
  }));
  const direction = isAscending ? 1 : -1;
  keyed.sort((a, b) => direction * (compareKeys(a.key, b.key) || a.index - b.index));
  return { length: keyed.length, at: (position) => keyed[position]?.index ?? 0 };
}

function keyFor(
  world: World,
  column: string,
  revision: RevisionIndex,
  now: number,
): (index: number) => string {
  if (column === 'Name') return (index) => nameAt(world, index, revision).toLowerCase();
  if (column === 'State') return (index) => stateAt(world, index, now);
  if (column === 'Result')
    return (index) =>
      world.timeline.columns.end(index) <= now ? world.timeline.columns.result(index) : 'None';
  if (column === 'SessionType') {
    return (index) => {
      const row = world.timeline.columns.row(index);
      return sessionTypeOf(row, jobOf(world, row), revision);
    };
  }
  return (index) => String(toSession(world, index, now, revision).initiatedBy);
}
