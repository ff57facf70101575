import { machineItemAt, parseContainerName, parseItemName } from '../../../azure/naming.ts';
import { type ItemRef, vaultPath } from '../../../azure/paths.ts';
import { type AzurePreValidation, preValidateProtection } from '../../../azure/pre-validate.ts';
import type { AzureProtectedItem } from '../../../azure/protected-items.ts';
import { SourceError } from '../../../errors.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import type { VmArgs } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { findItemOrNull } from '../../items.ts';
import { regionOf } from '../../machine-region.ts';
import { standingOf } from '../../standing.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { resolveVm, type VmRef } from '../../vm-reference.ts';
import { sourceOf } from './item-row.ts';
import { itemTypeOf, machineTypeOf, type Subject } from './protection-request.ts';

/** `item` null: the vault does not protect the machine yet. */
export type FoundSubject = Subject & { name: string; item: AzureProtectedItem | null };

/**
 * What a machine is, or would be, in a vault.
 * @throws ToolError `conflict` if another vault protects it, `validation` with Azure's reason if it cannot be protected
 */
export async function findSubject(
  args: VmArgs,
  vault: VaultTarget,
  context: ReadContext,
): Promise<FoundSubject> {
  const found = await findItemOrNull(args, vault, context);
  if (found) {
    const { item, ref } = found;
    const sourceId = sourceOf(item) ?? '';
    return { ref, sourceId, type: itemTypeOf(item), name: item.friendlyName ?? item.name, item };
  }
  const machine = await resolveVm(args, vault.subscriptionId, context);
  const region = await regionOf(machine, vault, context);
  await standingOf(machine, { region, vault }, context);
  const said = await preValidated(machine, region, vault, context);
  const ref = namedBy(said, vault) ?? machineItemAt(vault, machine.id);
  return { ref, sourceId: machine.id, type: machineTypeOf(machine.id), name: machine.name, item: null };
}

/** null: the identity may not ask; Azure then says it when protection is asked for. */
async function preValidated(
  { id, subscriptionId, name }: VmRef,
  region: string,
  vault: VaultTarget,
  { azure, warn }: ReadContext,
): Promise<AzurePreValidation | null> {
  try {
    const question = { subscriptionId, region, resourceId: id, vaultId: vaultPath(vault) };
    const said = await preValidateProtection(azure, question);
    if (/^failed$/i.test(said.status ?? '')) throw notPossible(name, said);
    return said;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'forbidden')) throw error;
    warn(
      'Whether the machine can be protected may not be asked before: it takes a role on the subscription.',
    );
    return null;
  }
}

/** The names that Azure gave, if they are of a form that can be addressed. */
function namedBy(said: AzurePreValidation | null, vault: VaultTarget): ItemRef | null {
  const { containerName: container = '', protectedItemName: item = '' } = said ?? {};
  const isKnown = /^iaasvmcontainer;/i.test(container) && /^vm;/i.test(item);
  if (!isKnown || !parseContainerName(container) || !parseItemName(item)) return null;
  const { alias: _, ...place } = vault;
  return { ...place, fabric: 'Azure', container, item };
}

function notPossible(
  name: string,
  { errorCode, errorMessage, recommendation }: AzurePreValidation,
): ToolError {
  const code = cleanText(errorCode ?? 'pre-validation', 100);
  const isTaken = /AlreadyProtected/i.test(code);
  return new ToolError(
    isTaken ? 'conflict' : 'validation',
    `${cleanText(name, 120)} cannot be protected by this vault: ${cleanText(errorMessage ?? 'Azure does not say why', 400)}`,
    {
      code,
      hint: `${cleanText(recommendation ?? 'check_registration_status shows how the machine stands.', 300)}`,
    },
  );
}
