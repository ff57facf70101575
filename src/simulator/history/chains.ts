import { type Estate, type Job, SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import { DAY, MINUTE, type Zone } from '../zone.ts';
import { type Run, type Runs } from './runs.ts';

type GfsPeriod = 'Weekly' | 'Monthly' | 'Yearly';

/** What one run left in a job's backup: for a copy job `origin` is the job whose run was copied. */
export type Link = {
  origin: number;
  slot: number;
  /** When the data was read; copies keep the time of their source. */
  created: number;
  /** When the files were complete. */
  storedAt: number;
  isFull: boolean;
  gfs: GfsPeriod[];
  run: Run;
  /** Its chain is complete and old enough for the capacity tier. */
  isOffloaded?: boolean;
};

export type Chains = {
  /** What is stored at an instant, oldest first. */
  at: (job: Job, when: number) => readonly Link[];
  /** Grows each time that some chain is worked out anew. */
  version: () => number;
};

export type ChainOptions = {
  estate: Estate;
  runs: Runs;
  zone: Zone;
  retentionDays: (job: Job, at: number) => number;
  /** Instants at which someone changes what is kept, in order. */
  interventions?: readonly number[];
};

/** Minutes from the end of a source's run until an immediate copy of it starts, and how long that takes. */
export const COPY_DELAY = 2 * MINUTE;
export const copyLength = (source: Run): number =>
  Math.max(3 * MINUTE, Math.floor((source.end - source.start) / 4));

const LONGEST_CHAIN_DAYS = 45;

/** Chains follow from runs and retention. The last answer for each job is kept for as long as it holds. */
export function createChains(options: ChainOptions): Chains {
  const kept = new Map<number, { from: number; until: number; links: readonly Link[] }>();
  let version = 0;
  const at = (job: Job, when: number): readonly Link[] => {
    const known = kept.get(job.index);
    if (known && when >= known.from && when < known.until) return known.links;
    const links = withRetention(job, stored(job, when, options), when, options);
    version += 1;
    kept.set(job.index, { from: when, until: nextChange(job, when, options), links });
    return links;
  };
  return { at, version: () => version };
}

/** Everything ever stored that may still be there, newest first. */
function stored(job: Job, when: number, options: ChainOptions): Link[] {
  if (job.kind === 'copyPeriodic') return copiedByRuns(job, when, options);
  if (job.kind === 'copyImmediate') return copiedAtOnce(job, when, options);
  return back(job, when, job, options)
    .filter((run) => run.end <= when && !isPurged(job, run, when))
    .map((run) => ({ ...linkOf(job, run), storedAt: run.end }));
}

const isPurged = ({ purgedAt }: Job, run: Run, when: number) =>
  purgedAt !== undefined && when >= purgedAt && run.end < purgedAt;

const linkOf = (origin: Job, run: Run) => ({
  origin: origin.index,
  slot: run.slot,
  created: run.start,
  isFull: run.isFull,
  gfs: [],
  run,
});

/** Runs of `of` that left something, newest first, as far back as the keeping job may need them. */
function back(of: Job, when: number, keeper: Job, { runs, retentionDays }: ChainOptions): Run[] {
  const oldest = when - (retentionDays(keeper, when) + LONGEST_CHAIN_DAYS) * DAY;
  const found: Run[] = [];
  const first = runs.firstSlot(of);
  const lastOld = runs.slotAt(of, oldest - 1);
  for (let slot = runs.slotAt(of, when); slot >= first; slot -= 1) {
    const isRecent = slot > lastOld;
    if (!isRecent && keeper.gfs.weekly === 0) break;
    if (!isRecent && !runs.isFull(of, slot)) continue;
    const run = runs.get(of, slot);
    if (run && !run.isCanceled && (run.result !== 'Failed' || run.failedSlots)) found.push(run);
  }
  return found;
}

function copiedAtOnce(job: Job, when: number, options: ChainOptions): Link[] {
  const { estate, runs } = options;
  const links: Link[] = [];
  for (const source of job.sources) {
    const origin = estate.jobs[source];
    if (!origin) continue;
    for (const run of back(origin, when, job, options)) {
      const storedAt = run.end + COPY_DELAY + copyLength(run);
      if (storedAt > when) continue;
      const parent = runs.get(job, runs.slotAt(job, run.end + COPY_DELAY));
      if (parent && parent.result !== 'Failed') links.push({ ...linkOf(origin, run), storedAt });
    }
  }
  return links.sort((a, b) => b.storedAt - a.storedAt);
}

/** A periodic copy takes the newest point of each source that is there when it starts. */
function copiedByRuns(job: Job, when: number, options: ChainOptions): Link[] {
  const { estate } = options;
  const links: Link[] = [];
  const copies = back(job, when, job, options).filter((copy) => copy.end <= when && copy.result !== 'Failed');
  for (const copy of copies) {
    for (const source of job.sources) {
      const origin = estate.jobs[source];
      const run = origin && newestBefore(origin, copy.start, options);
      if (!run || links.some((link) => link.origin === source && link.slot === run.slot)) continue;
      links.push({ ...linkOf(origin, run), storedAt: copy.end, isFull: copy.isFull });
    }
  }
  return links;
}

/** The newest run that ended before an instant and left something. */
function newestBefore(job: Job, when: number, { runs }: Pick<ChainOptions, 'runs'>): Run | undefined {
  const first = Math.max(runs.firstSlot(job), runs.slotAt(job, when) - 30);
  for (let slot = runs.slotAt(job, when); slot >= first; slot -= 1) {
    const run = runs.get(job, slot);
    if (run && run.end <= when && !run.isCanceled && (run.result !== 'Failed' || run.failedSlots)) return run;
  }
  return undefined;
}

/** Keeps what retention keeps: points of the last days with the full they need, and GFS fulls. */
function withRetention(
  job: Job,
  newestFirst: Link[],
  when: number,
  { estate, retentionDays, zone }: ChainOptions,
): Link[] {
  const { moveAfterDays } = estate.scaleOuts[targetAt(job, when) - SCALE_OUT_BASE] ?? {};
  const kept = new Set<Link>();
  for (const origin of new Set(newestFirst.map((link) => link.origin))) {
    const links = newestFirst.filter((link) => link.origin === origin);
    const edge = (links[0]?.storedAt ?? when) - retentionDays(job, when) * DAY;
    for (const link of upToFull(links, edge)) kept.add(link);
    for (const link of gfsOf(job, links, zone)) kept.add(link);
    if (moveAfterDays !== undefined) offload(links, moveAfterDays);
  }
  return newestFirst.filter((link) => kept.has(link)).reverse();
}

/** What is older than the newest full belongs to a chain that is complete. */
function offload(newestFirst: Link[], afterDays: number): void {
  const [newest] = newestFirst;
  const active = newestFirst.findIndex(({ isFull }) => isFull);
  for (const [i, link] of newestFirst.entries())
    link.isOffloaded = active >= 0 && i > active && (newest?.storedAt ?? 0) - link.created > afterDays * DAY;
}

function upToFull(links: Link[], edge: number): Link[] {
  const outside = links.findIndex(({ created }) => created < edge);
  if (outside <= 0 || links[outside - 1]?.isFull)
    return outside === 0 ? links.slice(0, 1) : links.slice(0, outside < 0 ? undefined : outside);
  const full = links.findIndex((link, i) => i >= outside && link.isFull);
  return links.slice(0, full < 0 ? undefined : full + 1);
}

/** The newest full of each of the last weeks, months and years. Marks the fulls it keeps. */
function gfsOf(job: Job, links: Link[], zone: Zone): Link[] {
  const { weekly, monthly, yearly } = job.gfs;
  if (weekly === 0) return [];
  const fulls = links.filter(({ isFull }) => isFull);
  for (const link of fulls) link.gfs = [];
  const local = (link: Link) => new Date(zone.toLocal(link.created)).toISOString();
  mark(fulls, weekly, 'Weekly', (link) => String(Math.floor((zone.dayOf(link.created) + 3) / 7)));
  mark(fulls, monthly, 'Monthly', (link) => local(link).slice(0, 7));
  mark(fulls, yearly, 'Yearly', (link) => local(link).slice(0, 4));
  return fulls.filter(({ gfs }) => gfs.length > 0);
}

/** One full of each of the newest `count` periods: the oldest in the period. */
function mark(newestFirst: Link[], count: number, period: GfsPeriod, keyOf: (link: Link) => string): void {
  const chosen = new Map<string, Link>();
  for (const link of newestFirst) {
    const key = keyOf(link);
    if (chosen.has(key) || chosen.size < count) chosen.set(key, link);
  }
  for (const link of chosen.values()) link.gfs.push(period);
}

/** Until when nothing can be added: the end of the next run, or its start if there is none. */
function nextChange(job: Job, when: number, { estate, runs, interventions = [] }: ChainOptions): number {
  const jobs = [job, ...job.sources.flatMap((source) => estate.jobs[source] ?? [])];
  let next = Math.min(when + DAY, interventions.find((at) => at > when) ?? Number.POSITIVE_INFINITY);
  for (const one of jobs) {
    const slot = runs.slotAt(one, when);
    for (const candidate of [slot, slot + 1]) {
      const run = runs.get(one, candidate);
      const ends = [
        runs.startOf(one, candidate),
        run?.end ?? 0,
        run ? run.end + COPY_DELAY + copyLength(run) : 0,
      ];
      for (const end of ends) if (end > when) next = Math.min(next, end);
    }
  }
  return next;
}
