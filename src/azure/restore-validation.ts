import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { parseOne, type ReadOptions } from './rows.ts';
import { code, text, texts } from './wire.ts';

const finding = z.object({ code, message: text, recommendations: texts });
/** Something that stands in the way of a restore. */
export type AzureFinding = z.infer<typeof finding>;

const schema = z.object({
  validateOperationResponse: z.object({ validationResults: z.array(finding).optional() }).optional(),
});

/** What would stand in the way of a restore. None: it can be started. */
export async function validateRestore(
  client: AzureClient,
  vault: VaultRef,
  restoreRequest: Record<string, unknown>,
  options: ReadOptions = {},
): Promise<AzureFinding[]> {
  const path = vaultPath(vault, 'backupValidateOperation');
  const call = { ...options, apiVersion: API_VERSIONS.operations };
  const body = { objectType: 'ValidateIaasVMRestoreOperationRequest', restoreRequest };
  const { json } = await client.post(path, body, call);
  const { validateOperationResponse } = parseOne(json, path, schema, options.reading);
  return validateOperationResponse?.validationResults ?? [];
}
