import type { BulkRow } from '../../src/pipeline/bulk.ts';
import { insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { type KeptItem, readKeptItems, toKeptRows } from './azure-kept.ts';
import { type EndpointState, readEndpoints, unknownFromEndpoints } from './completeness.ts';
import { type Money, moneyOf } from './money.ts';
import { readPlaces } from './places.ts';
import { toRepositoryRows } from './repository-rows.ts';

type JobRow = Omit<BulkRow<'job_efficiency'>, 'source_id' | 'run_id'>;
type SummaryRow = Omit<BulkRow<'efficiency_summary'>, 'source_id' | 'run_id'>;
type Reclaimable = ReturnType<typeof toKeptRows>;

/** What the conclusions rest on. */
const ENDPOINTS = ['backupProtectedItems', 'backupPolicies', 'recoveryPoints', 'usages'];

const NO_REDUCTION = 'Azure Backup tells neither the data nor the stored bytes of a single item';
const VAULT_ONLY = 'Azure Backup tells what the vault stores, and not how much data that is';

/**
 * What the tables say about how a vault stores its backups. There are no files and no bytes of single items, so no reduction is
 * measured and nothing is rated; what is kept without need is listed by its number and age.
 */
export async function concludeAzure(trx: Trx, context: Context): Promise<void> {
  const key = { source_id: context.sourceId, run_id: context.runId };
  const items = await readKeptItems(trx, context);
  const places = await readPlaces(trx, context);
  const repositories = (await toRepositoryRows(trx, context, places)).map((row) => ({
    ...row,
    data_bytes: null,
    stored_bytes: null,
    reason: VAULT_ONLY,
  }));
  const reclaimable = toKeptRows(items, context.sourceNow.getTime());
  const endpoints = await readEndpoints(trx, context, ENDPOINTS);
  const keyed = <Row extends object>(rows: readonly Row[]) => rows.map((row) => ({ ...key, ...row }));
  await insertRows(trx, 'job_efficiency', keyed(items.map(toJobRow)));
  await insertRows(trx, 'reclaimable_space', keyed(reclaimable));
  await insertRows(trx, 'repository_efficiency', keyed(repositories));
  const summary = summarise(context, { items, reclaimable, endpoints, money: moneyOf(context.source) });
  await insertRows(trx, 'efficiency_summary', keyed([summary]));
}

const toJobRow = ({ itemId, name, repositoryId }: KeptItem): JobRow => ({
  owner_id: itemId,
  kind: 'ALL',
  owner_kind: 'JOB',
  name,
  platform: 'AzureBackup',
  repository_ids: repositoryId === null ? [] : [repositoryId],
  files: 0,
  excluded_files: {},
  mismatched_files: 0,
  data_bytes: null,
  stored_bytes: null,
  factor: null,
  reduction_percent: null,
  change_rate: null,
  reference_factor: null,
  reference_basis: null,
  reference_peers: null,
  score: null,
  potential_bytes: null,
  potential_cost: null,
  trend: 'INSUFFICIENT_DATA',
  trend_percent: null,
  trend_low: null,
  trend_high: null,
  trend_points: 0,
  factor_30_days_ago: null,
  reason: NO_REDUCTION,
});

type Concluded = {
  items: readonly KeptItem[];
  reclaimable: Reclaimable;
  endpoints: EndpointState[];
  money: Money;
};

function summarise(
  { sourceNow, source }: Context,
  { items, reclaimable, endpoints, money }: Concluded,
): SummaryRow {
  const unread = items.filter(({ points }) => points === null).length;
  const unruled = items.filter(
    ({ isStopped, isSoftDeleted, retention }) => !isStopped && !isSoftDeleted && !retention,
  );
  return {
    concluded_at: sourceNow,
    time_zone: source.zone,
    jobs: items.length,
    not_measurable_jobs: items.length,
    files: 0,
    data_bytes: null,
    stored_bytes: null,
    factor: null,
    score: null,
    reclaimable_bytes: null,
    reclaimable_cost: null,
    by_category: countByCategory(reclaimable),
    open_anomalies: null,
    price_per_tb_year: money.pricePerTbYear,
    price_basis: money.basis,
    currency: money.currency,
    files_read_at: null,
    points_read_at: endpoints.find(({ endpoint }) => endpoint === 'recoveryPoints')?.complete_at ?? null,
    excluded_files: {},
    completeness: endpoints,
    not_known: [
      ...unknownFromEndpoints(endpoints),
      `reduction and unusual data of ${items.length} items: ${NO_REDUCTION}`,
      ...(reclaimable.length > 0
        ? [
            `bytes of ${reclaimable.length} items that could be had back: Azure Backup tells those of whole vaults only`,
          ]
        : []),
      ...(unread > 0 ? [`points of ${unread} items: never read to their end`] : []),
      ...(unruled.length > 0
        ? [`whether ${unruled.length} items keep points longer than they have to: their policy is not known`]
        : []),
    ],
  };
}

function countByCategory(rows: Reclaimable): Record<string, object> {
  const counts = [...Map.groupBy(rows, ({ category }) => category)].map(([category, own]) => {
    return [category, { items: own.length, bytes: null, counted_bytes: 0, annual_cost: null }] as const;
  });
  return Object.fromEntries(counts);
}
