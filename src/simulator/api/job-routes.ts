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
      call.world.estate.jobs.map((job) => jobState(call, job)),
      call.world.zone,
    ),
  '/api/v1/jobs/{id}': (call) => {
    const id = call.ids.id?.toLowerCase();
    const job = call.world.estate.jobs.find((one) => one.id === id);
    if (!job) throw notFound(`Job ${id ?? ''}`);
    if (hasDetails(job.kind, call.revision)) return jobDetails(call, job);
    throw new ApiError(
      400,
      'UnknownError',
      `Job ${job.name} is of a platform that is not supported by this version of the API`,
    );
  },
};

/** Jobs of newer platforms are in the states only. */
const detailed = ({ world, revision }: Call) =>
  world.estate.jobs.filter(({ kind }) => hasDetails(kind, revision));
