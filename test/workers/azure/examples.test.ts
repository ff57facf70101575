import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { createLog } from '../../../src/log.ts';
import { runOnAzure } from '../../../workers/main.ts';
import { startFakeArm, TOKEN } from '../../azure/fake-arm.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { sendJson } from '../../support/tls-server.ts';

/** Microsoft's own example answers, which are not in this repository: DR365_AZURE_EXAMPLES names a folder that has them. */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../../shared/azure/examples');
/** A day after the jobs of the examples. */
const NOW = new Date('2017-08-04T06:00:00Z');

type Body = { value?: unknown[]; id?: string };
const bodyOf = (file: string): Body =>
  (JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')) as { responses: { 200: { body: Body } } })
    .responses[200].body;
const rowsOf = (...files: string[]) => ({
  value: files.flatMap((file) => bodyOf(file).value ?? [bodyOf(file)]),
});

/** What answers each polled operation of one vault, by the end of its path. */
const ANSWERS: [path: RegExp, answer: () => object][] = [
  [/\/usages$/i, () => rowsOf('vaults/ListUsages')],
  [/\/backupconfig\/vaultconfig$/i, () => bodyOf('Common/BackupResourceVaultConfigs_Get')],
  [/\/vaultstorageconfig$/i, () => bodyOf('Common/BackupStorageConfig_Get')],
  [/\/backupResourceGuardProxies$/i, () => rowsOf('ResourceGuardProxyCRUD/ListResourceGuardProxy')],
  [
    /\/backupPolicies$/i,
    () =>
      rowsOf(
        'AzureIaasVm/BackupPolicies_List',
        'AzureIaasVm/V2Policy/v2-List-Policies',
        'AzureIaasVm/ProtectionPolicies_Get',
      ),
  ],
  [
    /\/backupProtectedItems$/i,
    () => rowsOf('AzureIaasVm/BackupProtectedItems_List', 'AzureIaasVm/Compute_ProtectedItem_Get'),
  ],
  [/\/backupProtectionContainers$/i, () => rowsOf('AzureStorage/ProtectionContainers_List')],
  [/\/backupJobs$/i, () => rowsOf('Common/ListJobs', 'Common/ListJobsWithAllSupportedFilters')],
  [/\/backupJobs\/[^/]+$/i, () => bodyOf('Common/GetJobDetails')],
  [/\/vaults$/i, () => ({ value: [bodyOf('vaults/GETVault')] })],
  [/\/vaults\/[^/]+$/i, () => bodyOf('vaults/GETVault')],
];

for (const answers of existsSync(FOLDER) ? [ANSWERS] : []) {
  test('the example answers of all polled operations go through the client and land in the tables', async () => {
    await using arm = await startFakeArm({});
    await using database = await createTestDatabase();
    arm.serve(({ path }, response) => {
      const [, answer] = answers.find(([pattern]) => pattern.test(path)) ?? [];
      sendJson(
        response,
        answer ? 200 : 404,
        answer?.() ?? { error: { code: 'ResourceNotFound', message: path } },
        {
          date: NOW.toUTCString(),
        },
      );
    });
    const config = configOf(arm.origin, arm.certificate.cert);
    const options = { log: createLog('silent'), clock: () => NOW };
    for (const worker of ['health', 'capacity'] as const) {
      const runs = await runOnAzure(worker, config, database, options);
      assert.deepEqual(
        runs.map(({ status, error }) => [status, error]),
        [['succeeded', undefined]],
      );
    }
    assert.deepEqual(await counts(database), {
      azure_vault: 1,
      azure_policy: 3, // six rows of three names
      azure_item: 2,
      azure_container: 1,
      azure_usage: 18,
      job: 2,
      backup: 2,
      backup_object: 2,
      session: 1,
      repository: 1,
      repository_sample: 1,
    });
    const vault = await database.metrics.db.selectFrom('azure_vault').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual(Object.keys(vault.raw as object).sort(), ['config', 'guards', 'storage', 'vault']);
    assert.equal(vault.multi_user_authorization, true);
  });
}

function configOf(origin: string, ca: string): Config {
  return {
    azure: {
      azure: {
        resourceManagerUrl: origin,
        credential: { mode: 'static', token: TOKEN },
        tls: { mode: 'ca', ca },
      },
      subscriptionIds: ['77777777-b0c6-47a2-b37c-d8e65a629c18'],
      resourceGroups: [],
      vaultNames: [],
      vaults: [],
      usesResourceGraph: false,
      timeZone: 'UTC',
      backfillDays: 60,
      requestBudget: 1_000,
    },
  } as unknown as Config;
}

const TABLES = [
  'azure_vault',
  'azure_policy',
  'azure_item',
  'azure_container',
  'azure_usage',
  'job',
  'backup',
  'backup_object',
  'session',
  'repository',
  'repository_sample',
] as const;

async function counts({ metrics }: TestDatabase): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = await metrics.db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    found[table] = Number(rows);
  }
  return found;
}
