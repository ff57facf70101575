import * as z from 'zod';
import { listResourceGuardProxies } from '../../../azure/resource-guards.ts';
import { getStorageConfig } from '../../../azure/storage-config.ts';
import { getVaultConfig } from '../../../azure/vault-config.ts';
import { SourceError } from '../../../errors.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { noSuchVault } from '../../not-found.ts';
import { defineRead } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { configShape, toConfig } from './config-shape.ts';

const storage = z.object({
  redundancy: z.string().nullable(),
  locked: z.boolean().nullable().describe('true: the redundancy cannot be changed any more'),
  crr: z.boolean().nullable(),
});
const mua = z.object({ enabled: z.boolean(), guards: z.array(z.string()) });

export const getVaultConfigTool = defineRead({
  name: 'get_vault_config',
  category: 'utility',
  title: 'Protection settings of a vault',
  description:
    'Soft delete, enhanced security, storage redundancy and resource guards (multi-user authorization) of a vault. null: Azure does not say.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    include_storage: z.boolean().default(true),
    include_guards: z.boolean().default(true),
  }),
  data: z.object({ config: configShape, storage: storage.optional(), mua: mua.optional() }),
  answer: async (args, context) => {
    const target = context.vault(args);
    const found = await getVaultConfig(context.azure, target);
    if (!found) throw noSuchVault(target, context.settings);
    const stored = args.include_storage
      ? await orWarning('storage', context, () => storageOf(target, context))
      : null;
    const guarded = args.include_guards
      ? await orWarning('mua', context, () => guardsOf(target, context))
      : null;
    return {
      summary: 'The settings as they are now.',
      data: {
        config: toConfig(found),
        ...(stored ? { storage: stored } : {}),
        ...(guarded ? { mua: guarded } : {}),
      },
    };
  },
});

/** A part that cannot be read is told and left out. */
async function orWarning<T>(part: string, { warn }: ReadContext, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    warn(`${part} could not be read: ${cleanText(error.message)}`);
    return null;
  }
}

async function storageOf(
  target: VaultTarget,
  { azure, warn }: ReadContext,
): Promise<z.infer<typeof storage> | null> {
  const found = await getStorageConfig(azure, target);
  if (!found) {
    warn('storage could not be read: Azure has none for this vault');
    return null;
  }
  const { storageType, storageModelType, storageTypeState: state, crossRegionRestoreFlag: crr } = found;
  return {
    redundancy: storageType ?? storageModelType ?? null,
    locked: state === undefined ? null : state.toLowerCase() === 'locked',
    crr: crr ?? null,
  };
}

async function guardsOf(target: VaultTarget, { azure }: ReadContext): Promise<z.infer<typeof mua>> {
  const pages = await Array.fromAsync(listResourceGuardProxies(azure, target));
  const rows = pages.flatMap(({ items }) => items);
  const unreadable = pages.reduce((sum, { rejected }) => sum + rejected, 0);
  return {
    enabled: rows.length + unreadable > 0,
    guards: rows.map(({ resourceGuardResourceId, id }) => cleanText(resourceGuardResourceId ?? id, 300)),
  };
}
