import { sql } from 'kysely';
import type { JobSchedule } from '../../src/analysis/health/schedule.ts';
import { type AzureProtectedItem, listProtectedItems } from '../../src/azure/protected-items.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { markVanished, storeFacts, type Trx } from '../shared/facts.ts';
import { toItemId } from './ids.ts';
import { type ItemRows, toItemRows } from './item-rows.ts';
import { type SchedulePart, toJobSchedule } from './job-schedule.ts';
import { knownIds } from './known-ids.ts';
import type { AzureSource } from './source.ts';
import { vaultKeyOf } from './vault-key.ts';
import { wholeList } from './whole-list.ts';

type Context = RunContext<AzureSource>;
type Known = { seen: Set<string>; schedules: Map<string, JobSchedule | null> };

const known = new WeakMap<Context, Known>();

/** Protected items: facts of their own, and the same as jobs, backups and objects of backups. */
export const azureItems = defineCollection<AzureSource, AzureProtectedItem, ItemRows>('health', {
  endpoint: 'backupProtectedItems',
  optional: false,
  extract: async function* (context, _since, reading) {
    const { client, ref, sweep } = context.source;
    known.set(context, { seen: new Set(), schedules: await readSchedules(context) });
    const pages = wholeList<AzureProtectedItem>(context, reading, {
      known: await knownIds(context, 'azure_item', 'item_id'),
      idOf: ({ parts }) => toItemId(parts),
      sweep: sweep && (() => sweep.items(vaultKeyOf(context.source))),
      list: (own) => listProtectedItems(client, ref, {}, { reading: own }),
    });
    for await (const rows of pages) {
      reading.rowsRejected += rows.filter(({ parts }) => toItemId(parts) === null).length;
      yield { rows };
    }
  },
  transform: (items, context) =>
    items
      .map((item) => {
        const policy = (item.policyName ?? item.policyId?.split('/').at(-1))?.toLowerCase() ?? '';
        const { sourceId, sourceNow: now, source } = context;
        const schedule = known.get(context)?.schedules.get(policy) ?? null;
        return toItemRows(item, { sourceId, vaultName: source.vault.name, now, schedule });
      })
      .filter((rows) => rows !== null),
  load: storeItems,
  finish: async (trx, context) => {
    const ids = known.get(context)?.seen ?? new Set();
    await markVanished(trx, 'azure_item', 'item_id', context, ids);
    await markVanished(trx, 'job', 'job_id', context, ids);
    await markVanished(trx, 'backup', 'backup_id', context, ids);
    await markVanished(trx, 'backup_object', 'object_id', context, ids);
    await countItems(trx, context);
  },
});

async function storeItems(trx: Trx, rows: ItemRows[], context: Context): Promise<number> {
  const { sourceId, seenAt } = context;
  for (const { item } of rows) known.get(context)?.seen.add(item.item_id);
  const stamp = { source_id: sourceId, first_seen_at: seenAt, vanished_at: null, known_from: seenAt };
  const items = rows.map(({ item }) => item);
  const jobs = rows.map(({ job }) => job);
  const backups = rows.map(({ backup }) => backup);
  const objects = rows.map(({ object }) => ({ ...object, ...stamp }));
  return (
    (await storeFacts(trx, 'azure_item', 'item_id', items, context)) +
    (await storeFacts(trx, 'job', 'job_id', jobs, context)) +
    (await storeFacts(trx, 'backup', 'backup_id', backups, context)) +
    (await upsertRows(trx, 'backup_object', objects, {
      key: ['source_id', 'backup_id', 'object_id'],
      keep: ['first_seen_at'],
    }))
  );
}

async function readSchedules({ db, sourceId }: Context): Promise<Known['schedules']> {
  const rows = await db
    .selectFrom('azure_policy')
    .select(['policy_id', 'schedule', 'time_zone'])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .execute();
  return new Map(
    rows.map(({ policy_id, schedule, time_zone }) => [
      policy_id,
      toJobSchedule((schedule ?? []) as SchedulePart[], time_zone),
    ]),
  );
}

/** Resource Graph does not say how many items a policy has. */
async function countItems(trx: Trx, { sourceId, seenAt }: Context): Promise<void> {
  await sql`
    update azure_policy p set items_count = c.items, known_from = ${seenAt}
      from (select p.policy_id, count(i.item_id)::integer as items
              from azure_policy p
              left join azure_item i on i.source_id = p.source_id and i.policy_id = p.policy_id and i.vanished_at is null
             where p.source_id = ${sourceId} group by p.policy_id) c
     where p.source_id = ${sourceId} and c.policy_id = p.policy_id and p.items_count is distinct from c.items`.execute(
    trx,
  );
}
