import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceId, vaultId } from '../../../src/simulator/azure/ids.ts';
import type { Answer, Row } from './client.ts';
import { VERSION } from './client.ts';
import { at, follow, startWriting, type Writing } from './writing.ts';

/** Microsoft's own example requests and answers, which are not in this repository. */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../../shared/azure/examples');

type Example = {
  parameters: { parameters?: unknown };
  responses: Record<string, { body?: unknown; headers?: Record<string, unknown> }>;
};
type Subject = { item: Row; point: Row; container: string; job: string };
type Case = {
  file: string;
  method: string;
  path: (arm: Writing, subject: Subject) => string;
  /** Ids of the sample are replaced by those of the estate. */
  adapt?: Record<string, (arm: Writing, subject: Subject) => unknown>;
  /** What is answered at the end of the operation. */
  ends?: 'item' | 'nothing' | 'job' | 'script' | 'container';
};

const vaultAt = (path: string) => (arm: Writing) => `${arm.vault}/${path}`;
const itemAt =
  (path: string) =>
  (_: Writing, { item }: Subject) =>
    at(item, path);
const pointAt =
  (path: string) =>
  (_: Writing, { point }: Subject) =>
    at(point, path);
const source = (_: Writing, { item }: Subject) => item.properties.sourceResourceId;
const region = () => 'westeurope';
const pointName = (_: Writing, { point }: Subject) => point.name;
const restored = { recoveryPointId: pointName, sourceResourceId: source, region };

const CASES: Case[] = [
  {
    file: 'AzureIaasVm/ConfigureProtection',
    method: 'PUT',
    path: itemAt(''),
    adapt: { sourceResourceId: source, policyId: ({ vault }) => `${vault}/backupPolicies/vm-daily-gfs` },
    ends: 'item',
  },
  {
    file: 'Common/TriggerBackup_Post',
    method: 'POST',
    path: itemAt('/backup'),
    ends: 'job',
  },
  {
    file: 'AzureIaasVm/TriggerRestore_ALR_IaasVMRestoreRequest',
    method: 'POST',
    path: pointAt('/restore'),
    adapt: restored,
    ends: 'job',
  },
  {
    file: 'AzureIaasVm/TriggerRestore_ResourceGuardEnabled',
    method: 'POST',
    path: pointAt('/restore'),
    adapt: restored,
    ends: 'job',
  },
  {
    file: 'AzureIaasVm/TriggerRestore_RestoreDisks_IaasVMRestoreRequest',
    method: 'POST',
    path: pointAt('/restore'),
    adapt: restored,
    ends: 'job',
  },
  {
    file: 'AzureIaasVm/Provision_Ilr',
    method: 'POST',
    path: pointAt('/provisionInstantItemRecovery'),
    adapt: { virtualMachineId: source },
    ends: 'script',
  },
  { file: 'AzureIaasVm/Revoke_Ilr', method: 'POST', path: pointAt('/revokeInstantItemRecovery') },
  {
    file: 'Common/RefreshContainers',
    method: 'POST',
    path: vaultAt('backupFabrics/Azure/refreshContainers'),
    ends: 'nothing',
  },
  {
    file: 'Common/TriggerCancelJob',
    method: 'POST',
    path: (arm, { job }) => `${arm.vault}/backupJobs/${job}/cancel`,
    ends: 'nothing',
  },
  {
    file: 'AzureStorage/ProtectionContainers_Register',
    method: 'PUT',
    path: (arm, { container }) => `${arm.vault}/backupFabrics/Azure/protectionContainers/${container}`,
    ends: 'container',
  },
  {
    file: 'AzureStorage/ProtectionContainers_Inquire',
    method: 'POST',
    path: (arm, { container }) =>
      `${arm.vault}/backupFabrics/Azure/protectionContainers/${container}/inquire`,
  },
  {
    file: 'AzureWorkload/ProtectionContainers_Unregister',
    method: 'DELETE',
    path: (arm, { container }) => `${arm.vault}/backupFabrics/Azure/protectionContainers/${container}`,
  },
  {
    file: 'AzureIaasVm/ProtectionPolicies_CreateOrUpdate_Simple',
    method: 'PUT',
    path: vaultAt('backupPolicies/testPolicy1'),
  },
  {
    file: 'AzureIaasVm/ProtectionPolicies_CreateOrUpdate_Complex',
    method: 'PUT',
    path: vaultAt('backupPolicies/testPolicy2'),
  },
  {
    file: 'AzureIaasVm/V2Policy/IaaS_v2_daily',
    method: 'PUT',
    path: vaultAt('backupPolicies/v2-daily-sample'),
  },
  {
    file: 'AzureIaasVm/V2Policy/IaaS_v2_hourly',
    method: 'PUT',
    path: vaultAt('backupPolicies/v2-hourly-sample'),
  },
  {
    file: 'AzureIaasVm/ProtectionPolicies_Delete',
    method: 'DELETE',
    path: vaultAt('backupPolicies/testPolicy1'),
  },
  {
    file: 'Common/BackupResourceVaultConfigs_Patch',
    method: 'PATCH',
    path: vaultAt('backupconfig/vaultconfig'),
  },
  { file: 'Common/BackupResourceVaultConfigs_Put', method: 'PUT', path: vaultAt('backupconfig/vaultconfig') },
  {
    file: 'AzureIaasVm/ValidateOperation_RestoreDisk',
    method: 'POST',
    path: vaultAt('backupValidateOperation'),
    adapt: restored,
  },
  {
    file: 'AzureIaasVm/ProtectionIntent_Validate',
    method: 'POST',
    path: ({ azure }) =>
      `/subscriptions/${azure.subscriptions[0]}/providers/Microsoft.RecoveryServices/locations/westeurope/backupPreValidateProtection`,
    adapt: { resourceId: source, vaultId: ({ vault }) => vault },
  },
  {
    file: 'AzureIaasVm/BackupFeature_Validate',
    method: 'POST',
    path: ({ azure }) =>
      `/subscriptions/${azure.subscriptions[0]}/providers/Microsoft.RecoveryServices/locations/westeurope/backupValidateFeatures`,
  },
  {
    file: 'AzureIaasVm/StopProtection',
    method: 'PUT',
    path: itemAt(''),
    adapt: { sourceResourceId: source },
    ends: 'item',
  },
  { file: 'Common/ProtectedItem_Delete', method: 'DELETE', path: itemAt('') },
];

test('requests of the official examples are taken, and answered with their headers and members', async () => {
  await using arm = await startWriting();
  Object.assign(arm.azure.world.vaults[0] ?? {}, { immutability: 'Disabled' });
  const subject = await subjectOf(arm);
  for (const one of CASES.filter(({ file }) => existsSync(join(FOLDER, `${file}.json`)))) {
    const { file, method, path, adapt = {} } = one;
    const example = JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')) as Example;
    const changes = Object.fromEntries(Object.entries(adapt).map(([name, to]) => [name, to(arm, subject)]));
    const body = adapted(example.parameters.parameters, changes);
    const answer = await arm.send(method, path(arm, subject), body);
    const wanted = example.responses[String(answer.status)];
    assert.ok(wanted, `${file}: ${answer.status} ${JSON.stringify(answer.body)}`);
    checkHeaders(file, answer, wanted.headers ?? {});
    checkMembers(file, answer.body, wanted.body);
    if (answer.status === 202) await checkEnd(arm, one, answer);
  }
});

/** An item with a copy made just now, and a backup of another one that still runs. */
async function subjectOf(arm: Writing): Promise<Subject> {
  const item = await arm.machine();
  const { body } = await arm.ask(`${at(item)}/recoveryPoints?${VERSION}`);
  await arm.carryOut('POST', `${at(item)}/backup`, {
    properties: { objectType: 'IaasVMBackupRequest' },
  });
  arm.simulator.clock.advance(86_400_000);
  const { world } = arm.azure;
  const other = world.item(world.vaults[0] ?? assert.fail(), 2);
  const running = await arm.carryOut('POST', at({ id: itemIdOf(other) }, '/backup'), {
    properties: { objectType: 'IaasVMBackupRequest' },
  });
  const { jobId } = running.body.properties as { jobId: string };
  return {
    item,
    point: body.value?.[0] as Row,
    container: encodeURIComponent('StorageContainer;Storage;SwaggerTestRg;swaggertestsa'),
    job: jobId,
  };
}

function itemIdOf(item: Parameters<typeof sourceId>[0]): string {
  const [, group = '', name = ''] = /resourceGroups\/([^/]+)\/.*\/([^/]+)$/.exec(sourceId(item)) ?? [];
  const end = `iaasvmcontainerv2;${group};${name}`;
  return `${vaultId(item.vault)}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${end}/protectedItems/VM;${end}`;
}

/** Members of these names are replaced wherever they are. */
function adapted(value: unknown, changes: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => adapted(one, changes));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name in changes ? changes[name] : adapted(inner, changes),
    ]),
  );
}

/** The same last names of the paths, and as long a wait. Ids and versions are the sample's own. */
function checkHeaders(file: string, { headers }: Answer, wanted: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(wanted)) {
    const ours = String(headers[name.toLowerCase()]);
    if (name === 'Retry-After') assert.equal(ours, String(value), file);
    else assert.equal(endOf(ours), endOf(String(value)), `${file} ${name}`);
  }
  assert.equal('azure-asyncoperation' in headers, 'Azure-AsyncOperation' in wanted, file);
}

/** The names before the id of the operation that are the same for all: types, not names of things. */
const endOf = (link: string): string => new URL(link).pathname.split('/').at(-2) ?? '';

function checkMembers(file: string, ours: unknown, wanted: unknown, path = ''): void {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    if (wanted !== null && wanted !== undefined && ours !== null)
      assert.equal(
        Array.isArray(ours) ? 'array' : typeof ours,
        Array.isArray(wanted) ? 'array' : typeof wanted,
        `${file}${path}`,
      );
    return;
  }
  for (const [name, inner] of Object.entries(wanted)) {
    const value = (ours as Record<string, unknown> | undefined)?.[name];
    assert.ok(value !== undefined, `${file}${path}.${name} is missing`);
    checkMembers(file, value, inner, `${path}.${name}`);
  }
}

async function checkEnd(arm: Writing, { file, ends }: Case, accepted: Answer): Promise<void> {
  const done = await follow(arm, accepted);
  if (ends === 'nothing') {
    assert.equal(done.status, 204, file);
    return;
  }
  assert.equal(done.body.status, 'Succeeded', `${file}: ${JSON.stringify(done.body)}`);
  const { objectType } = (done.body.properties ?? {}) as { objectType?: string };
  if (ends === 'job' || ends === 'item') assert.equal(objectType, 'OperationStatusJobExtendedInfo', file);
  if (ends === 'script') assert.equal(objectType, 'OperationStatusProvisionILRExtendedInfo', file);
  const result = await arm.ask(String(accepted.headers.location));
  assert.equal(
    result.status,
    ends === 'item' || ends === 'container' || /Inquire/.test(file) ? 200 : 204,
    file,
  );
  if (ends !== 'item' && ends !== 'container') return;
  const name = ends === 'item' ? 'AzureIaasVm/ProtectedItemOperationResults' : file;
  const example = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Example;
  checkMembers(name, result.body, example.responses[200]?.body);
}
