import { hypergeometricUpperTail } from './exact-tails.ts';
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
  /** Chance of such a share if the failed jobs were drawn at random; null for messages, which only failures have. */
  p: number | null;
  jobs: string[];
}

const LEAST_SHARE = 0.6;
const LEAST_LIFT = 1.2;
const SIGNIFICANT = 0.05;

/**
 * What the failed jobs have in common and the others do not (METHODS 3.1 R1.6): the attribute of infrastructure that most
 * of the failed jobs (≥ 60 %) have, with a lift ≥ 1.2 that chance does not explain (exact hypergeometric tail ≤ 0.05), the
 * least likely first. If no piece of infrastructure stands out, the message that most of them share. Null if neither does:
 * "highest lift" alone would always name something.
 */
export function suspectCause(
  uses: readonly AttributeUse[],
  failed: number,
  active: number,
): SuspectedCause | null {
  const candidates = uses
    .filter(({ jobs }) => jobs.size >= 2 && jobs.size / failed >= LEAST_SHARE)
    .map((use) => toCause(use, failed, active));
  const infrastructure = candidates
    .filter(({ kind, lift, p }) => kind !== 'message' && p !== null && p <= SIGNIFICANT && lift >= LEAST_LIFT)
    .sort((a, b) => (a.p ?? 1) - (b.p ?? 1) || b.share - a.share || (a.id < b.id ? -1 : 1));
  const messages = candidates.filter(({ kind }) => kind === 'message').sort((a, b) => b.share - a.share);
  return infrastructure[0] ?? messages[0] ?? null;
}

function toCause(
  { attribute, jobs, activeJobs }: AttributeUse,
  failed: number,
  active: number,
): SuspectedCause {
  const { kind, id, name } = attribute;
  const share = jobs.size / failed;
  const isMessage = kind === 'message';
  return {
    kind,
    id,
    name: name ?? null,
    lift: share / ((isMessage ? jobs.size : activeJobs) / active),
    share,
    p: isMessage ? null : hypergeometricUpperTail(active, activeJobs, failed, jobs.size),
    jobs: [...jobs],
  };
}
