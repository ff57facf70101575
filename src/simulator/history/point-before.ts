import { isCopy } from '../estate/jobs.ts';
import type { Estate, Protected } from '../estate/types.ts';
import { HOUR } from '../zone.ts';
import { protectingAttempt, type Runs } from './runs.ts';

type Known = { slot: number; created: number };

const LOOK_BACK = 120;
/** Every copy has been made by then. */
const COPIED_AFTER = 30 * HOUR;

/**
 * The newest point of a machine that was there at an instant, or the one so many points before it. Looks at runs only, so
 * that asking about the past costs no chains. Of points that retention has taken since it gives those that were.
 */
export function pointBefore(
  { estate, runs }: { estate: Estate; runs: Runs },
  place: Protected,
  at: number,
  pointsBack = 0,
): Known | undefined {
  const origin = estate.jobs[place.originJob];
  const job = estate.jobs[place.job];
  if (!origin || !job) return undefined;
  const edge = isCopy(job.kind) ? at - COPIED_AFTER : at;
  const last = runs.slotAt(origin, edge);
  let wanted = pointsBack;
  for (let slot = last; slot >= Math.max(runs.firstSlot(origin), last - LOOK_BACK); slot -= 1) {
    const run = runs.get(origin, slot);
    const attempt = run ? protectingAttempt(run, place.originSlot) : -1;
    if (!run || run.end > edge || attempt < 0 || !isProtected(estate, place, run.start)) continue;
    if (wanted === 0) return { slot, created: readAt(run.attempts[attempt]?.start ?? run.start, place) };
    wanted -= 1;
  }
  return undefined;
}

/** When a machine is read by an attempt that began at an instant: one after the other. */
export const readAt = (start: number, { originSlot }: Protected): number => start + 15_000 * (originSlot + 1);

/** Whether the job that reads a machine still had it among its objects. */
export function isProtected(estate: Estate, place: Protected, at: number): boolean {
  const first = estate.jobs[place.originJob]?.first ?? -1;
  return at < (estate.protected[first + place.originSlot]?.leftAt ?? Number.POSITIVE_INFINITY);
}
