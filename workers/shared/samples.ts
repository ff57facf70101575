import { type Insertable, sql } from 'kysely';
import { localDay } from '../../src/analysis/zoned-time.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import type { VeeamRepositoryState } from '../../src/veeam/repositories.ts';
import { type Context, gibToBytes, type Trx } from './facts.ts';

/** `local_day` as `YYYY-MM-DD`. */
export type SampleRow = Omit<Insertable<MetricsDB['repository_sample']>, 'local_day'> & { local_day: string };

type Space = { capacity: number | null; free: number | null; stored: number | null; isOnline: boolean };

/** Object storage, of which the API names many; its limit is soft, and it may have none. */
const OBJECT_STORAGE = /azure|amazon|s3|google|ibmcloud|wasabi|vault|eleven|snowball|^cloud$/i;

function isObjectStorage(type: string | undefined): boolean {
  return type !== undefined && OBJECT_STORAGE.test(type);
}

/** Whether storage without a capacity is storage without a limit; other kinds then just did not say. */
export function hasLimit(capacity: number | null, type: string | undefined): boolean | null {
  if (capacity === null) return null;
  if (capacity > 0) return true;
  return capacity < 0 || isObjectStorage(type) ? false : null;
}

/**
 * Bytes that are used, or why that is not known (METHODS 3.2): capacity less free, since that is what runs out. The size
 * of the backups is another thing (block cloning, other data) and counts only where there is no limit.
 */
export function readUse(
  { capacity, free, stored, isOnline }: Space,
  type: string | undefined,
): { used: number | null; reason: string | null } {
  const not = (reason: string) => ({ used: null, reason });
  if (!isOnline) return not('OFFLINE');
  if (capacity === null) return not('NO_CAPACITY_REPORTED');
  if (capacity <= 0) {
    if (hasLimit(capacity, type) !== false) return not('NO_CAPACITY_REPORTED');
    return stored === null || stored < 0 ? not('NO_SIZE_REPORTED') : { used: stored, reason: null };
  }
  if (!Number.isSafeInteger(capacity)) return not('CAPACITY_ABOVE_8_PIB');
  if (free === null) return not('NO_FREE_SPACE_REPORTED');
  if (free > capacity) return not('FREE_ABOVE_CAPACITY');
  // A soft limit can be exceeded, a volume cannot.
  if (free < 0 && !isObjectStorage(type)) return not('FREE_BELOW_ZERO');
  return { used: capacity - free, reason: null };
}

export function toSample(state: VeeamRepositoryState, context: Context): SampleRow {
  const { sourceId, sourceNow, seenAt, source } = context;
  const space: Space = {
    capacity: gibToBytes(state.capacityGB),
    free: gibToBytes(state.freeGB),
    stored: gibToBytes(state.usedSpaceGB),
    isOnline: state.isOnline !== false,
  };
  const { used, reason } = readUse(space, state.type);
  return {
    source_id: sourceId,
    repository_id: state.id,
    sampled_at: sourceNow,
    local_day: localDay(sourceNow.getTime(), source.zone),
    capacity_bytes: storable(space.capacity),
    free_bytes: storable(space.free),
    used_bytes: used,
    stored_bytes: storable(space.stored),
    is_online: space.isOnline,
    is_out_of_date: state.isOutOfDate ?? null,
    is_imported: false,
    reason,
    recorded_at: seenAt,
  };
}

const storable = (bytes: number | null) => (bytes !== null && Number.isSafeInteger(bytes) ? bytes : null);

/** Stores samples that are not there yet, and works out their days anew. @returns samples stored */
export async function storeSamples(trx: Trx, rows: SampleRow[]): Promise<number> {
  const [first] = rows;
  if (!first) return 0;
  const stored = await upsertRows(trx, 'repository_sample', rows, {
    key: ['source_id', 'repository_id', 'sampled_at'],
    keep: [
      'local_day',
      'capacity_bytes',
      'free_bytes',
      'used_bytes',
      'stored_bytes',
      'is_online',
      'is_out_of_date',
      'is_imported',
      'reason',
      'recorded_at',
    ],
  });
  await rollUpDays(trx, first.source_id, rows);
  return stored;
}

/** The last valid sample of each day; what we saw ourselves goes before what was imported. */
async function rollUpDays(trx: Trx, sourceId: string, rows: SampleRow[]): Promise<void> {
  const days = new Map(rows.map((row) => [`${row.repository_id} ${row.local_day}`, row]));
  const ids = [...days.values()].map((row) => row.repository_id);
  const texts = [...days.values()].map((row) => row.local_day);
  await sql`
    insert into repository_day (source_id, repository_id, local_day, used_at, used_bytes, capacity_bytes, stored_bytes,
                                samples, is_offline, is_imported)
    select ${sourceId}, k.repository_id, k.local_day, v.sampled_at, v.used_bytes, v.capacity_bytes, v.stored_bytes,
           n.samples, n.is_offline, coalesce(v.is_imported, false)
      from unnest(${ids}::text[], ${texts}::date[]) as k(repository_id, local_day)
     cross join lateral (
       select count(*)::int as samples,
              coalesce((array_agg(not is_online order by is_imported, sampled_at desc))[1], false) as is_offline
         from repository_sample s
        where s.source_id = ${sourceId} and s.repository_id = k.repository_id and s.local_day = k.local_day
          and s.sampled_at between k.local_day - interval '1 day' and k.local_day + interval '2 days') n
      left join lateral (
       select sampled_at, used_bytes, capacity_bytes, stored_bytes, is_imported
         from repository_sample s
        where s.source_id = ${sourceId} and s.repository_id = k.repository_id and s.local_day = k.local_day
          and s.sampled_at between k.local_day - interval '1 day' and k.local_day + interval '2 days'
          and s.used_bytes is not null
        order by s.is_imported, s.sampled_at desc limit 1) v on true
        on conflict (source_id, repository_id, local_day) do update
       set used_at = excluded.used_at, used_bytes = excluded.used_bytes, capacity_bytes = excluded.capacity_bytes,
           stored_bytes = excluded.stored_bytes, samples = excluded.samples, is_offline = excluded.is_offline,
           is_imported = excluded.is_imported`.execute(trx);
}
