import type { Ids } from '../ids.ts';
import { buildProxies, buildServers } from './infrastructure.ts';
import { addJobs, type JobOptions } from './jobs.ts';
import { buildRepositories } from './repositories.ts';
import type { Estate } from './types.ts';

/** The estate as it is set up: the same options give the same estate. Capacities are set later, from what is stored. */
export function buildEstate(ids: Ids, options: JobOptions & { odd: boolean }): Estate {
  const servers = buildServers(ids, options.jobs);
  const proxies = buildProxies(ids, servers);
  const { repositories, scaleOuts } = buildRepositories(ids, servers, options);
  const estate: Estate = { jobs: [], machines: [], protected: [], repositories, scaleOuts, servers, proxies };
  addJobs(estate, ids, options);
  return estate;
}
