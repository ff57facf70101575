import { sql } from 'kysely';
import type { RepositoryCondition } from '../../src/analysis/health/health-score.ts';
import type { Metrics } from '../../src/db/connect.ts';
import type { Trx } from '../shared/facts.ts';

/** A sample older than this says nothing about now. */
const HOURS = 26;

/**
 * Whether each repository that exists can take backups, by its newest sample of the last 26 hours, for the health score. One
 * without such a sample is of unknown state; null if none has one: then the capacity worker does not run.
 */
export async function readRepositoryConditions(
  db: Metrics | Trx,
  sourceId: string,
  now: Date,
): Promise<RepositoryCondition[] | null> {
  const since = new Date(now.getTime() - HOURS * 3_600_000);
  const { rows } = await sql<Row>`
    select s.sampled_at, s.is_online, s.is_out_of_date, s.used_bytes, s.capacity_bytes
      from repository r
      left join lateral (select sampled_at, is_online, is_out_of_date, used_bytes, capacity_bytes
                           from repository_sample s
                          where s.source_id = r.source_id and s.repository_id = r.repository_id and not s.is_imported
                            and s.sampled_at between ${since} and ${now}
                          order by s.sampled_at desc limit 1) s on true
     where r.source_id = ${sourceId} and r.vanished_at is null
     order by r.repository_id`.execute(db);
  if (rows.every(({ sampled_at }) => sampled_at === null)) return null;
  return rows.map((row) => ({
    usedBytes: row.used_bytes,
    isOnline: row.is_online,
    isOutOfDate: row.is_out_of_date,
    usedShare:
      row.used_bytes === null || !row.capacity_bytes || row.capacity_bytes < 0
        ? null
        : row.used_bytes / row.capacity_bytes,
  }));
}

type Row = {
  sampled_at: Date | null;
  is_online: boolean | null;
  is_out_of_date: boolean | null;
  used_bytes: number | null;
  capacity_bytes: number | null;
};
