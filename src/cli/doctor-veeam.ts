import type { Config, VeeamServerSettings } from '../config.ts';
import { ConfigError, SourceError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { createVeeamClient, type VeeamClient } from '../veeam/client.ts';
import { isAtLeast } from '../veeam/revisions.ts';
import { getServerCertificate, getServerInfo, getServerTime } from '../veeam/server.ts';
import { type Check, createChecks, plural, reasonOf } from './doctor-check.ts';
import { ENDPOINTS, type Endpoint } from './doctor-endpoints.ts';

const TIMEOUT_MS = 20_000;
/** Further apart, "how old is it" is answered wrongly by minutes. The health worker draws the same line. */
const MOST_SKEW_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * Whether the VBR server can be reached, trusted, signed in to and read, one row of each list. Nothing is changed there. Without
 * one there is nothing to say, unless there is nothing else to read either.
 */
export async function checkVeeam({
  veeam: servers,
  azure,
}: Pick<Config, 'veeam' | 'azure'>): Promise<Check[]> {
  const { checks, warn } = createChecks('backup server');
  if (servers.length === 0) {
    if (!azure)
      warn(
        'VBR',
        'no server is set, so workers cannot collect here',
        'set VEEAM_SERVER, VEEAM_USERNAME and VEEAM_PASSWORD in .env, or AZURE_SUBSCRIPTION_ID for Azure Backup',
      );
    return checks;
  }
  return (await Promise.all(servers.map(checkServer))).flat();
}

/** Each check bears the name of its server where there are several. */
async function checkServer(
  settings: VeeamServerSettings,
  _at: number,
  { length }: readonly VeeamServerSettings[],
): Promise<Check[]> {
  const checks = await examineServer(settings);
  return length === 1
    ? checks
    : checks.map((check) => ({
        ...check,
        name: `${settings.name}: ${check.name}`,
        details: { ...check.details, sourceId: settings.sourceId },
      }));
}

async function examineServer(settings: VeeamServerSettings): Promise<Check[]> {
  const { checks, fail } = createChecks('backup server');
  let client: VeeamClient | undefined;
  try {
    client = createVeeamClient(settings, { timeoutMs: TIMEOUT_MS, retry: { retries: 1 } });
    checks.push(...(await checkWithout(client, settings)));
    checks.push(...(await checkSignedIn(client, settings)));
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof ConfigError)) throw error;
    const isBadSetting = error instanceof ConfigError;
    fail(nameOf(error), reasonOf(error), null, { isBadSetting, details: detailsOf(error) });
  } finally {
    await client?.close();
  }
  return checks;
}

const nameOf = (error: SourceError | ConfigError) =>
  error instanceof ConfigError
    ? 'settings'
    : error.code === 'tls'
      ? 'TLS'
      : error.code === 'sign-in'
        ? 'sign-in'
        : 'reached';

const detailsOf = (error: SourceError | ConfigError) =>
  error instanceof SourceError ? { code: error.code } : {};

/** What the server says before anybody signs in. */
async function checkWithout(client: VeeamClient, settings: VeeamServerSettings): Promise<Check[]> {
  const { checks, ok, warn } = createChecks('backup server');
  const revision = await client.revision();
  ok('reached', `${client.address} answers, API revision ${revision}`, null, { details: { revision } });
  const { skewMs, zone } = await getServerTime(client);
  const validTo = await readValidTo(client);
  const daysLeft = validTo === null ? null : Math.floor((validTo.getTime() - Date.now()) / DAY_MS);
  const trust = { system: 'by the system', ca: `by ${settings.names.caFile}`, pin: 'by its fingerprint' }[
    settings.tls.mode
  ];
  const until = daysLeft === null ? '' : `, ${plural(daysLeft, 'day')} left`;
  const details = { trust: settings.tls.mode, certificateValidTo: validTo?.toISOString() ?? null };
  if (daysLeft !== null && daysLeft < 30)
    warn(
      'TLS',
      `certificate trusted ${trust}${until}`,
      `renew it on the backup server, then change ${settings.names.caFile} or ${settings.names.fingerprint}`,
      { details },
    );
  else ok('TLS', `certificate trusted ${trust}${until}`, null, { details });
  const seconds = Math.round(skewMs / 1000);
  const apart = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ours, time zone ${cleanText(zone, 60)}`;
  if (Math.abs(skewMs) > MOST_SKEW_MS)
    warn('clock', `its clock is ${apart}`, 'let both machines take their time from the same NTP servers', {
      details: { skewSeconds: seconds },
    });
  else ok('clock', `its clock is ${apart}`, null, { details: { skewSeconds: seconds } });
  return checks;
}

/** null: the server does not say, or not in a way that can be read. */
async function readValidTo(client: VeeamClient): Promise<Date | null> {
  try {
    const { validBy } = await getServerCertificate(client);
    const time = validBy ? Date.parse(validBy) : Number.NaN;
    return Number.isNaN(time) ? null : new Date(time);
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

async function checkSignedIn(client: VeeamClient, { username }: VeeamServerSettings): Promise<Check[]> {
  const { checks, ok, warn, fail } = createChecks('backup server');
  ok('sign-in', `${username} signs in${await readName(client)}`);
  const revision = await client.revision();
  const asked = ENDPOINTS.filter(({ since }) => !since || isAtLeast(revision, since));
  const answers = await Promise.all(asked.map((endpoint) => ask(client, endpoint)));
  const refused = answers.filter(({ error }) => error !== null);
  for (const { endpoint, error } of refused) {
    const { path, gives, isNeeded } = endpoint;
    const isForbidden = error?.code === 'forbidden';
    const remedy = isForbidden
      ? 'give the account a role that may read it, such as Veeam Backup Viewer'
      : null;
    const details = { path, code: error?.code };
    const message = isForbidden
      ? `${username} may not read it: ${gives} stay unknown`
      : `${cleanText(error?.message ?? '')}: ${gives} stay unknown`;
    (isNeeded ? fail : warn)(path.replace('/api/v1', ''), message, remedy, { details });
  }
  const answered = asked.length - refused.length;
  ok('endpoints', `${answered} of ${asked.length} can be read`, null, {
    details: { answered, asked: asked.length },
  });
  return checks;
}

/** Signing in happens here. An account that may not read this can still be of use. */
async function readName(client: VeeamClient): Promise<string> {
  try {
    const { name, buildVersion } = await getServerInfo(client);
    return `: ${cleanText(name ?? 'server', 60)}, build ${cleanText(buildVersion ?? 'unknown', 60)}`;
  } catch (error) {
    if (error instanceof SourceError && error.code === 'forbidden')
      return ', but may not read the name of the server';
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
