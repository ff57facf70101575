import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';
import type { StoredBackup } from './owners.ts';
import type { Place } from './places.ts';

export type PastPlaces = {
  /** Repositories that a backup was in before, and until when, oldest first. */
  of: ReadonlyMap<string, { repositoryId: string | null; until: number }[]>;
  places: ReadonlyMap<string, Place>;
};

/** Where backups were before, as far as we saw it. */
export async function readPastPlaces(
  trx: Trx,
  { sourceId }: Context,
  places: ReadonlyMap<string, Place>,
): Promise<PastPlaces> {
  const { rows } = await sql<{ backup_id: string; repository_id: string | null; until: Date }>`
    select p.backup_id, p.repository_id, max(p.known_until) as until
      from backup_past p
      join backup b on b.source_id = p.source_id and b.backup_id = p.backup_id
     where p.source_id = ${sourceId} and p.repository_id is distinct from b.repository_id
     group by p.backup_id, p.repository_id
     order by p.backup_id, until`.execute(trx);
  const earlier = rows.map((row) => ({ ...row, until: row.until.getTime() }));
  return {
    of: new Map(
      [...Map.groupBy(earlier, ({ backup_id }) => backup_id)].map(([id, own]) => [
        id,
        own.map(({ repository_id, until }) => ({ repositoryId: repository_id, until })),
      ]),
    ),
    places,
  };
}

const FOLDER = /^(.*)[\\/][^\\/]*$/;

/**
 * Where a file was written, for telling whether the backup moved: the repository at that time and the folder. Within a
 * scale-out repository the folder says nothing, as its extents take turns.
 */
export function placeOfFile(
  { name, created_at }: { name: string; created_at: Date | null },
  { backupId, repositoryId }: StoredBackup,
  { of, places }: PastPlaces,
): string {
  const at = created_at?.getTime();
  const before = at === undefined ? undefined : of.get(backupId)?.find(({ until }) => at < until);
  const id = (before ? before.repositoryId : repositoryId) ?? '';
  const folder = places.get(id)?.isScaleOut ? undefined : FOLDER.exec(name)?.[1];
  return folder === undefined ? id : `${id} ${folder}`;
}
