import type { Config, VeeamServerSettings } from '../config/config.ts';
import { ConfigError, SourceError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { createVeeamClient, type VeeamClient } from '../veeam/client.ts';
import { isAtLeast, NEWEST, type Revision } from '../veeam/revisions.ts';
import { getServerInfo, getServerTime } from '../veeam/server.ts';
import type { Access } from './doctor-access.ts';
import { type Check, createChecks, reasonOf } from './doctor-check.ts';
import { ENDPOINTS, type Endpoint } from './doctor-endpoints.ts';
import { checkTls } from './doctor-tls.ts';

const TIMEOUT_MS = 20_000;
/** Further apart, "how old is it" is answered wrongly by minutes. The health worker draws the same line. */
const MOST_SKEW_MS = 5 * 60_000;
/** Servers that are asked at once: of hundreds all at once would time out for want of our own sockets. */
const AT_ONCE = 8;

type Found = {
  checks: Check[];
  access: Access[];
  /** What the server calls itself, whatever it is called here; null: it may not be asked, or does not answer. */
  vbrId: string | null;
};

/**
 * Whether each VBR server can be reached, trusted, signed in to and read, one row of each list. Nothing is changed there.
 * Without one there is nothing to say, unless there is nothing else to read either.
 */
export async function checkVeeam({
  veeam: servers,
  azure,
}: Pick<Config, 'veeam' | 'azure'>): Promise<Omit<Found, 'vbrId'>> {
  const { checks, warn } = createChecks('backup server');
  if (servers.length === 0 && !azure)
    warn(
      'VBR',
      'no server is set, so workers cannot collect here',
      'set VEEAM_SERVER, VEEAM_USERNAME and VEEAM_PASSWORD in .env, or AZURE_SUBSCRIPTION_ID for Azure Backup',
    );
  const access: Access[] = [];
  const named: { name: string; vbrId: string | null }[] = [];
  for (let at = 0; at < servers.length; at += AT_ONCE) {
    const found = await Promise.all(
      servers.slice(at, at + AT_ONCE).map((server) => checkServer(server, servers.length > 1)),
    );
    for (const [index, one] of found.entries()) {
      checks.push(...one.checks);
      access.push(...one.access);
      named.push({ name: servers[at + index]?.name ?? '', vbrId: one.vbrId });
    }
  }
  return { checks: [...checks, ...findTwins(named)], access };
}

/** One server under two names: what it has would be stored, and counted, twice. Two addresses of it do not look alike before it answers. */
function findTwins(servers: readonly { name: string; vbrId: string | null }[]): Check[] {
  const { checks, fail } = createChecks('backup server');
  for (const [vbrId, twins] of Map.groupBy(servers, (server) => server.vbrId))
    if (vbrId !== null && twins.length > 1)
      fail(
        'one server twice',
        `${twins.map(({ name }) => name).join(' and ')} are one backup server, so everything of it is counted twice`,
        'remove one of them from the settings',
        { details: { vbrId } },
      );
  return checks;
}

/** Each check bears the name of its server where there are several. */
async function checkServer(settings: VeeamServerSettings, isOneOfMany: boolean): Promise<Found> {
  const { checks, access, vbrId } = await examineServer(settings);
  const { sourceId, name } = settings;
  return {
    access,
    vbrId,
    checks: checks.map((check) => ({
      ...check,
      name: isOneOfMany ? `${name}: ${check.name}` : check.name,
      details: { ...check.details, sourceId },
    })),
  };
}

async function examineServer(settings: VeeamServerSettings): Promise<Found> {
  const { checks, fail } = createChecks('backup server');
  let client: VeeamClient | undefined;
  try {
    client = createVeeamClient(settings, { timeoutMs: TIMEOUT_MS, retry: { retries: 1 } });
    const revision = await client.revision();
    checks.push(...(await checkWithout(client, settings, revision)));
    const found = await checkSignedIn(client, settings, revision);
    return { ...found, checks: [...checks, ...found.checks] };
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof ConfigError)) throw error;
    const isBadSetting = error instanceof ConfigError;
    fail(nameOf(error), reasonOf(error), remedyOf(error, settings), {
      isBadSetting,
      details: detailsOf(error),
    });
  } finally {
    await client?.close();
  }
  return { checks, access: [], vbrId: null };
}

const NAMES: Record<string, string> = { tls: 'TLS', 'sign-in': 'sign-in', rejected: 'API revision' };

const nameOf = (error: SourceError | ConfigError) =>
  error instanceof ConfigError ? 'settings' : (NAMES[error.code] ?? 'reached');

const detailsOf = (error: SourceError | ConfigError) =>
  error instanceof SourceError ? { code: error.code } : {};

/** What to do, where the message does not end with it. */
function remedyOf(error: SourceError | ConfigError, { names, server, port }: VeeamServerSettings) {
  if (error instanceof ConfigError || Object.values(names).some((name) => error.message.includes(name)))
    return null;
  if (error.code === 'rejected') return `unset ${names.apiVersion}, and check that this is VBR 13`;
  if (error.code === 'sign-in') return `check ${names.username} and ${names.password}`;
  if (error.code === 'throttled') return 'wait a minute, then run the doctor again';
  return `check ${names.server} (${server}), ${names.port} (${port}) and the services of the backup server`;
}

/** What the server says before anybody signs in. */
async function checkWithout(
  client: VeeamClient,
  settings: VeeamServerSettings,
  revision: Revision,
): Promise<Check[]> {
  const { checks, ok, warn } = createChecks('backup server');
  const { names, apiVersion } = settings;
  ok('reached', `${client.address} answers, API revision ${revision}`, null, { details: { revision } });
  const spoken = `${revision} is spoken`;
  if (revision === NEWEST) ok('API revision', `${spoken}, the newest that dr365 knows`);
  else if (apiVersion)
    ok('API revision', `${spoken}, as ${names.apiVersion} says; dr365 knows ${NEWEST}`, null, {
      details: { revision },
    });
  else
    ok('API revision', `${spoken}, the newest that the server has; dr365 knows ${NEWEST}`, null, {
      details: { revision },
    });
  const { skewMs, zone } = await getServerTime(client);
  checks.push(await checkTls(settings, new Date()));
  const seconds = Math.round(skewMs / 1000);
  const apart = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ours, time zone ${cleanText(zone, 60)}`;
  if (Math.abs(skewMs) > MOST_SKEW_MS)
    warn('clock', `its clock is ${apart}`, 'let both machines take their time from the same NTP servers', {
      details: { skewSeconds: seconds },
    });
  else ok('clock', `its clock is ${apart}`, null, { details: { skewSeconds: seconds } });
  return checks;
}

async function checkSignedIn(
  client: VeeamClient,
  { username, names, sourceId, name }: VeeamServerSettings,
  revision: Revision,
): Promise<Found> {
  const { checks, ok, warn, fail } = createChecks('backup server');
  const own = await readName(client);
  ok('sign-in', `${username} signs in${own.text}`);
  const isOffered = ({ since }: Endpoint) => !since || isAtLeast(revision, since);
  const answers = await Promise.all(ENDPOINTS.filter(isOffered).map((endpoint) => ask(client, endpoint)));
  const refused = answers.filter(({ error }) => error !== null);
  for (const { endpoint, error } of refused) {
    const { path, gives, isNeeded, features, role = 'Veeam Backup Viewer' } = endpoint;
    const isForbidden = error?.code === 'forbidden';
    const remedy = isForbidden
      ? `give the account of ${names.username} a role that may read it: ${role}${role.endsWith('Administrator') && role.includes('Backup') ? '' : ' or Veeam Backup Administrator'}`
      : 'see the log of the backup server, then run the doctor again';
    const details = { path, code: error?.code, features };
    const message = isForbidden
      ? `${username} may not read it; not known without it: ${gives}`
      : `${cleanText(error?.message ?? '')}; not known without it: ${gives}`;
    (isNeeded ? fail : warn)(shortOf(path), message, remedy, { details });
  }
  const asked = answers.length;
  const answered = asked - refused.length;
  ok('endpoints', `${answered} of ${asked} can be read`, null, { details: { answered, asked } });
  const errors = new Map(answers.map(({ endpoint, error }) => [endpoint, error]));
  const access = ENDPOINTS.map((endpoint): Access => {
    const error = errors.get(endpoint);
    const { path, features, gives } = endpoint;
    return {
      section: 'backup server',
      sourceId,
      source: name,
      endpoint: shortOf(path),
      access:
        error === undefined
          ? 'not offered'
          : error === null
            ? 'allowed'
            : error.code === 'forbidden'
              ? 'denied'
              : 'failed',
      features,
      gives,
    };
  });
  return { checks, access, vbrId: own.vbrId };
}

const shortOf = (path: string) => path.replace('/api/v1', '');

/** Signing in happens here. An account that may not read this can still be of use. */
async function readName(client: VeeamClient): Promise<{ text: string; vbrId: string | null }> {
  try {
    const { name, buildVersion, vbrId = null } = await getServerInfo(client);
    return {
      text: `: ${cleanText(name ?? 'server', 60)}, build ${cleanText(buildVersion ?? 'unknown', 60)}`,
      vbrId,
    };
  } catch (error) {
    if (error instanceof SourceError && error.code === 'forbidden')
      return { text: ', but may not read the name of the server', vbrId: null };
    throw error;
  }
}

async function ask(
  client: VeeamClient,
  endpoint: Endpoint,
): Promise<{ endpoint: Endpoint; error: SourceError | null }> {
  try {
    await client.get(endpoint.path, { query: { limit: 1 } });
    return { endpoint, error: null };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return {
      endpoint,
      error: error.code === 'not-found' && endpoint.path.endsWith('/lastRun') ? null : error,
    };
  }
}
