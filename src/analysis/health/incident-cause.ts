import { hypergeometricUpperTail } from '../statistics/exact-tails.ts';
import { classifyFailure, type FailureCause } from './failure-cause.ts';
import type { Attribute, AttributeKind } from './incidents.ts';

/** How many jobs of a cluster have an attribute. */
export interface AttributeUse {
  attribute: Attribute;
  /** Failed jobs that have it. */
  jobs: Set<string>;
  /** Jobs with it that ended in the window, the failed ones included. */
  activeJobs: number;
}

export interface SuspectedCause {
  kind: AttributeKind;
  id: string;
  name: string | null;
  /** How much more often the failed jobs have it than the jobs that ended in the same window. */
  lift: number;
  /** Share of the failed jobs that have it. */
  share: number;
  /** Chance of such a share if the failed jobs were drawn at random; null for messages and what they name: only failures have them. */
  p: number | null;
  jobs: string[];
}

const LEAST_SHARE = 0.6;
const LEAST_LIFT = 1.2;
const SIGNIFICANT = 0.05;

/** Reasons that a piece of infrastructure cannot be blamed for, although its jobs may be the ones that failed. */
const NOT_ITS_FAULT: Readonly<Partial<Record<AttributeKind, readonly FailureCause[]>>> = {
  repository: ['CREDENTIALS', 'LICENSE', 'PROXY', 'VSS', 'SNAPSHOT'],
  proxy: ['CREDENTIALS', 'LICENSE', 'STORAGE_FULL', 'REPOSITORY_OFFLINE', 'IMMUTABLE'],
};

/**
 * What the failed jobs have in common and the others do not (METHODS 3.1 R1.6): the attribute of infrastructure that most
 * of the failed jobs (≥ 60 %) have, with a lift ≥ 1.2 that chance does not explain (exact hypergeometric tail times the
 * attributes tried ≤ 0.05), the least likely first; else the one that the messages of most failed jobs name. A message that most of them share takes its place where it covers more
 * of the failed jobs, or where it gives a reason that is not in the infrastructure's power: an expired password is not the
 * repository's fault. Null if nothing stands out: "highest lift" alone would always name something.
 */
export function suspectCause(
  uses: readonly AttributeUse[],
  failed: number,
  active: number,
): SuspectedCause | null {
  const message = sharedMessage(uses, failed, active);
  const infrastructure = uses
    .filter(
      ({ attribute, jobs }) =>
        attribute.kind !== 'message' && jobs.size >= 2 && jobs.size / failed >= LEAST_SHARE,
    )
    .map((use) => toCause(use, failed, active));
  const [suspect] = infrastructure
    .filter(({ lift, p }) => p === null || (p * infrastructure.length <= SIGNIFICANT && lift >= LEAST_LIFT))
    .filter(
      (candidate) =>
        !message || (candidate.share >= message.share - 0.05 && !isExonerated(candidate, message)),
    )
    .sort((a, b) => (a.p ?? 1) - (b.p ?? 1) || b.share - a.share || (a.id < b.id ? -1 : 1));
  return suspect ?? message;
}

/**
 * The message of most failed jobs. Servers of different languages word one reason differently, so messages of one class of
 * causes stand for each other where a single one does not reach as far; the most frequent of them is shown.
 */
function sharedMessage(uses: readonly AttributeUse[], failed: number, active: number): SuspectedCause | null {
  const messages = uses
    .filter(({ attribute }) => attribute.kind === 'message')
    .sort((a, b) => b.jobs.size - a.jobs.size || (a.attribute.id < b.attribute.id ? -1 : 1));
  const ofClass = new Map<FailureCause, AttributeUse>();
  for (const { attribute, jobs } of messages) {
    const { cause } = classifyFailure(attribute.name);
    if (cause === 'UNKNOWN') continue;
    const known = ofClass.get(cause);
    if (known) for (const job of jobs) known.jobs.add(job);
    else ofClass.set(cause, { attribute, jobs: new Set(jobs), activeJobs: 0 });
  }
  const [widest] = [...messages, ...ofClass.values()].sort((a, b) => b.jobs.size - a.jobs.size);
  const isShared = widest && widest.jobs.size >= 2 && widest.jobs.size / failed >= LEAST_SHARE;
  return isShared ? toCause(widest, failed, active) : null;
}

function isExonerated({ kind }: SuspectedCause, message: SuspectedCause): boolean {
  return NOT_ITS_FAULT[kind]?.includes(classifyFailure(message.name).cause) ?? false;
}

function toCause(
  { attribute, jobs, activeJobs }: AttributeUse,
  failed: number,
  active: number,
): SuspectedCause {
  const { kind, id, name } = attribute;
  const share = jobs.size / failed;
  const isOfFailures = kind === 'message' || attribute.isNamed === true;
  return {
    kind,
    id,
    name: name ?? null,
    lift: share / ((isOfFailures ? jobs.size : activeJobs) / active),
    share,
    p: isOfFailures ? null : hypergeometricUpperTail(active, activeJobs, failed, jobs.size),
    jobs: [...jobs],
  };
}
