import type { FailureCause } from '../health/failure-cause.ts';
import type { RiskChange } from '../risk/what-if.ts';
import type { Case, JobState } from './evidence.ts';
import { byId } from './lookup.ts';
import { type Cite, cites, type Hypothesis, type MetricSpec, type Option, type Rule, say } from './rule.ts';

/** Jobs that the case is about: its own, those of its incident, or those that protect the workload. */
export function jobsOf({ job, jobs }: Case): readonly JobState[] {
  return job ? [job] : jobs;
}

/** Jobs that fail now. */
export function failingJobs(of: Case): readonly JobState[] {
  return jobsOf(of).filter(
    (job) => job.failureStreak > 0 || (job.failureCount > 0 && job.status !== 'OK' && !isQuiet(job)),
  );
}

/** Late, though the last run that it made went well: why an earlier one failed says nothing of what is wrong now. */
const isQuiet = ({ failureStreak, freshness, lastGoodAgeHours }: JobState) =>
  failureStreak === 0 && (freshness === 'LATE' || freshness === 'BREACHED') && lastGoodAgeHours !== null;

/**
 * How much speaks for a cause of failure: of one job 0.9 if its last failure says so, less by the share of earlier failures
 * that say so; of several the share of the failing ones. Null if nothing does.
 */
export function causeWeight(of: Case, cause: FailureCause): number | null {
  const failing = failingJobs(of);
  if (failing.length === 0) return null;
  const total = failing.reduce((sum, job) => sum + weightOfJob(job, cause), 0);
  return total > 0 ? total / failing.length : null;
}

function weightOfJob({ lastFailureCause, causes }: JobState, cause: FailureCause): number {
  const all = Object.values(causes).reduce((sum, n) => sum + n, 0);
  const share = all > 0 ? (causes[cause] ?? 0) / all : 0;
  return lastFailureCause === cause ? 0.6 + 0.35 * (all > 0 ? share : 1) : 0.5 * share;
}

/** What failed, how often, and that its messages are of this cause, in our words. */
export function causeHypothesis(of: Case, cause: FailureCause, meaning: string): Hypothesis {
  const failing = failingJobs(of);
  const [first] = failing;
  if (failing.length === 1 && first) {
    const runs = first.causes[cause] ?? 0;
    const text = `${meaning}: ${say(first.failureStreak)} runs in a row failed, and ${runs > 0 ? `${say(runs)} failed runs name` : 'the last one names'} this cause.`;
    return { text, cites: citesOfJob(first) };
  }
  const same = failing.filter((job) => weightOfJob(job, cause) > 0);
  const text = `${meaning}: ${same.length} of ${failing.length} jobs that fail name this cause.`;
  return { text, cites: [...citesOfIncident(of), ...same.slice(0, 5).flatMap(citesOfJob)] };
}

/** What a hypothesis about the runs of a job rests on. */
export function citesOfJob(job: JobState): Cite[] {
  return cites(job, 'failureStreak', 'lastFailureCause', 'lastFailureReason', 'lastGoodAgeHours', 'rpoHours');
}

export function citesOfIncident({ incident }: Case): Cite[] {
  return cites(incident, 'failedJobs', 'activeJobs', 'suspectKind', 'suspectName', 'suspectLift');
}

/** All jobs of the case as if mended; null where there is none. */
export function fixJobs(of: Case): { kind: 'changes'; changes: RiskChange[] } | null {
  const { jobs } = byId(of.facts.risk);
  const ids = of.subject.jobIds.filter((id) => jobs.get(id)?.isDeleted === false);
  return ids.length === 0
    ? null
    : { kind: 'changes', changes: ids.map((jobId) => ({ kind: 'fix_job', jobId })) };
}

/** The job runs again: no failure for as long as three runs take (3 to 21 days), and its last usable run is inside the RPO. */
export function runsAgain(of: Case): MetricSpec[] {
  const intervals = jobsOf(of).map(({ expectedIntervalHours }) => expectedIntervalHours ?? 24);
  const quiet = Math.round(Math.min(504, 3 * Math.max(24, ...intervals)));
  return [
    { metric: 'failure_streak', op: '<=', target: 0, windowHours: quiet },
    { metric: 'hours_since_failure', op: '>=', target: quiet, windowHours: quiet },
    { metric: 'run_age_over_rpo', op: '<=', target: 1, windowHours: 24 },
  ];
}

/** A rule that follows from the cause of the failures alone. */
export function causeRule(
  spec: Pick<Rule, 'id' | 'title' | 'steps'> & {
    cause: FailureCause;
    meaning: string;
    options: readonly (Omit<Option, 'effect'> & Partial<Pick<Option, 'effect'>>)[];
  },
): Rule {
  const { id, title, steps, cause, meaning } = spec;
  return {
    id,
    title,
    steps,
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    when: (of) => causeWeight(of, cause),
    hypothesis: (of) => causeHypothesis(of, cause, meaning),
    options: spec.options.map((option) => ({ effect: fixJobs, ...option })),
    verify: runsAgain,
  };
}
