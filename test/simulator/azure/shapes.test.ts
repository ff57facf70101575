import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AzureTest, filtered, pathOf, startAzureTest, VERSION } from './client.ts';

/** Microsoft's own example answers, which are not in this repository. */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../../shared/azure/examples');

type Shape = Map<string, Set<string>>;

/** Paths of all members with the types that they have; rows of lists count as one, names of maps as they are. */
function shapeOf(value: unknown, shape: Shape = new Map(), path = ''): Shape {
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const types = shape.get(path) ?? new Set();
  shape.set(path, types.add(type));
  if (Array.isArray(value)) for (const one of value) shapeOf(one, shape, `${path}[]`);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) shapeOf(inner, shape, `${path}.${name}`);
  return shape;
}

/** What only some answers have, is of the sample alone, or depends on private endpoints and edge zones. */
const NOT_OURS =
  /privateEndpointConnections\[\]|\.tags\.|extendedLocation|RehydratedRPExpiryTime|\.Archive\b|tierDetails\[\]\.extendedInfo|propertyBag|policyType|nextLink/i;

const CASES: { file: string; ask: (arm: AzureTest) => Promise<unknown> }[] = [
  { file: 'vaults/GETVault', ask: ({ vault, ask }) => bodyOf(ask(`${vault}?${VERSION}`)) },
  {
    file: 'vaults/ListBySubscriptionIds',
    ask: ({ azure, ask }) =>
      bodyOf(
        ask(
          `/subscriptions/${azure.subscriptions[0]}/providers/Microsoft.RecoveryServices/vaults?${VERSION}`,
        ),
      ),
  },
  {
    file: 'vaults/ListResources',
    ask: ({ vault, ask }) => bodyOf(ask(`${vault.slice(0, vault.lastIndexOf('/'))}?${VERSION}`)),
  },
  { file: 'vaults/ListUsages', ask: below('usages') },
  { file: 'Common/BackupResourceVaultConfigs_Get', ask: below('backupconfig/vaultconfig') },
  { file: 'Common/BackupStorageConfig_Get', ask: below('backupstorageconfig/vaultstorageconfig') },
  {
    file: 'Common/BackupProtectedItem_UsageSummary_Get',
    ask: below('backupUsageSummaries', "type eq 'BackupProtectedItemCountSummary'"),
  },
  { file: 'ResourceGuardProxyCRUD/ListResourceGuardProxy', ask: below('backupResourceGuardProxies') },
  {
    file: 'AzureIaasVm/V2Policy/v2-List-Policies',
    ask: below('backupPolicies', "backupManagementType eq 'AzureIaasVM'"),
  },
  { file: 'AzureIaasVm/ProtectionPolicies_Get', ask: below('backupPolicies/DefaultPolicy') },
  {
    file: 'AzureIaasVm/BackupProtectedItems_List',
    ask: below('backupProtectedItems', "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'"),
  },
  { file: 'AzureIaasVm/Compute_ProtectedItem_Get', ask: ofItem('') },
  {
    file: 'AzureStorage/ProtectionContainers_List',
    ask: below('backupProtectionContainers', "backupManagementType eq 'AzureStorage'"),
  },
  { file: 'AzureIaasVm/RecoveryPoints_List', ask: ofItem('/recoveryPoints') },
  { file: 'Common/ListJobs', ask: below('backupJobs', "backupManagementType eq 'AzureIaasVM'") },
  {
    file: 'Common/GetJobDetails',
    ask: async (arm) => {
      const { body } = await arm.ask(
        filtered(`${arm.vault}/backupJobs`, "backupManagementType eq 'AzureIaasVM'"),
      );
      return bodyOf(arm.ask(`${arm.vault}/backupJobs/${body.value?.[0]?.name}?${VERSION}`));
    },
  },
  {
    file: 'AzureIaasVm/ProtectedItemOperationStatus',
    ask: ({ azure, vault, ask }) =>
      bodyOf(ask(`${vault}/backupOperations/${[...azure.world.operations.keys()][0]}?${VERSION}`)),
  },
  {
    file: 'AzureIaasVm/GetBackupStatus',
    ask: async ({ azure, vault, ask }) => {
      const path = `/Subscriptions/${azure.subscriptions[0]}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus`;
      const { body } = await ask(filtered(`${vault}/backupProtectedItems`, "itemType eq 'VM'"));
      const asked = { resourceType: 'VM', resourceId: body.value?.[0]?.properties.sourceResourceId };
      return bodyOf(ask(`${path}?${VERSION}`, { method: 'POST', body: JSON.stringify(asked) }));
    },
  },
];

function below(path: string, filter?: string) {
  return ({ vault, ask }: AzureTest) =>
    bodyOf(ask(filter ? filtered(`${vault}/${path}`, filter) : `${vault}/${path}?${VERSION}`));
}

function ofItem(path: string) {
  return async ({ vault, ask }: AzureTest) => {
    const { body } = await ask(filtered(`${vault}/backupProtectedItems`, "itemType eq 'VM'"));
    return bodyOf(ask(`${pathOf(body.value?.[0]?.id ?? '')}${path}?${VERSION}`));
  };
}

async function bodyOf(asked: ReturnType<AzureTest['ask']>): Promise<unknown> {
  const { status, body } = await asked;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test('the vaults answer with the members of the official examples, in their types', async () => {
  await using arm = await startAzureTest();
  const compared = CASES.filter(({ file }) => existsSync(join(FOLDER, `${file}.json`)));
  for (const { file, ask } of compared) {
    const example = JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')) as {
      responses: { 200: { body: unknown } };
    };
    const wanted = shapeOf(example.responses[200].body);
    const ours = shapeOf(await ask(arm));
    for (const [path, types] of wanted) {
      if (NOT_OURS.test(path)) continue;
      const found = ours.get(path);
      assert.ok(found, `${file} has ${path}`);
      assert.ok(
        [...found].every((type) => type === 'null' || types.has(type)),
        `${file} ${path}: ${[...found].join(', ')}`,
      );
    }
  }
});

test('all answers to the questions of the examples are there, with or without them', async () => {
  await using arm = await startAzureTest();
  for (const { file, ask } of CASES) assert.equal(typeof (await ask(arm)), 'object', file);
});
