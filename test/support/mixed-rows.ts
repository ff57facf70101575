import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { BusinessContext } from '../../src/business/context.ts';
import { loadBusinessContext } from '../../src/business/load.ts';
import type { Metrics } from '../../src/db/connect.ts';
import { createLog } from '../../src/log.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { runWorker } from '../../src/pipeline/run-worker.ts';
import type { Worker } from '../../src/pipeline/worker.ts';
import { conclude } from '../../workers/rto/conclude.ts';
import type { SourceFacts } from '../../workers/source.ts';
import type { TestDatabase } from './database.ts';

export const MIXED_NOW = new Date('2026-03-18T12:00:00Z');
export const VBR = 'vbr01';
export const VAULT = 'azure:vault-west:abc123';
const HOUR_MS = 3_600_000;

/** A machine that a backup server, a vault or both protect; hours before the time of the test, newest first. */
export type MixedMachine = {
  name: string;
  /** Of the hardware, as each side says it; left out: the name alone speaks. */
  veeamId?: string;
  azureId?: string;
  /** Full names, as each side says them. */
  veeamFqdn?: string;
  azureFqdn?: string;
  veeam?: number[];
  azure?: number[];
  item?: { protection_state?: string; health_status?: string; is_soft_deleted?: boolean };
  /** Whether the job of the server is switched off. */
  isVeeamOff?: boolean;
  /** Restore tests on either side, so many hours ago, and whether they passed. */
  veeamTests?: [hours: number, passed: boolean][];
  azureTests?: [hours: number, passed: boolean][];
};

export const veeamId = (name: string) => `WindowsPhysical/${name}-hardware`;
const resource = (name: string) =>
  `/subscriptions/s1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/${name}`;
export const azureId = (name: string) => `azure${resource(name)}`;
export const itemId = (name: string) =>
  `iaasvmcontainer;iaasvmcontainerv2;rg;${name}/vm;iaasvmcontainerv2;rg;${name}`;

/** Writes what collectors would have stored of a server and a vault with some machines. */
export async function fillMixed(
  db: Metrics,
  machines: readonly MixedMachine[],
  { vault = {}, now = MIXED_NOW }: { vault?: Record<string, unknown>; now?: Date } = {},
): Promise<void> {
  const before = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);
  const stamp = { first_seen_at: before(2000), known_from: before(2000) };
  if (machines.some(({ veeam }) => veeam)) {
    await db
      .insertInto('source')
      .values({ source_id: VBR, kind: 'veeam', name: VBR, first_seen_at: before(3000) })
      .execute();
    await db
      .insertInto('repository')
      .values({
        source_id: VBR,
        repository_id: 'repo-1',
        name: 'Repository 1',
        type: 'WinLocal',
        host_id: 'host-1',
        immutable_days: 0,
        ...stamp,
      })
      .execute();
  }
  if (machines.some(({ azure }) => azure)) {
    await db
      .insertInto('source')
      .values({ source_id: VAULT, kind: 'azure', name: 'vault-west', first_seen_at: before(3000) })
      .execute();
    await db
      .insertInto('repository')
      .values({
        source_id: VAULT,
        repository_id: 'vault-west:abc123',
        name: 'vault-west',
        type: 'AzureVault',
        ...stamp,
      })
      .execute();
    await db
      .insertInto('azure_vault')
      .values({
        source_id: VAULT,
        vault_key: '/subscriptions/s1/vault-west',
        name: 'vault-west',
        subscription_id: 's1',
        resource_group: 'rg',
        location: 'westeurope',
        redundancy: 'GeoRedundant',
        cross_region_restore: true,
        soft_delete: 'AlwaysON',
        soft_delete_days: 14,
        immutability: 'Locked',
        multi_user_authorization: true,
        alerts_on_failures: true,
        time_zone: 'UTC',
        raw: '{}',
        known_from: before(2000),
        ...vault,
      })
      .execute();
  }
  for (const machine of machines) {
    if (machine.veeam) await addVeeam(db, machine, before, stamp);
    if (machine.azure) await addAzure(db, machine, before, stamp);
  }
}

type Before = (hours: number) => Date;
type Stamp = { first_seen_at: Date; known_from: Date };

async function addVeeam(db: Metrics, machine: MixedMachine, before: Before, stamp: Stamp): Promise<void> {
  const { name, veeam = [] } = machine;
  const source_id = VBR;
  const workload_id = veeamId(name);
  const backup_id = `backup-${name}`;
  const job_id = `job-${name}`;
  await db
    .insertInto('job')
    .values({
      source_id,
      job_id,
      name: `Backup of ${name}`,
      type: 'WindowsAgentBackup',
      is_disabled: machine.isVeeamOff ?? false,
      repository_id: 'repo-1',
      ...stamp,
    })
    .execute();
  await db
    .insertInto('backup')
    .values({
      source_id,
      backup_id,
      name: `Backup of ${name}`,
      job_id,
      job_type: 'WindowsAgentBackup',
      platform_name: 'WindowsPhysical',
      repository_id: 'repo-1',
      ...stamp,
    })
    .execute();
  await db
    .insertInto('backup_object')
    .values({
      source_id,
      backup_id,
      object_id: `object-${name}`,
      workload_id,
      name: machine.veeamFqdn ?? name,
      platform: 'WindowsPhysical',
      type: 'Computer',
      platform_object_id: machine.veeamId ?? null,
      restore_points_count: veeam.length,
      ...stamp,
    })
    .execute();
  await addPoints(
    db,
    { source_id, backup_id, workload_id, name, platform: 'WindowsPhysical' },
    veeam,
    before,
    stamp,
  );
  await addTests(db, source_id, workload_id, name, machine.veeamTests ?? [], before, stamp);
}

async function addAzure(db: Metrics, machine: MixedMachine, before: Before, stamp: Stamp): Promise<void> {
  const { name, azure = [], item } = machine;
  const source_id = VAULT;
  const backup_id = itemId(name);
  const workload_id = azureId(name);
  const isOff = item?.is_soft_deleted === true || item?.protection_state === 'ProtectionStopped';
  await db
    .insertInto('azure_item')
    .values({
      source_id,
      item_id: backup_id,
      name,
      management_type: 'AzureIaasVM',
      item_type: 'Microsoft.Compute/virtualMachines',
      workload_type: 'VM',
      resource_key: resource(name),
      protection_state: 'Protected',
      health_status: 'Passed',
      health_details: '[]',
      is_soft_deleted: false,
      last_point_at: azure[0] === undefined ? null : before(azure[0]),
      ...item,
      ...stamp,
    })
    .execute();
  for (const stream of [`recoveryPoints whole ${backup_id}`, `recoveryPoints newest ${backup_id}`])
    await db
      .insertInto('watermark')
      .values({
        source_id,
        worker: 'rto',
        stream,
        read_until: before(Math.min(0, azure[0] ?? 0)),
        run_id: randomUUID(),
      })
      .execute();
  const place = { repository_id: 'vault-west:abc123', repository_name: 'vault-west' };
  await db
    .insertInto('job')
    .values({ source_id, job_id: backup_id, name, type: 'AzureVm', is_disabled: isOff, ...place, ...stamp })
    .execute();
  await db
    .insertInto('backup')
    .values({
      source_id,
      backup_id,
      name,
      job_id: backup_id,
      job_type: 'AzureVm',
      platform_name: 'AzureBackup',
      ...place,
      ...stamp,
    })
    .execute();
  await db
    .insertInto('backup_object')
    .values({
      source_id,
      backup_id,
      object_id: backup_id,
      workload_id,
      name,
      platform: 'AzureBackup',
      type: 'AzureVm',
      platform_object_id: resource(name),
      restore_points_count: azure.length,
      ...stamp,
    })
    .execute();
  const keys = [
    ...(machine.azureId ? [{ kind: 'BIOS_UUID', value: machine.azureId }] : []),
    ...(machine.azureFqdn ? [{ kind: 'FQDN', value: machine.azureFqdn }] : []),
  ];
  for (const { kind, value } of keys)
    await db
      .insertInto('workload_key')
      .values({
        source_id,
        key_id: `${workload_id}|${kind}|${value}`,
        workload_id,
        kind,
        value,
        origin: 'virtualMachines.vmId',
        ...stamp,
      })
      .execute();
  await addPoints(
    db,
    { source_id, backup_id, workload_id, name, platform: 'AzureBackup' },
    azure,
    before,
    stamp,
  );
  for (const [index] of azure.entries())
    await db
      .insertInto('azure_point')
      .values({
        source_id,
        restore_point_id: `${backup_id}/${index}`,
        item_id: backup_id,
        tiers: ['HardenedRP:Valid'],
        is_restorable: true,
        is_soft_deleted: false,
        expires_at: before(-24 * 30),
        ...stamp,
      })
      .execute();
  await addTests(db, source_id, workload_id, name, machine.azureTests ?? [], before, stamp);
}

async function addPoints(
  db: Metrics,
  of: { source_id: string; backup_id: string; workload_id: string; name: string; platform: string },
  hours: readonly number[],
  before: Before,
  stamp: Stamp,
): Promise<void> {
  const rows = hours.map((ago, index) => ({
    ...of,
    restore_point_id: `${of.backup_id}/${index}`,
    created_at: before(ago),
    operations: [],
    gfs_periods: [],
    ...stamp,
  }));
  if (rows.length > 0) await db.insertInto('restore_point').values(rows).execute();
}

async function addTests(
  db: Metrics,
  source_id: string,
  workload_id: string,
  name: string,
  tests: readonly [number, boolean][],
  before: Before,
  stamp: Stamp,
): Promise<void> {
  for (const [hours, passed] of tests)
    await db
      .insertInto('restore_trial')
      .values({
        source_id,
        trial_id: `${workload_id}-${hours}`,
        origin: 'SESSION',
        session_type: source_id === VAULT ? 'AzureRestore' : 'RestoreVm',
        class: 'FULL_VM',
        workload_id,
        mapped_by: 'RESTORE_POINT',
        started_at: before(hours),
        ended_at: before(hours - 0.2),
        outcome: passed ? 'OK' : 'FAILED',
        purpose: 'TEST',
        object_name: name,
        detail: JSON.stringify({ container: `iaasvmcontainer;iaasvmcontainerv2;rg;${name}` }),
        ...stamp,
      })
      .execute();
}

/** Run records of the collectors that risk rests on besides, as if they had read everything a moment ago. */
export async function addCollectorRuns(db: Metrics, sourceId: string, now = MIXED_NOW): Promise<void> {
  const ended = new Date(now.getTime() - 60_000);
  for (const worker of ['health', 'capacity', 'efficiency'])
    await db
      .insertInto('run')
      .values({
        source_id: sourceId,
        run_id: randomUUID(),
        worker,
        status: 'succeeded',
        started_at: new Date(ended.getTime() - 60_000),
        finished_at: ended,
        source_time: new Date(ended.getTime() - 60_000),
        program_version: 'test',
      })
      .execute();
}

/** Everything that the collections of the worker read, as read to its end; nothing new came. */
const ENDPOINTS = {
  veeam: ['backups/objects', 'restorePoints', 'replicas', 'recovery sessions by creation'],
  azure: ['backupProtectedItems', 'recoveryPoints', 'backupJobs'],
};

/** A run of the rto worker on what the tables hold. @returns its id */
export async function concludeRto(
  database: TestDatabase,
  sourceId: string,
  {
    now = MIXED_NOW,
    skewHours = 0,
    business = loadBusinessContext(undefined) as BusinessContext,
    tenant = undefined as string | undefined,
  } = {},
): Promise<string> {
  const kind: 'azure' | 'veeam' = sourceId.startsWith('azure:') ? 'azure' : 'veeam';
  const worker: Worker<SourceFacts> = {
    name: 'rto',
    collections: ENDPOINTS[kind].map((endpoint) =>
      defineCollection<SourceFacts, never, never>('rto', {
        endpoint,
        optional: true,
        extract: async function* (_context, _since, reading) {
          reading.complete = true;
          yield { rows: [] };
        },
        transform: () => [],
        load: async () => 0,
      }),
    ),
    conclude,
  };
  const summary = await runWorker(worker, database, {
    source: { sourceId, kind, name: kind === 'azure' ? 'vault-west' : sourceId, tenant },
    open: async () => ({
      client: { kind, zone: 'UTC', business },
      now: new Date(now.getTime() + skewHours * HOUR_MS),
      apiRevision: undefined,
      upstreamId: undefined,
      close: async () => {},
    }),
    clock: () => now,
    log: createLog('silent'),
  });
  if (!summary.runId || summary.error) throw new Error(`${summary.status}: ${summary.error?.message}`);
  return summary.runId;
}

/** The row of a workload by a run. */
export async function recoveryOf(db: Metrics, runId: string, workloadId: string) {
  const row = await db
    .selectFrom('workload_recovery')
    .selectAll()
    .where('run_id', '=', runId)
    .where('workload_id', '=', workloadId)
    .executeTakeFirstOrThrow();
  return {
    ...row,
    protections: row.protections as unknown as Record<string, unknown>[],
    locations: await db
      .selectFrom('recovery_location')
      .selectAll()
      .where('run_id', '=', runId)
      .where('workload_id', '=', workloadId)
      .orderBy('location_id')
      .execute(),
  };
}

/** All that runs of the worker wrote of a source, but for their ids, so that two databases can be compared. */
export async function resultsOf(db: Metrics, sourceId: string): Promise<string> {
  const texts: string[] = [];
  for (const table of [
    'workload_recovery',
    'recovery_location',
    'mass_restore',
    'recovery_summary',
    'workload_match',
  ]) {
    const { rows } = await sql<{ row: string }>`
      select (to_jsonb(t) - 'run_id' - 'matches')::text as row from ${sql.table(table)} t
       where source_id = ${sourceId} order by 1`.execute(db);
    texts.push(`${table}\n${rows.map(({ row }) => row).join('\n')}`);
  }
  return texts.join('\n\n');
}
