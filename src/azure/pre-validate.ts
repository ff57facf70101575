import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { regionPath } from './paths.ts';
import { parseOne, type ReadOptions } from './rows.ts';
import { code, filledText } from './wire.ts';

const schema = z.object({
  /** The verdict: the status of the answer is 200 either way. */
  status: filledText,
  errorCode: code,
  errorMessage: filledText,
  recommendation: filledText,
  containerName: filledText,
  protectedItemName: filledText,
});
/** Whether a machine could be protected by a vault, and by which names. */
export type AzurePreValidation = z.infer<typeof schema>;

/** Asks whether a machine could be protected by a vault. It takes rights on the whole subscription. */
export async function preValidateProtection(
  client: AzureClient,
  question: { subscriptionId: string; region: string; resourceId: string; vaultId: string },
  options: ReadOptions = {},
): Promise<AzurePreValidation> {
  const { subscriptionId, region, resourceId, vaultId } = question;
  const path = regionPath(subscriptionId, region, 'backupPreValidateProtection');
  const call = { ...options, apiVersion: API_VERSIONS.backupStatus };
  const body = { resourceType: 'VM', resourceId, vaultId, properties: '' };
  const { json } = await client.post(path, body, call);
  return parseOne(json, path, schema, options.reading);
}
