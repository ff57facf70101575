import type { Episode, Job, Machine, Pattern } from '../estate/types.ts';
import { hash, normal, unit } from '../random.ts';
import { addJob, type JobWish, newRepository, type RepositoryWish } from './capacity-bench.ts';
import type { AnomalyPlan, BenignPlan, Draft, EfficiencyPlan } from './draft.ts';
import { FOREVER, iso, record } from './inject.ts';

/** Days that jobs of these scenarios keep: long enough for a trailing window of a month, and a month to look at. */
const KEPT_DAYS = 60;

/** What the truth is told; from the first call on all machines of the estate have a rhythm of their own. */
export function planOf(draft: Draft): EfficiencyPlan {
  if (draft.efficiency) return draft.efficiency;
  for (const machine of draft.estate.machines) giveRhythm(draft, machine);
  draft.efficiency = { anomalies: [], benign: [], trends: new Map(), belowPeers: [], odd: new Map() };
  return draft.efficiency;
}

/** A repository of the usual kind, or as wished. */
export const addStore = (draft: Draft, wish: RepositoryWish): number => newRepository(draft, wish).index;

type ServersWish = Partial<Omit<JobWish, 'name'>> & {
  /** What reduction leaves of the data of these servers; absent: about 0.42. */
  remains?: { dedup: number; compress: number };
  monthEnd?: number;
};

/** Adds a nightly job with a full each Saturday, whose machines differ in size, changes and reduction. */
export function addServers(draft: Draft, name: string, repository: number, wish: ServersWish = {}): Job {
  planOf(draft);
  const { remains, monthEnd, ...rest } = wish;
  const job = addJob(draft, {
    name,
    repository,
    machines: 4,
    gib: 220,
    changeRate: 0.03,
    fullWeekday: 5,
    retentionDays: KEPT_DAYS,
    ...rest,
  });
  for (const machine of machinesOf(draft, job)) {
    const scale = Math.exp(0.35 * normal(draft.settings.seed, 221, machine.index));
    machine.provisionedBytes = Math.round(machine.provisionedBytes * scale);
    machine.changeRate *= Math.exp(0.2 * normal(draft.settings.seed, 222, machine.index));
    machine.growthPerDay = 0.0004;
    giveRhythm(draft, machine);
    if (machine.pattern && remains)
      machine.pattern = { ...machine.pattern, full: remains, increment: remains };
    if (machine.pattern && monthEnd) machine.pattern.monthEnd = monthEnd;
  }
  return job;
}

/** Each machine reduces in its own way, and is quiet at weekends. */
function giveRhythm({ settings: { seed } }: Draft, machine: Machine): void {
  const between = (low: number, high: number, salt: number) =>
    low + (high - low) * unit(seed, salt, machine.index);
  const full = { dedup: between(0.66, 0.82, 223), compress: between(0.5, 0.62, 224) };
  const pattern: Pattern = {
    full,
    increment: {
      dedup: full.dedup * between(1.04, 1.16, 225),
      compress: full.compress * between(0.92, 1.06, 226),
    },
    weekend: between(0.35, 0.8, 227),
    monthEnd: 1,
    spread: between(0.15, 0.3, 228),
    wobble: 0.015,
  };
  machine.pattern = pattern;
}

/** Adds a periodic copy of other jobs into a repository. */
export function addCopy(draft: Draft, name: string, repository: number, sources: Job[]): Job {
  const { estate } = draft;
  const job = addJob(draft, {
    name,
    repository,
    machines: 0,
    gib: 0,
    changeRate: 0,
    fullWeekday: 6,
    retentionDays: 30,
  });
  job.kind = 'copyPeriodic';
  job.schedule = { kind: 'daily', minute: 8 * 60 + (hash(draft.settings.seed, 229, job.index) % 24) * 5 };
  job.sources = sources.map(({ index }) => index);
  for (const { machine, originJob, originSlot } of sources.flatMap((one) => placesOf(draft, one))) {
    const slot = job.count;
    estate.protected.push({ index: job.first + slot, job: job.index, machine, slot, originJob, originSlot });
    job.count += 1;
  }
  return job;
}

/** Lets a job protect a machine that another job protects already. It has to be the job added last. */
export function protectAlso({ estate }: Draft, job: Job, machine: Machine): void {
  const slot = job.count;
  const index = job.first + slot;
  if (index !== estate.protected.length) throw new RangeError(`${job.name} is not the job added last`);
  const place = { index, job: job.index, machine: machine.index, slot };
  estate.protected.push({ ...place, originJob: job.index, originSlot: slot });
  job.count += 1;
}

export const placesOf = ({ estate }: Draft, { first, count }: Job) =>
  estate.protected.slice(first, first + count);

export const machinesOf = (draft: Draft, job: Job): Machine[] =>
  placesOf(draft, job).flatMap(({ machine }) => draft.estate.machines[machine] ?? []);

type Happening = Pick<AnomalyPlan, 'type' | 'cause' | 'from'> &
  Partial<Pick<AnomalyPlan, 'alsoAs' | 'kind' | 'to'>> & {
    /** Which machines of the job; absent: all. */
    slots?: number[];
    /** Absent: it ends with the episode. */
    isLasting?: boolean;
  };

/** Files of some machines of a job become unlike those before them, and the truth says so. */
export function disturb(
  draft: Draft,
  job: Job,
  { slots, type, cause, kind, from, to = FOREVER, alsoAs = [], isLasting = to === FOREVER }: Happening,
  ...episodes: Omit<Episode, 'from' | 'to'>[]
): void {
  const places = placesOf(draft, job).filter(({ slot }) => slots?.includes(slot) ?? true);
  for (const { machine } of places)
    for (const episode of episodes) addEpisode(draft, machine, { ...episode, from, to });
  planOf(draft).anomalies.push({
    type,
    alsoAs,
    cause,
    job: job.index,
    places: places.map(({ index }) => index),
    from,
    to,
    isLasting,
    ...(kind && { kind }),
  });
  const until = to < FOREVER ? { until: iso(to) } : {};
  record(draft, { kind: cause, at: iso(from), ...until, jobs: [job.id] });
}

export function addEpisode({ estate }: Draft, machine: number, episode: Episode): void {
  const one = estate.machines[machine];
  if (one) one.episodes = [...(one.episodes ?? []), episode];
}

/** Something that is nothing to report. */
export function pass(
  draft: Draft,
  jobs: Job[],
  {
    kind,
    from,
    to,
    mayBeReportedAs = [],
  }: Omit<BenignPlan, 'jobs' | 'mayBeReportedAs'> & { mayBeReportedAs?: string[] },
): void {
  const times = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  planOf(draft).benign.push({ kind, jobs: jobs.map(({ index }) => index), ...times, mayBeReportedAs });
  record(draft, {
    kind: kind.toLowerCase().replaceAll('_', '-'),
    ...(from !== undefined && { at: iso(from) }),
    jobs: jobs.map(({ id }) => id),
    note: 'benign',
  });
}
