import { createHash } from 'node:crypto';
import { type AzureClient, createAzureClient } from '../../src/azure/client.ts';
import { parseArmId, toVaultKey, toVaultRef } from '../../src/azure/ids.ts';
import type { VaultRef } from '../../src/azure/paths.ts';
import type { AzureReading } from '../../src/azure/reading.ts';
import type { TransportOptions } from '../../src/azure/transport.ts';
import { type AzureVault, getVault, listVaults } from '../../src/azure/vaults.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { AzureEstateSettings, NamedVault } from '../../src/config/azure.ts';
import { SourceError } from '../../src/errors.ts';
import { systemClock } from '../../src/http/clock.ts';
import type { Log } from '../../src/log.ts';
import type { OpenSource, SourceSettings } from '../../src/pipeline/run-worker.ts';
import { createReading } from '../../src/reading.ts';
import type { SourceFacts } from '../source.ts';
import { createMachineLists, type MachineLists } from './machine-lists.ts';
import { type AzureSweep, createSweep } from './sweep.ts';

/** A vault that answers, with what a run has to know of it. */
export type AzureSource = SourceFacts & {
  kind: 'azure';
  client: AzureClient;
  ref: VaultRef;
  /** As `getVault` gave it when the run began. */
  vault: AzureVault;
  /** Its clock minus ours, in milliseconds; null: Azure did not say the time. */
  skewMs: number | null;
  /** Answers for all vaults at once; undefined: each is asked by itself. */
  sweep: AzureSweep | undefined;
  /** Virtual machines by subscription, asked for once for all vaults. */
  machines: MachineLists;
  backfillDays: number;
  /** Requests that the run may send. */
  requestBudget: number;
};

/** A vault that is to be read: by its id, which is known also while it does not answer. */
export type VaultTarget = SourceSettings & { kind: 'azure'; ref: VaultRef; vaultKey: string };

/** What the account sees of the configured subscriptions. */
export type AzureEstate = {
  client: AzureClient;
  settings: AzureEstateSettings;
  vaults: VaultTarget[];
  /** Subscriptions or groups whose vaults could not be listed, and vaults that are configured but not there. */
  failures: { scope: string; subscriptionId: string; error: SourceError }[];
  sweep: AzureSweep | undefined;
  machines: MachineLists;
  close: () => Promise<void>;
};

type Given = { log: Log; clock: () => Date; listing?: AbortSignal | undefined };
/** How patient the connection is; undefined: as a worker has to be. */
type Patience = { transport?: TransportOptions | undefined };

/** Who is told to come back later than this is not asked before the next run: each further question makes it longer. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Lists the vaults that are to be read. A subscription that cannot be listed holds back no other.
 * @throws ConfigError if the settings of the connection cannot be used
 */
export async function openAzureEstate(
  settings: AzureEstateSettings,
  { log, clock, transport, listing }: Given & Patience,
): Promise<AzureEstate> {
  const client = createAzureClient(settings.azure, {
    ...transport,
    retry: { longestPauseMs: LONGEST_PAUSE_MS, ...transport?.retry },
    log,
    clock: { ...systemClock, now: () => clock().getTime() },
  });
  const estate: AzureEstate = {
    client,
    settings,
    vaults: [],
    failures: [],
    sweep: settings.usesResourceGraph ? createSweep(client, everySubscription(settings)) : undefined,
    machines: createMachineLists(client),
    close: () => client.close(),
  };
  for (const subscriptionId of settings.subscriptionIds) await listInto(estate, subscriptionId, listing);
  for (const vault of settings.vaults) addVault(estate, toIdOf(vault));
  return estate;
}

/** A vault once, however many ways lead to it. */
function addVault({ vaults, settings }: AzureEstate, id: string): void {
  const target = toVaultTarget(id, settings);
  if (target && !vaults.some(({ sourceId }) => sourceId === target.sourceId)) vaults.push(target);
}

/** Subscriptions in which a vault that is read may be. */
const everySubscription = ({ subscriptionIds, vaults }: AzureEstateSettings) => [
  ...new Set([...subscriptionIds, ...vaults.map(({ subscriptionId }) => subscriptionId)]),
];

async function listInto(
  estate: AzureEstate,
  subscriptionId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { settings, failures } = estate;
  const client = estate.client.forRun({ signal });
  const groups = settings.resourceGroups.length > 0 ? settings.resourceGroups : [undefined];
  const isWanted = nameFilter(settings.vaultNames);
  for (const resourceGroup of groups) {
    const scope = `subscription ${subscriptionId}${resourceGroup ? `, group ${resourceGroup}` : ''}`;
    const reading = createReading('vaults');
    try {
      for await (const { items } of listVaults(client, { subscriptionId, resourceGroup }, { reading })) {
        for (const vault of items) {
          if (isWanted(vault.name)) addVault(estate, vault.id);
        }
      }
      if (!reading.complete) throw incomplete(scope, reading.reason);
    } catch (error) {
      // A group may lie in one of several subscriptions only.
      const isElsewhere = resourceGroup !== undefined && settings.subscriptionIds.length > 1;
      if (!(error instanceof SourceError)) throw error;
      if (!(error.code === 'not-found' && isElsewhere)) failures.push({ scope, subscriptionId, error });
    }
  }
}

const incomplete = (scope: string, reason: string | undefined) =>
  new SourceError(`the vaults of ${scope} could not be listed to their end: ${reason ?? 'unknown'}`, {
    code: 'bad-answer',
    retryable: true,
  });

function nameFilter(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase());
}

/** The id of a vault that is named, as `toVaultKey` writes it. */
const toIdOf = ({ subscriptionId, resourceGroup, vault }: NamedVault): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.RecoveryServices/vaults/${vault}`.toLowerCase();

/** The vault's name in the tables, from its id alone; null for an id that names no vault. */
export function toVaultTarget(
  id: string,
  { vaults, tenant }: Pick<AzureEstateSettings, 'vaults' | 'tenant'>,
): VaultTarget | null {
  const arm = parseArmId(id);
  const ref = toVaultRef(arm.parts);
  const vaultKey = toVaultKey(arm);
  if (!ref || !vaultKey) return null;
  // Names of vaults are unique in their group only.
  const mark = createHash('sha256').update(vaultKey).digest('hex').slice(0, 6);
  return {
    sourceId: `azure:${ref.vault.toLowerCase()}:${mark}`,
    kind: 'azure',
    name: ref.vault,
    tenant: vaults.find((named) => toIdOf(named) === vaultKey)?.tenant ?? tenant,
    ref,
    vaultKey,
  };
}

/**
 * Asks the vault for itself, and for the time.
 * @throws SourceError if it cannot be read, or is not there any more
 */
export async function openVault(
  { client: shared, settings, sweep, machines }: AzureEstate,
  { ref, vaultKey, name }: VaultTarget,
  { clock, business, signal }: Pick<Given, 'clock'> & { business: BusinessContext; signal?: AbortSignal },
): Promise<OpenSource<AzureSource>> {
  const client = shared.forRun({ requestBudget: settings.requestBudget, signal });
  const reading: AzureReading = createReading('vault');
  const asked = clock();
  const vault = await getVault(client, ref, { reading });
  const answeredAt = reading.answeredAt ?? null;
  if (!vault)
    throw new SourceError(`there is no vault ${name} any more`, { code: 'not-found', retryable: false });
  const skewMs = answeredAt === null ? null : answeredAt.getTime() - asked.getTime();
  return {
    client: {
      kind: 'azure',
      zone: settings.timeZone,
      business,
      client,
      ref,
      vault,
      skewMs,
      sweep,
      machines,
      backfillDays: settings.backfillDays,
      requestBudget: settings.requestBudget,
    },
    now: answeredAt ?? asked,
    apiRevision: undefined,
    upstreamId: vaultKey,
    // The connections are the estate's, which outlives the run.
    close: async () => {},
  };
}
