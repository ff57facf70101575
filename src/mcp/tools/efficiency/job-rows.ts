import type { JobEfficiencyRow } from '../../../queries/efficiency.ts';
import { objectOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { sizeText, toGb, wholeBytes } from '../capacity/sizes.ts';
import { costOf, costText } from './money.ts';
import type { JobCard, JobRow, KindRow } from './shape.ts';

/** A job, or a backup without one, as a row of the answer. */
export function toJobRow(job: JobEfficiencyRow, isDetailed: boolean, currency: string | undefined): JobRow {
  const waste = wholeBytes(job.waste);
  const cost = costOf(waste, job.pricePerTbYear);
  const row = {
    source_id: job.sourceId,
    job_id: cleanText(job.ownerId, 100),
    job_name: cleanText(job.name),
    has_job: job.ownerKind === 'JOB',
    priority: priorityOf(job),
    data_bytes: job.dataBytes,
    stored_bytes: job.storedBytes,
    display: `${inBytes(job)}; ${waste === null ? 'waste not known' : `${sizeText(waste)} waste${costText(cost, currency)}`}`,
    combined_efficiency: toCombined(job, isDetailed),
    trend: toTrend(job, isDetailed),
    open_anomalies: job.openAnomalies,
    optimization: {
      waste_bytes: waste,
      waste_annual_cost: cost,
      reclaimable_bytes: wholeBytes(job.reclaimableBytes),
      potential_bytes: wholeBytes(job.potentialBytes),
      ...(isDetailed ? { potential_gb: job.potentialBytes === null ? null : toGb(job.potentialBytes) } : {}),
    },
  };
  if (!isDetailed) return row;
  return {
    ...row,
    resolved_anomalies: job.resolvedAnomalies,
    platform: cleanOrNull(job.platform, 60),
    change_rate: round(job.changeRate, 4),
    quality: {
      files: job.files,
      excluded_files: toCounts(job.excludedFiles),
      mismatched_files: job.mismatchedFiles,
    },
  };
}

/** One job whole: all its files, then by kind. */
export function toCard(
  kinds: readonly JobEfficiencyRow[],
  currency: string | undefined,
): JobCard | undefined {
  const all = kinds.find(({ kind }) => kind === 'ALL');
  if (!all) return undefined;
  return {
    ...toJobRow(all, true, currency),
    repository_ids: all.repositoryIds.slice(0, 20).map((id) => cleanText(id, 100)),
    kinds: kinds.filter(({ kind }) => kind !== 'ALL').map(toKindRow),
    recommendation: recommendationOf(all),
  };
}

function toKindRow(row: JobEfficiencyRow): KindRow {
  return {
    kind: row.kind,
    files: row.files,
    data_bytes: row.dataBytes,
    stored_bytes: row.storedBytes,
    display: inBytes(row),
    combined_efficiency: toCombined(row, true),
    trend: toTrend(row, true),
    potential_bytes: wholeBytes(row.potentialBytes),
  };
}

const inBytes = ({ dataBytes, storedBytes }: JobEfficiencyRow) =>
  dataBytes === null || storedBytes === null
    ? 'bytes not known'
    : `${sizeText(dataBytes)} of data in ${sizeText(storedBytes)}`;

function toCombined(row: JobEfficiencyRow, isDetailed: boolean): JobRow['combined_efficiency'] {
  return {
    factor: round(row.factor, 3),
    reduction_pct: round(row.reductionPercent, 1),
    score: round(row.score, 1),
    rating: ratingOf(row.score),
    reference_factor: round(row.referenceFactor, 3),
    reference_basis: row.referenceBasis,
    ...(isDetailed ? { reference_peers: row.referencePeers } : {}),
    not_measurable_reason: row.score === null ? (cleanOrNull(row.reason, 200) ?? 'no file counts') : null,
  };
}

function toTrend(row: JobEfficiencyRow, isDetailed: boolean): JobRow['trend'] {
  const known = { classification: row.trend, percent_per_30_days: round(row.trendPercent, 2) };
  if (!isDetailed) return known;
  return {
    ...known,
    low: round(row.trendLow, 2),
    high: round(row.trendHigh, 2),
    points: row.trendPoints,
    factor_30_days_ago: round(row.factor30DaysAgo, 3),
  };
}

const RATINGS: readonly [number, string][] = [
  [85, 'EXCELLENT'],
  [70, 'GOOD'],
  [55, 'FAIR'],
  [40, 'POOR'],
];

function ratingOf(score: number | null): string {
  if (score === null) return 'NOT_MEASURABLE';
  return RATINGS.find(([least]) => score >= least)?.[1] ?? 'CRITICAL';
}

/**
 * How soon somebody should look: what may be an attack first, also one that is over, and what is not known is never LOW.
 */
function priorityOf(job: JobEfficiencyRow): string {
  const { openTypes, wasSuspect, hasMalware, hasOpenMalware, trend, score } = job;
  const hasOpen = (...types: string[]) => types.some((type) => openTypes.includes(type));
  if (hasOpen('ENTROPY_SUSPECT') || hasOpenMalware) return 'CRITICAL';
  if (hasMalware || hasOpen('REDUCTION_DROP', 'VOLUME_COLLAPSE') || trend === 'DEGRADING') return 'HIGH';
  if (wasSuspect || hasOpen('VOLUME_SURGE') || (score !== null && score < 55)) return 'MEDIUM';
  return score === null ? 'UNKNOWN' : 'LOW';
}

function recommendationOf(job: JobEfficiencyRow): string {
  const { openTypes, wasSuspect, hasMalware, trend, score, reclaimableBytes, storedBytes } = job;
  if (wasSuspect || hasMalware)
    return 'Look at the machines of its anomalies now, and keep the restore points from before; it may be encryption.';
  if (openTypes.includes('VOLUME_COLLAPSE'))
    return 'Check that everything is still backed up: a machine hands over far less than usual.';
  if (score === null && storedBytes === null)
    return 'Nothing can be rated: the source tells no bytes of single backups. What is kept of it without need is listed; what its vault holds and costs, get_capacity_forecast says.';
  if (score === null)
    return 'Its reduction is not in the sizes of its files: see the reason, and read the figures of the storage itself.';
  if (trend === 'DEGRADING' || openTypes.includes('REDUCTION_DROP'))
    return 'Find what changed about its data: new machines, encryption or compression in the guest, or settings of the job.';
  if (score < 55)
    return 'Compare its compression level, block size and exclusions with those of its peers; what is compressed or encrypted in the guest stays as it is.';
  if (reclaimableBytes !== null && reclaimableBytes > 0)
    return 'Its reduction is fine; look through its reclaimable space, each item with its owner.';
  return 'Nothing to do.';
}

/** Numbers by name of a JSON object of counts. */
export function toCounts(stored: unknown): Record<string, number> {
  const entries = Object.entries(objectOf(stored)).filter(
    (entry): entry is [string, number] => /^\w{1,40}$/.test(entry[0]) && typeof entry[1] === 'number',
  );
  return Object.fromEntries(entries.slice(0, 12));
}
