import { sql } from 'kysely';
import type { AzureReading } from '../../src/azure/reading.ts';
import { type AzureRecoveryPoint, listRecoveryPoints } from '../../src/azure/recovery-points.ts';
import { SourceError } from '../../src/errors.ts';
import { type BulkRow, upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { addReading, createReading, notRead, type Reading } from '../../src/reading.ts';
import { storeFacts, type Trx } from '../shared/facts.ts';
import { inTurn } from '../shared/in-turn.ts';
import { requestsForPoints, whyEnough } from './enough.ts';
import { toItemRef } from './ids.ts';
import { hasPlace, type PointRows, toPointRows } from './point-rows.ts';
import { type ItemDue, listItemsDue, NEWEST, WHOLE } from './points-due.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;
type Answer = {
  item: ItemDue;
  points: AzureRecoveryPoint[];
  reading: Reading;
  isWhole: boolean;
  /** Why they are not known to their end, where that matters. */
  failure: string | null;
};
/** A point, or that all points of an item have come before. */
type Part = PointRows | Done;
type Done = { done: ItemDue; pointIds: string[]; newestAt: Date | null };

const AT_ONCE = 3;
/** Trouble of one item: the others can still be read. */
const OF_ONE_ITEM = new Set(['server-error', 'bad-answer', 'rejected', 'not-found']);

/**
 * What can be restored, item by item: the new points of items that have one since, and all points of each item once a day,
 * which shows what has expired and which tiers hold the rest. A run that has used its share of requests stops; those whose
 * points were read in full longest ago are the first of the next.
 */
export const azurePoints = defineCollection<AzureSource, Part, Part>('rto', {
  endpoint: 'recoveryPoints',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { due, known } = await listItemsDue(context);
    const most = requestsForPoints(context);
    const failures: string[] = [];
    let done = 0;
    const ofShare = `the share of requests that was left for points, ${most}, is used up`;
    let stopped: string | null = most > 0 ? null : ofShare;
    // Not asked for any more once the share is used; those under way are still waited for.
    const wanted = function* () {
      for (const item of due) if (stopped === null) yield item;
    };
    for await (const answer of inTurn(wanted(), AT_ONCE, (item) => readItem(context, item))) {
      if (typeof answer === 'string') {
        stopped ??= answer;
        continue;
      }
      addReading(reading, answer.reading, answer.reading.rowsFetched);
      if (reading.requests >= most) stopped ??= ofShare;
      if (answer.failure) failures.push(answer.failure);
      done += 1;
      yield { rows: toParts(answer) };
    }
    const left = due.length - done;
    reading.complete = failures.length === 0 && left === 0;
    reading.reason = [
      `points of ${due.length} of ${known} items were due: new ones when there are some, all of an item once a day`,
      ...(left > 0 ? [`${left} items are left for the next run: ${stopped ?? 'it stopped'}`] : []),
      ...(failures.length > 0 ? [notRead(failures)] : []),
    ].join('; ');
  },
  transform: (parts) => parts,
  load: async (trx, parts, context) => {
    const rows = parts.filter((part) => 'point' in part);
    const stored = await storePoints(trx, rows, context);
    await settle(
      trx,
      parts.filter((part) => 'done' in part),
      context,
    );
    return stored;
  },
});

/** A text: why no more items can be read in this run. */
async function readItem({ source, sourceNow }: Context, item: ItemDue): Promise<Answer | string> {
  const reading: AzureReading = createReading(item.item_id);
  const points: AzureRecoveryPoint[] = [];

  const ref = toItemRef(source.ref, item.item_id);
  // A minute more than now: what is made while the run goes on is there too.
  const window = { from: item.from, to: new Date(sourceNow.getTime() + 60_000) };
  try {
    for await (const { items } of listRecoveryPoints(source.client, ref, window, { reading }))
      points.push(...items);
    reading.rowsRejected += points.filter((point) => !hasPlace(point)).length;
    const isWhole = reading.complete && reading.rowsRejected === 0;
    const failure = isWhole ? null : `${item.name}: ${reading.reason ?? 'rows that cannot be read'}`;
    return { item, points, reading, isWhole, failure };
  } catch (error) {
    const enough = whyEnough(error);
    if (enough !== null) return enough;
    if (!(error instanceof SourceError && OF_ONE_ITEM.has(error.code))) throw error;
    // Of what is deleted and only kept for some days no more need be known.
    const isKnownToBeGone = item.is_soft_deleted === true && ['not-found', 'rejected'].includes(error.code);
    const failure = isKnownToBeGone ? null : `${item.name}: ${error.code}`;
    return { item, points, reading, isWhole: false, failure };
  }
}

function toParts({ item, points, isWhole }: Answer): Part[] {
  const rows = points.flatMap((point) => toPointRows(point, item) ?? []);
  if (!isWhole) return rows;
  const times = rows.map(({ point }) => new Date(point.created_at));
  const newestAt = times.reduce<Date | null>((latest, at) => (latest && latest >= at ? latest : at), null);
  return [...rows, { done: item, newestAt, pointIds: rows.map(({ point }) => point.restore_point_id) }];
}

async function storePoints(trx: Trx, rows: readonly PointRows[], context: Context): Promise<number> {
  const { sourceId, seenAt } = context;
  const stamp = { source_id: sourceId, first_seen_at: seenAt, vanished_at: null, known_from: seenAt };
  const points = rows.map(({ point }) => point);
  const changed = await storeFacts(trx, 'restore_point', 'restore_point_id', points, context);
  const azure = rows.map((row): BulkRow<'azure_point'> => ({ ...stamp, ...row.azure }));
  const key = ['source_id', 'restore_point_id'] as const;
  return changed + (await upsertRows(trx, 'azure_point', azure, { key: [...key], keep: ['first_seen_at'] }));
}

/** A little less exact than the points: what an item says of its newest one. */
const TOLERANCE_MS = 60_000;
/** Their newest point is the end of a log, which the list of points may not have. */
const HAS_LOGS = /sql|hana|ase|database/i;

/** All points of these items in the time that was read are stored: what else an item had that was read in full is gone. */
async function settle(trx: Trx, parts: readonly Done[], context: Context): Promise<void> {
  const whole = parts.filter(({ done }) => done.isWhole);
  await forget(trx, whole, context);
  const { sourceNow } = context;
  const marks = [
    ...whole.map(({ done }) => ({ stream: WHOLE + done.item_id, at: sourceNow })),
    ...parts.flatMap((part) => newestMark(part) ?? []),
  ];
  await setMarks(trx, marks, context);
}

/** null: the list of points is behind that of items, and the next run asks again. */
function newestMark({ done: item, newestAt }: Done): { stream: string; at: Date } | null {
  const { item_id, last_point_at, workload_type } = item;
  if (!last_point_at) return null;
  const isHere = newestAt !== null && newestAt.getTime() >= last_point_at.getTime() - TOLERANCE_MS;
  return isHere || HAS_LOGS.test(workload_type ?? '')
    ? { stream: NEWEST + item_id, at: last_point_at }
    : null;
}

async function forget(trx: Trx, whole: readonly Done[], { sourceId, seenAt }: Context): Promise<void> {
  const items = whole.map(({ done }) => done.item_id);
  const there = whole.flatMap(({ pointIds }) => pointIds);
  const { rows } = await sql<{ id: string }>`
    update restore_point p set vanished_at = ${seenAt}, known_from = ${seenAt}
     where p.source_id = ${sourceId} and p.backup_id = any(${items}) and p.vanished_at is null
       and not exists (select from unnest(${there}::text[]) as s(id) where s.id = p.restore_point_id)
    returning p.restore_point_id as id`.execute(trx);
  if (rows.length === 0) return;
  await sql`
    update azure_point set vanished_at = ${seenAt}, known_from = ${seenAt}
     where source_id = ${sourceId} and vanished_at is null and restore_point_id = any(${rows.map(({ id }) => id)})`.execute(
    trx,
  );
}

/** As `advanceWatermark` does it, for very many at once. */
async function setMarks(
  trx: Trx,
  marks: readonly { stream: string; at: Date }[],
  { sourceId, sourceNow, runId }: Context,
): Promise<void> {
  if (marks.length === 0) return;
  await sql`
    insert into watermark as w (source_id, worker, stream, read_until, run_id)
    select ${sourceId}, 'rto', m.stream, m.at, ${runId}
      from unnest(${marks.map(({ stream }) => stream)}::text[], ${marks.map(({ at }) => at)}::timestamptz[]) as m(stream, at)
        on conflict (source_id, worker, stream) do update set read_until = excluded.read_until, run_id = excluded.run_id
     where w.read_until < excluded.read_until or w.read_until > ${sourceNow}`.execute(trx);
}
