import { isVault } from '../../vaults.ts';
import { runOn } from '../find/several-workers.ts';
import type { Explained, FailureScope } from './answer.ts';
import type { FailureFacts } from './read-failure.ts';
import { MOST_SESSIONS, WINDOW_DAYS } from './read-job.ts';

/** The health worker keeps incidents so many days. */
const INCIDENT_DAYS = 14;
const DAY_MS = 86_400_000;

/** What could not be said about a failure, and why. */
export function notKnown(
  scope: FailureScope,
  explained: Explained,
  failure: FailureFacts | undefined,
): string[] {
  return [
    ...ofRuns(explained),
    ...(failure ? ofReason(failure, explained.run.sourceId) : []),
    ...(failure ? ofSurroundings(scope, explained, failure) : []),
    ...(runOn(scope.workers.of.remediation, explained.run.sourceId)
      ? []
      : ['Plans: no run of the remediation worker had concluded.']),
  ];
}

function ofRuns({ chosen: { facts, run, verdict } }: Explained): string[] {
  const lines: string[] = [];
  if (facts.sessions.size === MOST_SESSIONS)
    lines.push(`Runs before the last ${MOST_SESSIONS} sessions of the job.`);
  if (verdict === 'NOT_STARTING')
    lines.push('Why nothing is started: neither a run nor a message of one is there to tell.');
  if (!run && verdict !== 'NOT_STARTING' && facts.health.failureCount > 0)
    lines.push(
      `Single failed runs: none of this job began in the last ${WINDOW_DAYS} days, or the source books them on other ids; the counts are complete.`,
    );
  if (run?.endedAt === null) lines.push('How the run ended: it was under way.');
  if (verdict === 'NEVER_RAN') lines.push('Whether it would run: no session of it was ever seen.');
  return lines;
}

function ofReason({ reason }: FailureFacts, sourceId: string): string[] {
  if (!reason || reason.basis === 'none')
    return ['Why it failed: the source gives no message, of the objects, in the log or of the session.'];
  // The errors of an Azure job are those of its one item.
  if (reason.basis === 'session' && !isVault(sourceId))
    return [
      'A reason closer to the failure: neither a failed object nor a log line was stored, only the message of the session.',
    ];
  return [];
}

function ofSurroundings(
  { workers }: FailureScope,
  { chosen: { facts, run }, run: { sourceId } }: Explained,
  { incident, around }: FailureFacts,
): string[] {
  // A vault has no proxies and lies on no host of its owner.
  const lines = isVault(sourceId)
    ? []
    : [
        'Which proxy each run used: the source does not record it, so what ran well says nothing about a proxy.',
      ];
  const isOld = run !== undefined && run.startedAt < workers.asOf.getTime() - INCIDENT_DAYS * DAY_MS;
  if (!incident && isOld)
    lines.push(`Whether it was part of an incident: those are kept for ${INCIDENT_DAYS} days.`);
  if (facts.health.repositoryId === null) lines.push('Where the job writes, so what shares its repository.');
  else if (!isVault(sourceId) && !runOn(workers.of.capacity, sourceId))
    lines.push('On which host the repository lies: no run of the capacity worker had concluded.');
  if (around.failed.length + around.well.length === 0)
    lines.push('Whether others could run then: no other job ended at that time.');
  return lines;
}
