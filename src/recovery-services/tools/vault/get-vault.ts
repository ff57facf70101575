import * as z from 'zod';
import { listUsages } from '../../../azure/usages.ts';
import { type AzureVault, getVault } from '../../../azure/vaults.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS } from '../../arguments.ts';
import { noSuchVault } from '../../not-found.ts';
import { readList } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { toVaultRow, vaultRow } from './vault-row.ts';

const data = z.object({
  vault: vaultRow.extend({
    redundancy: z.object({ storage: z.string().nullable(), cross_region_restore: z.string().nullable() }),
    security: z.object({
      immutability: z.string().nullable(),
      soft_delete: z.string().nullable(),
      soft_delete_days: z.number().nullable(),
      mua: z.string().nullable(),
      secure_score: z.string().nullable(),
    }),
    public_network_access: z.string().nullable(),
    alerts: z.object({ all_job_failures: z.string().nullable(), classic: z.string().nullable() }),
    identity_type: z.string().nullable(),
  }),
  usages: z
    .array(z.object({ name: z.string(), value: z.number().nullable(), unit: z.string().nullable() }))
    .optional(),
});

export const getVaultTool = defineRead({
  name: 'get_vault',
  category: 'vault',
  title: 'One vault',
  description:
    'One Recovery Services vault: redundancy, soft delete, immutability, multi-user authorization, alerts; on request what it holds. null: Azure does not say.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    include_usages: z.boolean().default(false).describe('Also bytes stored and counts of items and jobs'),
  }),
  data,
  answer: async (args, context) => {
    const { azure, settings, vault: resolve } = context;
    const target = resolve(args);
    const found = await getVault(azure, target);
    if (!found) throw noSuchVault(target, settings);
    const usages = args.include_usages
      ? await readList('usages', context, (reading) => listUsages(azure, target, { reading }))
      : undefined;
    return {
      summary: 'One vault, as Azure describes it now.',
      data: {
        vault: { ...toVaultRow(found, settings), ...detailsOf(found) },
        ...(usages && {
          usages: usages.map(({ name, currentValue, unit }) => ({
            name: cleanText(name, 80),
            value: currentValue ?? null,
            unit: unit ?? null,
          })),
        }),
      },
    };
  },
});

function detailsOf(vault: AzureVault) {
  const { redundancySettings: redundancy, securitySettings: security, monitoringSettings: alerts } = vault;
  return {
    redundancy: {
      storage: redundancy?.standardTierStorageRedundancy ?? null,
      cross_region_restore: redundancy?.crossRegionRestore ?? null,
    },
    security: {
      immutability: security?.immutabilitySettings?.state ?? null,
      soft_delete: security?.softDeleteSettings?.softDeleteState ?? null,
      soft_delete_days: security?.softDeleteSettings?.softDeleteRetentionPeriodInDays ?? null,
      mua: security?.multiUserAuthorization ?? null,
      secure_score: vault.secureScore ?? null,
    },
    public_network_access: vault.publicNetworkAccess ?? null,
    alerts: {
      all_job_failures: alerts?.azureMonitorAlertSettings?.alertsForAllJobFailures ?? null,
      classic: alerts?.classicAlertSettings?.alertsForCriticalOperations ?? null,
    },
    identity_type: vault.identity?.type ?? null,
  };
}
