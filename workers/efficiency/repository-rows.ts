import { sql } from 'kysely';
import { fastCloneSavingBytes } from '../../src/analysis/efficiency/reduction.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Place } from './places.ts';

type RepositoryRow = Omit<BulkRow<'repository_efficiency'>, 'source_id' | 'run_id'>;

type Sums = {
  repository_id: string;
  name: string;
  files: number;
  unsized_files: number;
  data_bytes: number;
  stored_bytes: number;
  paired_data: number;
  paired_stored: number;
};

const NO_FILES = {
  files: 0,
  unsized_files: 0,
  data_bytes: 0,
  stored_bytes: 0,
  paired_data: 0,
  paired_stored: 0,
};

/** The bytes of each repository: each file that exists is in one of them, and in one only. */
export async function toRepositoryRows(
  trx: Trx,
  context: Context,
  places: ReadonlyMap<string, Place>,
): Promise<RepositoryRow[]> {
  const sums = new Map((await readSums(trx, context)).map((row) => [row.repository_id, row]));
  const known = [...places.values()].map((place) =>
    toRow(place, sums.get(place.id) ?? { ...NO_FILES, repository_id: place.id, name: place.name }),
  );
  // Backups may lie where no list has a repository: their bytes count all the same.
  const unknown = [...sums.values()]
    .filter(({ repository_id }) => !places.has(repository_id))
    .map((row) => toRow(null, row));
  return [...known, ...unknown];
}

async function readSums(trx: Trx, { sourceId }: Context): Promise<Sums[]> {
  const { rows } = await sql<Sums>`
    select coalesce(b.repository_id, '') as repository_id, coalesce(max(b.repository_name), '') as name,
           count(f.backup_file_id)::int as files,
           (count(f.backup_file_id) filter (where f.stored_bytes is null))::int as unsized_files,
           coalesce(sum(f.data_bytes), 0)::bigint as data_bytes, coalesce(sum(f.stored_bytes), 0)::bigint as stored_bytes,
           coalesce(sum(f.data_bytes) filter (where f.data_bytes > 0 and f.stored_bytes > 0 and f.kind <> 'OTHER'), 0)::bigint as paired_data,
           coalesce(sum(f.stored_bytes) filter (where f.data_bytes > 0 and f.stored_bytes > 0 and f.kind <> 'OTHER'), 0)::bigint as paired_stored
      from backup b
      join backup_file f on f.source_id = b.source_id and f.backup_id = b.backup_id and f.vanished_at is null
     where b.source_id = ${sourceId} and b.vanished_at is null
     group by 1
     order by 1`.execute(trx);
  return rows;
}

function toRow(place: Place | null, sums: Sums): RepositoryRow {
  const { capacityBytes = null, freeBytes = null } = place ?? {};
  const isMeasurable = place?.notMeasurable == null;
  const used = capacityBytes === null || freeBytes === null ? null : Math.max(0, capacityBytes - freeBytes);
  // On an appliance the difference is its own reduction; on a volume with others it belongs to nobody alone.
  const saving =
    isMeasurable && place?.isAlone === true && sums.unsized_files === 0
      ? fastCloneSavingBytes(sums.stored_bytes, capacityBytes, freeBytes)
      : null;
  return {
    repository_id: sums.repository_id,
    name: place?.name ?? (sums.name || sums.repository_id),
    type: place?.type ?? 'Unknown',
    files: sums.files,
    unsized_files: sums.unsized_files,
    data_bytes: sums.data_bytes,
    stored_bytes: sums.stored_bytes,
    reported_bytes: place?.reportedBytes ?? null,
    used_bytes: used,
    factor: isMeasurable && sums.paired_stored > 0 ? sums.paired_data / sums.paired_stored : null,
    clone_saving_bytes: saving,
    reason: place?.notMeasurable ?? null,
  };
}
