import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parseToml } from '../business/load.ts';
import { lineOf } from '../business/toml-lines.ts';
import { ConfigError } from '../errors.ts';
import { type AzureScope, loadAzureScope } from './config.ts';
import {
  type LookedAt,
  type RecoveryServicesSettings,
  type Section,
  sectionSchema,
  type VaultSetting,
} from './recovery-services-section.ts';

type Env = Record<string, string | undefined>;
export type Places = { configFile?: string | undefined; cwd?: string; home?: string };

/** In the order in which they are looked at; the first that has the section is used. */
const IN_FOLDER = ['dr365.toml', 'recovery_services_config.toml', 'config/recovery_services.toml'];
const AT_HOME = '.config/codex/recovery_services.toml';
const ENVIRONMENT = 'AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, AZURE_VAULT_NAME';

/**
 * The settings of this server: the first file that has a section `[recovery_services]`, and the environment for what the
 * file does not say. Without either there are no subscriptions, and every call says so.
 * @throws ConfigError that names the file and line, or the variable, and what would be right
 */
export function loadRecoveryServices(env: Env, places: Places = {}): RecoveryServicesSettings {
  const { cwd = process.cwd(), home = homedir() } = places;
  const { lookedAt, section, file } = findSection(places.configFile, cwd, home);
  if (section.enabled === false)
    throw new ConfigError(`${file}: recovery_services.enabled = false: this server is switched off there`);
  const scope = loadAzureScope(toEnvironment(env, section, file));
  if (section.allow_destructive && !section.allow_writes)
    throw new ConfigError(
      `${file}: recovery_services.allow_destructive = true needs allow_writes = true: set both, or neither`,
    );
  const vaults = [...vaultsOf(section, scope, file ?? ENVIRONMENT)];
  const named = [...scope.subscriptionIds, ...vaults.map(({ subscriptionId }) => subscriptionId)];
  lookedAt.push({ place: ENVIRONMENT, outcome: usesEnvironment(env, section) ? 'used' : 'not needed' });
  return {
    lookedAt,
    azure: scope.azure,
    subscriptionIds: [...new Set(named)],
    resourceGroup: scope.resourceGroups[0] ?? null,
    vaults,
    allowWrites: section.allow_writes ?? false,
    allowDestructive: section.allow_destructive ?? false,
    stateDir: stateDir(section, file, env, home),
    keepsTokens: section.keep_tokens ?? true,
  };
}

type Found = { lookedAt: LookedAt[]; section: Section; file: string | undefined };

function findSection(given: string | undefined, cwd: string, home: string): Found {
  const lookedAt: LookedAt[] = [];
  if (given !== undefined) {
    const file = resolve(cwd, given);
    const section = readSection(file, true);
    return { lookedAt: [{ place: file, outcome: 'used' }], section: section ?? {}, file };
  }
  for (const file of [...IN_FOLDER.map((name) => resolve(cwd, name)), join(home, AT_HOME)]) {
    const section = existsSync(file) ? readSection(file, !file.endsWith('dr365.toml')) : undefined;
    const outcome = section ? 'used' : existsSync(file) ? 'has no such section' : 'not there';
    lookedAt.push({ place: file, outcome });
    if (section) return { lookedAt, section, file };
  }
  return { lookedAt, section: {}, file: undefined };
}

/**
 * The section `[recovery_services]` of a file; undefined: it has none.
 * @throws ConfigError that names file and line of what is wrong
 */
export function readSection(file: string, isOwnFile: boolean): Section | undefined {
  const text = readText(file);
  const { recovery_services: given } = parseToml(text, file);
  if (given === undefined && !isOwnFile) return undefined;
  if (given === undefined) throw new ConfigError(`${file} has no section [recovery_services]: add it`);
  const parsed = sectionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = ['recovery_services', ...issue.path.map(String), ...keys.slice(0, 1)];
    const line = lineOf(text, path);
    const what =
      keys.length > 0 ? `is not known: there are ${knownAt(issue.path)}` : `is wrong: ${issue.message}`;
    return `${file}${line === null ? '' : `, line ${line}`}: ${path.join('.')} ${what}`;
  });
  throw new ConfigError(lines.join('\n'));
}

function knownAt(path: readonly PropertyKey[]): string {
  const shape = sectionSchema.shape;
  const inVault = path[0] === 'vaults' && path.length > 1;
  const keys = inVault ? Object.keys(shape.vaults.unwrap().valueType.shape) : Object.keys(shape);
  return keys.filter((key) => key !== 'client_secret').join(', ');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `${file} cannot be read (${code}): it has to be a TOML file that this account may read`,
      {
        cause,
      },
    );
  }
}

/** Variables that say who signs in; with none of them it is whoever is signed in with `az login`. */
export const SIGN_IN = [
  'AZURE_CREDENTIAL',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_SECRET_FILE',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_ACCESS_TOKEN',
  'AZURE_ACCESS_TOKEN_FILE',
];

/** The file in the words of the environment: it is checked once, in one place. The file goes first. */
function toEnvironment(env: Env, section: Section, file: string | undefined): Env {
  const fromFile = {
    AZURE_SUBSCRIPTION_ID: section.subscription_id,
    AZURE_RESOURCE_GROUP: section.resource_group,
    AZURE_VAULT_NAME: section.vault_name,
    AZURE_CREDENTIAL: section.credential,
    AZURE_TENANT_ID: section.tenant_id,
    AZURE_CLIENT_ID: section.client_id,
    AZURE_CLOUD: section.cloud,
    AZURE_RESOURCE_MANAGER_URL: section.resource_manager_url,
    AZURE_AUTHORITY_HOST: section.authority_host,
    AZURE_CA_FILE: section.ca_file && besides(file, section.ca_file),
  };
  const given = Object.entries(fromFile).filter(([, value]) => value !== undefined);
  const both: Env = { ...env, ...Object.fromEntries(given) };
  if (!SIGN_IN.some((name) => both[name]?.trim())) both.AZURE_CREDENTIAL = 'azure-cli';
  return both;
}

/** A path in a file is meant from where the file is. */
export const besides = (file: string | undefined, path: string) =>
  isAbsolute(path) || file === undefined ? path : resolve(file, '..', path);

function* vaultsOf(section: Section, scope: AzureScope, where: string): Generator<VaultSetting> {
  const sections = Object.entries(section.vaults ?? {});
  const marked = sections.filter(([, { is_default: isDefault }]) => isDefault).map(([alias]) => alias);
  if (marked.length > 1)
    throw new ConfigError(
      `${where}: ${marked.join(' and ')} both have is_default = true: one vault is the default`,
    );
  const plain = scope.vaultNames;
  const count = sections.length + plain.length;
  for (const vault of plain) {
    // The vault beside [recovery_services] is the default one, unless another is marked so.
    const isDefault = marked.length === 0 && plain.length === 1;
    yield toVault({ alias: null, vault, description: null, isDefault }, {}, scope, `${where}: ${vault}`);
  }
  for (const [alias, given] of sections) {
    const key = `${where}: recovery_services.vaults.${alias}`;
    const vault = given.vault_name ?? given.name;
    if (vault === undefined) throw new ConfigError(`${key} has no name: set name to that of the vault`);
    if (given.name && given.vault_name && given.name !== given.vault_name)
      throw new ConfigError(`${key} has a name and another vault_name: they mean the same, set one`);
    const isDefault = given.is_default ?? count === 1;
    yield toVault({ alias, vault, description: given.description ?? null, isDefault }, given, scope, key);
  }
}

function toVault(
  vault: Omit<VaultSetting, 'subscriptionId' | 'resourceGroup'>,
  given: { subscription_id?: string | undefined; resource_group?: string | undefined },
  { subscriptionIds, resourceGroups }: AzureScope,
  key: string,
): VaultSetting {
  const subscriptionId = given.subscription_id?.toLowerCase() ?? subscriptionIds[0];
  const resourceGroup = given.resource_group ?? resourceGroups[0];
  if (subscriptionId && resourceGroup) return { ...vault, subscriptionId, resourceGroup };
  const missing = subscriptionId ? 'resource_group' : 'subscription_id';
  throw new ConfigError(`${key} has no ${missing}, and there is no default one: set it`);
}

function usesEnvironment(env: Env, section: Section): boolean {
  const pairs = [
    ['AZURE_SUBSCRIPTION_ID', section.subscription_id],
    ['AZURE_RESOURCE_GROUP', section.resource_group],
    ['AZURE_VAULT_NAME', section.vault_name],
  ] as const;
  return pairs.some(([name, value]) => value === undefined && env[name]?.trim());
}

function stateDir(section: Section, file: string | undefined, env: Env, home: string): string {
  if (section.state_dir) return besides(file, section.state_dir);
  const cache = env.XDG_CACHE_HOME?.trim() || env.LOCALAPPDATA?.trim() || join(home, '.cache');
  return join(cache, 'dr365', 'recovery-services');
}
