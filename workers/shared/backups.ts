import { sql } from 'kysely';
import { insertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { listBackups, type VeeamBackup } from '../../src/veeam/backups.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type Context, type FactRow, markVanished, storeFacts, type Trx } from './facts.ts';

const seen = new WeakMap<Context, Set<string>>();

/** What jobs and imports left. One that is gone has no bytes from now on, and neither have its files. */
export const backups = defineCollection<VeeamSource, VeeamBackup, FactRow<'backup'>>('capacity', {
  endpoint: 'backups',
  optional: true,
  extract: async function* (context, _since, reading) {
    seen.set(context, new Set());
    for await (const { items } of listBackups(context.source.client, reading)) yield { rows: items };
  },
  transform: (items, { source: { parseTime } }) =>
    items.map((one) => ({
      backup_id: one.id,
      name: one.name ?? one.id,
      job_id: one.jobId ?? null,
      job_type: one.jobType ?? null,
      policy_unique_id: one.policyUniqueId ?? null,
      platform_name: one.platformName ?? null,
      repository_id: one.repositoryId ?? null,
      repository_name: one.repositoryName ?? null,
      oldest_point_at: parseTime(one.creationTime)?.at ?? null,
    })),
  load: (trx, rows, context) => {
    for (const row of rows) seen.get(context)?.add(row.backup_id);
    return storeFacts(trx, 'backup', 'backup_id', rows, context);
  },
  finish: async (trx, context) => {
    const gone = await markVanished(trx, 'backup', 'backup_id', context, seen.get(context) ?? []);
    await forgetFiles(trx, gone, context);
  },
});

async function forgetFiles(
  trx: Trx,
  backupIds: string[],
  { sourceId, seenAt, sourceNow }: Context,
): Promise<void> {
  if (backupIds.length === 0) return;
  await sql`update backup_file set vanished_at = ${seenAt}, known_from = ${seenAt}
    where source_id = ${sourceId} and vanished_at is null and backup_id = any(${backupIds})`.execute(trx);
  const rows = backupIds.map((backup_id) => ({
    source_id: sourceId,
    backup_id,
    sampled_at: sourceNow,
    files: 0,
    stored_bytes: 0,
    data_bytes: 0,
    unsized_files: 0,
    is_whole: true,
  }));
  await insertRows(trx, 'backup_sample', rows);
}
