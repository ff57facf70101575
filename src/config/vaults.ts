import { ConfigError } from '../errors.ts';
import { type NamedVault, toList } from './azure.ts';
import type { Env, Values } from './config.ts';
import { besides, SIGN_IN } from './recovery-services.ts';
import type { Section } from './recovery-services-section.ts';

/**
 * The environment with what `[recovery_services]` says of the sign-in, where the environment says nothing: that section is
 * shared with a server that may write, so a collector's own account comes first.
 * @returns also whether vaults of the file are collected: without any way to sign in they belong to the other server alone,
 * which then is whoever is signed in with `az login`
 */
export function azureOfFile(
  env: Env,
  section: Section | undefined,
  file: string | undefined,
): { env: Env; isCollected: boolean } {
  const wanted = Object.values(section?.vaults ?? {}).filter(
    ({ collect }) => collect ?? section?.collect ?? true,
  );
  const canSignIn = section?.credential !== undefined || SIGN_IN.some((name) => env[name]?.trim());
  if (!section || wanted.length === 0 || !canSignIn) return { env, isCollected: false };
  const said: Env = {
    AZURE_CREDENTIAL: SIGN_IN.some((name) => env[name]?.trim()) ? undefined : section.credential,
    AZURE_TENANT_ID: section.tenant_id,
    AZURE_CLIENT_ID: section.client_id,
    AZURE_CLOUD: section.cloud,
    AZURE_RESOURCE_MANAGER_URL: section.resource_manager_url,
    AZURE_AUTHORITY_HOST: section.authority_host,
    AZURE_CA_FILE: section.ca_file && besides(file, section.ca_file),
  };
  const unset = Object.entries(said).filter(([name, value]) => value !== undefined && !env[name]?.trim());
  return { env: { ...env, ...Object.fromEntries(unset) }, isCollected: true };
}

/**
 * The vaults that the file names for the collectors.
 * @throws ConfigError that names the vault that is not said where it is, or both places of one that stands twice
 */
export function toNamedVaults(section: Section, values: Values, file: string): NamedVault[] {
  const only = (list: string[]) => (list.length === 1 ? list[0] : undefined);
  const subscription = section.subscription_id ?? only(toList(values.AZURE_SUBSCRIPTION_ID));
  const group = section.resource_group ?? only(toList(values.AZURE_RESOURCE_GROUP));
  const vaults: NamedVault[] = [];
  for (const [alias, given] of Object.entries(section.vaults ?? {})) {
    if (!(given.collect ?? section.collect ?? true)) continue;
    const where = `recovery_services.vaults.${alias}`;
    const vault = given.vault_name ?? given.name;
    const subscriptionId = (given.subscription_id ?? subscription)?.toLowerCase();
    const resourceGroup = given.resource_group ?? group;
    if (vault === undefined) throw missing(file, where, 'name');
    if (subscriptionId === undefined) throw missing(file, where, 'subscription_id');
    if (resourceGroup === undefined) throw missing(file, where, 'resource_group');
    const named = { subscriptionId, resourceGroup, vault, tenant: given.tenant ?? section.tenant, where };
    const twin = vaults.find((other) => keyOf(other) === keyOf(named));
    if (twin)
      throw new ConfigError(
        `${file}: ${twin.where} and ${where} are the same vault, ${vault} in ${resourceGroup}: remove one of them`,
      );
    vaults.push(named);
  }
  return vaults;
}

const missing = (file: string, where: string, key: string) =>
  new ConfigError(`${file}: ${where} has no ${key}, and there is no default one: set it`);

const keyOf = ({ subscriptionId, resourceGroup, vault }: NamedVault) =>
  `${subscriptionId}/${resourceGroup}/${vault}`.toLowerCase();
