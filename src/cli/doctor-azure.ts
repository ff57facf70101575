import { type AzureEstate, openAzureEstate, type VaultTarget } from '../../workers/azure/source.ts';
import type { AzureReading } from '../azure/reading.ts';
import { sweepProtectedItems } from '../azure/resource-graph.ts';
import { toEndpoint } from '../azure/settings.ts';
import { listVirtualMachines } from '../azure/virtual-machines.ts';
import type { AzureEstateSettings } from '../config/azure.ts';
import { ConfigError, type SourceError } from '../errors.ts';
import { createLog } from '../log.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { createReading } from '../reading.ts';
import type { Access } from './doctor-access.ts';
import { askVault, errorOf, firstPage, type VaultAnswer } from './doctor-azure-reads.ts';
import { type Check, createChecks, fewNames, plural, reasonOf } from './doctor-check.ts';

const TRANSPORT = { timeoutMs: 20_000, retry: { retries: 1, retryAfterCapMs: 5_000 } };
/** Further apart, "how old is it" is answered wrongly by minutes. The health worker draws the same line. */
const MOST_SKEW_MS = 5 * 60_000;
/** Of the 12,000 reads that the resource manager allows in an hour. */
const FEW_READS = 1_000;
/** Of the 15 queries that Resource Graph allows in five seconds. */
const FEW_QUERIES = 2;
const BACKUP_READER = 'give the account the role Backup Reader on the subscription, or on the resource group';

type Found = { checks: Check[]; access: Access[] };

/**
 * Whether Azure can be signed in to, which vaults the account sees, and what it may read of each, one page of each list.
 * Nothing is changed there. Without settings of Azure there is nothing to say.
 */
export async function checkAzure(settings: AzureEstateSettings | undefined): Promise<Found> {
  if (!settings) return { checks: [], access: [] };
  const access: Access[] = [];
  const { checks, fail } = createChecks('Azure Backup');
  let estate: AzureEstate | undefined;
  try {
    const options = { log: createLog('silent'), clock: () => new Date(), transport: TRANSPORT };
    estate = await openAzureEstate(settings, options);
    checks.push(...checkListing(estate));
    if (isReached(estate)) checks.push(...(await checkReading(estate, access)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail('settings', reasonOf(error), null, { isBadSetting: true });
  } finally {
    await estate?.close();
  }
  return { checks, access };
}

/** A row of the table for each that a vault was asked for. */
const toAccess = ({ name, sourceId }: VaultTarget, answers: readonly VaultAnswer[]): Access[] =>
  answers.map(({ read: { endpoint, features, gives }, error }) => ({
    section: 'Azure Backup',
    sourceId,
    source: cleanText(name, 60),
    endpoint,
    access: error === null ? 'allowed' : error.code === 'forbidden' ? 'denied' : 'failed',
    features,
    gives,
  }));

/** With what to do, which comes last. */
const textOf = ({ message }: SourceError) => cleanText(message, 800);

/** Trouble of the sign-in or the way there, which is the same for all subscriptions. */
const OF_ALL = new Set(['sign-in', 'tls', 'unreachable', 'circuit-open']);
const isOfAll = ({ error }: { error: SourceError }) => OF_ALL.has(error.code);

const isReached = ({ failures }: AzureEstate) => !failures.some(isOfAll);

/** The sign-in, and which vaults are seen where. */
function checkListing(estate: AzureEstate): Check[] {
  const { checks, ok, fail } = createChecks('Azure Backup');
  const { settings, failures, vaults } = estate;
  const { mode } = settings.azure.credential;
  const { authorityHost, host } = toEndpoint(settings.azure);
  const all = failures.find(isOfAll);
  if (all) {
    const name = { 'sign-in': 'sign-in', tls: 'TLS' }[all.error.code as string] ?? 'reached';
    fail(name, textOf(all.error), null, { details: { mode, code: all.error.code } });
    return checks;
  }
  const where = mode === 'static' ? `${host} accepts the token` : `signs in at ${authorityHost}`;
  ok('sign-in', `${mode}: ${where}`, null, { details: { mode } });
  for (const { scope, error } of failures) {
    const isForbidden = error.code === 'forbidden';
    const message = isForbidden ? 'its vaults may not be listed' : textOf(error);
    const remedy = isForbidden ? BACKUP_READER : 'check AZURE_SUBSCRIPTION_ID and AZURE_RESOURCE_GROUP';
    fail(scope, message, remedy, { details: { code: error.code } });
  }
  for (const id of settings.subscriptionIds) {
    const own = vaults.filter(({ ref }) => ref.subscriptionId.toLowerCase() === id);
    if (own.length === 0) continue;
    ok(`subscription ${id}`, `${plural(own.length, 'vault')} (${fewNames(own)})`, null, {
      details: { subscriptionId: id, vaults: own.length },
    });
  }
  for (const name of settings.vaultNames)
    if (!vaults.some((vault) => vault.name.toLowerCase() === name.toLowerCase()))
      fail(
        `vault ${name}`,
        'is not seen where AZURE_VAULT_NAME looks for it',
        `check its name, or ${BACKUP_READER}`,
      );
  if (vaults.length === 0 && failures.length === 0 && settings.vaultNames.length === 0)
    fail('vaults', 'the account sees no Recovery Services vault', BACKUP_READER);
  return checks;
}

async function checkReading(estate: AzureEstate, access: Access[]): Promise<Check[]> {
  const vaults = await Promise.all(
    estate.vaults.map(async (vault) => ({ vault, answers: await askVault(estate.client, vault.ref) })),
  );
  access.push(...vaults.flatMap(({ vault, answers }) => toAccess(vault, answers)));
  const machines = await checkMachines(estate);
  const graph = await checkGraph(
    estate,
    vaults.flatMap(({ answers }) => answers),
  );
  const readings = [
    ...vaults.flatMap(({ answers }) => answers.map(({ reading }) => reading)),
    ...graph.readings,
  ];
  return [
    ...checkClock(readings),
    ...vaults.flatMap(({ vault, answers }) => checkVault(vault, answers)),
    ...machines,
    ...graph.checks,
    ...checkThrottle(readings),
  ];
}

/** A line for the vault, and one for each that it does not give. */
function checkVault({ name, sourceId }: VaultTarget, answers: VaultAnswer[]): Check[] {
  const { checks, ok, warn, fail } = createChecks('Azure Backup');
  const refused = answers.filter(({ error }) => error !== null);
  const counts = { sourceId, answered: answers.length - refused.length, asked: answers.length };
  const label = `vault ${cleanText(name, 60)}`;
  if (refused.length === answers.length && refused.every(({ error }) => error?.code === 'forbidden')) {
    fail(label, 'may not be read at all: nothing of it is known', BACKUP_READER, {
      details: { ...counts, code: 'forbidden' },
    });
    return checks;
  }
  const isShort = refused.length > 0;
  const add = refused.some(({ read }) => read.isNeeded) ? fail : isShort ? warn : ok;
  const left = isShort ? ': the rest of it is not known, as the next lines say' : '';
  add(label, `${counts.answered} of ${counts.asked} can be read${left}`, null, { details: counts });
  for (const { read, error } of refused) {
    const isForbidden = error?.code === 'forbidden';
    const said = isForbidden ? 'may not be read' : error ? textOf(error) : '';
    (read.isNeeded ? fail : warn)(
      `${label}, ${read.endpoint}`,
      `${said}; not known without it: ${read.gives}`,
      isForbidden ? BACKUP_READER : null,
      { details: { sourceId, endpoint: read.endpoint, code: error?.code } },
    );
  }
  return checks;
}

/** Backup Reader alone may not list machines; what they are beyond their names is then not known. */
async function checkMachines({ client, vaults }: AzureEstate): Promise<Check[]> {
  const { checks, ok, warn } = createChecks('Azure Backup');
  const ids = [...new Set(vaults.map(({ ref }) => ref.subscriptionId))];
  const errors = await Promise.all(
    ids.map(async (id) => ({ id, error: await errorOf(firstPage(listVirtualMachines(client, id))) })),
  );
  const refused = errors.flatMap(({ id, error }) => (error ? [{ id, error }] : []));
  for (const { id, error } of refused) {
    const isForbidden = error.code === 'forbidden';
    warn(
      `virtual machines of ${id}`,
      `${isForbidden ? 'may not be listed' : textOf(error)}: their ids and sizes stay unknown, so whether one is protected by a backup server, too, is told by its name alone`,
      isForbidden ? 'give the account the role Reader on the machines or on the subscription' : null,
      { details: { subscriptionId: id, code: error.code } },
    );
  }
  if (ids.length > refused.length)
    ok('virtual machines', `can be listed in ${plural(ids.length - refused.length, 'subscription')}`);
  return checks;
}

type GraphFound = { checks: Check[]; readings: AzureReading[] };

/** Resource Graph leaves out what the account may not read without a word: silence where vaults have items is told. */
async function checkGraph({ client, settings }: AzureEstate, answers: VaultAnswer[]): Promise<GraphFound> {
  const { checks, ok, warn } = createChecks('Azure Backup');
  if (!settings.usesResourceGraph) return { checks, readings: [] };
  const reading: AzureReading = createReading('Resource Graph');
  const { subscriptionIds } = settings;
  const error = await errorOf(firstPage(sweepProtectedItems(client, { subscriptionIds, reading })));
  const items = answers
    .filter(({ read }) => read.endpoint === 'backupProtectedItems')
    .reduce((sum, { reading: { rowsFetched } }) => sum + rowsFetched, 0);
  const seen = reading.rowsTotal ?? reading.rowsFetched;
  const remedy = 'give the account the role Reader on the subscription, or set AZURE_RESOURCE_GRAPH=off';
  if (error) warn('Resource Graph', textOf(error), remedy, { details: { code: error.code } });
  else if (seen === 0 && items > 0)
    warn('Resource Graph', 'answers, but shows no protected item, while the vaults do', remedy);
  else ok('Resource Graph', `shows ${plural(seen, 'protected item')}`, null, { details: { items: seen } });
  return { checks, readings: [reading] };
}

function checkClock(readings: readonly AzureReading[]): Check[] {
  const { checks, ok, warn } = createChecks('Azure Backup');
  const answeredAt = Math.max(
    ...readings.map((one) => one.answeredAt?.getTime() ?? Number.NEGATIVE_INFINITY),
  );
  if (!Number.isFinite(answeredAt)) return checks;
  const skewMs = answeredAt - Date.now();
  const seconds = Math.round(skewMs / 1000);
  const message = `its clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ours`;
  const details = { skewSeconds: seconds };
  if (Math.abs(skewMs) <= MOST_SKEW_MS) ok('clock', message, null, { details });
  else warn('clock', message, 'let this machine take its time from an NTP server', { details });
  return checks;
}

/** How much more Azure takes now; other programs that use the account have their share. */
function checkThrottle(readings: readonly AzureReading[]): Check[] {
  const { checks, ok, warn } = createChecks('Azure Backup');
  const least = (kind: 'readsLeft' | 'providerLeft' | 'queriesLeft'): number | null => {
    const known = readings.flatMap(({ throttle }) => throttle?.[kind] ?? []);
    return known.length > 0 ? Math.min(...known) : null;
  };
  const details = {
    readsLeft: least('readsLeft'),
    providerLeft: least('providerLeft'),
    queriesLeft: least('queriesLeft'),
  };
  const { readsLeft, providerLeft, queriesLeft } = details;
  const parts = [
    ...(readsLeft === null ? [] : [`${readsLeft} reads left of this hour`]),
    ...(providerLeft === null ? [] : [`${providerLeft} calls left of Azure Backup's own limit`]),
    ...(queriesLeft === null ? [] : [`${queriesLeft} queries left of Resource Graph's five seconds`]),
  ];
  if (parts.length === 0) return checks;
  const isLow = (readsLeft ?? FEW_READS) < FEW_READS || (queriesLeft ?? FEW_QUERIES) < FEW_QUERIES;
  if (isLow)
    warn(
      'throttle',
      parts.join(', '),
      'look for what else reads with this account, or lower AZURE_REQUEST_BUDGET',
      {
        details,
      },
    );
  else ok('throttle', parts.join(', '), null, { details });
  return checks;
}
