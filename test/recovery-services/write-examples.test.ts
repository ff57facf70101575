import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { ALLOWED, neverLeaves, startFake } from './session.ts';
import { STORAGE } from './writable.ts';

/** Microsoft's own example answers, which are not in this repository: see `examples.test.ts`. */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../shared/azure/examples');

type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of all tools
type Served = { status: number; body?: Json | undefined; headers?: Record<string, string> };

function example(file: string, status: number): Served {
  const { responses } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  const { body, headers } = responses[String(status)];
  return { status, body, headers };
}

const SCRIPT = Buffer.from('echo a script that nobody may see').toString('base64');
const JOB = '00000000-0000-0000-0000-000000000000';

/** Method and end of a path, and the example that answers it. The first that fits is taken. */
const ANSWERS: [RegExp, () => Served][] = [
  [/^GET .*\/backupProtectedItems$/, () => example('AzureIaasVm/BackupProtectedItems_List.json', 200)],
  [/^GET .*\/backupJobs$/, () => ({ status: 200, body: { value: [] } })],
  [/^GET .*\/backupJobs\/[^/]+$/, cancellable],
  [/^GET .*\/backupJobs\/.*\/operationResults\//, () => ({ status: 204 })],
  [/^POST .*\/cancel$/, () => example('Common/TriggerCancelJob.json', 202)],
  [/^POST .*\/backup$/, () => example('Common/TriggerBackup_Post.json', 202)],
  [/^POST .*\/restore$/, () => example('AzureIaasVm/TriggerRestore_ALR_IaasVMRestoreRequest.json', 202)],
  [/^POST .*\/backupValidateOperation$/, () => ({ status: 200, body: {} })],
  [/^POST .*\/provisionInstantItemRecovery$/, () => example('AzureIaasVm/Provision_Ilr.json', 202)],
  [/^GET .*pysdktestv2vm1\/operationsStatus\//, opened],
  [/^GET .*\/operationsStatus\//, () => example('AzureIaasVm/ProtectedItemOperationStatus.json', 200)],
  [/^GET .*\/backupOperations\//, () => example('Common/ProtectedItem_Delete_OperationStatus.json', 200)],
  [/^GET .*\/recoveryPoints\/[^/]+$/, () => example('AzureIaasVm/RecoveryPoints_Get.json', 200)],
  [/^PUT .*\/protectedItems\/[^/]+$/, () => example('AzureIaasVm/StopProtection.json', 200)],
  [/^DELETE .*\/protectedItems\/[^/]+$/, () => example('Common/ProtectedItem_Delete.json', 202)],
  [/^GET .*\/protectedItems\/[^/]+$/, () => example('AzureIaasVm/Compute_ProtectedItem_Get.json', 200)],
  [/^GET .*\/backupPolicies\/[^/]+$/, policy],
  [
    /^PUT .*\/backupPolicies\/[^/]+$/,
    () => example('AzureIaasVm/ProtectionPolicies_CreateOrUpdate_Simple.json', 200),
  ],
  [/^POST .*\/refreshContainers$/, () => example('Common/RefreshContainers.json', 202)],
  [
    /^GET .*\/backupFabrics\/Azure\/operationResults\//,
    () => example('Common/RefreshContainers_OperationResults.json', 204),
  ],
  [/^GET .*\/vaults\/[^/]+$/, () => example('vaults/GETVault.json', 200)],
];

/** The example does not say that its job can be cancelled. */
function cancellable(): Served {
  const { body, ...rest } = example('Common/GetJobDetails.json', 200);
  return { ...rest, body: { ...body, properties: { ...body?.properties, actionsInfo: ['Cancellable'] } } };
}

function policy(): Served {
  if (!written) return { status: 404, body: { error: { code: 'ResourceNotFound', message: 'not there' } } };
  return example('AzureIaasVm/ProtectionPolicies_CreateOrUpdate_Simple.json', 200);
}

/** There is no example of this state: its members are those of the specification. */
function opened(): Served {
  const { body, ...rest } = example('AzureIaasVm/ProtectedItemOperationStatus.json', 200);
  const clientScripts = [{ scriptContent: SCRIPT, scriptExtension: '.py', osType: 'Linux', url: null }];
  const properties = {
    objectType: 'OperationStatusProvisionILRExtendedInfo',
    recoveryTarget: { clientScripts },
  };
  return { ...rest, body: { ...body, properties } };
}

let written = false;

const handler =
  (origin: () => string): Handler =>
  ({ method, path }, response) => {
    const line = `${method} ${decodeURIComponent(path)}`;
    const found = ANSWERS.find(([pattern]) => pattern.test(line));
    if (!found) return sendJson(response, 404, { error: { code: 'ResourceNotFound', message: line } });
    if (method === 'PUT' && path.includes('/backupPolicies/')) written = true;
    const { status, body, headers = {} } = found[1]();
    const local = Object.entries(headers).map(([name, value]) => [
      name,
      String(value).replace('https://management.azure.com', origin()),
    ]);
    response.writeHead(status, { 'content-type': 'application/json', ...Object.fromEntries(local) });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };

const VM = { vm_name: 'iaasvm-1' };
const POINT = { recovery_point_id: '26083826328862' };
const WAIT = { wait_seconds: 120 };

/** A tool, its arguments, and what has to be in the answer. */
const CASES: [string, Json, Json][] = [
  ['trigger_backup', { ...VM, ...WAIT }, { status: 'accepted', operation_state: 'succeeded', job_id: JOB }],
  ['cancel_job', { job_id: JOB, confirm: true, ...WAIT }, { status: 'done' }],
  ['disable_protection', { ...VM, confirm: true, ...WAIT }, { status: 'done', mode: 'retained' }],
  [
    'disable_protection',
    { ...VM, confirm: true, delete_backup_data: true, ...WAIT },
    { status: 'accepted', mode: 'deleted' },
  ],
  ['refresh_containers', { wait_seconds: 90 }, { status: 'done', state: 'refreshed' }],
  [
    'create_policy',
    { policy_name: 'testPolicy1', schedule_type: 'Daily', retention_days: 1 },
    { status: 'done' },
  ],
  [
    'restore_vm',
    {
      ...VM,
      ...POINT,
      restore_type: 'RestoreDisks',
      staging_storage_account_id: STORAGE,
      confirm: true,
      ...WAIT,
    },
    { status: 'accepted', job_id: JOB, restore_type: 'RestoreDisks' },
  ],
  [
    'restore_files',
    { ...VM, ...POINT, confirm_secret_delivery: true },
    { status: 'done', session: 'active', os_type: 'Linux' },
  ],
];

for (const [tool, args, expected] of existsSync(FOLDER) ? CASES : [])
  test(`${tool}${args.delete_backup_data ? ' with deletion' : ''} goes by Microsoft’s examples`, async () => {
    neverLeaves(SCRIPT, 'a script that nobody may see');
    written = false;
    await using fake = await startFake({}, { settings: ALLOWED });
    fake.arm.serve(handler(() => fake.arm.origin));
    const data = await fake.session.ask(tool, args);
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(data[name], value, name);
  });
