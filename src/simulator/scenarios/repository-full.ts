import { type Draft, type Scenario, takeJobs } from './draft.ts';
import { failNights, startTogether } from './inject.ts';

export const repositoryFull: Scenario = {
  name: 'repository-full',
  summary: 'a repository has no space left; every job that writes to it fails, four nights now',
  inject: (draft) => fillRepository(draft, { jobs: 6, nights: 4 }),
};

/** Only the failing jobs write to the repository: the others are moved to its neighbours. */
export function fillRepository(draft: Draft, { jobs, nights }: { jobs: number; nights: number }): void {
  const { estate } = draft;
  const main = estate.repositories.filter(({ name }) => name.startsWith('Repository'));
  const [full, ...others] = main;
  if (!full) return;
  const failing = takeJobs(draft, jobs);
  for (const job of estate.jobs) {
    if (job.repository === full.index)
      job.repository = others[job.index % others.length]?.index ?? job.repository;
  }
  for (const job of failing) job.repository = full.index;
  startTogether(failing, 22);
  draft.fullness.set(full.index, 0.9995);
  failNights(draft, failing, nights, 'storageFull', {
    kind: 'repository-full',
    cause: { kind: 'repository', id: full.id, text: full.name },
  });
}
