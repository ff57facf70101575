import * as z from 'zod';
import { type AzureBackupStatus, getBackupStatus } from '../../../azure/backup-status.ts';
import { parseArmId, toVaultRef } from '../../../azure/ids.ts';
import type { AzureProtectedItem } from '../../../azure/protected-items.ts';
import { SourceError } from '../../../errors.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, VM_ARGS } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { isSoftDeleted, isStopped } from '../../items.ts';
import { locationOf } from '../../machine-region.ts';
import { asWritten } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { aliasOf, assertConfigured } from '../../vault-reference.ts';
import { findItem, resolveVm, type VmRef } from '../../vm-reference.ts';

const input = z.object({
  ...VM_ARGS,
  subscription_id: VAULT_ARGS.subscription_id.describe(
    'Of the machine; default: those of the configuration, in turn',
  ),
  location: z
    .string()
    .trim()
    .regex(/^[A-Za-z][A-Za-z0-9 ]{2,40}$/, 'it has to be a region like westeurope')
    .optional()
    .describe('Region of the machine; default: read from the machine'),
});
type Args = z.output<typeof input>;

export const checkRegistrationStatusTool = defineRead({
  name: 'check_registration_status',
  category: 'registration',
  title: 'Is this machine protected',
  description:
    'Whether a virtual machine is protected, in which vault and by which policy, whichever vault it is; or whether its backups are stopped and only kept. It asks the region of the machine, and needs a role on the subscription.',
  role: 'Backup Reader',
  input,
  data: z.object({
    vm_id: z.string(),
    location: z.string(),
    protection_status: z.string().nullable(),
    vault_id: z.string().optional(),
    vault_alias: z.string().optional(),
    container_name: z.string().optional(),
    item_name: z.string().optional(),
    policy_name: z.string().optional(),
    protection_state: z.string().nullable().optional(),
    soft_deleted: z.boolean().optional(),
    error_code: z.string().optional(),
    error_message: z.string().optional(),
  }),
  answer: async (args, context) => {
    assertConfigured(context.settings);
    const { machine, location } = await find(args, context);
    const question = { subscriptionId: machine.subscriptionId, region: location, resourceId: machine.id };
    const status = await getBackupStatus(context.azure, question);
    const state = cleanOrNull(status.protectionStatus, 40);
    if (state === 'NotProtected' && args.location !== undefined)
      context.warn(
        'Only the region that was given was asked: of a machine in another region it knows nothing.',
      );
    const kept = await itemOf(status, machine, context);
    return {
      summary: kept
        ? summaryOfItem(kept, state)
        : summaryOf(kept === null && state === 'Protected' ? 'Kept' : state),
      data: {
        vm_id: cleanText(machine.id, 400),
        location: cleanText(location, 60),
        protection_status: state,
        ...placeOf(status, context),
        ...(kept
          ? { protection_state: cleanOrNull(kept.protectionState, 40), soft_deleted: isSoftDeleted(kept) }
          : {}),
        ...troubleOf(status),
      },
    };
  },
});

type Found = { machine: VmRef; location: string };

/** @throws ToolError if no subscription that is meant has the machine, or several have one of this name */
async function find(args: Args, context: ReadContext): Promise<Found> {
  const { settings } = context;
  const given = args.subscription_id?.toLowerCase();
  if (given !== undefined || args.vm_resource_id !== undefined || settings.subscriptionIds.length === 1)
    return findIn(given ?? settings.subscriptionIds[0] ?? '', args, context);
  const found: Found[] = [];
  let missed: unknown;
  for (const subscription of settings.subscriptionIds) {
    try {
      found.push(await findIn(subscription, args, context));
    } catch (error) {
      if (!(error instanceof ToolError && NOT_HERE.includes(error.facts.code))) throw error;
      missed = error;
    }
  }
  const [only, ...others] = found;
  if (!only) throw missed;
  if (others.length === 0) return only;
  throw new ToolError('validation', `${found.length} subscriptions can be meant`, {
    code: 'ambiguous-machine',
    hint: `Give subscription_id: ${found.map(({ machine }) => machine.subscriptionId).join(' or ')}.`,
  });
}

async function findIn(subscription: string, args: Args, context: ReadContext): Promise<Found> {
  const machine = await resolveVm(args, subscription, context);
  return { machine, location: args.location ?? (await locationOf(machine, context)) };
}

/** What is said of a machine that is not in a subscription. */
const NOT_HERE = ['no-such-machine', 'region-unknown'];

/** Azure says where the machine is protected with names that can be empty. */
function placeOf(status: AzureBackupStatus, { settings }: ReadContext) {
  const { vaultId, containerName, protectedItemName, policyName } = status;
  const ref = vaultId ? toVaultRef(parseArmId(vaultId).parts) : null;
  const alias = ref && aliasOf(ref, settings.vaults);
  const written = asWritten(status, 'vaultId');
  return {
    ...(written ? { vault_id: cleanText(written, 400) } : {}),
    ...(alias ? { vault_alias: alias } : {}),
    ...(containerName ? { container_name: cleanText(containerName, 200) } : {}),
    ...(protectedItemName ? { item_name: cleanText(protectedItemName, 200) } : {}),
    ...(policyName ? { policy_name: cleanText(policyName, 150) } : {}),
  };
}

/**
 * The item itself: Azure calls a machine protected also where its backups are stopped and only kept. null: it could
 * not be read, which is told; undefined: no vault is named.
 */
async function itemOf(
  { vaultId }: AzureBackupStatus,
  machine: VmRef,
  context: ReadContext,
): Promise<AzureProtectedItem | null | undefined> {
  const vault = vaultId ? toVaultRef(parseArmId(vaultId).parts) : null;
  if (!vault) return undefined;
  try {
    return (await findItem({ vm_resource_id: machine.id }, vault, context)).item;
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof ToolError)) throw error;
    context.warn(
      `Whether backups of it are still made, or only kept, could not be read in its vault: ${cleanText(error.message, 300)}`,
    );
    return null;
  }
}

/** `Success` comes with a message at times, which then says nothing. */
function troubleOf({ errorCode, errorMessage }: AzureBackupStatus) {
  if (!errorCode || /^success$/i.test(errorCode)) return {};
  return {
    error_code: cleanText(errorCode, 100),
    ...(errorMessage ? { error_message: cleanText(errorMessage, 400) } : {}),
  };
}

const SAID: Record<string, string> = {
  Protected: 'The machine is protected.',
  Kept: 'A vault has the machine; whether backups are still made, or only kept, is not known.',
  Protecting: 'The machine is being set up for protection: there is no backup yet.',
  NotProtected: 'No vault protects the machine.',
  ProtectionFailed: 'Protection of the machine was set up and has failed.',
};

function summaryOfItem(item: AzureProtectedItem, state: string | null): string {
  const hasCopies = item.lastRecoveryPoint !== null;
  if (isSoftDeleted(item))
    return 'The machine is not protected: its item was deleted, and soft delete still keeps it (enable_protection with undelete = true brings it back).';
  if (!isStopped(item)) return summaryOf(state);
  return `Protection is stopped: no more backups are made, ${hasCopies ? 'and the copies there are are kept' : 'and there is no copy'}.`;
}

const summaryOf = (state: string | null) =>
  SAID[state ?? ''] ?? 'Azure does not say clearly whether the machine is protected.';
