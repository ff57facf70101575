import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import * as z from 'zod';
import type { AzureSettings } from '../azure/settings.ts';
import { ConfigError } from '../errors.ts';
import { API_VERSION, FINGERPRINT, HOST, isTimeZone } from '../formats.ts';
import { rememberSecret } from '../observability/secrets.ts';
import { VEEAM_NAMES, type VeeamNames } from '../setting-names.ts';
import {
  AZURE_SCOPE,
  AZURE_VARIABLES,
  type AzureEstateSettings,
  toAzureEstate,
  toAzureSettings,
  toList,
} from './azure.ts';
import { MCP_VARIABLES, type McpHttpSettings, toMcpHttp } from './mcp.ts';
import {
  isObservabilitySecret,
  type MetricsSettings,
  type NotifySettings,
  OBSERVABILITY_VARIABLES,
  toMetrics,
  toNotify,
} from './observability.ts';

export const ROLES = ['owner', 'collector', 'advisor', 'reader'] as const;
export type Role = (typeof ROLES)[number];
export type Login = { user: string; password: string };

/** How the VBR server's certificate is checked. There is no mode that accepts any certificate. */
type TlsSettings = { mode: 'system' } | { mode: 'ca'; caFile: string } | { mode: 'pin'; fingerprint: string };

export type VeeamServerSettings = {
  /** The source's id and name in the tables and in answers. */
  sourceId: string;
  name: string;
  /** Label of the tenant whose data it holds; undefined: none. */
  tenant: string | undefined;
  /** What its settings are called where they were made, for messages. */
  names: VeeamNames;
  server: string;
  port: number;
  username: string;
  password: string;
  tls: TlsSettings;
  /** API revision asked for; undefined: the newest that both sides know. */
  apiVersion: string | undefined;
  /** IANA zone for times without offset; undefined: what the server says. */
  timeZone: string | undefined;
  backfillDays: number;
  /** Requests one worker run may send to this server. */
  requestBudget: number;
};

export type DatabaseSettings = {
  metricsName: string;
  riskName: string;
  dataDir: string;
  /** undefined: the embedded server in `dataDir`. */
  external: { host: string; port: number; tls: 'off' | 'verify'; caFile: string | undefined } | undefined;
  /** Logins given in the environment; the others come from the credentials file in `dataDir`. */
  logins: Partial<Record<Role, Login>>;
};

export type Config = {
  /** Backup servers, each its own source. */
  veeam: VeeamServerSettings[];
  /** Azure Backup; undefined: no subscription and no vault is named. */
  azure: AzureEstateSettings | undefined;
  database: DatabaseSettings;
  /** The MCP server over HTTP. */
  mcpHttp: McpHttpSettings;
  /** Undefined: no metrics endpoint. */
  metrics?: MetricsSettings | undefined;
  /** Undefined: nobody is notified. */
  notify?: NotifySettings | undefined;
  schedule: {
    health: string;
    capacity: string;
    efficiency: string;
    rto: string;
    mounts: string;
    timeZone: string;
  };
  /** How long runs under way may go on when the process is told to stop. */
  stopSeconds: number;
  logLevel: string;
  /** dr365.toml: tiers, targets and what else the business says; undefined: there is none. */
  configFile?: string | undefined;
};

export type Env = Record<string, string | undefined>;

const NAME = /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

const text = z.string();
const int = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);

/** Each variable, what it may be, and what the message says is right. The defaults are in `.env.example` too. */
export const VARIABLES = {
  VEEAM_SERVER: [
    text.regex(HOST),
    'a host name or an IP address, without https:// and without a port (that is VEEAM_PORT)',
  ],
  VEEAM_PORT: [int(1, 65535), 'a port number from 1 to 65535, usually 9419'],
  VEEAM_USERNAME: [text.min(1), 'the account name, as user, HOST\\user or DOMAIN\\user'],
  VEEAM_PASSWORD: [text.min(1), 'the password of VEEAM_USERNAME'],
  VEEAM_CA_FILE: [text.refine((file) => existsSync(file)), 'the path of an existing PEM file'],
  VEEAM_TLS_FINGERPRINT: [
    text.regex(FINGERPRINT),
    'the SHA-256 of the certificate: 64 hexadecimal digits, colons allowed',
  ],
  VEEAM_API_VERSION: [
    text.regex(API_VERSION),
    'an API revision such as 1.3-rev1, or unset to use the newest',
  ],
  VEEAM_TIME_ZONE: [
    text.refine(isTimeZone),
    'an IANA time zone such as Europe/Berlin, or unset to use what the server says',
  ],
  VEEAM_BACKFILL_DAYS: [int(1, 400), 'a number of days from 1 to 400'],
  VEEAM_REQUEST_BUDGET: [int(10, 1_000_000), 'a number of requests from 10 to 1000000'],
  ...AZURE_VARIABLES,
  ...MCP_VARIABLES,
  ...OBSERVABILITY_VARIABLES,
  DB_HOST: [text.regex(HOST), 'a host name or an IP address, or unset to use the embedded database'],
  DB_PORT: [int(1, 65535), 'a port number from 1 to 65535, usually 5432'],
  DB_TLS: [z.enum(['off', 'verify']), 'off or verify'],
  DB_CA_FILE: [text.refine((file) => existsSync(file)), 'the path of an existing PEM file'],
  DB_NAME: [text.regex(NAME), 'a database name'],
  DB_RISK_NAME: [text.regex(NAME), 'a database name'],
  ...Object.fromEntries(
    ['DB', ...ROLES.map((role) => `DB_${role.toUpperCase()}`)].flatMap((prefix) => [
      [`${prefix}_USER`, [text.regex(NAME), 'a database role name']],
      [`${prefix}_PASSWORD`, [text.min(1), `the password of ${prefix}_USER`]],
    ]),
  ),
  DR365_DATA_DIR: [text.min(1), 'a folder that this account may write'],
  DR365_CONFIG: [
    text.refine((file) => findFile(file) !== undefined),
    'the path of an existing TOML file, or unset to use dr365.toml where there is one',
  ],
  SCHEDULE_HEALTH: [text.regex(/^(\S+\s+){4,5}\S+$/), 'a cron expression of five or six fields'],
  SCHEDULE_CAPACITY: [text.regex(/^(\S+\s+){4,5}\S+$/), 'a cron expression of five or six fields'],
  SCHEDULE_EFFICIENCY: [text.regex(/^(\S+\s+){4,5}\S+$/), 'a cron expression of five or six fields'],
  SCHEDULE_RTO: [text.regex(/^(\S+\s+){4,5}\S+$/), 'a cron expression of five or six fields'],
  SCHEDULE_MOUNTS: [text.regex(/^(\S+\s+){4,5}\S+$/), 'a cron expression of five or six fields'],
  SCHEDULE_TIME_ZONE: [text.refine(isTimeZone), 'an IANA time zone such as Europe/Berlin'],
  WORKERS_STOP_SECONDS: [int(0, 3_600), 'a number of seconds from 0 to 3600'],
  LOG_LEVEL: [z.enum(LOG_LEVELS), LOG_LEVELS.join(', ')],
} as Record<string, [z.ZodType, string]>;

/**
 * The configuration from the environment alone. A variable set to nothing counts as unset, and `X_FILE` may name a file that
 * holds the value of a password `X`. What dr365.toml adds of sources and schedule: `loadFullConfig`.
 * @throws ConfigError that names every wrong variable and what would be right; values of secrets are never shown
 */
export function loadConfig(env: Env): Config {
  const problems: string[] = [];
  const values = readVariables(env, problems);
  const config = toConfig(values, problems);
  const azure = toAzureEstate(values, problems);
  if (problems.length > 0) throw new ConfigError(toMessage(problems));
  return deepFreeze({ ...config, azure });
}

/** All but Azure, which may need to know of vaults that are named elsewhere. @param problems gets what is missing or wrong */
export function toConfig(values: Values, problems: string[]): Config {
  return {
    veeam: toVeeam(values, problems),
    azure: undefined,
    database: toDatabase(values, problems),
    mcpHttp: toMcpHttp(values),
    metrics: toMetrics(values),
    notify: toNotify(values),
    schedule: toSchedule(values),
    stopSeconds: Number(values.WORKERS_STOP_SECONDS ?? 45),
    logLevel: str(values.LOG_LEVEL) ?? 'info',
    configFile: findFile(str(values.DR365_CONFIG) ?? 'dr365.toml'),
  };
}

/** @param file what `[schedule]` of dr365.toml says, by the name of the variable, which comes first */
export function toSchedule(values: Values, file: Readonly<Record<string, string>> = {}): Config['schedule'] {
  const of = (name: string, otherwise: string) => str(values[name]) ?? file[name] ?? otherwise;
  return {
    health: of('SCHEDULE_HEALTH', '45 * * * *'),
    capacity: of('SCHEDULE_CAPACITY', '0 * * * *'),
    efficiency: of('SCHEDULE_EFFICIENCY', '15 23 * * *'),
    rto: of('SCHEDULE_RTO', '30 23 * * *'),
    mounts: of('SCHEDULE_MOUNTS', '* * * * *'),
    timeZone: of('SCHEDULE_TIME_ZONE', 'UTC'),
  };
}

export type AzureScope = {
  azure: AzureSettings;
  subscriptionIds: string[];
  resourceGroups: string[];
  vaultNames: string[];
};

/**
 * What the environment says of Azure and nothing else, for a program that knows nothing else.
 * @throws ConfigError that names every wrong variable and what would be right
 */
export function loadAzureScope(env: Env): AzureScope {
  const problems: string[] = [];
  const values = readVariables(env, problems, { usesAzure: true, table: AZURE_VARIABLES });
  const azure = toAzureSettings(values, problems);
  if (problems.length > 0) throw new ConfigError(toMessage(problems));
  return deepFreeze({
    azure,
    subscriptionIds: toList(values.AZURE_SUBSCRIPTION_ID).map((id) => id.toLowerCase()),
    resourceGroups: toList(values.AZURE_RESOURCE_GROUP),
    vaultNames: toList(values.AZURE_VAULT_NAME),
  });
}

/** One problem reads as a sentence, several as a list. */
export const toMessage = (problems: string[]) =>
  problems.length === 1
    ? String(problems[0])
    : `wrong settings:\n${problems.map((line) => `  ${line}`).join('\n')}`;

export type Values = Record<string, string | number | undefined>;

/** Each variable that is set and right. @param problems gets those that are wrong */
export function readVariables(
  env: Env,
  problems: string[],
  { usesAzure = AZURE_SCOPE.some((name) => env[name]?.trim()), table = VARIABLES } = {},
): Values {
  const values: Values = {};
  for (const [name, [schema, right]] of Object.entries(table)) {
    // Others use these variables too: without a subscription of ours they are none of our business.
    if (name in AZURE_VARIABLES && !usesAzure) continue;
    const given = env[name]?.trim() || readSecretFile(name, env, problems);
    if (!given) continue;
    if (isSecret(name)) rememberSecret(given);
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data as string | number;
    else problems.push(`${name}${shown(name, given)} is wrong: it has to be ${right}`);
  }
  return values;
}

const isSecret = (name: string) => /PASSWORD|SECRET|TOKEN$/.test(name) || isObservabilitySecret(name);
const shown = (name: string, value: string) => (isSecret(name) ? '' : `=${value.slice(0, 80)}`);

function readSecretFile(name: string, env: Env, problems: string[]): string | undefined {
  const mayBeInFile = /_(PASSWORD|SECRET|ACCESS_TOKEN)$/.test(name) || isObservabilitySecret(name);
  const file = mayBeInFile ? env[`${name}_FILE`]?.trim() : undefined;
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push(
      `${name}_FILE=${file} cannot be read: it has to be a file that holds the ${name.endsWith('_URL') ? 'address' : 'password'}`,
    );
    return undefined;
  }
}

/** The server of the environment. Its other variables are also what servers of dr365.toml do not say themselves. */
function toVeeam(values: Values, problems: string[]): VeeamServerSettings[] {
  if (values.VEEAM_CA_FILE && values.VEEAM_TLS_FINGERPRINT)
    problems.push('VEEAM_CA_FILE and VEEAM_TLS_FINGERPRINT are both set: use one of them');
  if (values.VEEAM_SERVER === undefined) return [];
  const missing = ['VEEAM_USERNAME', 'VEEAM_PASSWORD'].filter((name) => values[name] === undefined);
  const set = VEEAM_NEEDED.filter((name) => values[name] !== undefined);
  for (const name of missing) {
    if (problems.some((line) => line.startsWith(name))) continue;
    problems.push(
      `${name} is not set, but ${set.join(' and ')} ${set.length > 1 ? 'are' : 'is'}: set it too`,
    );
  }
  const server = String(values.VEEAM_SERVER);
  return [
    {
      sourceId: server.toLowerCase(),
      name: server,
      tenant: undefined,
      names: VEEAM_NAMES,
      server,
      port: Number(values.VEEAM_PORT ?? 9419),
      username: String(values.VEEAM_USERNAME),
      password: String(values.VEEAM_PASSWORD),
      tls: toTls(str(values.VEEAM_CA_FILE), str(values.VEEAM_TLS_FINGERPRINT)),
      timeZone: str(values.VEEAM_TIME_ZONE),
      ...veeamManner(values),
    },
  ];
}

export const VEEAM_NEEDED = ['VEEAM_SERVER', 'VEEAM_USERNAME', 'VEEAM_PASSWORD'];

/** How servers are read, whichever it is. */
export const veeamManner = (
  values: Values,
): Pick<VeeamServerSettings, 'apiVersion' | 'backfillDays' | 'requestBudget'> => ({
  apiVersion: str(values.VEEAM_API_VERSION),
  backfillDays: Number(values.VEEAM_BACKFILL_DAYS ?? 90),
  requestBudget: Number(values.VEEAM_REQUEST_BUDGET ?? 20_000),
});

export function toTls(caFile: string | undefined, fingerprint: string | undefined): TlsSettings {
  if (fingerprint) return { mode: 'pin', fingerprint };
  return caFile ? { mode: 'ca', caFile } : { mode: 'system' };
}

function toDatabase(values: Values, problems: string[]): DatabaseSettings {
  const host = str(values.DB_HOST);
  const logins: Partial<Record<Role, Login>> = {};
  for (const role of ROLES) {
    const login = toLogin(role, values, problems);
    if (login) logins[role] = login;
  }
  if (host && !logins.owner && !Object.keys(logins).length) {
    problems.push(
      'DB_USER and DB_PASSWORD are not set, but DB_HOST is: set the login that owns the databases',
    );
  }
  for (const role of ROLES.slice(1)) {
    const twin = ROLES.find((other) => other !== role && logins[other]?.user === logins[role]?.user);
    if (logins[role] && twin)
      problems.push(
        `DB_${role.toUpperCase()}_USER is the login of the ${twin} too: each part needs one of its own`,
      );
  }
  const dataDir = str(values.DR365_DATA_DIR) ?? '.dr365';
  return {
    metricsName: str(values.DB_NAME) ?? 'dr365v_metrics',
    riskName: str(values.DB_RISK_NAME) ?? 'dr365v',
    dataDir: isAbsolute(dataDir) ? dataDir : resolve(projectRoot(), dataDir),
    external: host
      ? {
          host,
          port: Number(values.DB_PORT ?? 5432),
          tls: values.DB_TLS === 'verify' ? 'verify' : 'off',
          caFile: str(values.DB_CA_FILE),
        }
      : undefined,
    logins,
  };
}

/** `DB_USER` and `DB_PASSWORD` are the owner's; the reader never falls back to them. */
function toLogin(role: Role, values: Values, problems: string[]): Login | undefined {
  const prefix = `DB_${role.toUpperCase()}`;
  const user = str(values[`${prefix}_USER`]) ?? (role === 'owner' ? str(values.DB_USER) : undefined);
  const password =
    str(values[`${prefix}_PASSWORD`]) ?? (role === 'owner' ? str(values.DB_PASSWORD) : undefined);
  if (user === undefined && password === undefined) return undefined;
  if (password === undefined) {
    problems.push(
      `${user === values.DB_USER ? 'DB' : prefix}_PASSWORD is not set, but the user is: set it too`,
    );
  }
  return { user: user ?? `dr365_${role}`, password: password ?? '' };
}

/** A file named from where we were called, else from the project. */
function findFile(file: string): string | undefined {
  return [resolve(file), resolve(projectRoot(), file)].find((path) => existsSync(path));
}

/** The folder that holds package.json: relative paths and the default data folder start here, wherever we are called from. */
export function projectRoot(): string {
  return resolve(import.meta.dirname, '../..');
}

const str = (value: string | number | undefined) => (value === undefined ? undefined : String(value));

export function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (part && typeof part === 'object') deepFreeze(part);
  return Object.freeze(value);
}
