import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { jobSchema } from './job-schema.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { toFilter } from './query.ts';
import { orNull, type Page, type ReadOptions, type RowKind, readOne, readPages } from './rows.ts';
import { toFilterTime } from './time.ts';

/** One run: a backup, a restore, a change of protection. */
export type AzureJob = z.infer<typeof jobSchema>;

export const JOB: RowKind<AzureJob> = { row: jobSchema, key: ({ key }) => key };

export type JobFilter = {
  from: Date;
  /** undefined: now. */
  to?: Date | undefined;
  status?: string | undefined;
  operation?: string | undefined;
  backupManagementType?: string | undefined;
};

const DAY_MS = 86_400_000;
/** Longer windows are cut off or refused. */
const WINDOW_MS = 30 * DAY_MS;

/**
 * The jobs of a vault that ran at some time between `from` and `to`, oldest window first; each once. What Azure gives
 * beyond that is left out: it ignores a filter that it cannot read.
 */
export async function* listJobs(
  client: AzureClient,
  vault: VaultRef,
  filter: JobFilter,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureJob>> {
  const { from, to = new Date(client.clock.now()), ...values } = filter;
  const kind = { ...JOB, wanted: (job: AzureJob) => ranBetween(job, from, to) && isLike(job, values) };
  const seen = new Set<string>();
  let complete = true;
  for (const [startTime, endTime] of toWindows(from, to)) {
    const query = { $filter: toFilter({ startTime, endTime, ...values }) };
    const call = { ...options, query, apiVersion: API_VERSIONS.jobs };
    yield* readPages(client, vaultPath(vault, 'backupJobs'), kind, call, seen);
    complete &&= options.reading?.complete ?? true;
    if (options.reading) options.reading.complete = false;
  }
  if (options.reading) options.reading.complete = complete;
}

/** A job with its tasks, or null if it has vanished. */
export function getJob(
  client: AzureClient,
  vault: VaultRef,
  jobId: string,
  options: ReadOptions = {},
): Promise<AzureJob | null> {
  const call = { ...options, apiVersion: API_VERSIONS.jobs };
  const path = vaultPath(vault, 'backupJobs', jobId);
  return orNull(readOne(client, path, jobSchema, call), options.reading);
}

const SIZE = /^([\d.]+)\s*(bytes|[KMGT]?B)$/i;
const POWERS: Record<string, number> = { BYTES: 0, B: 0, KB: 1, MB: 2, GB: 3, TB: 4 };

/** Bytes that a backup moved, which Azure tells as text (`2332 MB`) in the job's details. null: it did not say. */
export function backupSizeBytes({ extendedInfo }: AzureJob): number | null {
  const [, amount, unit = ''] = SIZE.exec(extendedInfo?.propertyBag?.['Backup Size']?.trim() ?? '') ?? [];
  const bytes = Number(amount) * 1024 ** (POWERS[unit.toUpperCase()] ?? 0);
  return amount === undefined || Number.isNaN(bytes) ? null : Math.round(bytes);
}

/** Whether a job overlaps the time: one that does not say when it ran does. Filters know whole seconds. */
export function ranBetween({ startTime, endTime }: AzureJob, from: Date, to: Date): boolean {
  const begins = startTime?.getTime() ?? Number.NEGATIVE_INFINITY;
  const ends = endTime?.getTime() ?? Number.POSITIVE_INFINITY;
  return begins < ceilSecond(to) && ends >= floorSecond(from);
}

function isLike(job: AzureJob, values: Omit<JobFilter, 'from' | 'to'>): boolean {
  return (['status', 'operation', 'backupManagementType'] as const).every((name) => {
    const wanted = values[name];
    return wanted === undefined || job[name]?.toLowerCase() === wanted.toLowerCase();
  });
}

/** Start and end of each window, as the filter wants them: both, always. */
function toWindows(from: Date, to: Date): [start: string, end: string][] {
  const windows: [string, string][] = [];
  for (let start = floorSecond(from); start < ceilSecond(to); start += WINDOW_MS) {
    const end = Math.min(start + WINDOW_MS, ceilSecond(to));
    windows.push([toFilterTime(new Date(start)), toFilterTime(new Date(end))]);
  }
  return windows;
}

const floorSecond = (at: Date) => Math.floor(at.getTime() / 1000) * 1000;
const ceilSecond = (at: Date) => Math.ceil(at.getTime() / 1000) * 1000;
