import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { BACKUP_STATES } from './enums.ts';
import { regionPath } from './paths.ts';
import { parseOne, type ReadOptions } from './rows.ts';
import { keyOf, open, text } from './wire.ts';

const statusSchema = z.object({
  protectionStatus: open(BACKUP_STATES),
  vaultId: keyOf,
  fabricName: text,
  containerName: text,
  protectedItemName: text,
  policyName: text,
  registrationStatus: text,
  /** `Success` when all is well. */
  errorCode: text,
  errorMessage: text,
});
/** Whether and where a machine is protected. */
export type AzureBackupStatus = z.infer<typeof statusSchema>;

export type BackupStatusQuestion = {
  subscriptionId: string;
  /** The machine's own region, which need not be the vault's. */
  region: string;
  resourceId: string;
  resourceType?: string | undefined;
};

/** Asks whether a machine is protected, by any vault. It takes rights on the whole subscription. */
export async function getBackupStatus(
  client: AzureClient,
  { subscriptionId, region, resourceId, resourceType = 'VM' }: BackupStatusQuestion,
  options: ReadOptions = {},
): Promise<AzureBackupStatus> {
  const path = regionPath(subscriptionId, region, 'backupStatus');
  const call = { ...options, apiVersion: API_VERSIONS.backupStatus };
  const { json } = await client.post(path, { resourceType, resourceId }, call);
  return parseOne(json, path, statusSchema, options.reading);
}
