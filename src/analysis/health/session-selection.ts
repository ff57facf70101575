import type { SessionClass } from './protection-session.ts';
import { type SessionFact, toComparableId, toEnd, toOutcome } from './session-fact.ts';

/** Names of the jobs of the inventory by id. */
export type KnownJobs = ReadonlyMap<string, string>;

export interface ClassifiedSession {
  session: SessionFact;
  sessionClass: SessionClass;
}

/** A parent open longer than this while its children come and go is a continuous job, whose runs are the children. */
const CONTINUOUS_AFTER_MS = 24 * 3_600_000;

/** Each session once. Paging may deliver a session twice, at different moments: the finished state wins, then the later. */
export function withoutDuplicates(sessions: readonly SessionFact[]): SessionFact[] {
  const byId = new Map<string, SessionFact>();
  for (const session of sessions) {
    const id = comparable(session);
    const known = byId.get(id);
    if (known && toOutcome(session) === 'RUNNING' && toOutcome(known) !== 'RUNNING') continue;
    byId.set(id, session);
  }
  return [...byId.values()];
}

/**
 * Parents and children count once (METHODS 3.1 R1.1): a session whose parent is kept is dropped, except that
 * - a session of another job of the inventory stays: it is that job's run, whoever started it;
 * - children of a parent that stays open for days (immediate copy, of type BackupJob before 1.3-rev1) stay and count for
 *   the parent's job.
 * Copy children whose parent was not read carry a hidden job id and are named `job\object`; those of one parent become
 * one session of that job with the worst result.
 */
export function withoutKeptChildren(
  sessions: readonly ClassifiedSession[],
  jobs: KnownJobs,
): ClassifiedSession[] {
  const kept = new Map(sessions.map((item) => [comparable(item.session), item]));
  const continuous = continuousParents(sessions, kept);
  const jobOfName = new Map([...jobs].map(([id, name]) => [name.toLowerCase(), id]));
  const result: ClassifiedSession[] = [];
  const orphans: SessionFact[] = [];
  for (const item of sessions) {
    const parent = keptParent(item, kept);
    if (parent && continuous.has(parent)) {
      result.push({ ...item, session: { ...item.session, jobId: parent.session.jobId } });
    } else if (!parent || isOtherJob(item, parent, jobs)) {
      const jobId = parent ? null : jobOfHiddenChild(item, jobs, jobOfName);
      if (jobId === null) result.push(item);
      else orphans.push({ ...item.session, jobId });
    }
  }
  return [...result, ...mergeOrphans(orphans)];
}

function comparable(session: SessionFact): string {
  return toComparableId(session.sessionId) ?? session.sessionId;
}

/** Children of copy jobs may name the parent as related session, and only they: elsewhere it is another session. */
function keptParent(
  { session, sessionClass }: ClassifiedSession,
  kept: ReadonlyMap<string, ClassifiedSession>,
) {
  const parentId = toComparableId(session.parentSessionId);
  if (parentId !== null && parentId !== comparable(session)) {
    const parent = kept.get(parentId);
    if (parent) return parent;
  }
  const relatedId = toComparableId(session.relatedSessionId);
  if (sessionClass !== 'copy' || relatedId === null) return null;
  const related = kept.get(relatedId);
  return related?.sessionClass === 'copy' && related.session.jobId !== session.jobId ? related : null;
}

function isOtherJob({ session }: ClassifiedSession, parent: ClassifiedSession, jobs: KnownJobs): boolean {
  return session.jobId !== null && session.jobId !== parent.session.jobId && jobs.has(session.jobId);
}

function continuousParents(
  sessions: readonly ClassifiedSession[],
  kept: ReadonlyMap<string, ClassifiedSession>,
) {
  const parents = new Set<ClassifiedSession>();
  for (const item of sessions) {
    const parent = keptParent(item, kept);
    if (!parent || parents.has(parent) || toOutcome(parent.session) !== 'RUNNING') continue;
    if (item.session.createdAt - parent.session.createdAt > CONTINUOUS_AFTER_MS) parents.add(parent);
  }
  return parents;
}

function jobOfHiddenChild(
  { session, sessionClass }: ClassifiedSession,
  jobs: KnownJobs,
  jobOfName: KnownJobs,
) {
  if (sessionClass !== 'copy' || (session.jobId !== null && jobs.has(session.jobId))) return null;
  const cut = session.name.indexOf('\\');
  if (cut <= 0) return null;
  return jobOfName.get(session.name.slice(0, cut).trim().toLowerCase()) ?? null;
}

function mergeOrphans(orphans: readonly SessionFact[]): ClassifiedSession[] {
  const merged: SessionFact[] = [];
  const groupOfParent = new Map<string, number>();
  for (const orphan of orphans.toSorted((a, b) => a.createdAt - b.createdAt)) {
    const parentId = toComparableId(orphan.parentSessionId) ?? toComparableId(orphan.relatedSessionId);
    const index = parentId === null ? undefined : groupOfParent.get(parentId);
    const group = index === undefined ? undefined : merged[index];
    if (index !== undefined && group && orphan.createdAt - group.createdAt <= CONTINUOUS_AFTER_MS / 2) {
      merged[index] = mergeSiblings(group, orphan);
    } else {
      if (parentId !== null) groupOfParent.set(parentId, merged.length);
      merged.push(orphan);
    }
  }
  return merged.map((session) => ({ session, sessionClass: 'copy' as const }));
}

const RANK: Readonly<Record<ReturnType<typeof toOutcome>, number>> = {
  RUNNING: 5,
  FAILED: 4,
  CANCELED: 3,
  WARNING: 2,
  SUCCESS: 1,
  UNKNOWN: 0,
};

function mergeSiblings(a: SessionFact, b: SessionFact): SessionFact {
  const worst = RANK[toOutcome(b)] > RANK[toOutcome(a)] ? b : a;
  const ends = [toEnd(a), toEnd(b)].filter((end) => end !== null);
  const endedAt = toOutcome(worst) === 'RUNNING' || ends.length === 0 ? null : Math.max(...ends);
  // Siblings come in order of their start, so the first keeps its id and the run keeps its name when others arrive.
  return { ...worst, sessionId: a.sessionId, createdAt: a.createdAt, endedAt };
}
