import { existsSync } from 'node:fs';
import * as z from 'zod';
import type { AzureSettings, CredentialSettings } from '../azure/settings.ts';

/** A vault that dr365.toml names. */
export type NamedVault = {
  subscriptionId: string;
  resourceGroup: string;
  vault: string;
  /** Label of the tenant whose data it holds; undefined: none. */
  tenant: string | undefined;
  /** Where it is named, for messages, such as `recovery_services.vaults.west`. */
  where: string;
};

/** Azure Backup as it is configured. What lists name is looked at; an empty list means all there are. */
export type AzureEstateSettings = {
  azure: AzureSettings;
  /** Subscriptions whose vaults are listed; empty: the named vaults alone are read. */
  subscriptionIds: string[];
  resourceGroups: string[];
  vaultNames: string[];
  /** Vaults that are read whatever the lists above say. */
  vaults: NamedVault[];
  /** Label of the tenant of vaults that have none of their own. */
  tenant: string | undefined;
  /** Resource Graph answers for all vaults at once; without it each vault is asked. */
  usesResourceGraph: boolean;
  /** Zone in which days are counted; schedules have zones of their own. */
  timeZone: string;
  backfillDays: number;
  /** Requests one worker run may send for one vault. */
  requestBudget: number;
};

export type SettingValues = Record<string, string | number | undefined>;
type Variables = Record<string, [z.ZodType, string]>;

const text = z.string();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ORIGIN = /^https:\/\/[^/?#\s@]+\/?$/;
const MODES = [
  'client-secret',
  'certificate',
  'managed-identity',
  'workload-identity',
  'azure-cli',
  'static',
];
const CLOUDS = ['public', 'us-government', 'china'];

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);
const list = (each: RegExp) =>
  text.refine((value) => {
    const parts = toList(value);
    return parts.length > 0 && parts.every((one) => each.test(one));
  });
const file: [z.ZodType, string] = [
  text.refine((path) => existsSync(path)),
  'the path of an existing file that this account may read',
];

/** What says where to look; without one of these there is no Azure Backup to read. */
export const AZURE_SCOPE = ['AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP', 'AZURE_VAULT_NAME'];

/** Each variable of Azure Backup, what it may be, and what the message says is right. */
export const AZURE_VARIABLES: Variables = {
  AZURE_SUBSCRIPTION_ID: [list(UUID), 'the id of a subscription, or several separated by commas'],
  AZURE_RESOURCE_GROUP: [
    list(/^[-\w.()]{1,90}$/),
    'the name of a resource group, or several separated by commas',
  ],
  AZURE_VAULT_NAME: [
    list(/^[A-Za-z][A-Za-z0-9-]{1,49}$/),
    'the name of a Recovery Services vault, or several separated by commas',
  ],
  AZURE_CREDENTIAL: [
    z.enum(MODES),
    `one of ${MODES.join(', ')}, or unset to use what the other settings name`,
  ],
  AZURE_TENANT_ID: [text.regex(/^[A-Za-z0-9.-]+$/), 'the id or a domain name of the tenant'],
  AZURE_CLIENT_ID: [text.regex(UUID), 'the application (client) id'],
  AZURE_CLIENT_SECRET: [text.min(1), 'a secret of the application'],
  AZURE_CLIENT_CERTIFICATE_PATH: file,
  AZURE_CLIENT_CERTIFICATE_PASSWORD: [text.min(1), 'the password of the certificate'],
  AZURE_FEDERATED_TOKEN_FILE: file,
  AZURE_ACCESS_TOKEN: [text.min(1), 'a token of the resource manager'],
  AZURE_CLOUD: [z.enum(CLOUDS), CLOUDS.join(', ')],
  AZURE_RESOURCE_MANAGER_URL: [text.regex(ORIGIN), 'an address such as https://management.azure.com'],
  AZURE_AUTHORITY_HOST: [text.regex(ORIGIN), 'an address such as https://login.microsoftonline.com'],
  AZURE_CA_FILE: file,
  AZURE_RESOURCE_GRAPH: [z.enum(['on', 'off']), 'on or off'],
  AZURE_TIME_ZONE: [text.refine(isZone), 'an IANA time zone such as Europe/Berlin'],
  AZURE_BACKFILL_DAYS: [whole(1, 180), 'a number of days from 1 to 180'],
  AZURE_REQUEST_BUDGET: [whole(10, 1_000_000), 'a number of requests from 10 to 1000000'],
};

/**
 * Azure Backup, if a subscription or a vault is named. Other tools use the variables of the sign-in too, so these alone mean nothing.
 * @param problems gets what is missing or contradicts itself
 */
export function toAzureEstate(
  values: SettingValues,
  problems: string[],
  { vaults, tenant }: Pick<AzureEstateSettings, 'vaults' | 'tenant'> = { vaults: [], tenant: undefined },
): AzureEstateSettings | undefined {
  if (values.AZURE_SUBSCRIPTION_ID === undefined) {
    // A wrong one is told already; one of these without it is meant for us and cannot work.
    const alone = AZURE_SCOPE.filter((name) => values[name] !== undefined);
    if (alone.length > 0 && !problems.some((line) => line.startsWith('AZURE_SUBSCRIPTION_ID')))
      problems.push(
        `AZURE_SUBSCRIPTION_ID is not set, but ${alone.join(' and ')} ${alone.length > 1 ? 'are' : 'is'}: set it too`,
      );
    if (vaults.length === 0) return undefined;
  }
  return {
    azure: toAzureSettings(values, problems),
    subscriptionIds: toList(values.AZURE_SUBSCRIPTION_ID).map((id) => id.toLowerCase()),
    resourceGroups: toList(values.AZURE_RESOURCE_GROUP),
    vaultNames: toList(values.AZURE_VAULT_NAME),
    vaults,
    tenant,
    usesResourceGraph: values.AZURE_RESOURCE_GRAPH === 'on',
    timeZone: str(values.AZURE_TIME_ZONE) ?? 'UTC',
    backfillDays: Number(values.AZURE_BACKFILL_DAYS ?? 90),
    requestBudget: Number(values.AZURE_REQUEST_BUDGET ?? 20_000),
  };
}

/** Where Azure is and who signs in. @param problems gets what is missing or contradicts itself */
export function toAzureSettings(values: SettingValues, problems: string[]): AzureSettings {
  const credential = toCredential(values, problems);
  const caFile = str(values.AZURE_CA_FILE);
  return {
    cloud: str(values.AZURE_CLOUD) as AzureSettings['cloud'],
    resourceManagerUrl: str(values.AZURE_RESOURCE_MANAGER_URL),
    authorityHost: str(values.AZURE_AUTHORITY_HOST),
    ...(caFile && { tls: { mode: 'ca' as const, caFile } }),
    credential,
  };
}

type Mode = CredentialSettings['mode'];

/** Which settings each way to sign in needs. */
const NEEDED: Record<Mode, string[]> = {
  'client-secret': ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
  certificate: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH'],
  'workload-identity': ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  'managed-identity': [],
  'azure-cli': [],
  static: ['AZURE_ACCESS_TOKEN'],
};

/** One identity, never a second one behind it: a service that falls through to another reads with rights nobody gave it. */
function toCredential(values: SettingValues, problems: string[]): CredentialSettings {
  const mode = modeOf(values, problems);
  for (const name of NEEDED[mode].filter((name) => values[name] === undefined)) {
    if (problems.some((line) => line.startsWith(name))) continue;
    problems.push(`${name} is not set, but signing in to Azure with ${mode} needs it: set it`);
  }
  const text = (name: string) => str(values[name]) ?? '';
  const [tenantId, clientId] = [text('AZURE_TENANT_ID'), text('AZURE_CLIENT_ID')];
  switch (mode) {
    case 'client-secret':
      return { mode, tenantId, clientId, clientSecret: text('AZURE_CLIENT_SECRET') };
    case 'certificate':
      return {
        mode,
        tenantId,
        clientId,
        certificateFile: text('AZURE_CLIENT_CERTIFICATE_PATH'),
        certificatePassword: str(values.AZURE_CLIENT_CERTIFICATE_PASSWORD),
      };
    case 'workload-identity':
      return { mode, tenantId, clientId, tokenFile: text('AZURE_FEDERATED_TOKEN_FILE') };
    case 'managed-identity':
      return { mode, clientId: str(values.AZURE_CLIENT_ID) };
    case 'azure-cli':
      return { mode, tenantId: str(values.AZURE_TENANT_ID) };
    case 'static':
      return { mode, token: text('AZURE_ACCESS_TOKEN') };
  }
}

/** As set, else the one whose own setting is there. */
function modeOf(values: SettingValues, problems: string[]): Mode {
  if (values.AZURE_CREDENTIAL !== undefined) return String(values.AZURE_CREDENTIAL) as Mode;
  const own: [string, Mode][] = [
    ['AZURE_CLIENT_SECRET', 'client-secret'],
    ['AZURE_CLIENT_CERTIFICATE_PATH', 'certificate'],
    ['AZURE_FEDERATED_TOKEN_FILE', 'workload-identity'],
    ['AZURE_ACCESS_TOKEN', 'static'],
  ];
  const found = own.filter(([name]) => values[name] !== undefined);
  if (found.length > 1)
    problems.push(
      `${found.map(([name]) => name).join(' and ')} are both set: set AZURE_CREDENTIAL to ${found.map(([, mode]) => mode).join(' or ')}`,
    );
  const [first] = found;
  if (first) return first[1];
  // One that is set and wrong is told already.
  const named = ['AZURE_CREDENTIAL', ...own.map(([name]) => name)];
  if (!problems.some((line) => named.some((name) => line.startsWith(name))))
    problems.push(
      `AZURE_SUBSCRIPTION_ID is set, but nothing says how to sign in: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or AZURE_CREDENTIAL to managed-identity or azure-cli`,
    );
  return 'managed-identity';
}

export const toList = (value: string | number | undefined): string[] => [
  ...new Set(
    String(value ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];

const str = (value: string | number | undefined) => (value === undefined ? undefined : String(value));

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
