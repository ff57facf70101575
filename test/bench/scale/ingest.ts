import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { MetricsDB } from '../../../src/db/connect.ts';
import { openDatabases } from '../../../src/db/database.ts';
import { insertRows, upsertRows } from '../../../src/pipeline/bulk.ts';
import { ensurePartitions } from '../../../src/pipeline/partitions.ts';
import { median } from '../measurement.ts';
import type { Size } from './databases.ts';

const BATCH = 4_000;
const ROUNDS = 9;

type Load = (trx: Transaction<MetricsDB>, sourceId: string, round: number) => Promise<number>;

/** Rows per second that the collectors' own way of storing reaches in each size, the sizes in turn batch by batch. */
export async function timeIngest(
  sizes: readonly Size[],
): Promise<{ what: string; size: string; rowsPerSecond: number }[]> {
  const open = [];
  for (const { name, settings } of sizes) {
    const databases = await openDatabases(settings, 'collector', 'dr365 bench');
    const { db } = databases.metrics;
    const { sourceId } = await db
      .selectFrom('backup_server')
      .select('source_id as sourceId')
      .limit(1)
      .executeTakeFirstOrThrow();
    await ensurePartitions(db, 'session', [new Date()]);
    open.push({ name, sourceId, databases });
  }
  const rates = [];
  for (const [what, load] of Object.entries(LOADS)) {
    const taken = new Map(open.map(({ name }) => [name, [] as number[]]));
    for (let round = -1; round < ROUNDS; round += 1)
      for (const { name, sourceId, databases } of open) {
        const start = performance.now();
        const rows = await databases.metrics.db.transaction().execute((trx) => load(trx, sourceId, round));
        if (round >= 0) taken.get(name)?.push((performance.now() - start) / 1000 / rows);
      }
    for (const { name } of open)
      rates.push({ what, size: name, rowsPerSecond: 1 / median(taken.get(name) ?? []) });
  }
  for (const { databases } of open) await databases.close();
  return rates;
}

const LOADS: Record<string, Load> = {
  'new sessions': async (trx, sourceId) => {
    const rows = Array.from({ length: BATCH }, (_, index) => toSession(sourceId, index));
    return upsertRows(trx, 'session', rows, { key: ['source_id', 'session_id', 'created_at'] });
  },
  'new restore points': async (trx, sourceId) => {
    const rows = Array.from({ length: BATCH }, (_, index) => toPoint(sourceId, index));
    return upsertRows(trx, 'restore_point', rows, { key: ['source_id', 'restore_point_id'] });
  },
  'jobs that changed, their earlier state kept': async (trx, sourceId, round) => {
    const { numAffectedRows } = await sql`
      update job set description = ${`round ${round}`}, known_from = now() where source_id = ${sourceId} and job_id in
        (select job_id from job where source_id = ${sourceId} order by job_id limit ${BATCH})`.execute(trx);
    return Number(numAffectedRows);
  },
  'results of a run': async (trx, sourceId) => {
    const runId = randomUUID();
    const rows = Array.from({ length: BATCH }, (_, index) => ({
      source_id: sourceId,
      run_id: runId,
      repository_id: `repository ${index}`,
      event_id: `event ${index}`,
      kind: 'SPIKE',
      local_day: '2026-01-01',
      bytes: index,
      days: null,
    }));
    return insertRows(trx, 'capacity_event', rows);
  },
};

const toSession = (sourceId: string, index: number) => ({
  source_id: sourceId,
  session_id: randomUUID(),
  created_at: new Date(Date.now() - index * 1_000),
  ended_at: new Date(Date.now() - index * 1_000 + 600_000),
  name: `Backup of machines ${index % 997}`,
  session_type: 'VSphereBackup',
  job_id: randomUUID(),
  state: 'Stopped',
  result: 'Success',
  message: null,
  is_canceled: false,
  progress_percent: 100,
  processed_bytes: index * 1_000_000,
  read_bytes: index * 100_000,
  transferred_bytes: index * 10_000,
  usn: index,
  known_from: new Date(),
});

const toPoint = (sourceId: string, index: number) => ({
  source_id: sourceId,
  restore_point_id: randomUUID(),
  backup_id: randomUUID(),
  workload_id: `VMware/${randomUUID()}`,
  name: `machine ${index}`,
  platform: 'VMware',
  type: 'Increment',
  created_at: new Date(Date.now() - index * 1_000),
  session_id: randomUUID(),
  backup_file_id: randomUUID(),
  malware_status: 'Clean',
  original_bytes: index * 1_000_000,
  operations: ['StartViVMInstantRecovery'],
  gfs_periods: [],
  first_seen_at: new Date(),
  known_from: new Date(),
});
