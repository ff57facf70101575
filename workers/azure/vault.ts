import { listResourceGuardProxies } from '../../src/azure/resource-guards.ts';
import { rawOf } from '../../src/azure/rows.ts';
import { getStorageConfig } from '../../src/azure/storage-config.ts';
import { getVaultConfig } from '../../src/azure/vault-config.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { AnyCollection, Reading, RunContext } from '../../src/pipeline/worker.ts';
import type { Trx } from '../shared/facts.ts';
import { isOfOneEndpoint } from '../shared/optional.ts';
import type { AzureSource } from './source.ts';
import { vaultKeyOf } from './vault-key.ts';
import { type Answers, toVaultSettings } from './vault-settings.ts';

type Context = RunContext<AzureSource>;
type Kind = keyof Answers;

/** The vault itself, as it answered when the run began. */
export const azureVault = answer('vaults', 'vault', async ({ source }, reading) => {
  reading.requests = 1;
  reading.rowsFetched = 1;
  reading.rowsTotal = 1;
  reading.complete = true;
  return rawOf(source.vault);
});

/** Soft delete as the backup service has it. */
export const azureVaultConfig = answer('backupconfig', 'config', async ({ source }, reading) => {
  const config = await getVaultConfig(source.client, source.ref, { reading });
  return config && rawOf(config);
});

/** How often each backup is stored, and where. */
export const azureStorageConfig = answer('backupstorageconfig', 'storage', async ({ source }, reading) => {
  const config = await getStorageConfig(source.client, source.ref, { reading });
  return config && rawOf(config);
});

/** Whether critical operations need a second person. */
export const azureGuards = answer('backupResourceGuardProxies', 'guards', async ({ source }, reading) => {
  const guards: unknown[] = [];
  for await (const { items } of listResourceGuardProxies(source.client, source.ref, { reading }))
    guards.push(...items.map(rawOf));
  return guards;
});

/**
 * One of the answers that make up the row of a vault. It is stored as it came and the row worked out anew from all of them. One
 * that can no longer be read is taken out: what it said may not hold any more.
 */
function answer(
  endpoint: string,
  kind: Kind,
  read: (context: Context, reading: Reading) => Promise<unknown>,
): AnyCollection<AzureSource> {
  return defineCollection<AzureSource, unknown, unknown>('health', {
    endpoint,
    optional: true,
    extract: async function* (context, _since, reading) {
      try {
        yield { rows: [await read(context, reading)] };
      } catch (error) {
        // A run that ends here has learnt nothing about the vault.
        if (isOfOneEndpoint(error))
          await context.db.transaction().execute((trx) => store(trx, context, kind, null));
        throw error;
      }
    },
    transform: (answers) => answers,
    load: (trx, [value = null], context) => store(trx, context, kind, value),
  });
}

async function store(trx: Trx, context: Context, kind: Kind, value: unknown): Promise<number> {
  const { sourceId, seenAt, source } = context;
  const known = await trx
    .selectFrom('azure_vault')
    .select('raw')
    .where('source_id', '=', sourceId)
    .forUpdate()
    .executeTakeFirst();
  const answers: Answers = { ...(known?.raw as Answers | undefined), [kind]: value ?? undefined };
  const { vault, ref } = source;
  const row = {
    source_id: sourceId,
    vault_key: vaultKeyOf(source),
    name: vault.name,
    subscription_id: ref.subscriptionId.toLowerCase(),
    resource_group: ref.resourceGroup,
    location: vault.location ?? null,
    ...toVaultSettings(vault, answers),
    time_zone: source.zone,
    // In whole minutes: a clock that runs is not a change worth keeping.
    clock_skew_seconds: source.skewMs === null ? null : Math.round(source.skewMs / 60_000) * 60,
    raw: answers,
    known_from: seenAt,
  };
  return upsertRows(trx, 'azure_vault', [row], { key: ['source_id'] });
}
