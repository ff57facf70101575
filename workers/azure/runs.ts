import type { BusinessContext } from '../../src/business/context.ts';
import type { AzureEstateSettings } from '../../src/config/azure.ts';
import type { Databases } from '../../src/db/database.ts';
import { withDatabaseRetry } from '../../src/db/retry.ts';
import { SourceError } from '../../src/errors.ts';
import { carryJournal, withJournal } from '../../src/journal.ts';
import type { Log } from '../../src/log.ts';
import { type RunOptions, runWorker, type SourceSettings } from '../../src/pipeline/run-worker.ts';
import type { Worker } from '../../src/pipeline/worker.ts';
import { type SourceRun, unrecordedRun } from '../unrecorded.ts';
import { type AzureEstate, type AzureSource, openAzureEstate, openVault, toVaultTarget } from './source.ts';

type Options = {
  log: Log;
  clock: () => Date;
  business: BusinessContext;
  progress?: (text: string) => void;
  isUnattended?: boolean;
  /** Ends the listing of vaults. */
  listing?: AbortSignal;
};

/**
 * One run of a worker on each vault, one after the other: what one is refused holds back no other. A vault that was read
 * before and cannot be found now gets a failed run, so that its last answers are seen to age.
 * @returns a summary for each vault, and for each subscription that could not be listed and never showed one
 * @throws SourceError if no vault could be listed, nothing was read before and somebody watches
 */
export async function runOnVaults(
  worker: Worker<AzureSource>,
  databases: Databases,
  settings: AzureEstateSettings,
  options: Options,
): Promise<SourceRun[]> {
  const cycle = await openCycle(worker, databases, settings, options);
  try {
    const runs: SourceRun[] = [];
    for (const { run } of cycle.vaults) runs.push(await run());
    for (const { source, error, run } of cycle.unlisted)
      runs.push(options.isUnattended ? await run() : unrecordedRun(source.sourceId, error));
    return runs;
  } finally {
    await cycle.close();
  }
}

type VaultRun = { source: SourceSettings; run: (limits?: RunLimits) => Promise<SourceRun> };
type RunLimits = Pick<RunOptions<AzureSource>, 'isWanted' | 'signal'>;

/** What one worker is to do once on all vaults. */
export type VaultCycle = {
  /** Those that are listed or named, and those that were read before and are not there now. */
  vaults: VaultRun[];
  /** Subscriptions that could not be listed and never showed a vault. */
  unlisted: (VaultRun & { error: SourceError })[];
  close: () => Promise<void>;
};

/**
 * Lists the vaults of the account. The connection is shared by all of them, and open until the cycle is closed.
 * @throws SourceError if there is no vault; if none could be listed, nothing was read before and somebody watches
 */
export function openCycle(
  worker: Worker<AzureSource>,
  databases: Databases,
  settings: AzureEstateSettings,
  options: Options,
): Promise<VaultCycle> {
  // What went wrong while they were listed is in the record of each run.
  return withJournal(() => listCycle(worker, databases, settings, options));
}

async function listCycle(
  worker: Worker<AzureSource>,
  databases: Databases,
  settings: AzureEstateSettings,
  options: Options,
): Promise<VaultCycle> {
  const { log, isUnattended = false, progress } = options;
  const estate = await openAzureEstate(settings, options);
  const inJournal = carryJournal();
  const toRun = (source: SourceSettings, open: OpenVault): VaultRun => ({
    source,
    run: (limits = {}) =>
      inJournal(async () => ({
        ...(await runWorker(worker, databases, {
          ...options,
          ...limits,
          source,
          open,
          isUnattended: true,
          ...(progress && { progress: (text) => progress(`${source.name}: ${text}`) }),
        })),
        sourceId: source.sourceId,
      })),
  });
  const failing = (source: SourceSettings, error: SourceError) => ({
    ...toRun(source, () => Promise.reject(error)),
    error,
  });
  try {
    const missing = await withDatabaseRetry(() => findMissing(databases, estate, worker.name));
    // Where none could be listed one tells it: most often the sign-in is at fault.
    const isNoneThere = estate.vaults.length === 0 && missing.length === 0;
    const [first] = estate.failures;
    if (isNoneThere && !first) throw nothingThere(settings);
    if (isNoneThere && first && !isUnattended) throw first.error;
    const unlisted = withoutWitness(estate, missing).slice(0, isNoneThere ? 1 : undefined);
    for (const { scope, error } of unlisted)
      log.error({ worker: worker.name, scope, err: error }, 'vaults could not be listed');
    return {
      vaults: [
        ...estate.vaults.map((vault) =>
          toRun(vault, (signal) => openVault(estate, vault, { ...options, signal })),
        ),
        ...missing.map(({ source, error }) => failing(source, error)),
      ],
      unlisted: unlisted.map(({ subscriptionId, error }) =>
        failing(placeholderOf(subscriptionId, settings), error),
      ),
      close: estate.close,
    };
  } catch (error) {
    await estate.close();
    throw error;
  }
}

type OpenVault = (signal: AbortSignal) => ReturnType<typeof openVault>;

/** Failures that no failed run of a vault tells of, one for each subscription. */
const withoutWitness = ({ failures }: AzureEstate, missing: readonly Missing[]) =>
  failures.filter(
    (failure, index) =>
      !missing.some(({ error }) => error === failure.error) &&
      failures.findIndex(({ subscriptionId }) => subscriptionId === failure.subscriptionId) === index,
  );

const nothingThere = ({ subscriptionIds, resourceGroups, vaultNames }: AzureEstateSettings) =>
  new SourceError(
    `the account sees no Recovery Services vault in ${[
      `subscription ${subscriptionIds.join(', ')}`,
      ...(resourceGroups.length > 0 ? [`group ${resourceGroups.join(', ')}`] : []),
      ...(vaultNames.length > 0 ? [`of the name ${vaultNames.join(', ')}`] : []),
    ].join(', ')}: it may be missing the role Backup Reader there`,
    { code: 'not-found', retryable: false },
  );

/** A subscription that never showed a vault: where nobody watches, the record of a failed run is the only witness. */
const placeholderOf = (subscriptionId: string, { tenant }: AzureEstateSettings): SourceSettings => ({
  sourceId: `azure:subscription:${subscriptionId}`,
  kind: 'azure',
  name: `Azure subscription ${subscriptionId}`,
  tenant,
});

type Missing = { source: SourceSettings; error: SourceError };

/** Vaults that were read before, belong to what is configured, and are not listed now; each with why. */
async function findMissing(
  { metrics }: Databases,
  { vaults, failures, settings }: AzureEstate,
  worker: string,
): Promise<Missing[]> {
  const listed = new Set(vaults.map(({ sourceId }) => sourceId));
  const rows = await metrics.db
    .selectFrom('source')
    .select(['source_id', 'name', 'upstream_id'])
    .where('kind', '=', 'azure')
    .where('upstream_id', 'is not', null)
    .where('retired_at', 'is', null)
    .orderBy('source_id')
    .execute();
  const missing: Missing[] = [];
  for (const { source_id, name, upstream_id } of rows) {
    const target = toVaultTarget(upstream_id ?? '', settings);
    if (!target || listed.has(source_id) || !isConfigured(target.ref, settings)) continue;
    const source: SourceSettings = { sourceId: source_id, kind: 'azure', name, tenant: target.tenant };
    const failure = failures.find(({ subscriptionId }) => subscriptionId === target.ref.subscriptionId);
    if (failure) missing.push({ source, error: failure.error });
    else if (!(await isOnRecordAsGone(metrics.db, source_id, worker)))
      missing.push({ source, error: goneError(name) });
  }
  return missing;
}

const goneError = (name: string) =>
  new SourceError(`there is no vault ${name} any more where it was, or the account may not see it`, {
    code: 'not-found',
    retryable: false,
  });

function isConfigured(
  ref: { subscriptionId: string; resourceGroup: string; vault: string },
  { subscriptionIds, resourceGroups, vaultNames }: AzureEstateSettings,
): boolean {
  const isIn = (all: readonly string[], one: string) =>
    all.length === 0 || all.some((each) => each.toLowerCase() === one.toLowerCase());
  return (
    subscriptionIds.includes(ref.subscriptionId.toLowerCase()) &&
    isIn(resourceGroups, ref.resourceGroup) &&
    isIn(vaultNames, ref.vault)
  );
}

/** Whether the last run of a worker found no such vault. Once is enough: a vault that was deleted is not missed anew every hour. */
async function isOnRecordAsGone(
  db: Databases['metrics']['db'],
  sourceId: string,
  worker: string,
): Promise<boolean> {
  const last = await db
    .selectFrom('run')
    .select('error_code')
    .where('source_id', '=', sourceId)
    .where('worker', '=', worker)
    .where('status', '<>', 'running')
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.error_code === 'not-found';
}
