import { sql } from 'kysely';
import { parseArmId } from '../../src/azure/ids.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { distinctKeys, type KeyRow, nameKeys, toKeyRow } from './key-rows.ts';

export type ObjectFact = {
  workload_id: string;
  name: string;
  platform: string | null;
  type: string | null;
  platform_object_id: string | null;
  path: string | null;
};

/** Keys of the machines of a backup server, from the objects in its backups. */
export async function veeamKeys(trx: Trx, { sourceId }: Context): Promise<KeyRow[]> {
  const { rows } = await sql<ObjectFact>`
    select distinct o.workload_id, o.name, o.platform, o.type, o.platform_object_id, o.path
      from backup_object o
      join workload w on w.source_id = o.source_id and w.workload_id = o.workload_id and w.vanished_at is null
     where o.source_id = ${sourceId} and o.vanished_at is null and o.name !~* '^outdated_'
     order by o.workload_id, o.name`.execute(trx);
  return distinctKeys(rows.flatMap(keysOfObject));
}

/**
 * Computers with agents give the id of their hardware and their own name. Machines of a hypervisor give an id of their
 * inventory, which is told apart by its platform, and a title that anybody may have written: that is no name of a host.
 */
export function keysOfObject(object: ObjectFact): KeyRow[] {
  const { workload_id: id, name, platform, platform_object_id: known } = object;
  const keys: (KeyRow | null)[] = [];
  const armId = [known, object.path].find((text) => text && ARM_ID.test(text));
  if (armId) keys.push(toKeyRow(id, 'AZURE_RESOURCE', parseArmId(armId).key, 'backup_object.path'));
  if (isComputer(object)) {
    if (known) keys.push(toKeyRow(id, 'BIOS_UUID', known, ORIGIN));
    keys.push(...nameKeys(id, name, 'backup_object.name'));
  } else if (known && known !== armId)
    keys.push(toKeyRow(id, 'INSTANCE_ID', `${platform ?? 'unknown'}/${known}`, ORIGIN));
  return keys.filter((row) => row !== null);
}

const ORIGIN = 'backup_object.platform_object_id';
const ARM_ID =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.compute\/virtualmachines\/[^/]+$/i;

const isComputer = ({ platform, type }: ObjectFact) =>
  /physical/i.test(platform ?? '') || /^computer$/i.test(type ?? '');
