import { sql } from 'kysely';
import { type Context, storeFacts, type Trx } from '../shared/facts.ts';
import { azureKeys } from './azure-keys.ts';

import { FROM_MACHINES } from './key-rows.ts';
import { veeamKeys } from './veeam-keys.ts';

/** What the machines of a source can be recognised by elsewhere, as its tables have it now. Machines alone: see `isWhole`. */
export async function storeKeys(trx: Trx, context: Context): Promise<void> {
  const { sourceId, seenAt } = context;
  const rows = await (context.source.kind === 'azure' ? azureKeys : veeamKeys)(trx, context);
  await storeFacts(trx, 'workload_key', 'key_id', rows, context);
  const ids = rows.map(({ key_id }) => key_id);
  await sql`
    update workload_key k set vanished_at = ${seenAt}, known_from = ${seenAt}
     where k.source_id = ${sourceId} and k.vanished_at is null
       and (k.origin not like ${`${FROM_MACHINES}%`}
            and not exists (select from unnest(${ids}::text[]) as s(id) where s.id = k.key_id)
            or not exists (select from workload w where w.source_id = k.source_id and w.workload_id = k.workload_id
                              and w.vanished_at is null))`.execute(trx);
}
