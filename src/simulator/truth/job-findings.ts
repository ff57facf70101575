import { isKnownJob, type Job } from '../estate/types.ts';
import type { World } from '../world.ts';
import { DAY, weekdayOf } from '../zone.ts';
import type { Finder, TruthFinding } from './findings.ts';
import { expectedInterval, median, type Outcome, outcomesOf } from './outcomes.ts';
import { differenceUpper, hypergeometricTail, lagOne } from './statistics.ts';

/** What the rules say of every enabled job, from what the simulator let its runs do. */
export function findInJobs(world: World, now: number, finder: Finder): void {
  for (const job of world.estate.jobs) {
    if (job.disabledSince !== undefined && now >= job.disabledSince) continue;
    if (!isKnownJob(job, now)) continue;
    findInJob(world, job, outcomesOf(world, job, now), now, finder);
  }
}

function findInJob(
  world: World,
  job: Job,
  outcomes: Outcome[],
  now: number,
  { add, tolerate }: Finder,
): void {
  const about = (kind: string, rest: Partial<TruthFinding> = {}): TruthFinding => ({
    kind,
    entity: { kind: 'job', id: job.id, name: job.name },
    ...rest,
  });
  const finished = outcomes.filter(({ state }) => state === 'usable' || state === 'failed');
  const usable = finished.filter(({ state }) => state === 'usable');
  const interval = expectedInterval(job, outcomes, now);
  if (usable.length === 0) add(about('JOB_NEVER_RAN', { ...since(job.createdAt) }));
  else addStale(usable, interval, now, (level, from) => add(about('JOB_STALE', { level, since: iso(from) })));
  const streak = finished.length - 1 - finished.findLastIndex(({ state }) => state === 'usable');
  if (streak >= 2)
    add(about('JOB_FAILING', { since: iso(finished.at(-streak)?.start ?? now), ...causeOf(world, job) }));
  const lastStart = outcomes.at(-1)?.start;
  const isRunning = outcomes.some(({ state }) => state === 'running');
  if (
    lastStart !== undefined &&
    !isRunning &&
    job.kind !== 'copyImmediate' &&
    now - lastStart > 2.5 * interval
  )
    add(about('JOB_SILENT', { since: iso(lastStart) }));
  if (isOverdue(job, outcomes, finished, now)) add(about('JOB_OVERDUE', { since: iso(lastStart ?? now) }));
  const recent = usable.filter(({ start }) => start > now - 30 * DAY);
  const retried = recent.filter(({ neededRetry }) => neededRetry).length;
  if (recent.length >= 10 && retried >= 0.3 * recent.length) add(about('RETRY_DEPENDENT'));
  judge(trendClass(finished, now), about('RELIABILITY_DEGRADING'), { add, tolerate });
  judge(weekdayClass(world, finished), about('TIMING_PATTERN', { level: 'WEEKDAY_PATTERN' }), {
    add,
    tolerate,
  });
}

/** What is clear is a finding; what hangs on how the statistics are done may be one or not. */
function judge(verdict: 'yes' | 'unclear' | 'no', finding: TruthFinding, { add, tolerate }: Finder): void {
  if (verdict === 'yes') add(finding);
  if (verdict === 'unclear') tolerate(finding);
}

function addStale(
  usable: Outcome[],
  interval: number,
  now: number,
  add: (level: string, from: number) => void,
): void {
  const lastGood = Math.max(...usable.map(({ end }) => end));
  const rpo = Math.max(DAY, 1.5 * interval);
  const ratio = (now - lastGood) / rpo;
  if (ratio > 1) add(ratio > 2 ? 'BREACHED' : 'LATE', lastGood + rpo);
}

function isOverdue(job: Job, outcomes: Outcome[], finished: Outcome[], now: number): boolean {
  if (job.kind === 'copyImmediate' || finished.length < 5) return false;
  const usual = median(finished.map(({ start, end }) => end - start));
  return outcomes.some(({ state, start }) => state === 'running' && now - start > 3 * usual);
}

/** Last 14 days against the 28 before: clear only if it is so with and without a discount for runs that go together. */
function trendClass(finished: Outcome[], now: number): 'yes' | 'unclear' | 'no' {
  const worth = ({ state, isWarning }: Outcome) => (state === 'failed' ? 0 : isWarning ? 0.5 : 1);
  const recent = finished.filter(({ start }) => start > now - 14 * DAY).map(worth);
  const before = finished.filter(({ start }) => start <= now - 14 * DAY && start > now - 42 * DAY).map(worth);
  if (recent.length === 0 || before.length === 0) return 'no';
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  if (mean(recent) - mean(before) > -0.03) return 'no';
  const upper = (share: number) => {
    const size = (values: number[]) => Math.max(1, values.length * share);
    return differenceUpper(
      [mean(before) * size(before), size(before)],
      [mean(recent) * size(recent), size(recent)],
    );
  };
  const rho = Math.min(
    0.8,
    Math.max(0, lagOne(finished.map(worth)), lagOne([...before, ...recent]), lagOne(recent)),
  );
  const [plain, discounted] = [upper(1), upper((1 - rho) / (1 + rho))];
  if (plain < -CLEARLY && discounted < -CLEARLY) return 'yes';
  return plain < 0 || discounted < 0 ? 'unclear' : 'no';
}

/** Distance from a limit within which two right ways to reckon may differ. */
const CLEARLY = 0.15;

/** Failures on one weekday far beyond chance, seven weekdays being looked at. */
function weekdayClass(world: World, finished: Outcome[]): 'yes' | 'unclear' | 'no' {
  const failed = finished.filter(({ state }) => state === 'failed');
  let best = 1;
  for (let weekday = 0; weekday < 7; weekday += 1) {
    const on = (list: Outcome[]) =>
      list.filter(({ start }) => weekdayOf(world.zone.dayOf(start)) === weekday).length;
    const [n, x] = [on(finished), on(failed)];
    if (x < 3 || x / n < (2 * failed.length) / finished.length) continue;
    best = Math.min(best, 7 * hypergeometricTail(finished.length, failed.length, n, x));
  }
  if (best <= 0.002) return 'yes';
  return best <= 0.05 ? 'unclear' : 'no';
}

function causeOf(world: World, job: Job): Pick<TruthFinding, 'cause'> {
  const cause = world.draft.injections.find(
    ({ jobs, cause: given }) => given && jobs?.includes(job.id),
  )?.cause;
  return cause ? { cause } : {};
}

const since = (at: number | undefined) => (at === undefined ? {} : { since: iso(at) });
const iso = (at: number) => new Date(at).toISOString();
