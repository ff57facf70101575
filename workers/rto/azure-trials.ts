import { sql } from 'kysely';
import { toRepositoryId } from '../azure/ids.ts';
import { type Context, type FactRow, storeFacts, type Trx } from '../shared/facts.ts';
import { exclusionOf } from './place-trials.ts';

type TrialRow = FactRow<'restore_trial'> & {
  detail: { container?: string | null };
  mapped_by: string;
};
type Known = TrialRow & { item_of_session: string | null };
type Item = { item_id: string; name: string; workload_id: string | null; size_bytes: number | null };
type Point = { restore_point_id: string; created_at: Date; original_bytes: number | null };

/** Restores older than this are settled, whatever is known of them. */
const DAYS = 400;

/**
 * Finds out what each restore was of. A job names no item: it names the container, in which there is one item or one of the
 * name; else what the list of jobs was found to mean by the name counts, if it is one alone. The point is the one of that item
 * that was made in the second that the job tells. A restore of disks brings back a part, whose size is not said.
 */
export async function settleAzureTrials(trx: Trx, context: Context): Promise<void> {
  const trials = await readTrials(trx, context);
  if (trials.length === 0) return;
  const find = itemFinder(await readItems(trx, context));
  const found = trials.map(({ item_of_session, ...trial }) => ({ trial, ...find(trial, item_of_session) }));
  const points = await readPoints(trx, context, [
    ...new Set(found.flatMap(({ item }) => item?.item_id ?? [])),
  ]);
  const rows = found.map(({ trial, item, by }): FactRow<'restore_trial'> => {
    const point = item && pointOf(points.get(item.item_id) ?? [], trial.point_created_at);
    const isWhole = trial.class === 'FULL_VM';
    const placed = {
      ...trial,
      workload_id: item?.workload_id ?? null,
      mapped_by: point ? 'RESTORE_POINT' : by,
      job_name: item?.name ?? null,
      restore_point_id: point?.restore_point_id ?? null,
      repository_id: item ? toRepositoryId(context.sourceId) : null,
      size_bytes: isWhole ? (point?.original_bytes ?? item?.size_bytes ?? null) : null,
    };
    return { ...placed, excluded: exclusionOf(placed, context.sourceNow) };
  });
  await storeFacts(trx, 'restore_trial', 'trial_id', rows, context);
}

async function readTrials(trx: Trx, { sourceId, sourceNow }: Context): Promise<Known[]> {
  const since = new Date(sourceNow.getTime() - DAYS * 86_400_000);
  const { rows } = await sql<Known>`
    select t.trial_id, t.origin, t.session_id, t.session_type, t.class, t.workload_id, t.mapped_by, t.object_name, t.job_name,
           t.started_at, t.ended_at, t.ready_at, t.ready_since, t.outcome, t.scan_result, t.message, t.restore_point_id,
           t.point_created_at, t.repository_id, t.size_bytes, t.boot_seconds, t.purpose, t.excluded, t.detail,
           s.job_id as item_of_session
      from restore_trial t
      left join session s on s.source_id = t.source_id and s.session_id = t.session_id and s.created_at = t.started_at
     where t.source_id = ${sourceId} and t.session_type = 'AzureRestore' and t.vanished_at is null
       and t.started_at >= ${since}`.execute(trx);
  return rows;
}

/** Those that are there before those that were. */
async function readItems(trx: Trx, { sourceId }: Context): Promise<Item[]> {
  const { rows } = await sql<Item>`
    select i.item_id, i.name, o.workload_id, w.size_bytes
      from azure_item i
      left join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
      left join workload w on w.source_id = i.source_id and w.workload_id = o.workload_id
     where i.source_id = ${sourceId}
     order by i.vanished_at is not null, i.item_id`.execute(trx);
  return rows;
}

type Finding = { item: Item | null; by: 'OBJECT' | 'NAME' | 'NONE' };

function itemFinder(items: readonly Item[]) {
  const byId = new Map(items.map((item) => [item.item_id, item]));
  const byContainer = Map.groupBy(items, ({ item_id }) => withoutType(item_id.split('/')[0] ?? ''));
  return ({ detail, object_name }: TrialRow, itemOfSession: string | null): Finding => {
    const inside = detail.container ? (byContainer.get(withoutType(detail.container)) ?? []) : [];
    const named = inside.filter(({ name }) => name.toLowerCase() === object_name?.toLowerCase());
    const [only, ...others] = inside.length > 1 ? named : inside;
    if (only && others.length === 0) return { item: only, by: 'OBJECT' };
    const item = byId.get(itemOfSession ?? '') ?? null;
    return { item, by: item ? 'NAME' : 'NONE' };
  };
}

/** Jobs name some containers without the first word, others with it. */
const withoutType = (container: string) =>
  container
    .toLowerCase()
    .replace(/^(iaasvmcontainer|vmappcontainer|storagecontainer|sqlagworkloadcontainer);/, '');

async function readPoints(trx: Trx, { sourceId }: Context, itemIds: string[]): Promise<Map<string, Point[]>> {
  const { rows } = await sql<Point & { backup_id: string }>`
    select backup_id, restore_point_id, created_at, original_bytes from restore_point
     where source_id = ${sourceId} and backup_id = any(${itemIds})`.execute(trx);
  return Map.groupBy(rows, ({ backup_id }) => backup_id);
}

/** The job tells whole seconds. Two points in one second are not told apart. */
function pointOf(points: readonly Point[], at: Date | string | null | undefined): Point | null {
  if (!at) return null;
  const second = Math.floor(new Date(at).getTime() / 1000);
  const [only, ...others] = points.filter(
    ({ created_at }) => Math.floor(created_at.getTime() / 1000) === second,
  );
  return others.length === 0 ? (only ?? null) : null;
}
