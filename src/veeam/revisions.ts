/** The API revisions this client can speak, oldest first. The first is served by 13.x for older clients only. */
export const REVISIONS = ['1.2-rev1', '1.3-rev0', '1.3-rev1', '1.3-rev2'] as const;
export type Revision = (typeof REVISIONS)[number];

export const NEWEST: Revision = '1.3-rev2';

/** Best first: the order in which a server is asked. */
export const PREFERRED: readonly Revision[] = REVISIONS.toReversed();

export function isRevision(text: string): text is Revision {
  return REVISIONS.some((revision) => revision === text);
}

/** Whether `revision` has what came with `since`. */
export function isAtLeast(revision: Revision, since: Revision): boolean {
  return REVISIONS.indexOf(revision) >= REVISIONS.indexOf(since);
}
