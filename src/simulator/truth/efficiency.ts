import type { BenignPlan } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { type AnomalyTruth, anomaliesOf } from './efficiency-anomalies.ts';
import { type JobReduction, reductionsOf } from './efficiency-jobs.ts';
import { type ReclaimableTruth, reclaimableOf } from './efficiency-reclaimable.ts';
import { type RepositoryBytes, repositoryBytes } from './efficiency-repositories.ts';

/** What is true of all backup files that are stored, and what a perfect analyst would say of them. */
export type EfficiencyTruth = {
  jobs: JobReduction[];
  /** All of them have to be found; those that are over only as long as files of them are stored. */
  anomalies: AnomalyTruth[];
  reclaimable: ReclaimableTruth[];
  repositories: RepositoryBytes[];
  /** What looks like something and is nothing: no anomaly may be reported for it, but as said. */
  benign: BenignTruth[];
};

type BenignTruth = {
  kind: BenignPlan['kind'];
  jobs: { id: string; name: string }[];
  since: string | null;
  until: string | null;
  mayBeReportedAs: string[];
};

/** The truth at an instant; undefined where the scenario is not about storage efficiency. */
export function findEfficiency(world: World, now: number): EfficiencyTruth | undefined {
  const plan = world.draft.efficiency;
  if (!plan) return undefined;
  const jobs = reductionsOf(world, now);
  return {
    jobs,
    anomalies: anomaliesOf(world, now),
    reclaimable: reclaimableOf(world, now, jobs),
    repositories: repositoryBytes(world, now),
    benign: plan.benign.map((one) => toBenign(world, one)),
  };
}

function toBenign({ estate }: World, { kind, jobs, from, to, mayBeReportedAs }: BenignPlan): BenignTruth {
  return {
    kind,
    jobs: jobs.flatMap((index) => {
      const job = estate.jobs[index];
      return job ? [{ id: job.id, name: job.name }] : [];
    }),
    since: from === undefined ? null : new Date(from).toISOString(),
    until: to === undefined ? null : new Date(to).toISOString(),
    mayBeReportedAs,
  };
}
