import { isKnownJob } from '../estate/types.ts';
import type { Injection } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { DAY, MINUTE } from '../zone.ts';
import type { Finder } from './findings.ts';
import { outcomesOf } from './outcomes.ts';
import { binomialTail } from './statistics.ts';

type Ended = { job: string; at: number; failed: boolean };

/** Failed runs that end within half an hour of each other, of three jobs or more, beyond what chance would do. */
export function findIncidents(world: World, now: number, finder: Finder): void {
  const ended = endedRuns(world, now);
  const rate = Math.max(0.01, ended.filter(({ failed }) => failed).length / Math.max(1, ended.length));
  for (const cluster of clusters(ended.filter(({ failed, at }) => failed && at > now - 14 * DAY))) {
    const jobs = [...new Set(cluster.map(({ job }) => job))];
    const [first, last] = [cluster[0]?.at ?? 0, cluster.at(-1)?.at ?? 0];
    if (jobs.length < 3) continue;
    const active = new Set(ended.filter(({ at }) => at >= first && at <= last).map(({ job }) => job)).size;
    const chance = binomialTail(active, rate, jobs.length);
    if (chance > 0.01) continue;
    const finding = {
      kind: 'INCIDENT',
      entity: { kind: 'estate', id: world.ids.of('server', -1), name: 'VBR01' },
      since: new Date(first).toISOString(),
      jobs,
      ...causeOf(world.draft.injections, jobs),
    };
    if (chance <= 0.0001) finder.add(finding);
    else finder.tolerate(finding);
  }
}

function endedRuns(world: World, now: number): Ended[] {
  return world.estate.jobs
    .filter((job) => isKnownJob(job, now) && (job.disabledSince === undefined || now < job.disabledSince))
    .flatMap((job) => outcomesOf(world, job, now).map((outcome) => ({ job: job.id, outcome })))
    .filter(({ outcome: { state } }) => state === 'usable' || state === 'failed')
    .map(({ job, outcome }) => ({ job, at: outcome.end, failed: outcome.state === 'failed' }))
    .sort((a, b) => a.at - b.at);
}

function clusters(failures: Ended[]): Ended[][] {
  const found: Ended[][] = [];
  for (const failure of failures) {
    const current = found.at(-1);
    if (current && failure.at - (current.at(-1)?.at ?? 0) <= 30 * MINUTE) current.push(failure);
    else found.push([failure]);
  }
  return found;
}

/** The cause of the injection that most of the jobs belong to. */
function causeOf(injections: Injection[], jobs: string[]) {
  const shared = injections
    .filter(({ cause }) => cause)
    .map((injection) => ({
      cause: injection.cause,
      count: jobs.filter((id) => injection.jobs?.includes(id)).length,
    }))
    .sort((a, b) => b.count - a.count)[0];
  return shared && shared.count > 0 && shared.cause ? { cause: shared.cause } : {};
}
