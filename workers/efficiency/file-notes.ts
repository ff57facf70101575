import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

/** What restore points and sessions say about files; of most nothing. */
export type FileNotes = {
  /** Type of the point in a file whose name does not tell what it is. */
  pointType: ReadonlyMap<string, string>;
  /** Worst verdict other than clean. */
  malwareStatus: ReadonlyMap<string, string>;
  /** Files of runs that had read nothing, as nothing had changed. */
  unread: ReadonlySet<string>;
};

type Pair = { id: string; word: string };

/** Empty where restore points or sessions have not been read. */
export async function readFileNotes(trx: Trx, { sourceId }: Context): Promise<FileNotes> {
  const types = await sql<Pair>`
    select p.backup_file_id as id, max(p.type) as word
      from backup_file f
      join restore_point p on p.source_id = f.source_id and p.backup_file_id = f.backup_file_id
     where f.source_id = ${sourceId} and f.kind = 'OTHER' and p.type is not null
     group by p.backup_file_id`.execute(trx);
  const verdicts = await sql<Pair>`
    select backup_file_id as id,
           (array_agg(malware_status order by array_position(array['Infected', 'Suspicious', 'Informative'], malware_status)
                      nulls last))[1] as word
      from restore_point
     where source_id = ${sourceId} and malware_status <> 'Clean' and backup_file_id is not null
     group by backup_file_id`.execute(trx);
  const unread = await sql<{ id: string }>`
    select distinct p.backup_file_id as id
      from session s
      join restore_point p on p.source_id = s.source_id and p.session_id = s.session_id
     where s.source_id = ${sourceId} and s.read_bytes = 0 and s.result = 'Success' and p.backup_file_id is not null`.execute(
    trx,
  );
  return {
    pointType: toMap(types.rows),
    malwareStatus: toMap(verdicts.rows),
    unread: new Set(unread.rows.map(({ id }) => id)),
  };
}

const toMap = (rows: readonly Pair[]) => new Map(rows.map(({ id, word }) => [id, word]));
