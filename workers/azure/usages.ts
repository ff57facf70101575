import { sql } from 'kysely';
import { localDay } from '../../src/analysis/zoned-time.ts';
import { type AzureUsage, listUsages } from '../../src/azure/usages.ts';
import { type BulkRow, upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { type FactRow, storeFacts, type Trx } from '../shared/facts.ts';
import { type SampleRow, storeSamples } from '../shared/samples.ts';
import { toRepositoryId } from './ids.ts';
import type { AzureSource } from './source.ts';

type Context = RunContext<AzureSource>;
type UsageRow = BulkRow<'azure_usage'>;

/** What a vault holds: its figures over time, and its bytes as the space of a repository. */
export const azureUsages = defineCollection<AzureSource, AzureUsage, AzureUsage>('capacity', {
  endpoint: 'usages',
  optional: false,
  extract: async function* ({ source }, _since, reading) {
    // One answer, since the bytes of all kinds of storage are one sum, which no part of them may stand for.
    const usages: AzureUsage[] = [];
    for await (const { items } of listUsages(source.client, source.ref, { reading })) usages.push(...items);
    const isWhole = reading.complete && reading.rowsRejected === 0;
    yield { rows: isWhole ? usages : usages.filter(({ name }) => !STORED.test(name)) };
  },
  transform: (usages) => usages,
  prepare: (_usages, { db, sourceNow }) => ensurePartitions(db, 'repository_sample', [sourceNow]),
  load: async (trx, usages, context) =>
    (await storeFacts(trx, 'repository', 'repository_id', [toRepository(context)], context)) +
    (await storeSamples(trx, [toSample(usages, context)])) +
    (await storeUsages(trx, usages, context)),
});

function toRepository({ sourceId, source }: Context): FactRow<'repository'> {
  return {
    repository_id: toRepositoryId(sourceId),
    name: source.vault.name,
    type: 'AzureVault',
    description: source.vault.location ?? null,
    host_id: null,
    host_name: null,
    path: null,
    is_online: true,
    is_out_of_date: false,
    has_limit: false,
    scale_out_repository_id: null,
    scale_out_name: null,
    extent_type: null,
  };
}

/** Bytes in the cloud, by redundancy. Those of deduplicated storage and of disks of a backup server elsewhere are others. */
const STORED = /^(?!.*dedup).*StorageUsage$/i;

/** Bytes stored in the vault; null: no figure says it, or one of them does not say how much. */
export function storedBytes(usages: readonly AzureUsage[]): number | null {
  const figures = usages.filter(
    ({ name, unit }) => STORED.test(name) && (unit ?? 'Bytes').toLowerCase() === 'bytes',
  );
  const bytes = figures.flatMap(({ currentValue }) => currentValue ?? []);
  return bytes.length === 0 || bytes.length < figures.length
    ? null
    : bytes.reduce((sum, one) => sum + one, 0);
}

function toSample(usages: readonly AzureUsage[], context: Context): SampleRow {
  const { sourceId, sourceNow, seenAt, source } = context;
  const stored = storedBytes(usages);
  const used = stored !== null && Number.isSafeInteger(stored) && stored >= 0 ? stored : null;
  return {
    source_id: sourceId,
    repository_id: toRepositoryId(sourceId),
    sampled_at: sourceNow,
    local_day: localDay(sourceNow.getTime(), source.zone),
    capacity_bytes: null,
    free_bytes: null,
    used_bytes: used,
    stored_bytes: used,
    is_online: true,
    is_out_of_date: null,
    is_imported: false,
    reason: used === null ? 'NO_SIZE_REPORTED' : null,
    recorded_at: seenAt,
  };
}

/** A figure is kept when it has changed, and once a day in any case. */
async function storeUsages(trx: Trx, usages: readonly AzureUsage[], context: Context): Promise<number> {
  const { sourceId, sourceNow, source } = context;
  const { rows: known } = await sql<Pick<UsageRow, 'name' | 'value' | 'limit_value'> & { sampled_at: Date }>`
    select distinct on (name) name, value, limit_value, sampled_at from azure_usage
     where source_id = ${sourceId} and sampled_at >= ${new Date(sourceNow.getTime() - 2 * 86_400_000)}
     order by name, sampled_at desc`.execute(trx);
  const last = new Map(known.map((row) => [row.name, row]));
  const today = localDay(sourceNow.getTime(), source.zone);
  const rows = usages.flatMap(({ name, currentValue, unit, limit }): UsageRow[] => {
    if (currentValue === undefined) return [];
    const before = last.get(name);
    const isSame = before?.value === currentValue && before.limit_value === limit;
    if (isSame && localDay(before.sampled_at.getTime(), source.zone) === today) return [];
    return [
      {
        source_id: sourceId,
        name,
        sampled_at: sourceNow,
        value: currentValue,
        unit: unit ?? null,
        limit_value: limit,
      },
    ];
  });
  // Figures of a moment are said once.
  const columns = ['value', 'unit', 'limit_value'] as const;
  return upsertRows(trx, 'azure_usage', rows, {
    key: ['source_id', 'name', 'sampled_at'],
    keep: [...columns],
  });
}
