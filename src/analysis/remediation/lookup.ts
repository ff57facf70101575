import type { JobEvidence, RepositoryEvidence, RiskFacts, WorkloadEvidence } from '../risk/facts.ts';

/** The subjects of risk facts by their id. */
export interface FactsIndex {
  jobs: ReadonlyMap<string, JobEvidence>;
  repositories: ReadonlyMap<string, RepositoryEvidence>;
  workloads: ReadonlyMap<string, WorkloadEvidence>;
}

const known = new WeakMap<RiskFacts, FactsIndex>();

/** Worked out once for the same facts, which do not change: rules look at thousands of subjects. */
export function byId(facts: RiskFacts): FactsIndex {
  const found = known.get(facts);
  if (found) return found;
  const index = {
    jobs: new Map(facts.jobs.map((job) => [job.id, job])),
    repositories: new Map(facts.repositories.map((repository) => [repository.id, repository])),
    workloads: new Map(facts.workloads.map((workload) => [workload.id, workload])),
  };
  known.set(facts, index);
  return index;
}
