import type { Estate, Job } from '../estate/types.ts';
import { hash, unit } from '../random.ts';

/** A single failed night that the next run makes good. */
type Misfortune = 'failed' | 'canceled';

export type Noise = (job: number, day: number) => Misfortune | undefined;

const QUIET_DAYS = 3;
const REST_DAYS = 45;
const PER_DAY = 2;
const SHARE = 0.0015;

/**
 * Rare failures of single runs, as any estate has them. They must not look like trouble: at most two jobs on one day, no
 * job twice in 45 days, only daily jobs that no scenario uses, none in the last three days before `today`, nor after.
 */
export function planNoise(
  estate: Estate,
  seed: number,
  firstDay: number,
  today: number,
  taken: ReadonlySet<number>,
): Noise {
  const candidates = estate.jobs.filter((job) => isRobust(job) && !taken.has(job.index));
  const planned = new Map<number, Map<number, Misfortune>>();
  const last = new Map<number, number>();
  const chance = Math.min(1, (candidates.length * SHARE) / PER_DAY);
  for (let day = firstDay + 7; day < today - QUIET_DAYS && candidates.length > 0; day += 1) {
    for (let draw = 0; draw < PER_DAY; draw += 1) {
      if (unit(seed, 401, day, draw) >= chance) continue;
      const job = candidates[hash(seed, 402, day, draw) % candidates.length]?.index ?? 0;
      if (day - (last.get(job) ?? Number.NEGATIVE_INFINITY) < REST_DAYS) continue;
      last.set(job, day);
      const ofDay = planned.get(day) ?? new Map<number, Misfortune>();
      planned.set(day, ofDay.set(job, unit(seed, 403, day, draw) < 0.25 ? 'canceled' : 'failed'));
    }
  }
  return (job, day) => planned.get(day)?.get(job);
}

const isRobust = ({ kind, schedule }: Job) =>
  schedule.kind === 'daily' && ['vsphere', 'hyperv', 'windowsAgent', 'linuxAgent'].includes(kind);
