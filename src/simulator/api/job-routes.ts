import { isKnownJob } from '../estate/types.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { ApiError, notFound } from './errors.ts';
import { jobDetails } from './job-details.ts';
import { jobState } from './job-states.ts';
import { listRows } from './list.ts';
import { hasDetails } from './platforms.ts';

export const JOB_ROUTES: Routes = {
  ...listRoutes('/api/v1/jobs', (call) => detailed(call).map((job) => jobDetails(call, job))),
  '/api/v1/jobs/states': (call) =>
    listRows(
      call.query,
      known(call).map((job) => jobState(call, job)),
      call.world.zone,
    ),
  '/api/v1/jobs/{id}': (call) => {
    const id = call.ids.id?.toLowerCase();
    const job = known(call).find((one) => one.id === id);
    if (!job) throw notFound(`Job ${id ?? ''}`);
    if (hasDetails(job.kind, call.revision)) return jobDetails(call, job);
    throw new ApiError(
      400,
      'UnknownError',
      `Job ${job.name} is of a platform that is not supported by this version of the API`,
    );
  },
};

const known = ({ world, now }: Call) => world.estate.jobs.filter((job) => isKnownJob(job, now));

/** Jobs of newer platforms are in the states only. */
const detailed = (call: Call) => known(call).filter(({ kind }) => hasDetails(kind, call.revision));
