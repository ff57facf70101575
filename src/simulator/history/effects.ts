import type { CauseName } from './causes.ts';

/** What a scenario does to runs of a job. */
export type Effect = {
  result?: 'Success' | 'Warning' | 'Failed';
  /** Attempts that fail before the run succeeds. */
  failedAttempts?: number;
  cause?: CauseName;
  /** Which of the job's machines fail; absent: the job as a whole. */
  slots?: number[];
  isCanceled?: boolean;
  /** The scheduler does not start the run. */
  isSkipped?: boolean;
  /** The run goes on for ever. */
  hangs?: boolean;
  /** The run ends within ten minutes after this instant, without retries. */
  cutAt?: number;
  durationFactor?: number;
  /** Changed data compared with a usual run. */
  readFactor?: number;
  /** Changed data that can be neither deduplicated nor compressed. */
  isIncompressible?: boolean;
  /** The run makes an active full. */
  makesFull?: boolean;
};

/** Applies to runs that start in [from, to) on the given weekdays (Monday is 0); `jobs` absent: all. */
export type Rule = {
  jobs?: number[];
  from: number;
  to: number;
  weekdays?: number[];
  /** Every n-th run only, counted by slot. */
  everyNth?: number;
  nthOffset?: number;
  /** Share of the runs from 0 to 1, chosen at random; grows to `shareEnd` at `to` where that is given. */
  share?: number;
  shareEnd?: number;
  effect: Effect;
};

export type Rules = { forJob: (job: number) => readonly Rule[] };

const NONE: readonly Rule[] = [];

export function indexRules(rules: Rule[]): Rules {
  const everywhere = rules.filter(({ jobs }) => !jobs);
  const byJob = new Map<number, Rule[]>();
  for (const rule of rules) {
    for (const job of rule.jobs ?? []) byJob.set(job, [...(byJob.get(job) ?? everywhere), rule]);
  }
  const rest = everywhere.length > 0 ? everywhere : NONE;
  return { forJob: (job) => byJob.get(job) ?? rest };
}
