import { sql } from 'kysely';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { AzureSource } from './source.ts';

/** Watermark of an item: when its points were read in full, by the clock of the source. */
export const WHOLE = 'recoveryPoints whole ';
/** Watermark of an item: the newest point that it is said to have, at a time when that one had been read. */
export const NEWEST = 'recoveryPoints newest ';

const DAY_MS = 86_400_000;
/** A full reading follows the one before it by half a day at least, so that the items stay spread over the day. */
const LEAST_GAP_MS = DAY_MS / 2;
/** The longest retention that a policy can have is 9,999 days. */
const EVER_MS = 10_000 * DAY_MS;
/** How often an item that names no newest point is read in full while points of it are known. */
const DOUBT_MS = 3 * 3_600_000;
/** New points are listed late where their backup took long. */
const OVERLAP_MS = 2 * DAY_MS;

export type ItemState = {
  item_id: string;
  name: string;
  workload_id: string | null;
  workload_type: string | null;
  is_soft_deleted: boolean | null;
  /** The newest point by the list of items; null: none. */
  last_point_at: Date | null;
  whole_at: Date | null;
  newest_mark: Date | null;
  newest_known: Date | null;
};

/** An item whose points are to be read, and from when on. */
export type ItemDue = ItemState & { from: Date; isWhole: boolean };

/** Items of the vault whose points have to be read now, those that were read in full longest ago first. */
export async function listItemsDue(
  context: Pick<RunContext<AzureSource>, 'db' | 'sourceId' | 'sourceNow'>,
): Promise<{ due: ItemDue[]; known: number }> {
  const { db, sourceId, sourceNow } = context;
  const { rows } = await sql<ItemState>`
    select i.item_id, coalesce(o.name, i.name) as name, o.workload_id, i.workload_type, i.is_soft_deleted,
           i.last_point_at,
           w.read_until as whole_at, n.read_until as newest_mark,
           (select max(p.created_at) from restore_point p
             where p.source_id = i.source_id and p.backup_id = i.item_id and p.vanished_at is null) as newest_known
      from azure_item i
      left join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
      left join watermark w on w.source_id = i.source_id and w.worker = 'rto' and w.stream = ${WHOLE} || i.item_id
      left join watermark n on n.source_id = i.source_id and n.worker = 'rto' and n.stream = ${NEWEST} || i.item_id
     where i.source_id = ${sourceId} and i.vanished_at is null
     order by w.read_until nulls first, i.item_id`.execute(db);
  return { due: rows.flatMap((row) => toDue(row, sourceNow) ?? []), known: rows.length };
}

/** null: nothing is new, and its day's full reading is done or to come. */
export function toDue(state: ItemState, now: Date): ItemDue | null {
  const { whole_at, newest_known, last_point_at } = state;
  if (isWholeDue(state, now)) return { ...state, isWhole: true, from: new Date(now.getTime() - EVER_MS) };
  // A mark of a time to come was set by a clock that was wrong.
  const mark = state.newest_mark && state.newest_mark <= now ? state.newest_mark : null;
  if (!last_point_at || (mark && last_point_at <= mark)) return null;
  const since = newest_known ?? whole_at ?? now;
  return { ...state, isWhole: false, from: new Date(since.getTime() - OVERLAP_MS) };
}

/** Each item has its own minute of the day. */
function isWholeDue({ item_id, whole_at, last_point_at, newest_known }: ItemState, now: Date): boolean {
  if (!whole_at || whole_at > now) return true;
  // Deleted for good and protected again under the same id, it would still have the points of before.
  if (!last_point_at && newest_known && now.getTime() - whole_at.getTime() >= DOUBT_MS) return true;
  const ofItem = (hashOf(item_id) % 1_440) * 60_000;
  const slot = Math.floor((now.getTime() - ofItem) / DAY_MS) * DAY_MS + ofItem;
  return slot >= whole_at.getTime() + LEAST_GAP_MS || now.getTime() - whole_at.getTime() > 1.5 * DAY_MS;
}

/** FNV-1a */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
