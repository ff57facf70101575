import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SUBSCRIPTION, VAULT_PATH } from '../azure/fake-arm.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { ALLOWED, startFake } from './session.ts';

/**
 * Microsoft's own example answers, which are not in this repository: DR365_AZURE_EXAMPLES names a folder that has them.
 * Each tool has to make sense of what they say; what it says is checked where a value is worth it.
 */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../shared/azure/examples');

type Json = Record<string, unknown>;
type Example = {
  parameters: Json;
  responses: Record<string, { body?: Json; headers?: Record<string, string> }>;
};

/** The answer of an example, whatever is asked. */
function answers(file: string, status = '200'): Handler {
  const example = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Example;
  const answer = example.responses[status];
  assert.ok(answer, `${file} has no answer ${status}`);
  return (_request, response) => sendJson(response, Number(status), answer.body ?? {}, answer.headers ?? {});
}

const VAULTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults`;
const CONFIG = `${VAULT_PATH}/backupconfig/vaultconfig`;

/** A tool, its arguments, where the example is served, and what has to be in the answer. */
const CASES: [tool: string, args: Json, path: string, file: string, said: RegExp][] = [
  ['list_vaults', {}, VAULTS, 'vaults/ListBySubscriptionIds.json', /swaggerExample/],
  ['get_vault', {}, VAULT_PATH, 'vaults/GETVault.json', /provisioning_state=Succeeded/],
  [
    'get_vault_config',
    { include_storage: false, include_guards: false },
    CONFIG,
    'Common/BackupResourceVaultConfigs_Get.json',
    /enhanced_security=Enabled/,
  ],
  [
    'update_vault_config',
    { enhanced_security: 'Enabled', confirm: true },
    CONFIG,
    'Common/BackupResourceVaultConfigs_Patch.json',
    /already/,
  ],
  [
    'track_async_operation',
    { kind: 'backup', operation_id: 'op-1' },
    `${VAULT_PATH}/backupOperations/op-1`,
    'Common/ProtectedItem_Delete_OperationStatus.json',
    /operation is running/,
  ],
  [
    'track_async_operation',
    { kind: 'item', operation_id: 'op-1', container_name: 'c', item_name: 'i' },
    `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/i/operationsStatus/op-1`,
    'AzureIaasVm/ProtectedItemOperationStatus.json',
    /created a job/,
  ],
];

for (const [tool, args, path, file, said] of existsSync(FOLDER) ? CASES : []) {
  test(`${tool} understands ${file}`, async () => {
    await using fake = await startFake({ [path]: answers(file) }, { settings: ALLOWED });
    const { isError, text } = await fake.session.call(tool, args);
    assert.equal(isError, false, text);
    assert.match(text, said);
  });
}
