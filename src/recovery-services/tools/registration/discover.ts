import * as z from 'zod';
import { parseArmId } from '../../../azure/ids.ts';
import { machineItemAt } from '../../../azure/naming.ts';
import { type AzureProtectableItem, listProtectableItems } from '../../../azure/protectable-items.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import type { VmArgs } from '../../arguments.ts';
import type { ReadContext, WriteContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { findItemOrNull } from '../../items.ts';
import { regionOf } from '../../machine-region.ts';
import { readAfter } from '../../operations.ts';
import { readVaultList } from '../../read-lists.ts';
import { refreshContainers, refreshRequest } from '../../refresh.ts';
import type { Prepared, Written } from '../../registry.ts';
import { type Standing, standingOf } from '../../standing.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { resolveVm, type VmRef } from '../../vm-reference.ts';

/** What registering answers, of machines and of databases. */
export const registrationShape = z.object({
  vm_id: z.string(),
  container_name: z.string(),
  item_name: z.string().optional(),
  state: z.enum(['discovered', 'registered', 'already_protected', 'pending']),
  protected_by_vault: z.string().optional(),
});
export type Registration = z.infer<typeof registrationShape>;

type Asked = { args: VmArgs; vault: VaultTarget; waitSeconds: number; isAgain: boolean };

/** Azure virtual machines are not registered: a vault finds them when it looks around. */
export async function prepareDiscovery(
  { args, vault, waitSeconds, isAgain }: Asked,
  context: ReadContext,
): Promise<Prepared<Registration>> {
  const machine = await resolveVm(args, vault.subscriptionId, context);
  const region = await regionOf(machine, vault, context);
  const standing = await standingOf(machine, { region, vault }, context);
  const isProtected = standing.isProtectedHere ?? (await findItemOrNull(args, vault, context)) !== null;
  const facts = factsOf(machine, vault, standing);
  const known = (state: 'already_protected' | 'discovered') => ({
    ...facts,
    state,
    ...(state === 'already_protected' ? { protected_by_vault: vault.alias ?? vault.vault } : {}),
  });
  if (!isAgain && isProtected)
    return { summary: 'The vault protects the machine already.', unchanged: known('already_protected') };
  if (!isAgain && (await isListed(machine, vault, context)))
    return {
      summary: 'The vault knows the machine already: enable_protection can protect it.',
      unchanged: known('discovered'),
    };
  const request = refreshRequest(vault);
  return {
    plan: {
      action: `make vault ${vault.vault} look around, so that it finds ${cleanText(machine.name, 120)}`,
      target: request.path,
      requests: [request],
      effects: ['the vault knows the machine afterwards; it is not protected by that'],
      dangers: [],
      reversible: true,
    },
    run: (running) => discover(running, { machine, vault, waitSeconds, isProtected, facts }),
  };
}

type Discovery = {
  machine: VmRef;
  vault: VaultTarget;
  waitSeconds: number;
  isProtected: boolean;
  facts: Pick<Registration, 'vm_id' | 'container_name' | 'item_name'>;
};

async function discover(
  context: WriteContext,
  { machine, vault, waitSeconds, isProtected, facts }: Discovery,
): Promise<Written<Registration>> {
  const { status, operation } = await refreshContainers(context, context.write, { vault, waitSeconds });
  if (status === 'accepted')
    return {
      status,
      operation,
      summary: 'The vault is still looking around: call again when that operation has ended.',
      data: { ...facts, state: 'pending' },
    };
  if (isProtected)
    return {
      status,
      summary: 'The vault has looked around; it protects the machine.',
      data: { ...facts, state: 'already_protected', protected_by_vault: vault.alias ?? vault.vault },
    };
  const found = await readAfter(context, () => isListed(machine, vault, context));
  if (found === false) throw notFound(machine, vault);
  return {
    status,
    summary: 'The vault knows the machine: enable_protection can protect it.',
    data: { ...facts, state: found ? 'discovered' : 'pending' },
  };
}

function factsOf(machine: VmRef, vault: VaultTarget, { container, item }: Standing): Discovery['facts'] {
  const named = machineItemAt(vault, machine.id);
  return {
    vm_id: cleanText(machine.id, 400),
    container_name: cleanText(container ?? named.container, 200),
    item_name: cleanText(item ?? named.item, 200),
  };
}

async function isListed(machine: VmRef, vault: VaultTarget, context: ReadContext): Promise<boolean> {
  const filter = { backupManagementType: 'AzureIaasVM' };
  const found = await readVaultList('protectable items', vault, context, (reading) =>
    listProtectableItems(context.azure, vault, filter, { reading }),
  );
  const key = parseArmId(machine.id).key;
  const end = `;${machine.resourceGroup};${machine.name}`.toLowerCase();
  return found.some(
    ({ virtualMachineId, name }: AzureProtectableItem) =>
      virtualMachineId === key || (!virtualMachineId && name.toLowerCase().endsWith(end)),
  );
}

const notFound = ({ name }: VmRef, { vault }: VaultTarget): ToolError =>
  new ToolError('not_found', `vault ${vault} has looked around and does not find ${cleanText(name, 120)}`, {
    code: 'not-discovered',
    hint: 'A vault finds machines of its own region and subscription only: compare them (check_registration_status, get_vault).',
  });
