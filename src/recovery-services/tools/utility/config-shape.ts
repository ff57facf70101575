import * as z from 'zod';
import type { AzureVaultConfig } from '../../../azure/vault-config.ts';

/** The settings of a vault that can be read and changed here. null: Azure does not say. */
export const configShape = z.object({
  enhanced_security: z.string().nullable(),
  soft_delete: z.string().nullable(),
  soft_delete_days: z.number().nullable(),
});
export type Config = z.infer<typeof configShape>;

export function toConfig(config: AzureVaultConfig): Config {
  return {
    enhanced_security: config.enhancedSecurityState ?? null,
    soft_delete: config.softDeleteFeatureState ?? null,
    soft_delete_days: config.softDeleteRetentionPeriodInDays ?? null,
  };
}
