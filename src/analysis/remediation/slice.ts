import type { RiskFacts, RiskItem } from '../risk/facts.ts';

/** Finds the facts that one item's score rests on, so that a what-if does not judge the whole estate again. */
export type Slicer = (
  item: Pick<RiskItem, 'scope' | 'id' | 'affectedJobs' | 'affectedWorkloads'>,
  more?: Wanted,
) => RiskFacts;

interface Wanted {
  jobIds?: readonly string[];
  workloadIds?: readonly string[];
  repositoryIds?: readonly string[];
}

/**
 * The jobs, workloads, repositories and incidents that the item and those given rest on. The item has the same score in the
 * slice as in the whole: tested, and the reason that `planOf` may use it.
 */
export function slicer(facts: RiskFacts): Slicer {
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  const workloads = new Map(facts.workloads.map((workload) => [workload.id, workload]));
  const repositories = new Map(facts.repositories.map((repository) => [repository.id, repository]));
  return (item, more = {}) => {
    const scoped = {
      job: [] as string[],
      workload: [] as string[],
      repository: [] as string[],
      incident: [],
      estate: [],
    };
    if (item.scope === 'estate') return facts;
    if (item.scope !== 'incident') scoped[item.scope].push(item.id);
    const workloadIds = new Set([...scoped.workload, ...item.affectedWorkloads, ...(more.workloadIds ?? [])]);
    const chosen = pick(workloads, workloadIds);
    const jobIds = new Set([
      ...scoped.job,
      ...item.affectedJobs,
      ...(more.jobIds ?? []),
      ...chosen.flatMap((workload) => workload.jobIds),
    ]);
    const chosenJobs = pick(jobs, jobIds);
    const repositoryIds = new Set([
      ...scoped.repository,
      ...(more.repositoryIds ?? []),
      ...chosen.flatMap((workload) => workload.repositoryIds),
      ...chosenJobs.flatMap((job) => job.repositoryIds),
    ]);
    // A repository that nobody uses is judged as well, but only where there is something to protect at all.
    const isUnused = chosenJobs.length === 0 && chosen.length === 0;
    return {
      ...facts,
      jobs: isUnused ? facts.jobs.filter(({ isDeleted }) => !isDeleted).slice(0, 1) : chosenJobs,
      workloads: isUnused ? facts.workloads.slice(0, 1) : chosen,
      repositories: pick(repositories, repositoryIds),
      incidents: facts.incidents.filter(({ id, openJobIds }) =>
        item.scope === 'incident' && item.id === id ? true : openJobIds.some((jobId) => jobIds.has(jobId)),
      ),
    };
  };
}

function pick<T>(all: ReadonlyMap<string, T>, ids: ReadonlySet<string>): T[] {
  return [...ids].flatMap((id) => all.get(id) ?? []);
}
