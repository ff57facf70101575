import { sql } from 'kysely';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { listBackupObjects } from '../../src/veeam/backups.ts';
import { type ObjectRow, storeObjects, toObjectRows } from '../shared/objects.ts';
import { isOutdated } from '../shared/workload-id.ts';
import type { VeeamSource } from '../veeam-source.ts';

/** Instead of the id of a backup: the object is listed, and no backup of it is. */
const NO_BACKUP = 'none';

type Listed = { objects: ObjectRow[]; isComplete: boolean };

/**
 * Machines that the source lists without a single restore point. A job that has never succeeded has no backup whose objects
 * could be read, so only the list of all objects knows that something there should be protected and is not.
 */
export const objectsWithoutPoints = defineCollection<VeeamSource, Listed, Listed>('rto', {
  endpoint: 'backupObjects',
  optional: true,
  extract: async function* ({ source }, _since, reading) {
    const objects: ObjectRow[] = [];
    for await (const { items } of listBackupObjects(source.client, reading)) {
      const empty = items.filter(
        ({ name, restorePointsCount }) => restorePointsCount === 0 && !isOutdated(name),
      );
      objects.push(...toObjectRows(NO_BACKUP, empty));
    }
    yield { rows: [{ objects, isComplete: reading.complete && reading.rowsRejected === 0 }] };
  },
  transform: (lists) => lists,
  load: async (trx, lists, context) => {
    const { sourceId, seenAt } = context;
    // One object may stand on two pages, as it does in two backups.
    const rows = new Map(lists.flatMap(({ objects }) => objects).map((row) => [row.object_id, row]));
    const stored = await storeObjects(trx, context, [...rows.values()]);
    if (lists.every(({ isComplete }) => isComplete))
      await sql`update backup_object set vanished_at = ${seenAt}, known_from = ${seenAt}
        where source_id = ${sourceId} and backup_id = ${NO_BACKUP} and vanished_at is null
          and object_id <> all(${[...rows.keys()]})`.execute(trx);
    return stored;
  },
});
