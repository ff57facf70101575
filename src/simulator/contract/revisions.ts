/** API revisions, oldest first. A server serves its own and all older ones. */
export const REVISIONS = ['1.3-rev0', '1.3-rev1', '1.3-rev2'] as const;

/** 0, 1 or 2: the place of a revision in `REVISIONS`. */
export type RevisionIndex = 0 | 1 | 2;

/** Still served by 13.x, marked deprecated; answered here as the oldest 1.3 revision. */
const OLD = '1.2-rev1';

/** The revision to answer in; undefined where a server whose newest is `newest` does not serve what is asked for. */
export function negotiate(asked: string | undefined, newest: RevisionIndex): RevisionIndex | undefined {
  if (asked === undefined || asked === '') return newest;
  if (asked === OLD) return 0;
  const index = (REVISIONS as readonly string[]).indexOf(asked);
  return index >= 0 && index <= newest ? (index as RevisionIndex) : undefined;
}

/** Names of the API documents that a server lists, newest first. */
export function servedRevisions(newest: RevisionIndex): string[] {
  return [...REVISIONS.slice(0, newest + 1).toReversed(), OLD];
}

export const BUILD_VERSIONS = ['13.0.0.4967', '13.0.1.180', '13.1.0.411'] as const;
