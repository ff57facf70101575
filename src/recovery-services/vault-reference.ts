import type { VaultRef } from '../azure/paths.ts';
import type { RecoveryServicesSettings, VaultSetting } from '../config/recovery-services-section.ts';
import { nearestNames } from '../mcp/suggest.ts';
import type { VaultArgs } from './arguments.ts';
import { ToolError } from './errors.ts';

/** A vault as it was addressed. */
export type VaultTarget = VaultRef & { alias: string | null };

/**
 * The vault that arguments mean: an alias, the name of a configured vault, or any vault whose group and subscription are
 * known.
 * @throws ToolError that names the aliases
 */
export function resolveVault(args: VaultArgs, settings: RecoveryServicesSettings): VaultTarget {
  assertConfigured(settings);
  const { vault_name: name, resource_group: group, subscription_id: subscription } = args;
  if (name === undefined) return checked(defaultVault(settings), args);
  const [known, ...others] = matches(settings.vaults, name).filter((vault) => fits(vault, args));
  if (known && others.length === 0) return toTarget(known);
  if (known) throw ambiguous(name, [known, ...others]);
  const configured = matches(settings.vaults, name)[0];
  if (configured && configured.alias?.toLowerCase() === name.toLowerCase()) return checked(configured, args);
  const resourceGroup = group ?? settings.resourceGroup;
  const subscriptionId = subscription?.toLowerCase() ?? settings.subscriptionIds[0];
  if (resourceGroup && subscriptionId) return { vault: name, resourceGroup, subscriptionId, alias: null };
  throw unknownVault(name, settings);
}

/** @throws ToolError `config` if nothing says which subscription */
export function assertConfigured({ subscriptionIds, lookedAt }: RecoveryServicesSettings): void {
  if (subscriptionIds.length > 0) return;
  const places = lookedAt.map(({ place, outcome }) => `${place} (${outcome})`).join('; ');
  throw new ToolError('config', `no subscription is configured; looked at: ${places}`, {
    code: 'not-configured',
    hint: 'Write subscription_id, resource_group and vault_name into [recovery_services] of one of these files, or set AZURE_SUBSCRIPTION_ID, and start the server again.',
  });
}

/** The name by which the configuration knows a vault; null: it does not. */
export function aliasOf(ref: VaultRef, vaults: readonly VaultSetting[]): string | null {
  const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();
  const found = vaults.find(
    ({ vault, resourceGroup, subscriptionId }) =>
      same(vault, ref.vault) &&
      same(resourceGroup, ref.resourceGroup) &&
      same(subscriptionId, ref.subscriptionId),
  );
  return found?.alias ?? null;
}

/** All configured vaults, or the one that is named. */
export function vaultsMeant(args: VaultArgs, settings: RecoveryServicesSettings): VaultTarget[] {
  assertConfigured(settings);
  if (args.vault_name !== undefined || settings.vaults.length === 0) return [resolveVault(args, settings)];
  return settings.vaults.filter((vault) => fits(vault, args)).map(toTarget);
}

function defaultVault({ vaults }: RecoveryServicesSettings): VaultSetting {
  const found = vaults.find(({ isDefault }) => isDefault);
  if (found) return found;
  const names = vaults.map(nameOf).join(', ');
  throw new ToolError(
    'validation',
    `no vault is named, and none is the default${names ? `; there are: ${names}` : ''}`,
    {
      code: 'no-default-vault',
      hint: 'Give vault_name, or mark one vault of the configuration with is_default = true. list_vaults shows the vaults there are.',
    },
  );
}

function matches(vaults: readonly VaultSetting[], name: string): VaultSetting[] {
  const wanted = name.toLowerCase();
  const byAlias = vaults.filter(({ alias }) => alias?.toLowerCase() === wanted);
  return byAlias.length > 0 ? byAlias : vaults.filter(({ vault }) => vault.toLowerCase() === wanted);
}

function fits(
  vault: VaultSetting,
  { resource_group: group, subscription_id: subscription }: VaultArgs,
): boolean {
  return (
    (group === undefined || group.toLowerCase() === vault.resourceGroup.toLowerCase()) &&
    (subscription === undefined || subscription.toLowerCase() === vault.subscriptionId.toLowerCase())
  );
}

function checked(vault: VaultSetting, args: VaultArgs): VaultTarget {
  if (fits(vault, args)) return toTarget(vault);
  throw new ToolError(
    'validation',
    `${nameOf(vault)} is ${vault.vault} in ${vault.resourceGroup} of ${vault.subscriptionId}, not where the arguments say`,
    {
      code: 'contradiction',
      hint: 'Leave resource_group and subscription_id out, or name the vault that is there.',
    },
  );
}

function ambiguous(name: string, vaults: VaultSetting[]): ToolError {
  const places = vaults.map(({ alias, resourceGroup }) => `${alias ?? name} in ${resourceGroup}`).join(', ');
  return new ToolError('validation', `several vaults have this name: ${places}`, {
    code: 'ambiguous-vault',
    hint: 'Use the alias, or give resource_group.',
  });
}

function unknownVault(name: string, { vaults }: RecoveryServicesSettings): ToolError {
  const names = vaults.map(nameOf);
  const [near] = nearestNames(name, names, 1);
  const listed =
    names.length > 0 ? `the configuration has: ${names.join(', ')}` : 'the configuration names no vaults';
  return new ToolError('not_found', `no vault of this name is known; ${listed}`, {
    code: 'unknown-vault',
    hint: `${near ? `Did you mean ${near}? ` : ''}For a vault that is not configured give resource_group and subscription_id too; list_vaults shows them.`,
  });
}

const nameOf = ({ alias, vault }: VaultSetting) => alias ?? vault;
const toTarget = ({ vault, resourceGroup, subscriptionId, alias }: VaultSetting): VaultTarget => ({
  vault,
  resourceGroup,
  subscriptionId,
  alias,
});
