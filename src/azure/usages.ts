import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { type Page, type ReadOptions, readPages } from './rows.ts';
import { number, text, time } from './wire.ts';

const usageSchema = z
  .object({
    name: z.object({ value: z.string().min(1) }),
    unit: text,
    currentValue: number,
    /** -1: there is none. */
    limit: number,
    quotaPeriod: text,
    nextResetTime: time,
  })
  .transform(({ name, limit, ...usage }) => ({
    ...usage,
    name: name.value,
    limit: limit === undefined || limit < 0 ? null : limit,
  }));
/** One figure of a vault, in the unit that `unit` says: bytes stored (`GRSStorageUsage`, …), counts of items and jobs. */
export type AzureUsage = z.infer<typeof usageSchema>;

const KIND = { row: usageSchema, key: ({ name }: AzureUsage) => name };

/** What a vault holds now. */
export function listUsages(
  client: AzureClient,
  vault: VaultRef,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureUsage>> {
  return readPages(client, vaultPath(vault, 'usages'), KIND, { ...options, apiVersion: API_VERSIONS.usages });
}
