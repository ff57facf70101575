import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';
import { distinctKeys, type KeyRow, nameKeys, toKeyRow } from './key-rows.ts';

type ItemFact = {
  workload_id: string;
  type: string | null;
  resource_key: string | null;
  server_name: string | null;
};

/** Said of a database: it lies on the machine of that name, and is not that machine. */
const HOST = 'container host: azure_item.server_name';

/**
 * Keys of what a vault protects, from its items; `azureMachines` adds what only the machine itself tells. The resource id of a
 * database or share is that of what holds it, and so none of its own.
 */
export async function azureKeys(trx: Trx, { sourceId }: Context): Promise<KeyRow[]> {
  const { rows } = await sql<ItemFact>`
    select o.workload_id, o.type, i.resource_key, i.server_name
      from azure_item i
      join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
       and o.vanished_at is null
     where i.source_id = ${sourceId} and i.vanished_at is null
     order by o.workload_id, i.item_id`.execute(trx);
  return distinctKeys(rows.flatMap(keysOfItem));
}

function keysOfItem({ workload_id: id, type, resource_key, server_name }: ItemFact): KeyRow[] {
  const isMachine = type === 'AzureVm';
  const own = isMachine && resource_key ? toKeyRow(id, 'AZURE_RESOURCE', resource_key, RESOURCE) : null;
  // An agent's folder is called after its machine as a database is after its server.
  const host = !isMachine && server_name ? nameKeys(id, server_name, HOST) : [];
  return own ? [own, ...host] : host;
}

const RESOURCE = 'azure_item.resource_key';
