import { jobsOf } from './causes.ts';
import type { Case, JobState } from './evidence.ts';
import { type MetricSpec, say } from './rule.ts';

/** The newest restore point of the workload is inside the RPO. */
export const pointAge: MetricSpec = { metric: 'point_age_over_rpo', op: '<=', target: 1, windowHours: 24 };

/** Enabled jobs whose newest point is too old. */
export function stopped(of: Case): readonly JobState[] {
  return jobsOf(of).filter(
    ({ freshness, isDisabled }) => (freshness === 'LATE' || freshness === 'BREACHED') && isDisabled !== true,
  );
}

/** Age of its last usable run, for a sentence. */
export function hours(job: JobState | undefined): string {
  return job?.lastGoodAgeHours == null ? 'of unknown age' : say(job.lastGoodAgeHours, 'hours');
}

/** Young again: its last usable run, or its newest point where no job is known. */
export function age({ subject }: Case): MetricSpec[] {
  const runs: MetricSpec = { metric: 'run_age_over_rpo', op: '<=', target: 1, windowHours: 24 };
  return subject.jobIds.length > 0 ? [runs] : [pointAge];
}
