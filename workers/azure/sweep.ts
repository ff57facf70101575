import type { AzureClient } from '../../src/azure/client.ts';
import { parseArmId, toVaultKey } from '../../src/azure/ids.ts';
import type { AzureJob } from '../../src/azure/jobs.ts';
import type { AzurePolicy } from '../../src/azure/policies.ts';
import type { AzureProtectedItem } from '../../src/azure/protected-items.ts';
import {
  type SweepOptions,
  sweepJobs,
  sweepPolicies,
  sweepProtectedItems,
} from '../../src/azure/resource-graph.ts';
import type { Page } from '../../src/azure/rows.ts';
import { createReading, type Reading } from '../../src/reading.ts';

/** Rows of one vault out of an answer about all; `reading` is that of the whole answer. */
export type Swept<Row> = { rows: Row[]; reading: Reading };

/** What Resource Graph says of all vaults, asked for once per kind and cycle. @throws SourceError */
export type AzureSweep = {
  items: (vaultKey: string) => Promise<Swept<AzureProtectedItem>>;
  policies: (vaultKey: string) => Promise<Swept<AzurePolicy>>;
  /** Jobs that ran at some time from `from` on, at most 14 days back. */
  jobs: (vaultKey: string, from: Date) => Promise<Swept<AzureJob>>;
};

type Answer<Row> = { byVault: Map<string, Row[]>; reading: Reading };

/** A sweep over some subscriptions. Nothing is asked before the first question. */
export function createSweep(client: AzureClient, subscriptionIds: readonly string[]): AzureSweep {
  const items = once(() => sweepAll(subscriptionIds, (options) => sweepProtectedItems(client, options)));
  const policies = once(() => sweepAll(subscriptionIds, (options) => sweepPolicies(client, options)));
  let jobs: { from: Date; answer: Promise<Answer<AzureJob>> } | undefined;
  return {
    items: async (vaultKey) => pick(await items(), vaultKey),
    policies: async (vaultKey) => pick(await policies(), vaultKey),
    jobs: async (vaultKey, from) => {
      // One vault may need more days than those before it did.
      if (!jobs || from < jobs.from)
        jobs = {
          from,
          answer: sweepAll(subscriptionIds, (options) => sweepJobs(client, { ...options, from })),
        };
      return pick(await jobs.answer, vaultKey);
    },
  };
}

async function sweepAll<Row extends { id: string }>(
  subscriptionIds: readonly string[],
  read: (options: SweepOptions) => AsyncGenerator<Page<Row>>,
): Promise<Answer<Row>> {
  const reading = createReading('Resource Graph');
  const byVault = new Map<string, Row[]>();
  for await (const { items } of read({ subscriptionIds, reading })) {
    for (const row of items) {
      const key = toVaultKey(parseArmId(row.id)) ?? '';
      const rows = byVault.get(key);
      if (rows) rows.push(row);
      else byVault.set(key, [row]);
    }
  }
  return { byVault, reading };
}

const pick = <Row>({ byVault, reading }: Answer<Row>, vaultKey: string): Swept<Row> => ({
  rows: byVault.get(vaultKey) ?? [],
  reading,
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
