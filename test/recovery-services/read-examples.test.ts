import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { startFake } from './session.ts';

/**
 * Microsoft's own example answers, which are not in this repository: DR365_AZURE_EXAMPLES names a folder that has them.
 * The tools are called for the vault, item or job of the example, and asked only where the example says.
 */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../shared/azure/examples');

type Parameters = Record<string, string> & { parameters?: { resourceId: string } };
type Data = any; // oxlint-disable-line typescript/no-explicit-any -- the answers of nine tools
type Case = { file: string; tool: string; args: (given: Parameters) => object; check: (data: Data) => void };

const WINDOW_2017 = { from: '2017-07-20', to: '2017-08-10' };
const machineOf = ({ protectedItemName = '' }: Parameters) => protectedItemName.split(';').at(-1);

const CASES: Case[] = [
  {
    file: 'AzureIaasVm/BackupPolicies_List.json',
    tool: 'list_policies',
    args: () => ({}),
    check: ({ total, policies }) => {
      assert.equal(total, 2);
      for (const one of policies) assert.ok(one.schedule.times.length > 0 && one.rpo_target_minutes === 1440);
    },
  },
  {
    file: 'AzureIaasVm/V2Policy/v2-List-Policies.json',
    tool: 'list_policies',
    args: () => ({}),
    check: ({ policies }) =>
      assert.deepEqual(policies.map((one: Data) => one.policy_version).sort(), ['V1', 'V1', 'V2']),
  },
  ...['AzureIaasVm/ProtectionPolicies_Get.json', 'AzureIaasVm/V2Policy/v2-Get-Policy.json'].map((file) => ({
    file,
    tool: 'get_policy_details',
    args: ({ policyName }: Parameters) => ({ policy_name: policyName, include_raw: true }),
    check: ({ policy, raw }: Data) => {
      assert.equal(raw.name, policy.name);
      assert.ok(policy.retention.daily_d > 0 && policy.schedule.tz);
    },
  })),
  {
    file: 'AzureIaasVm/BackupProtectableItems_List.json',
    tool: 'list_protectable_items',
    args: () => ({}),
    check: ({ items }) =>
      assert.deepEqual(
        [items[0].friendly_name, items[0].resource_group, items[0].protection_state],
        ['iaasvm-1', 'iaasvm-rg', 'NotProtected'],
      ),
  },
  {
    file: 'AzureIaasVm/BackupProtectedItems_List.json',
    tool: 'list_protected_items',
    args: () => ({}),
    check: ({ items }) =>
      assert.deepEqual(
        [items[0].friendly_name, items[0].policy, items[0].health, items[0].last_recovery_point],
        ['iaasvm-1', 'testPolicy1', 'Passed', '2017-11-22T12:25:32.048Z'],
      ),
  },
  ...['ListJobs', 'ListJobsWithStartTimeAndEndTimeFilters', 'ListJobsWithAllSupportedFilters'].map(
    (name) => ({
      file: `Common/${name}.json`,
      tool: 'list_backup_jobs',
      args: () => WINDOW_2017,
      check: ({ total, jobs }: Data) => assert.deepEqual([total, jobs[0].entity], [1, 'testvm']),
    }),
  ),
  {
    file: 'Common/GetJobDetails.json',
    tool: 'get_job_details',
    args: ({ jobName }) => ({ job_id: jobName }),
    check: ({ job }) => assert.deepEqual([job.outcome, job.tasks.length, job.end], ['running', 2, undefined]),
  },
  {
    file: 'AzureIaasVm/RecoveryPoints_List.json',
    tool: 'list_recovery_points',
    args: (given) => ({ vm_name: machineOf(given), from: '2017-01-01', to: '2024-01-01' }),
    check: ({ points, newest }) => {
      assert.equal(newest, '2023-09-22T20:02:00.122Z');
      assert.deepEqual(
        points.map((one: Data) => [one.restorable_now, one.archive_ready, one.encrypted]),
        [
          [true, false, true],
          [true, true, false],
          [true, false, false],
        ],
      );
    },
  },
  {
    file: 'AzureIaasVm/RecoveryPoints_Get.json',
    tool: 'get_recovery_point',
    args: (given) => ({ vm_name: machineOf(given), recovery_point_id: given.recoveryPointId }),
    check: ({ point }) =>
      assert.deepEqual([point.vm_size, point.zones, point.archive_ready], ['Standard_D1', ['1'], true]),
  },
  {
    file: 'AzureIaasVm/GetBackupStatus.json',
    tool: 'check_registration_status',
    args: ({ azureRegion, parameters }) => ({
      vm_resource_id: parameters?.resourceId,
      location: azureRegion,
    }),
    check: (data) =>
      assert.deepEqual(
        [data.protection_status, data.policy_name, data.item_name, data.error_code],
        ['Protected', 'myPolicy', 'vm;iaasvmcontainerv2;testRg;testVm', undefined],
      ),
  },
];

/** The item of an example, as the list of items has it. */
function itemRow({
  subscriptionId,
  resourceGroupName,
  vaultName,
  containerName,
  protectedItemName = '',
}: Parameters) {
  const vault = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.RecoveryServices/vaults/${vaultName}`;
  const id = `${vault}/backupFabrics/Azure/protectionContainers/${containerName}/protectedItems/${protectedItemName}`;
  return { id, name: protectedItemName, properties: { friendlyName: protectedItemName.split(';').at(-1) } };
}

for (const { file, tool, args, check } of existsSync(FOLDER) ? CASES : []) {
  test(`${tool} makes sense of the example ${file}`, async () => {
    const { parameters, responses } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
      parameters: Parameters;
      responses: { 200: { body: { id?: string } } };
    };
    await using fake = await startFake({});
    const asked: string[] = [];
    const serve: Handler = ({ path, query }, response) => {
      const isLookup = path.endsWith('/backupProtectedItems') && tool !== 'list_protected_items';
      // The item of a machine is looked up in the vault that the answer names.
      if (!(isLookup && tool === 'check_registration_status')) asked.push(decodeURIComponent(path));
      if (query.has('$skiptoken')) return sendJson(response, 200, { value: [] });
      if (isLookup)
        return sendJson(response, 200, { value: parameters.protectedItemName ? [itemRow(parameters)] : [] });
      const text = JSON.stringify(responses[200].body);
      sendJson(response, 200, JSON.parse(text.replaceAll('https://management.azure.com', fake.arm.origin)));
    };
    fake.arm.serve(serve);
    const vault =
      tool === 'check_registration_status'
        ? {}
        : {
            vault_name: parameters.vaultName,
            resource_group: parameters.resourceGroupName,
            subscription_id: parameters.subscriptionId,
          };
    check(await fake.session.ask(tool, { ...vault, ...args(parameters) }));
    const place = parameters.vaultName
      ? `/vaults/${parameters.vaultName}/`
      : `/locations/${parameters.azureRegion}/`;
    assert.ok(asked.length > 0 && asked.every((path) => path.includes(place)));
  });
}
