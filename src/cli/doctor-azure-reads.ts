import type { AzureClient } from '../azure/client.ts';
import { listContainers } from '../azure/containers.ts';
import { toItemRef } from '../azure/ids.ts';
import { listJobs } from '../azure/jobs.ts';
import type { VaultRef } from '../azure/paths.ts';
import { listPolicies } from '../azure/policies.ts';
import { type AzureProtectedItem, listProtectedItems } from '../azure/protected-items.ts';
import type { AzureReading } from '../azure/reading.ts';
import { listRecoveryPoints } from '../azure/recovery-points.ts';
import { listResourceGuardProxies } from '../azure/resource-guards.ts';
import type { Page } from '../azure/rows.ts';
import { getStorageConfig } from '../azure/storage-config.ts';
import { listUsages } from '../azure/usages.ts';
import { getVaultConfig } from '../azure/vault-config.ts';
import { getVault } from '../azure/vaults.ts';
import { SourceError } from '../errors.ts';
import { createReading } from '../reading.ts';

type Given = { client: AzureClient; ref: VaultRef; reading: AzureReading };

/** What the workers read of a vault, by the names that run records have. */
export type VaultRead = {
  endpoint: string;
  /** What is not known without it. */
  gives: string;
  /** Workers that read it. */
  features: readonly ('health' | 'capacity' | 'efficiency' | 'rto')[];
  /** A worker cannot run without it. */
  isNeeded?: true;
  /** Asks for one page. */
  ask: (given: Given) => Promise<unknown>;
};

const DAY_MS = 86_400_000;

export const VAULT_READS: readonly VaultRead[] = [
  {
    endpoint: 'vaults',
    gives: 'the vault itself',
    features: ['health', 'capacity', 'efficiency', 'rto'],
    isNeeded: true,
    ask: readVault,
  },
  {
    endpoint: 'backupProtectedItems',
    gives: 'protected items and their health',
    features: ['health', 'capacity', 'efficiency', 'rto'],
    isNeeded: true,
    ask: readItems,
  },
  {
    endpoint: 'backupJobs',
    gives: 'backups and restores with their errors',
    features: ['health', 'rto'],
    isNeeded: true,
    ask: ({ client, ref, reading }) => {
      const from = new Date(client.clock.now() - DAY_MS);
      return firstPage(listJobs(client, ref, { from }, { reading }));
    },
  },
  {
    endpoint: 'usages',
    gives: 'stored bytes and their growth',
    features: ['capacity', 'efficiency'],
    isNeeded: true,
    ask: ({ client, ref, reading }) => firstPage(listUsages(client, ref, { reading })),
  },
  {
    endpoint: 'recoveryPoints',
    gives: 'age, tier and number of recovery points',
    features: ['efficiency', 'rto'],
    ask: readPoints,
  },
  {
    endpoint: 'backupPolicies',
    gives: 'schedules and retention',
    features: ['health', 'rto'],
    ask: ({ client, ref, reading }) => firstPage(listPolicies(client, ref, {}, { reading })),
  },
  {
    endpoint: 'backupconfig',
    gives: 'soft delete of older vaults',
    features: ['health'],
    ask: ({ client, ref, reading }) => getVaultConfig(client, ref, { reading }),
  },
  {
    endpoint: 'backupstorageconfig',
    gives: 'redundancy and cross-region restore of older vaults',
    features: ['health'],
    ask: ({ client, ref, reading }) => getStorageConfig(client, ref, { reading }),
  },
  {
    endpoint: 'backupResourceGuardProxies',
    gives: 'whether critical operations need a second person',
    features: ['health'],
    ask: ({ client, ref, reading }) => firstPage(listResourceGuardProxies(client, ref, { reading })),
  },
  {
    endpoint: 'backupProtectionContainers',
    gives: 'whether machines and storage accounts are registered',
    features: ['health'],
    ask: ({ client, ref, reading }) =>
      firstPage(listContainers(client, ref, { backupManagementType: 'AzureIaasVM', reading })),
  },
];

export type VaultAnswer = { read: VaultRead; error: SourceError | null; reading: AzureReading };

/** Asks a vault for one page of each, and gives what it said, in the same order. */
export function askVault(client: AzureClient, ref: VaultRef): Promise<VaultAnswer[]> {
  return Promise.all(
    VAULT_READS.map(async (read) => {
      const reading: AzureReading = createReading(read.endpoint);
      const error = await errorOf(read.ask({ client, ref, reading }));
      return { read, error, reading };
    }),
  );
}

/** What a source answered instead; null: it answered. */
export async function errorOf(asked: Promise<unknown>): Promise<SourceError | null> {
  try {
    await asked;
    return null;
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

/** The rows of the first page; the others are not asked for. */
export async function firstPage<Row>(pages: AsyncGenerator<Page<Row>>): Promise<Row[]> {
  for await (const { items } of pages) return items;
  return [];
}

async function readVault({ client, ref, reading }: Given): Promise<void> {
  if (await getVault(client, ref, { reading })) return;
  throw new SourceError('it is listed, but not there', { code: 'not-found', retryable: false });
}

function readItems({ client, ref, reading }: Given): Promise<AzureProtectedItem[]> {
  return firstPage(listProtectedItems(client, ref, {}, { reading }));
}

/** Of one item. Without items there is nothing to ask for, and what keeps them from being read keeps these, too. */
async function readPoints({ client, ref, reading }: Given): Promise<void> {
  const items = await readItems({ client, ref, reading: createReading('backupProtectedItems') });
  const item = items.map(({ parts }) => toItemRef(parts)).find((one) => one !== null);
  if (!item) return;
  const from = new Date(client.clock.now() - DAY_MS);
  await firstPage(listRecoveryPoints(client, item, { from }, { reading }));
}
