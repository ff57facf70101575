import { ArmFailure } from '../errors.ts';
import { MANAGEMENT_TYPES } from '../ids.ts';
import { type Call, page, type Result, type Routes, type Source, VAULT } from './call.ts';
import { type Filter, fits, parseFilter, windowOf } from './filter.ts';
import { vaultOf } from './find.ts';
import { jobDetails, jobRow } from './job-view.ts';
import { findJob, type Job, jobsFrom } from './jobs.ts';

const KEYS = ['status', 'operation', 'backupManagementType', 'startTime', 'endTime', 'jobId'];
const EVER = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

export const jobRoutes: Routes = {
  [`GET ${VAULT}/backupJobs`]: listJobs,
  [`GET ${VAULT}/backupJobs/{job}`]: (call) => ({
    body: jobDetails(call.world, jobOf(call), call.now),
  }),
};

/** The pair of times is a window in which jobs began, both ends included. */
function listJobs(call: Call): Result {
  const { world, now, query } = call;
  const vault = vaultOf(call);
  const filter = parseFilter(query.get('$filter'), KEYS);
  const span = windowOf(filter, 'startTime', 'endTime') ?? EVER;
  const source: Source = function* rows(from) {
    for (const [position, job] of jobsFrom(world, vault, span, now, from))
      if (isWanted(filter, job)) yield [position, jobRow(job, now)];
  };
  return page(call, source);
}

const isWanted = (filter: Filter, { status, operation, item, id }: Job): boolean =>
  fits(filter, { status, operation, backupManagementType: MANAGEMENT_TYPES[item.kind], jobId: id });

function jobOf(call: Call): Job {
  const found = findJob(call.world, vaultOf(call), call.ids.job ?? '', call.now);
  if (found) return found;
  throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no job ${call.ids.job ?? ''}`);
}
