export type SubjectKind = 'CRITICAL' | 'STALE';
export type SubjectKey = { sourceId: string; subjectId: string; kind: SubjectKind };

/** What is there now. */
export type Finding = SubjectKey & {
  /** Worth a message of its own; false: part of another finding, or just below the limit, so it is neither told nor over. */
  isListed: boolean;
  /** The higher, the sooner it is told. */
  urgency: number;
};

/** What is on record of a subject. */
export type Subject = SubjectKey & {
  openedAt: Date;
  resolvedAt: Date | null;
  isTold: boolean;
  isRecoveryTold: boolean;
};

export type Situation = {
  found: readonly Finding[];
  known: readonly Subject[];
  /** Whether a source could be judged: what was not looked at is neither new nor over. */
  isJudged: (kind: SubjectKind, sourceId: string) => boolean;
  /** Messages of the last hour. */
  recent: number;
  /** Messages that were made and did not get through yet. */
  waiting: number;
  /** Whether there ever was a message: the first one tells all that has gathered before. */
  isFirst: boolean;
  maxPerHour: number;
};

export type Tell = { key: SubjectKey; isRecovery: boolean };

export type Decision = {
  /** Found for the first time, or again after it was over. */
  open: Finding[];
  /** Over, and come back before anybody was told that it was over: it never ended. */
  reopen: SubjectKey[];
  resolve: SubjectKey[];
  /** The messages to make, each with the subjects it tells of. */
  messages: Tell[][];
};

/**
 * What has to be told now. One message for each, as long as the limit for an hour allows; the last one that it allows sums up
 * all the rest. Beyond that, and while earlier messages do not get through, things wait and are summed up later.
 */
export function decide(situation: Situation): Decision {
  const { found, known, isJudged } = situation;
  const keys = new Map(known.map((subject) => [idOf(subject), subject]));
  const present = new Set(found.map(idOf));
  const open = found.filter((one) => one.isListed && isNew(keys.get(idOf(one))));
  const reopen = found.filter((one) => {
    const before = keys.get(idOf(one));
    return before?.resolvedAt && !isNew(before);
  });
  const resolve = known.filter(
    (one) => !one.resolvedAt && !present.has(idOf(one)) && isJudged(one.kind, one.sourceId),
  );
  const over = new Set(resolve.map(idOf));
  const unlisted = new Set(found.filter(({ isListed }) => !isListed).map(idOf));
  const pending = known.filter(
    (one) => !one.resolvedAt && !one.isTold && !over.has(idOf(one)) && !unlisted.has(idOf(one)),
  );
  const recovered = [...known.filter(({ resolvedAt }) => resolvedAt), ...resolve].filter(
    (one) => one.kind === 'STALE' && one.isTold && !one.isRecoveryTold && !present.has(idOf(one)),
  );
  const urgencyOf = new Map(found.map((one) => [idOf(one), one.urgency]));
  const urgent = [...open, ...pending].toSorted(
    (a, b) => (urgencyOf.get(idOf(b)) ?? 0) - (urgencyOf.get(idOf(a)) ?? 0) || compare(idOf(a), idOf(b)),
  );
  const tells = [
    ...urgent.map((key) => ({ key: toKey(key), isRecovery: false })),
    ...recovered.map((key) => ({ key: toKey(key), isRecovery: true })),
  ];
  return {
    open,
    reopen: reopen.map(toKey),
    resolve: resolve.map(toKey),
    messages: toMessages(tells, situation),
  };
}

/** Not on record, or over and done with. */
const isNew = (before: Subject | undefined): boolean =>
  !before ||
  (before.resolvedAt !== null && (before.kind === 'CRITICAL' || !before.isTold || before.isRecoveryTold));

function toMessages(tells: Tell[], { recent, waiting, isFirst, maxPerHour }: Situation): Tell[][] {
  const left = waiting > 0 ? 0 : maxPerHour - recent;
  if (tells.length === 0 || left <= 0) return [];
  if (isFirst) return [tells];
  if (tells.length <= left) return tells.map((one) => [one]);
  return [...tells.slice(0, left - 1).map((one) => [one]), tells.slice(left - 1)];
}

const idOf = ({ kind, sourceId, subjectId }: SubjectKey) => JSON.stringify([kind, sourceId, subjectId]);
const toKey = ({ kind, sourceId, subjectId }: SubjectKey): SubjectKey => ({ kind, sourceId, subjectId });
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
