import { defineCollection } from '../../src/pipeline/collect.ts';
import { listJobs, type VeeamJob } from '../../src/veeam/jobs.ts';
import { type Context, type FactRow, markVanished, storeFacts } from '../shared/facts.ts';
import { lastDailyStart } from '../shared/once-a-day.ts';
import type { VeeamSource } from '../veeam-source.ts';

const seen = new WeakMap<Context, Set<string>>();

/** How long jobs keep what they store, once a day: it seldom changes. */
export const jobRetention = defineCollection<VeeamSource, VeeamJob, FactRow<'job_retention'>>('capacity', {
  endpoint: 'jobs (retention)',
  optional: true,
  extract: async function* (context, since, reading) {
    const { source, sourceNow } = context;
    if (since && since >= lastDailyStart(sourceNow, source.zone)) {
      reading.complete = true;
      reading.reason = `read once a day, last at ${since.toISOString()}`;
      return;
    }
    seen.set(context, new Set());
    for await (const { items } of listJobs(source.client, reading)) yield { rows: items };
    if (reading.complete) yield { rows: [], readUntil: sourceNow };
  },
  transform: (jobs) => jobs.map(toRetention),
  load: (trx, rows, context) => {
    for (const row of rows) seen.get(context)?.add(row.job_id);
    return storeFacts(trx, 'job_retention', 'job_id', rows, context);
  },
  finish: async (trx, context) => {
    const ids = seen.get(context);
    if (ids) await markVanished(trx, 'job_retention', 'job_id', context, ids);
  },
});

const KINDS: Record<string, string> = { days: 'DAYS', restorepoints: 'POINTS' };

function toRetention({ id, storage, target }: VeeamJob): FactRow<'job_retention'> {
  const settings = storage ?? target;
  const { type, quantity } = settings?.retentionPolicy ?? {};
  const gfs = settings?.gfsPolicy?.isEnabled === false ? undefined : settings?.gfsPolicy;
  const kind = KINDS[type?.toLowerCase() ?? ''] ?? null;
  return {
    job_id: id,
    kind: quantity === undefined || quantity < 0 ? null : kind,
    quantity: quantity === undefined || quantity < 0 ? null : Math.round(quantity),
    gfs_weeks: gfs?.weekly?.isEnabled ? (gfs.weekly.keepForNumberOfWeeks ?? null) : null,
    gfs_months: gfs?.monthly?.isEnabled ? (gfs.monthly.keepForNumberOfMonths ?? null) : null,
    gfs_years: gfs?.yearly?.isEnabled ? (gfs.yearly.keepForNumberOfYears ?? null) : null,
    repository_id: settings?.backupRepositoryId ?? null,
  };
}
