import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

/** Bytes of backup files per repository or scale-out repository, at the last reading of each backup. */
export async function readBackupBytes(trx: Trx, { sourceId }: Context): Promise<Map<string, number>> {
  const { rows } = await sql<{ repository_id: string; bytes: number }>`
    select b.repository_id, sum(s.stored_bytes)::bigint as bytes
      from backup b
     cross join lateral (select stored_bytes from backup_sample s
                          where s.source_id = b.source_id and s.backup_id = b.backup_id
                          order by s.sampled_at desc limit 1) s
     where b.source_id = ${sourceId} and b.vanished_at is null and b.repository_id is not null
     group by b.repository_id`.execute(trx);
  return new Map(rows.map(({ repository_id, bytes }) => [repository_id, bytes]));
}
