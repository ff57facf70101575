import { binomialUpperTail } from '../statistics/exact-tails.ts';
import { type AttributeUse, type SuspectedCause, suspectCause } from './incident-cause.ts';
import { APART_MS, clusterFailures } from './incident-clusters.ts';

export type AttributeKind = 'repository' | 'proxy' | 'host' | 'message';

/** Something that jobs can have in common. */
export interface Attribute {
  kind: AttributeKind;
  id: string;
  name?: string | null;
  /** Named by the message of the failure itself, so that only failed runs have it. */
  isNamed?: boolean;
}

/** A finished run, successful or failed; cancelled and running ones are no observations and are not given. */
export interface IncidentRun {
  jobId: string;
  runId: string;
  /** Epoch milliseconds. */
  endedAt: number;
  isFailed: boolean;
  /** What this run used, and for a failed one the fingerprint of its message as kind `message`. */
  attributes?: readonly Attribute[];
}

export interface Incident {
  start: number;
  end: number;
  /** Distinct jobs that failed, by first failure. */
  jobs: string[];
  runIds: string[];
  /** Jobs that ended in the same window and could have failed anew; the failed ones are among them. */
  activeJobs: number;
  /** Chance of at least so many failures among the active jobs at the fleet's failure rate. */
  p: number;
  /** Chance of one active job to fail in the window, by the rate of the fleet. */
  failureRate: number;
  /** Null: the failed jobs share nothing more than the others do. */
  suspectedCause: SuspectedCause | null;
}

export interface IncidentOptions {
  /** What a job uses in every run: repository, proxies, host. */
  attributesOf?: (jobId: string) => readonly Attribute[];
  /** Share of finished runs of the fleet that failed; by default counted from the runs given. */
  failureRate?: number;
}

const LEAST_JOBS = 3;
const SIGNIFICANT = 0.001;
const LEAST_RATE = 0.01;

/**
 * Failures that come together (METHODS 3.1 R1.6): failed runs whose ends are at most 30 minutes apart form a cluster; it is
 * an incident if at least 3 jobs failed and the binomial tail at the fleet's failure rate (at least 1 %) is ≤ 0.001 among
 * the jobs that ended in that window.
 *
 * Three refinements keep the rule honest in real estates. The window reaches 30 minutes beyond the cluster on both sides:
 * its ends are failures by construction, and counting active jobs between them alone finds 22 "incidents" in 90 days of
 * 1,000 independent jobs. A job that was failing before, outside any incident, is not part
 * of the next cluster: five jobs that fail every night for reasons of their own are no incident. And where a cluster as a
 * whole is explained by chance, the jobs that share one attribute are tested by themselves, with the significance divided
 * by the number of attributes tried: twelve jobs of one repository stand out among a thousand even in a noisy night.
 * Time: O(n log n) in the runs.
 */
export function findIncidents(runs: readonly IncidentRun[], options: IncidentOptions = {}): Incident[] {
  const sorted = toTracked(runs);
  const failed = sorted.filter(({ run }) => run.isFailed);
  const failureRate = Math.max(LEAST_RATE, options.failureRate ?? failed.length / Math.max(1, sorted.length));
  const fleet = { failureRate, attributesOf: options.attributesOf ?? (() => []) };
  const incidents: Incident[] = [];
  let from = 0;
  for (const { members, significance } of clusterFailures(failed, SIGNIFICANT)) {
    const start = (members[0] as TrackedRun).run.endedAt;
    const end = (members.at(-1) as TrackedRun).run.endedAt;
    while (from < sorted.length && (sorted[from] as TrackedRun).run.endedAt < start - APART_MS) from += 1;
    const active = activeBetween(sorted, from, end + APART_MS);
    const fresh = members.filter((member) => !wasFailingAlone(member));
    for (const incident of incidentsOfCluster(fresh, active, fleet, significance)) incidents.push(incident);
  }
  return incidents;
}

/** A run, the finished run of its job before it, and whether it was part of an incident. */
export interface TrackedRun {
  run: IncidentRun;
  previous: TrackedRun | null;
  inIncident: boolean;
}

interface Fleet {
  failureRate: number;
  attributesOf: (jobId: string) => readonly Attribute[];
}

function toTracked(runs: readonly IncidentRun[]): TrackedRun[] {
  const last = new Map<string, TrackedRun>();
  return runs
    .toSorted((a, b) => a.endedAt - b.endedAt || (a.runId < b.runId ? -1 : 1))
    .map((run) => {
      const tracked = { run, previous: last.get(run.jobId) ?? null, inIncident: false };
      last.set(run.jobId, tracked);
      return tracked;
    });
}

function activeBetween(sorted: readonly TrackedRun[], from: number, end: number): TrackedRun[] {
  const active: TrackedRun[] = [];
  for (let index = from; index < sorted.length; index++) {
    const tracked = sorted[index] as TrackedRun;
    if (tracked.run.endedAt > end) break;
    if (!wasFailingAlone(tracked)) active.push(tracked);
  }
  return active;
}

function wasFailingAlone({ previous }: TrackedRun): boolean {
  return previous !== null && previous.run.isFailed && !previous.inIncident;
}

function incidentsOfCluster(
  failed: readonly TrackedRun[],
  active: readonly TrackedRun[],
  fleet: Fleet,
  significance: number,
): Incident[] {
  const failedJobs = new Set(failed.map(({ run }) => run.jobId));
  if (failedJobs.size < LEAST_JOBS) return [];
  const uses = attributeUses(failed, active, fleet);
  const activeJobs = new Set(active.map(({ run }) => run.jobId)).size;
  // A job that ended several times in the window had several chances to fail.
  const jobRate = 1 - (1 - fleet.failureRate) ** (active.length / Math.max(1, activeJobs));
  const p = binomialUpperTail(activeJobs, jobRate, failedJobs.size);
  if (p <= significance) {
    const cause = suspectCause(uses, failedJobs.size, activeJobs);
    return [toIncident(failed, activeJobs, p, jobRate, cause)];
  }
  return incidentOfAttribute(failed, uses, jobRate, significance);
}

/** The attribute whose own jobs failed least by chance, if any did so too often for chance. */
function incidentOfAttribute(
  failed: readonly TrackedRun[],
  uses: readonly AttributeUse[],
  jobRate: number,
  significance: number,
): Incident[] {
  // A message, and what it names, occurs in failures only: there is no set of jobs that could have shown it and did not.
  const candidates = uses.filter(
    ({ attribute, jobs }) => attribute.kind !== 'message' && !attribute.isNamed && jobs.size >= LEAST_JOBS,
  );
  const tested = candidates
    .map((use) => ({ use, p: binomialUpperTail(use.activeJobs, jobRate, use.jobs.size) }))
    .sort((a, b) => a.p - b.p);
  const best = tested[0];
  if (!best || best.p > significance / tested.length) return [];
  const { use, p } = best;
  const members = failed.filter(({ run }) => use.jobs.has(run.jobId));
  const lift = use.jobs.size / use.activeJobs / jobRate;
  const { kind, id, name } = use.attribute;
  const cause = { kind, id, name: name ?? null, lift, share: 1, p, jobs: [...use.jobs] };
  return [toIncident(members, use.activeJobs, p, jobRate, cause)];
}

function attributeUses(
  failed: readonly TrackedRun[],
  active: readonly TrackedRun[],
  fleet: Fleet,
): AttributeUse[] {
  const uses = new Map<string, AttributeUse>();
  const activeOf = new Map<string, Set<string>>();
  const keyOf = ({ kind, id }: Attribute) => `${kind} ${id}`;
  const attributesOf = ({ run }: TrackedRun) => [...fleet.attributesOf(run.jobId), ...(run.attributes ?? [])];
  for (const member of failed) {
    for (const attribute of attributesOf(member)) {
      const use = uses.get(keyOf(attribute)) ?? { attribute, jobs: new Set(), activeJobs: 0 };
      use.jobs.add(member.run.jobId);
      uses.set(keyOf(attribute), use);
    }
  }
  for (const tracked of active) {
    for (const attribute of attributesOf(tracked)) {
      const key = keyOf(attribute);
      if (!uses.has(key)) continue;
      const jobs = activeOf.get(key) ?? new Set();
      activeOf.set(key, jobs.add(tracked.run.jobId));
    }
  }
  for (const [key, use] of uses) use.activeJobs = Math.max(use.jobs.size, activeOf.get(key)?.size ?? 0);
  return [...uses.values()];
}

function toIncident(
  members: readonly TrackedRun[],
  activeJobs: number,
  p: number,
  failureRate: number,
  suspectedCause: SuspectedCause | null,
): Incident {
  for (const member of members) member.inIncident = true;
  return {
    start: (members[0] as TrackedRun).run.endedAt,
    end: (members.at(-1) as TrackedRun).run.endedAt,
    jobs: [...new Set(members.map(({ run }) => run.jobId))],
    runIds: members.map(({ run }) => run.runId),
    activeJobs,
    p,
    failureRate,
    suspectedCause,
  };
}
