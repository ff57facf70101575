import { sql } from 'kysely';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { type EndpointState, unknownFromEndpoints } from './completeness.ts';
import type { Rated } from './job-rows.ts';
import type { Money } from './money.ts';
import type { ReclaimableRows } from './reclaimable-rows.ts';

type SummaryRow = Omit<BulkRow<'efficiency_summary'>, 'source_id' | 'run_id'>;

export type Concluded = {
  rated: readonly Rated[];
  reclaimable: ReclaimableRows;
  openAnomalies: number;
  endpoints: readonly EndpointState[];
  money: Money;
};

/** The source as a whole: what is measurable counts by its bytes, and what is not known is said. */
export async function summarise(
  trx: Trx,
  context: Context,
  { rated, reclaimable, openAnomalies, endpoints, money }: Concluded,
): Promise<SummaryRow> {
  const measurable = rated.filter(({ all }) => all.score !== null);
  const sum = (of: (one: Rated) => number, list = measurable) =>
    list.reduce((total, one) => total + of(one), 0);
  const [data, stored] = [sum(dataOf), sum(storedOf)];
  const files = await readFilesState(trx, context);
  // Of what nobody has looked into nothing is in order either.
  const isBlind =
    !(isRead(endpoints, 'backups') && isRead(endpoints, 'backups/backupFiles')) &&
    rated.every(({ assessed }) => assessed.all.files === 0);
  const pointsReadAt = endpoints.find(({ endpoint }) => endpoint === 'restorePoints')?.complete_at ?? null;
  return {
    concluded_at: context.sourceNow,
    time_zone: context.source.zone,
    jobs: rated.length,
    not_measurable_jobs: rated.length - measurable.length,
    files: sum(({ assessed }) => assessed.all.files, [...rated]),
    data_bytes: sum(dataOf, [...rated]),
    stored_bytes: sum(storedOf, [...rated]),
    factor: stored > 0 ? data / stored : null,
    score: stored > 0 ? sum((one) => (one.all.score ?? 0) * storedOf(one)) / stored : null,
    reclaimable_bytes: isBlind ? null : reclaimable.bytes,
    reclaimable_cost: isBlind ? null : reclaimable.cost,
    by_category: reclaimable.byCategory,
    open_anomalies: isBlind ? null : openAnomalies,
    price_per_tb_year: money.pricePerTbYear,
    price_basis: money.basis,
    currency: money.currency,
    files_read_at: files.readAt,
    points_read_at: pointsReadAt,
    excluded_files: excludedOf(rated),
    completeness: [...endpoints],
    not_known: [...unknownFromEndpoints(endpoints), ...notKnown(rated, files.unread)],
  };
}

const isRead = (endpoints: readonly EndpointState[], name: string) =>
  endpoints.some(({ endpoint, complete_at }) => endpoint === name && complete_at !== null);

const dataOf = ({ assessed }: Rated) => assessed.all.dataBytes;
const storedOf = ({ assessed }: Rated) => assessed.all.storedBytes;

function excludedOf(rated: readonly Rated[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { assessed } of rated)
    for (const [reason, files] of Object.entries(assessed.all.excluded))
      sums[reason] = (sums[reason] ?? 0) + files;
  return sums;
}

function notKnown(rated: readonly Rated[], unread: number): string[] {
  const hidden = rated.filter(({ assessed }) => assessed.notMeasurable !== null).length;
  const jobless = rated.filter(
    ({ assessed: { owner } }) => owner.jobId !== null && !owner.isJobGone && owner.isDisabled === null,
  ).length;
  return [
    ...(unread > 0 ? [`files of ${unread} backups: never read to their end`] : []),
    ...(hidden > 0 ? [`reduction of ${hidden} jobs: it happens on an appliance, behind the counters`] : []),
    ...(jobless > 0 ? [`whether ${jobless} jobs are enabled: the list of jobs does not say`] : []),
  ];
}

/** When the files of the backup that was read longest ago were read, and of how many they never were. */
async function readFilesState(
  trx: Trx,
  { sourceId }: Context,
): Promise<{ readAt: Date | null; unread: number }> {
  const { rows } = await sql<{ read_at: Date | null; unread: number }>`
    select case when bool_and(w.read_until is not null) then min(w.read_until) end as read_at,
           (count(*) filter (where w.read_until is null))::int as unread
      from backup b
      left join watermark w on w.source_id = b.source_id and w.worker = 'capacity' and w.stream = 'backupFiles ' || b.backup_id
     where b.source_id = ${sourceId} and b.vanished_at is null`.execute(trx);
  return { readAt: rows[0]?.read_at ?? null, unread: rows[0]?.unread ?? 0 };
}
