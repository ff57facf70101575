import type { Estate, Job } from '../estate/types.ts';
import { hash } from '../random.ts';
import { DAY, HOUR, MINUTE, type Zone } from '../zone.ts';
import { COPY_DELAY, copyLength } from './chains.ts';
import type { RecoveryPlan } from './recovery-plan.ts';
import { addRestores } from './restores.ts';
import { protectingAttempt, type Result, type Run, type Runs } from './runs.ts';
import type { SessionKind, SessionRow } from './sessions.ts';

export type DayOptions = {
  estate: Estate;
  runs: Runs;
  zone: Zone;
  seed: number;
  /** Protected machines that are never restored nor verified. */
  neverRestored: ReadonlySet<number>;
  recovery: RecoveryPlan;
  /** Jobs whose points are copied at once, by source. */
  copiers: Map<number, Job[]>;
  /** Sessions that a scenario adds, by local day. */
  extra: Map<number, SessionRow[]>;
  hasConfigBackup: (at: number) => boolean;
  hasAnalyzer: boolean;
};

/** All sessions of runs and services that belong to one local day; some may start a little after its end. */
export function sessionsOfDay(day: number, options: DayOptions): SessionRow[] {
  const rows: SessionRow[] = [];
  const from = options.zone.toUtc(day * DAY);
  const to = options.zone.toUtc((day + 1) * DAY);
  for (const job of options.estate.jobs) if (!job.isImported) addRuns(rows, job, from, to, options);
  addServices(rows, day, from, to, options);
  if (!options.recovery.isQuiet) addRestores(rows, day, from, options);
  rows.push(...(options.extra.get(day) ?? []));
  return rows;
}

/** Which jobs copy which sources at once. */
export function copiersOf(estate: Estate): Map<number, Job[]> {
  const copiers = new Map<number, Job[]>();
  for (const job of estate.jobs) {
    if (job.kind !== 'copyImmediate') continue;
    for (const source of job.sources) copiers.set(source, [...(copiers.get(source) ?? []), job]);
  }
  return copiers;
}

function addRuns(rows: SessionRow[], job: Job, from: number, to: number, options: DayOptions): void {
  const { runs } = options;
  for (let slot = runs.slotAt(job, from - 1) + 1; runs.startOf(job, slot) < to; slot += 1) {
    const run = runs.get(job, slot);
    if (!run) continue;
    run.attempts.forEach((attempt, i) => {
      const tasks = tasksOf(options, job, run, i);
      rows.push({ ...attempt, kind: 'run', job: job.index, slot, attempt: i, tasks });
    });
    addCopies(rows, job, run, options);
    if (job.hasLogBackup && run.result !== 'Failed') addLogBackup(rows, job, run, options);
  }
}

/** The first attempt takes all machines, a retry only those that failed. Machines that have left are the job's last ones. */
function tasksOf({ estate }: DayOptions, job: Job, run: Run, attempt: number): number {
  if (job.kind === 'copyImmediate' || run.isCanceled) return 0;
  if (attempt > 0 && run.failedSlots) return run.failedSlots.length;
  return countAt(estate, job, run.start);
}

/** How many machines a job had at an instant. */
export function countAt({ protected: places }: Estate, { first, count }: Job, at: number): number {
  let left = 0;
  for (
    let slot = count - 1;
    slot >= 0 && at >= (places[first + slot]?.leftAt ?? Number.POSITIVE_INFINITY);
    slot -= 1
  )
    left += 1;
  return count - left;
}

/** An immediate copy has a session of its own, below the day's parent session, for each run of a source. */
function addCopies(rows: SessionRow[], source: Job, run: Run, { runs, copiers }: DayOptions): void {
  if (run.result === 'Failed' && !run.failedSlots) return;
  if (run.isCanceled || !Number.isFinite(run.end)) return;
  const tasks = Array.from({ length: source.count }, (_, slot) => slot).filter(
    (slot) => protectingAttempt(run, slot) >= 0,
  ).length;
  const start = run.end + COPY_DELAY;
  for (const copy of copiers.get(source.index) ?? []) {
    const parent = runs.get(copy, runs.slotAt(copy, start));
    if (!parent || start > parent.end || parent.result === 'Failed') continue;
    const attempt = copy.sources.indexOf(source.index);
    const end = start + copyLength(run);
    rows.push({
      start,
      end,
      kind: 'copyChild',
      job: copy.index,
      slot: run.slot,
      attempt,
      result: 'Success',
      tasks,
    });
  }
}

/** Transaction logs are backed up every 15 minutes within one session that lasts until the next run of the job. */
function addLogBackup(rows: SessionRow[], job: Job, run: Run, { runs }: DayOptions): void {
  const start = run.end + MINUTE;
  const end = runs.startOf(job, run.slot + 1) - MINUTE;
  if (end <= start + HOUR) return;
  rows.push({
    start,
    end,
    kind: 'logBackup',
    job: job.index,
    slot: run.slot,
    attempt: 0,
    result: 'Success',
    tasks: 1,
  });
}

function addServices(rows: SessionRow[], day: number, from: number, to: number, options: DayOptions): void {
  const { seed } = options;
  const add = (kind: SessionKind, start: number, length: number, result: Result = 'Success') =>
    rows.push({ start, end: start + length, kind, job: -1, slot: day, attempt: 0, result, tasks: 0 });
  for (let at = Math.ceil(from / (15 * MINUTE)) * 15 * MINUTE; at < to; at += 15 * MINUTE) {
    const n = at / (15 * MINUTE);
    rows.push({
      start: at + (hash(seed, 701, n) % 9000),
      end: at + 20_000 + (hash(seed, 702, n) % 40_000),
      kind: 'resync',
      job: -1,
      slot: n,
      attempt: 0,
      result: 'Success',
      tasks: 0,
    });
  }
  add('retention', from + 30 * MINUTE + 777, 95_000);
  add('rescan', from + 5 * HOUR + 1234, 140_000);
  add('malwareScan', from + 6 * HOUR + 2345, 8 * MINUTE);
  if (options.hasAnalyzer) add('analyzer', from + 6.5 * HOUR + 3456, 70_000);
  if (options.hasConfigBackup(from + 10 * HOUR)) add('configBackup', from + 10 * HOUR + 456, 3 * MINUTE);
  if (options.estate.scaleOuts.length > 0) add('offload', from + 4 * HOUR + 9876, 40 * MINUTE);
}
