import type { Posture } from '../estate/posture.ts';
import type { Estate, Job } from '../estate/types.ts';
import type { Rule } from '../history/effects.ts';
import type { RecoveryPlan } from '../history/recovery-plan.ts';
import type { SessionRow } from '../history/sessions.ts';
import type { Ids } from '../ids.ts';
import type { Settings } from '../options.ts';
import { hash } from '../random.ts';
import type { Zone } from '../zone.ts';

/** One thing that a scenario did to the estate, as the truth file names it. */
export type Injection = {
  kind: string;
  at?: string;
  until?: string;
  jobs?: string[];
  entity?: { kind: string; id: string; name: string };
  /** What a perfect analyst would name as the cause. */
  cause?: { kind: 'repository' | 'proxy' | 'host' | 'message'; id?: string; text?: string };
  note?: string;
};

/** How the space of a repository develops, and which development the truth calls it. */
export type SpacePlan = {
  repository: number;
  regime: string;
  /** The volume gets the size at which so large a share of it is in use at noon of a day, counted from the start. */
  size?: { share: number; day: number };
  expansion?: { at: number; factor: number };
  /** Someone else's data fill the volume to this share. */
  fill?: { at: number; share: number };
  /** Instants at which something happens that its past does not foretell. */
  surprises?: number[];
};

/** What backup files of some machines look like for a while, and what an analyst would call it. */
export type AnomalyPlan = {
  type: 'REDUCTION_DROP' | 'VOLUME_SURGE' | 'VOLUME_COLLAPSE' | 'ENTROPY_SUSPECT';
  /** Other types that it may well be reported as, since it is these, too, or is it only in part. */
  alsoAs: AnomalyPlan['type'][];
  cause: string;
  job: number;
  /** Positions in `Estate.protected`. */
  places: number[];
  /** Of files of both kinds where none is given. */
  kind?: 'FULL' | 'INCREMENT';
  from: number;
  to: number;
  /** A new level rather than an event: nothing resolves it but getting used to it. */
  isLasting: boolean;
};

/** Something that changes sizes and is nothing to report. */
export type BenignPlan = {
  kind: 'MIGRATION' | 'NEW_FULL' | 'PATCH_DAY' | 'MONTH_END' | 'STEADY';
  jobs: number[];
  from?: number;
  to?: number;
  /** Findings that say no more than what happened. */
  mayBeReportedAs: string[];
};

/** What a row of a backup file says instead of its sizes. */
export type OddKind =
  | 'null-sizes'
  | 'absent-sizes'
  | 'zero-data'
  | 'zero-stored'
  | 'nothing-changed'
  | 'zero-percent'
  | 'unit-mismatch'
  | 'negative-data';

/** What the truth about storage efficiency is told. */
export type EfficiencyPlan = {
  anomalies: AnomalyPlan[];
  benign: BenignPlan[];
  /** Jobs whose reduction changes all the time: percent of the factor in 30 days. */
  trends: Map<number, number>;
  /** Jobs whose data reduce far less than those of others like them. */
  belowPeers: number[];
  /** Some files of these machines, by position in `Estate.protected`, have odd rows. */
  odd: Map<number, OddKind>;
};

/** The estate while a scenario works on it. */
export type Draft = {
  settings: Settings;
  ids: Ids;
  /** Noon of a local day, counted from the day of the start. */
  dayAt: (day: number) => number;
  estate: Estate;
  posture: Posture;
  zone: Zone;
  /** The time of the simulated server when it starts, and when the history does. */
  now: number;
  historyStart: number;
  rules: Rule[];
  /** Sessions to add, by local day. */
  extra: Map<number, SessionRow[]>;
  neverRestored: Set<number>;
  /** Jobs whose retention was cut at an instant. */
  retentionCuts: { jobs: number[]; at: number; days: number }[];
  /** Repositories that are to be this full now, as a share of the capacity. */
  fullness: Map<number, number>;
  /** Repositories that the truth about capacity looks ahead for. */
  plans: SpacePlan[];
  /** Absent where the truth says nothing about storage efficiency. */
  efficiency?: EfficiencyPlan;
  recovery: RecoveryPlan;
  /** Times during which the server answers nothing but 503. */
  outages: { from: number; to: number }[];
  /** The server's clock is this far ahead of ours. */
  clockAheadMs: number;
  role: Settings['role'];
  faults: string[];
  injections: Injection[];
  /** Jobs that an injection uses already. */
  taken: Set<number>;
};

export type Scenario = {
  name: string;
  summary: string;
  /** Adds an extent in maintenance and an offline repository to the estate. */
  isOdd?: boolean;
  inject: (draft: Draft) => void;
};

/** `count` jobs that fit and that no other injection uses, the same ones for the same seed. */
export function takeJobs(draft: Draft, count: number, fits: (job: Job) => boolean = isNightly): Job[] {
  const { estate, settings, taken } = draft;
  const free = estate.jobs.filter(
    (job) => !taken.has(job.index) && job.disabledSince === undefined && !job.neverRan && fits(job),
  );
  const drawn = free
    .map((job) => ({ job, order: hash(settings.seed, 901, job.index) }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ job }) => job);
  for (const { index } of drawn) taken.add(index);
  return drawn;
}

/** A job that reads machines once a night. */
export const isNightly = ({ kind, schedule }: Job): boolean =>
  schedule.kind === 'daily' &&
  (kind === 'vsphere' || kind === 'hyperv' || kind === 'windowsAgent' || kind === 'linuxAgent');
