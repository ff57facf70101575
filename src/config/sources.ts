import { readFileSync } from 'node:fs';
import { parseSettings, readText, toMessage as toFileMessage } from '../business/load.ts';
import { type Problem, toKey } from '../business/problems.ts';
import type { FileSettings } from '../business/schema.ts';
import type { ServerSection } from '../business/source-schema.ts';
import { toContext } from '../business/to-context.ts';
import { ConfigError } from '../errors.ts';
import { HOST } from '../formats.ts';
import { AZURE_SCOPE, toAzureEstate } from './azure.ts';
import {
  type Config,
  deepFreeze,
  type Env,
  readVariables,
  toConfig,
  toMessage,
  toSchedule,
  toTls,
  type Values,
  VEEAM_NEEDED,
  type VeeamServerSettings,
  veeamManner,
} from './config.ts';
import { besides, readSection } from './recovery-services.ts';
import { azureOfFile, toNamedVaults } from './vaults.ts';

/**
 * The configuration with all sources: those of the environment, and those of dr365.toml, which also gives the schedule where
 * the environment says nothing.
 * @param withSources false: for a process that reaches none and has none of their secrets
 * @throws ConfigError that names every wrong variable, or every wrong setting of the file with its line
 */
export function loadFullConfig(env: Env, { withSources = true } = {}): Config {
  const outline = toConfig(readVariables(env, []), []);
  const file = outline.configFile;
  const text = file === undefined ? '' : readText(file);
  const settings = file === undefined ? {} : parseSettings(text, file);
  const { schedule } = toContext(settings, { path: null, fingerprint: '' });
  if (!withSources) return withoutSources(env, schedule);
  const section = file === undefined ? undefined : readSection(file, false);
  const fromFile = azureOfFile(env, section, file);

  const problems: string[] = [];
  const usesAzure = fromFile.isCollected || AZURE_SCOPE.some((name) => env[name]?.trim());
  const values = readVariables(fromFile.env, problems, { usesAzure });
  const config = toConfig(values, problems);
  const vaults = fromFile.isCollected ? toNamedVaults(section ?? {}, values, file ?? '') : [];
  const azure = toAzureEstate(values, problems, { vaults, tenant: section?.tenant });
  checkUnused(values, settings, problems);
  if (problems.length > 0) throw new ConfigError(toMessage(problems));

  const faults: Problem[] = [];
  const own = config.veeam.map((server) => ({ ...server, tenant: settings.veeam?.tenant }));
  const veeam = [...own, ...toServers(settings, values, { env, file: file ?? '', faults })];
  faults.push(...findTwins(veeam));
  if (faults.length > 0) throw new ConfigError(toFileMessage(faults, text, file ?? ''));
  return deepFreeze({ ...config, veeam, azure, schedule: toSchedule(values, schedule) });
}

function withoutSources(env: Env, schedule: Readonly<Record<string, string>>): Config {
  const problems: string[] = [];
  const values = readVariables(env, problems, { usesAzure: false });
  const config = toConfig(values, problems);
  if (problems.length > 0) throw new ConfigError(toMessage(problems));
  return deepFreeze({ ...config, veeam: [], schedule: toSchedule(values, schedule) });
}

/** An account without any server is half a setting. */
function checkUnused(values: Values, { veeam }: FileSettings, problems: string[]): void {
  const set = VEEAM_NEEDED.filter((name) => values[name] !== undefined);
  if (set.length === 0 || values.VEEAM_SERVER !== undefined) return;
  if (Object.keys(veeam?.servers ?? {}).length > 0) return;
  if (problems.some((line) => line.startsWith('VEEAM_SERVER'))) return;
  problems.push(
    `VEEAM_SERVER is not set, but ${set.join(' and ')} ${set.length > 1 ? 'are' : 'is'}: set it too`,
  );
}

type Given = { env: Env; file: string; faults: Problem[] };

function toServers({ veeam }: FileSettings, values: Values, given: Given): VeeamServerSettings[] {
  return Object.entries(veeam?.servers ?? {}).map(([name, section]) => {
    const path = ['veeam', 'servers', name];
    const fault = (key: string, message: string) =>
      given.faults.push({ path: [...path, key], message: `${toKey([...path, key])} ${message}` });
    const server = section.server ?? name;
    if (!HOST.test(server)) fault('server', 'is not set: set it to a host name or an IP address');
    const { apiVersion, backfillDays, requestBudget } = veeamManner(values);
    return {
      sourceId: name.toLowerCase(),
      name,
      tenant: section.tenant ?? veeam?.tenant,
      names: namesOf(path, section),
      server,
      port: section.port ?? 9419,
      ...toAccount(section, values, { ...given, fault }),
      tls: toTrust(section, values, { ...given, fault }),
      timeZone: section.time_zone,
      apiVersion: section.api_version ?? apiVersion,
      backfillDays: section.backfill_days ?? backfillDays,
      requestBudget: section.request_budget ?? requestBudget,
    };
  });
}

/** What a message tells the user to look at: the setting of the server itself, or the variable that it falls back to. */
function namesOf(path: readonly string[], section: ServerSection): VeeamServerSettings['names'] {
  const own = (key: string) => toKey([...path, key]);
  const usesOwnAccount = section.username !== undefined || section.password_env !== undefined;
  const passwordKey = section.password_env === undefined ? 'password_file' : 'password_env';
  const hasPassword = section.password_file !== undefined || section.password_env !== undefined;
  return {
    server: own('server'),
    port: own('port'),
    username: usesOwnAccount || hasPassword ? own('username') : 'VEEAM_USERNAME',
    password: hasPassword ? own(passwordKey) : 'VEEAM_PASSWORD',
    caFile: own('ca_file'),
    fingerprint: own('fingerprint'),
    apiVersion: section.api_version === undefined ? 'VEEAM_API_VERSION' : own('api_version'),
  };
}

type Fault = Given & { fault: (key: string, message: string) => void };

/** The account of the server, or that of the environment. A password is only ever sent with the user name it belongs to. */
function toAccount(
  section: ServerSection,
  values: Values,
  { env, file, fault }: Fault,
): { username: string; password: string } {
  const shared = { username: textOf(values.VEEAM_USERNAME), password: textOf(values.VEEAM_PASSWORD) };
  const username = section.username ?? shared.username;
  if (username === undefined) fault('username', 'is not set, and neither is VEEAM_USERNAME: set one of them');
  const own = readPassword(section, { env, file, fault });
  const isShared = own === undefined && username === shared.username;
  const password = isShared ? shared.password : own?.value;
  if (password === undefined && own === undefined)
    fault(
      'password_file',
      `is not set${isShared ? ', and neither is VEEAM_PASSWORD' : ''}: set it, or password_env`,
    );
  return { username: username ?? '', password: password ?? '' };
}

/** undefined: the server names no password of its own; without a value it names one that is not there, which is told. */
function readPassword(
  { password_file, password_env }: ServerSection,
  { env, file, fault }: Pick<Fault, 'env' | 'file' | 'fault'>,
): { value: string | undefined } | undefined {
  if (password_file !== undefined && password_env !== undefined)
    fault('password_env', 'and password_file are both set: use one of them');
  if (password_env !== undefined) {
    const value = env[password_env]?.trim();
    if (!value) fault('password_env', `= ${JSON.stringify(password_env)}: that variable is not set`);
    return { value };
  }
  if (password_file === undefined) return undefined;
  try {
    const value = readFileSync(besides(file, password_file), 'utf8').trim();
    if (value === '') fault('password_file', `= ${JSON.stringify(password_file)}: that file is empty`);
    return { value };
  } catch {
    fault(
      'password_file',
      `= ${JSON.stringify(password_file)} cannot be read: it has to be a file that holds the password`,
    );
    return { value: undefined };
  }
}

/** A fingerprint is that of one certificate, so only an authority is shared. */
function toTrust(section: ServerSection, values: Values, { file, fault }: Fault): VeeamServerSettings['tls'] {
  const { ca_file, fingerprint } = section;
  if (ca_file !== undefined && fingerprint !== undefined)
    fault('fingerprint', 'and ca_file are both set: use one of them');
  const own = ca_file === undefined ? undefined : besides(file, ca_file);
  if (own !== undefined) {
    try {
      readFileSync(own);
    } catch {
      fault('ca_file', `= ${JSON.stringify(ca_file)} cannot be read: it has to be a PEM file`);
    }
  }
  return toTls(own ?? textOf(values.VEEAM_CA_FILE), fingerprint);
}

/** Sources of one name, and servers of one address: what one is told would be stored twice, or as the other's. */
function findTwins(servers: readonly VeeamServerSettings[]): Problem[] {
  const problems: Problem[] = [];
  const placeOf = ({ names, name }: VeeamServerSettings) =>
    names.server === 'VEEAM_SERVER' ? `VEEAM_SERVER=${name}` : toKey(['veeam', 'servers', name]);
  const addressOf = ({ server, port }: VeeamServerSettings) =>
    `${server.toLowerCase().replace(/\.$/, '')}:${port}`;
  for (const [at, server] of servers.entries()) {
    const path = ['veeam', 'servers', server.name];
    for (const other of servers.slice(0, at)) {
      const both = `${placeOf(other)} and ${placeOf(server)}`;
      if (addressOf(other) === addressOf(server))
        problems.push({
          path,
          message: `${both} are the same backup server, ${addressOf(server)}: remove one of them`,
        });
      else if (other.sourceId === server.sourceId)
        problems.push({
          path,
          message: `${both} are two servers of one name, ${server.sourceId}: rename one of them`,
        });
    }
  }
  return problems;
}

const textOf = (value: string | number | undefined) => (value === undefined ? undefined : String(value));
