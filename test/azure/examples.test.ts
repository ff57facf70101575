import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { getBackupStatus } from '../../src/azure/backup-status.ts';
import type { AzureClient } from '../../src/azure/client.ts';
import { listContainers } from '../../src/azure/containers.ts';
import { getJob, listJobs } from '../../src/azure/jobs.ts';
import {
  type AzurePolicy,
  getPolicy,
  listPolicies,
  toRetention,
  toSchedule,
} from '../../src/azure/policies.ts';
import { getProtectedItem, listProtectedItems } from '../../src/azure/protected-items.ts';
import type { AzureReading } from '../../src/azure/reading.ts';
import { getRecoveryPoint, listRecoveryPoints } from '../../src/azure/recovery-points.ts';
import { sweepProtectedItems } from '../../src/azure/resource-graph.ts';
import { listResourceGuardProxies } from '../../src/azure/resource-guards.ts';
import type { Page } from '../../src/azure/rows.ts';
import { getStorageConfig } from '../../src/azure/storage-config.ts';
import { listUsages } from '../../src/azure/usages.ts';
import { getVaultConfig } from '../../src/azure/vault-config.ts';
import { getVault, listVaults } from '../../src/azure/vaults.ts';
import { createReading } from '../../src/reading.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { rowsOf, startFakeArm } from './fake-arm.ts';

/**
 * Microsoft's own example answers (Azure/azure-rest-api-specs), which are not in this repository: DR365_AZURE_EXAMPLES names
 * a folder that has them. The facts that they show are in the other tests as well.
 */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../shared/azure/examples');

type Options = { reading: AzureReading };
type Parameters = Record<string, string> & { parameters?: { resourceId: string } };
type Call = (client: AzureClient, parameters: Parameters, options: Options) => Promise<unknown>;

const vaultOf = (parameters: Parameters) => ({
  subscriptionId: String(parameters.subscriptionId),
  resourceGroup: String(parameters.resourceGroupName),
  vault: String(parameters.vaultName),
});
const itemOf = (parameters: Parameters) => ({
  ...vaultOf(parameters),
  container: String(parameters.containerName),
  item: String(parameters.protectedItemName),
});
const list =
  <Row>(
    read: (client: AzureClient, parameters: Parameters, options: Options) => AsyncGenerator<Page<Row>>,
  ): Call =>
  (client, parameters, options) =>
    rowsOf(read(client, parameters, options));

const EVER = new Date('2015-01-01T00:00:00Z');
const vaults = list((client, { subscriptionId = '', resourceGroupName: resourceGroup }, options) =>
  listVaults(client, { subscriptionId, resourceGroup }, options),
);
const policies = list((client, parameters, options) =>
  listPolicies(client, vaultOf(parameters), {}, options),
);
const policy: Call = (client, parameters, options) =>
  getPolicy(client, vaultOf(parameters), String(parameters.policyName), options);
const jobs = list((client, parameters, options) => {
  const window = { from: new Date('2017-07-20T00:00:00Z'), to: new Date('2017-08-10T00:00:00Z') };
  return listJobs(client, vaultOf(parameters), window, options);
});

/** How many rows each has, and how it is read. */
const EXAMPLES: Record<string, [rows: number, call: Call]> = {
  'vaults/ListBySubscriptionIds.json': [3, vaults],
  'vaults/ListResources.json': [3, vaults],
  'vaults/GETVault.json': [
    1,
    (client, parameters, options) => getVault(client, vaultOf(parameters), options),
  ],
  'vaults/ListUsages.json': [
    18,
    list((client, parameters, options) => listUsages(client, vaultOf(parameters), options)),
  ],
  'Common/BackupResourceVaultConfigs_Get.json': [
    1,
    (client, parameters, options) => getVaultConfig(client, vaultOf(parameters), options),
  ],
  'Common/BackupStorageConfig_Get.json': [
    1,
    (client, parameters, options) => getStorageConfig(client, vaultOf(parameters), options),
  ],
  'ResourceGuardProxyCRUD/ListResourceGuardProxy.json': [
    1,
    list((client, parameters, options) => listResourceGuardProxies(client, vaultOf(parameters), options)),
  ],
  'AzureIaasVm/BackupPolicies_List.json': [2, policies],
  'AzureIaasVm/V2Policy/v2-List-Policies.json': [3, policies],
  'AzureIaasVm/ProtectionPolicies_Get.json': [1, policy],
  'AzureIaasVm/V2Policy/v2-Get-Policy.json': [1, policy],
  'AzureIaasVm/BackupProtectedItems_List.json': [
    1,
    list((client, parameters, options) => listProtectedItems(client, vaultOf(parameters), {}, options)),
  ],
  'AzureIaasVm/Compute_ProtectedItem_Get.json': [
    1,
    (client, parameters, options) => getProtectedItem(client, itemOf(parameters), options),
  ],
  'AzureStorage/ProtectionContainers_List.json': [
    1,
    list((client, parameters, options) =>
      listContainers(client, vaultOf(parameters), { ...options, backupManagementType: 'AzureStorage' }),
    ),
  ],
  'Common/ListJobs.json': [1, jobs], // two rows of one id
  'Common/ListJobsWithStartTimeAndEndTimeFilters.json': [1, jobs],
  'Common/ListJobsWithAllSupportedFilters.json': [1, jobs],
  'Common/GetJobDetails.json': [
    1,
    (client, parameters, options) => getJob(client, vaultOf(parameters), String(parameters.jobName), options),
  ],
  'AzureIaasVm/RecoveryPoints_List.json': [
    3,
    list((client, parameters, options) =>
      listRecoveryPoints(client, itemOf(parameters), { from: EVER }, options),
    ),
  ],
  'AzureIaasVm/RecoveryPoints_Get.json': [
    1,
    (client, parameters, options) =>
      getRecoveryPoint(client, itemOf(parameters), String(parameters.recoveryPointId), options),
  ],
  'AzureIaasVm/GetBackupStatus.json': [
    1,
    (client, { subscriptionId = '', azureRegion: region = '', parameters }, options) =>
      getBackupStatus(
        client,
        { subscriptionId, region, resourceId: String(parameters?.resourceId) },
        options,
      ),
  ],
};

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** Whatever is asked gets the example, whose links lead to this server; the page behind them is empty. */
async function replay(body: object, call: Call, parameters: Parameters) {
  const arm = await startFakeArm({});
  const serve: Handler = ({ query }, response) => {
    const isNext = query.has('$skiptoken');
    const text = JSON.stringify(body).replaceAll('https://management.azure.com', arm.origin);
    sendJson(response, 200, isNext ? { value: [] } : JSON.parse(text));
  };
  arm.serve(serve);
  const client = arm.client();
  const reading: AzureReading = createReading('example');
  try {
    return { result: await call(client, parameters, { reading }), reading, requests: arm.requests };
  } finally {
    await client.close();
    await arm[Symbol.asyncDispose]();
  }
}

for (const [file, [rows, call]] of existsSync(FOLDER) ? Object.entries(EXAMPLES) : []) {
  test(`the example answer ${file} is read whole`, async () => {
    const { parameters, responses } = read(join(FOLDER, file)) as {
      parameters: Parameters;
      responses: { 200: { body: object } };
    };
    const { result, reading, requests } = await replay(responses[200].body, call, parameters);
    assert.ok(result);
    assert.deepEqual([reading.rowsFetched, reading.rowsRejected, reading.complete], [rows, 0, true]);
    for (const one of Array.isArray(result) ? result : [result]) assertNothingOdd(one);
    assert.match(requests[0]?.path ?? '', /\/providers\/Microsoft\.RecoveryServices\//);
  });
}

/** What every row of a kind has to say. */
function assertNothingOdd(row: Record<string, unknown>): void {
  if ('schedulePolicy' in row) {
    const policyRow = row as AzurePolicy;
    assert.notEqual(toSchedule(policyRow)?.kind, 'unknown');
    assert.ok(toSchedule(policyRow)?.times.length);
    assert.ok(toRetention(policyRow)?.daily);
  }
  if ('jobType' in row) assert.ok(row.startTime instanceof Date && typeof row.durationSeconds === 'number');
  if ('recoveryPointTime' in row) assert.ok(row.recoveryPointTime instanceof Date);
  if ('lastBackupTime' in row)
    assert.ok(row.lastBackupTime instanceof Date && row.lastRecoveryPoint instanceof Date);
}

const DERIVED = `${FOLDER}-derived`;
for (const file of existsSync(DERIVED) ? ['job-failed', 'job-completed-older-shape'] : []) {
  test(`the derived answer ${file} is read whole`, async () => {
    const call: Call = (client, _parameters, options) =>
      getJob(client, { subscriptionId: 's', resourceGroup: 'g', vault: 'v' }, 'j', options);
    const { result } = await replay(read(join(DERIVED, `${file}.json`)), call, {});
    assertNothingOdd(result as Record<string, unknown>);
  });
}
for (const file of existsSync(DERIVED) ? ['arg-protected-items'] : []) {
  test(`the derived answer ${file} is read whole`, async () => {
    const { $skipToken: _more, ...body } = read(join(DERIVED, `${file}.json`));
    const call: Call = (client, _parameters, options) =>
      rowsOf(sweepProtectedItems(client, { ...options, subscriptionIds: ['s'] }));
    const { result, reading } = await replay(body, call, {});
    assert.equal((result as unknown[]).length, 1);
    assert.equal(reading.complete, true);
  });
}
