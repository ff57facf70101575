import { sql } from 'kysely';
import { parseArmId } from '../../src/azure/ids.ts';
import type { AzureVirtualMachine } from '../../src/azure/virtual-machines.ts';
import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { addReading, notRead } from '../../src/reading.ts';
import { FROM_MACHINES, type KeyRow, nameKeys, toKeyRow } from '../rto/key-rows.ts';
import { refreshWorkloads } from '../rto/workloads.ts';
import { storeFacts, type Trx } from '../shared/facts.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;
type Protected = { resource_key: string; workload_id: string };
type MachineRow = { workload_id: string; keys: KeyRow[]; sizeBytes: number | null };

/**
 * What the machines of the vault's items say of themselves: the id of their firmware, their name, how large their disks are.
 * The role of a backup reader does not include it; without it machines are recognised by their resource alone, and their size
 * is not known. That is no gap of a run as long as nobody ever permitted it; a permission that was taken away is one.
 */
export const azureMachines = defineCollection<AzureSource, MachineRow, MachineRow>('rto', {
  endpoint: 'virtualMachines',
  optional: true,
  extract: async function* (context, _since, reading) {
    const items = Map.groupBy(await listProtected(context), ({ resource_key }) => resource_key);
    const subscriptions = new Set(
      [...items.keys()].flatMap((key) => parseArmId(key).parts.subscriptionId ?? []),
    );
    const failures: SourceError[] = [];
    let isWhole = true;
    for (const subscriptionId of subscriptions) {
      try {
        const list = await context.source.machines(subscriptionId);
        // Whoever asked first has the requests on record.
        if (!counted.has(list)) addReading(reading, list.reading, list.reading.rowsFetched);
        counted.add(list);
        isWhole &&= list.reading.complete;
        yield { rows: list.machines.flatMap((machine) => toRows(machine, items.get(machine.key) ?? [])) };
      } catch (error) {
        if (!(error instanceof SourceError && OF_ONE_SUBSCRIPTION.has(error.code))) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    const isForbidden = failures.length > 0 && failures.every(({ code }) => code === 'forbidden');
    if (isForbidden && isWhole && !(await wasEverRead(context))) reading.isExtra = true;
    if (first && failures.length === subscriptions.size) throw first;
    reading.complete = isWhole && failures.length === 0;
    if (first) reading.reason = notRead(failures.map(({ message }) => message));
  },
  transform: (rows) => rows,
  load: async (trx, rows, context) => {
    const stored = await storeMachineKeys(trx, rows, context);
    return stored + (await storeSizes(trx, rows, context));
  },
});

/** Whether any run has seen a machine of the vault; an empty list is also what an account sees that may see none. */
async function wasEverRead({ db, sourceId }: Context): Promise<boolean> {
  const row = await db
    .selectFrom('workload_key')
    .select('key_id')
    .where('source_id', '=', sourceId)
    .where('origin', 'like', `${FROM_MACHINES}%`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

const counted = new WeakSet<object>();
/** The others can still be asked. */
const OF_ONE_SUBSCRIPTION = new Set(['forbidden', 'not-found', 'rejected', 'server-error', 'bad-answer']);

async function listProtected({ db, sourceId }: Context): Promise<Protected[]> {
  const { rows } = await sql<Protected>`
    select distinct i.resource_key, o.workload_id
      from azure_item i
      join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
     where i.source_id = ${sourceId} and i.vanished_at is null and o.vanished_at is null
       and i.resource_key is not null and o.type = 'AzureVm'`.execute(db);
  return rows;
}

const toRows = (machine: AzureVirtualMachine, items: readonly Protected[]): MachineRow[] =>
  items.map(({ workload_id }) => ({
    workload_id,
    keys: keysOf(machine, workload_id),
    sizeBytes: machine.sizeBytes,
  }));

function keysOf({ vmId, computerName }: AzureVirtualMachine, workloadId: string): KeyRow[] {
  const hardware = vmId ? toKeyRow(workloadId, 'BIOS_UUID', vmId, `${FROM_MACHINES}vmId`) : null;
  const names = computerName ? nameKeys(workloadId, computerName, `${FROM_MACHINES}computerName`) : [];
  return hardware ? [hardware, ...names] : names;
}

/** A machine that was made anew under its old name has other keys: the old ones go. One that is gone keeps its own. */
async function storeMachineKeys(trx: Trx, rows: readonly MachineRow[], context: Context): Promise<number> {
  const { sourceId, seenAt } = context;
  const keys = rows.flatMap((row) => row.keys);
  const stored = await storeFacts(trx, 'workload_key', 'key_id', keys, context);
  await sql`
    update workload_key set vanished_at = ${seenAt}, known_from = ${seenAt}
     where source_id = ${sourceId} and vanished_at is null and origin like ${`${FROM_MACHINES}%`}
       and workload_id = any(${rows.map(({ workload_id }) => workload_id)})
       and key_id <> all(${keys.map(({ key_id }) => key_id)})`.execute(trx);
  return stored;
}

async function storeSizes(trx: Trx, rows: readonly MachineRow[], context: Context): Promise<number> {
  const { sourceId, seenAt } = context;
  const sized = rows.filter(({ sizeBytes }) => sizeBytes !== null);
  if (sized.length === 0) return 0;
  await refreshWorkloads(trx, context);
  const result = await sql`
    update workload w set size_bytes = s.bytes, known_from = ${seenAt}
      from unnest(${sized.map((row) => row.workload_id)}::text[], ${sized.map((row) => row.sizeBytes)}::bigint[]) as s(id, bytes)
     where w.source_id = ${sourceId} and w.workload_id = s.id and w.size_bytes is distinct from s.bytes`.execute(
    trx,
  );
  return Number(result.numAffectedRows ?? 0);
}
