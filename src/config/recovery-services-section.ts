import * as z from 'zod';
import type { AzureSettings } from '../azure/settings.ts';
import { tenantSchema } from '../business/source-schema.ts';

export type VaultSetting = {
  /** What the configuration calls it; null: it has no name but its own. */
  alias: string | null;
  vault: string;
  resourceGroup: string;
  subscriptionId: string;
  description: string | null;
  isDefault: boolean;
};

/** What became of each place where the configuration could be. */
export type LookedAt = {
  place: string;
  outcome: 'not there' | 'has no such section' | 'used' | 'not needed';
};

export type RecoveryServicesSettings = {
  lookedAt: LookedAt[];
  azure: AzureSettings;
  /** All subscriptions that are named, the default one first. Empty: nothing is configured. */
  subscriptionIds: string[];
  /** For vaults and machines that are named without one. */
  resourceGroup: string | null;
  vaults: VaultSetting[];
  allowWrites: boolean;
  allowDestructive: boolean;
  /** Folder of tokens and of the key of handles, which its owner alone may read. */
  stateDir: string;
  /** false: tokens are in memory only. */
  keepsTokens: boolean;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const subscription = z.string().regex(UUID, 'it has to be the id of a subscription').optional();
const group = z
  .string()
  .regex(/^[-\w.()]{1,90}$/, 'it has to be the name of a resource group')
  .optional();
const vaultName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{1,49}$/, 'it has to be the name of a Recovery Services vault')
  .optional();
const words = z.string().min(1, 'it has to be text').optional();
const secretElsewhere = z
  .never({ error: 'a secret does not belong here: set AZURE_CLIENT_SECRET or AZURE_CLIENT_SECRET_FILE' })
  .optional();

/** `name` and `vault_name` are the same: both are in use. */
const vaultSection = z.strictObject({
  name: vaultName,
  vault_name: vaultName,
  subscription_id: subscription,
  resource_group: group,
  description: words,
  is_default: z.boolean().optional(),
  /** Of the collectors: whose data it holds, and whether it is read at all. */
  tenant: tenantSchema.optional(),
  collect: z.boolean().optional(),
});

/** `[recovery_services]` as it stands in a file. */
export const sectionSchema = z.strictObject({
  enabled: z.boolean().optional(),
  subscription_id: subscription,
  resource_group: group,
  vault_name: vaultName,
  /** Known from older files, and not needed: a vault says where it is. */
  location: words,
  allow_writes: z.boolean().optional(),
  allow_destructive: z.boolean().optional(),
  credential: words,
  tenant_id: words,
  client_id: words,
  client_secret: secretElsewhere,
  cloud: words,
  resource_manager_url: words,
  authority_host: words,
  ca_file: words,
  state_dir: words,
  keep_tokens: z.boolean().optional(),
  tenant: tenantSchema.optional(),
  collect: z.boolean().optional(),
  vaults: z.record(z.string().regex(/^[\w.-]{1,60}$/), vaultSection).optional(),
});
export type Section = z.infer<typeof sectionSchema>;
