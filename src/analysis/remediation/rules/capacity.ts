import { CAPACITY_OPTIONS, sum } from '../capacity-options.ts';
import type { Case, RepositoryState } from '../evidence.ts';
import { bytes, cites, type MetricSpec, percent, type Rule, type Step, say } from '../rule.ts';

/** Growth and composition, retention, use of efficiency: the three questions of the original method, 95 minutes. */
const LOOK: readonly Step[] = [
  { text: 'Growth and composition: which jobs and which steps made the last 30 days?', minutes: 30 },
  {
    text: 'Retention: what is kept longer than asked for, for whom, and what immutability still holds?',
    minutes: 45,
  },
  { text: 'Block cloning, compression, and other data on the volume.', minutes: 20 },
];

/** Repositories that fill. The options are the same, what speaks for them differs. */
export const CAPACITY_RULES: readonly Rule[] = [
  rule('capacity.exceeded', 'The repository is full', {
    when: ({ repository }) => ((repository?.useShare ?? 0) >= 0.95 ? 0.97 : null),
    say: ({ repository }) =>
      `${percent(repository?.useShare)} of ${bytes(repository?.capacityBytes)} are used: the next full backup may not fit.`,
    fields: ['useShare', 'useBytes', 'capacityBytes', 'pFull30'],
  }),
  rule('capacity.filling', 'The repository fills inside the lead time', {
    when: ({ repository, facts }) => {
      if (!repository || (repository.useShare ?? 0) >= 0.95) return null;
      const { early90, pFull30 } = repository;
      if (early90 !== null && early90 < facts.leadTimeDays) return 0.9;
      return (pFull30 ?? 0) >= 0.1 || repository.early80 !== null ? 0.7 : null;
    },
    say: ({ repository, facts }) =>
      `90 % may be reached in ${say(repository?.early90, 'days')} on the pessimistic path, the lead time is ${facts.leadTimeDays} days; it grows by ${bytes(repository?.slopeBytesPerDay)} a day.`,
    fields: ['early90', 'early80', 'pFull30', 'slopeBytesPerDay', 'purchaseBytes'],
  }),
  rule('capacity.step', 'A step filled the repository, not its growth', {
    when: ({ repository }) => {
      const { stepBytes, grownBytes } = repository ?? {};
      if (!stepBytes || !grownBytes || grownBytes <= 0) return null;
      const share = stepBytes / grownBytes;
      return share >= 0.3 ? Math.min(0.8, 0.4 + 0.4 * share) : null;
    },
    say: ({ repository }) =>
      `${bytes(repository?.stepBytes)} of the ${bytes(repository?.grownBytes)} of the last 30 days came in one step ${say(repository?.stepDaysAgo, 'days')} ago, such as a new full backup, new machines or a copy.`,
    fields: ['stepBytes', 'stepDaysAgo', 'grownBytes'],
  }),
  rule('capacity.one-job', 'One job makes most of the growth', {
    when: ({ repository }) => {
      const { topJobBytes, grownBytes } = repository ?? {};
      if (!topJobBytes || !grownBytes || grownBytes <= 0) return null;
      const share = topJobBytes / grownBytes;
      return share >= 0.4 ? Math.min(0.75, 0.3 + 0.4 * share) : null;
    },
    say: ({ repository }) =>
      `One job made ${bytes(repository?.topJobBytes)} of the ${bytes(repository?.grownBytes)} of the last 30 days.`,
    fields: ['topJobId', 'topJobBytes', 'grownBytes'],
  }),
  rule('capacity.reclaimable', 'Space is held by what nobody needs', {
    when: ({ repository }) => shareOf(repository, reclaimable(repository)),
    say: ({ repository }) =>
      `${bytes(reclaimable(repository))} belong to no job, to disabled jobs or are kept longer than asked for.`,
    fields: ['orphanedBytes', 'disabledJobBytes', 'overRetainedBytes'],
  }),
  rule('capacity.retention-stuck', 'Retention has run out and the points are still there', {
    when: ({ repository }) => shareOf(repository, repository?.overdueBytes ?? null),
    say: ({ repository }) =>
      `Retention of ${bytes(repository?.overdueBytes)} is over and they are still there; immutability holds ${bytes(repository?.heldBytes)}.`,
    fields: ['overdueBytes', 'heldBytes', 'immutableDays'],
  }),
  rule('capacity.other-data', 'Other data lie on the volume', {
    when: ({ repository }) => shareOf(repository, repository?.otherBytes ?? null),
    say: ({ repository }) => `${bytes(repository?.otherBytes)} on the volume are no backup files.`,
    fields: ['otherBytes', 'useBytes'],
  }),
  rule('capacity.extent', 'One extent is full while others have room', {
    when: ({ repository }) =>
      repository && (repository.worstExtentShare ?? 0) >= 0.9 && (repository.useShare ?? 1) < 0.85
        ? 0.85
        : null,
    say: ({ repository }) =>
      `The fullest extent is used by ${percent(repository?.worstExtentShare)}, the whole by ${percent(repository?.useShare)}: chains bound to the extent stop first.`,
    fields: ['worstExtentShare', 'useShare'],
  }),
  rule('capacity.reduction', 'Data reduce worse than before', {
    when: ({ repository }) => ((repository?.reductionTrendPercent ?? 0) <= -5 ? 0.45 : null),
    say: ({ repository }) =>
      `The reduction of a job here changed by ${say(repository?.reductionTrendPercent)} % in 30 days: encrypted or compressed sources, or another setting.`,
    fields: ['reductionTrendPercent'],
  }),
  {
    id: 'capacity.offline',
    type: 'capacity',
    scopes: ['repository'],
    title: 'The repository is offline, so its space is not known',
    when: ({ repository }) =>
      repository?.isOnline === false || repository?.quality === 'OFFLINE' ? 0.9 : null,
    hypothesis: ({ repository }) => ({
      text: 'The repository does not answer: backups to it fail, and its use is that of the last reading.',
      cites: cites(repository, 'isOnline', 'quality', 'useShare'),
    }),
    steps: [{ text: 'Host, mount, share or bucket: which part does not answer?', minutes: 30 }],
    options: [
      {
        id: 'bring-back-and-rescan',
        text: 'Bring the repository back and rescan it',
        steps: [
          'Start the host or service, mount the volume, mend the credentials.',
          'Backup Infrastructure > Backup Repositories: Rescan.',
        ],
        prerequisites: ['The file system is healthy'],
        risks: ['Mounting a damaged file system for writing makes it worse'],
        rollback: 'Put it into maintenance mode again.',
        verification: 'It is online and has a reading of its space.',
        hours: [0.5, 3],
        effect: () => ({ kind: 'hazard', q: 0.05 }),
      },
    ],
    verify: () => [{ metric: 'repository_online', op: '>=', target: 1, windowHours: 24 }],
  },
];

function rule(
  id: string,
  title: string,
  {
    when,
    say: text,
    fields,
  }: { when: Rule['when']; say: (of: Case) => string; fields: Extract<keyof RepositoryState, string>[] },
): Rule {
  return {
    id,
    title,
    type: 'capacity',
    scopes: ['repository'],
    when,
    hypothesis: (of) => ({ text: text(of), cites: cites(of.repository, ...fields) }),
    steps: LOOK,
    options: CAPACITY_OPTIONS,
    verify: roomAgain,
  };
}

function roomAgain({ facts }: Case): MetricSpec[] {
  return [
    { metric: 'early_90', op: '>=', target: facts.leadTimeDays, windowHours: 72 },
    { metric: 'use_share', op: '<=', target: 0.9, windowHours: 72 },
  ];
}

/** Null where freeing is no more than 1 % of the capacity. */
function shareOf(repository: RepositoryState | null, freed: number | null): number | null {
  if (!repository?.capacityBytes || freed === null) return null;
  const share = freed / repository.capacityBytes;
  return share >= 0.01 ? Math.min(0.8, 0.3 + 2 * share) : null;
}

function reclaimable(repository: RepositoryState | null): number | null {
  return repository
    ? sum(repository.orphanedBytes, repository.disabledJobBytes, repository.overRetainedBytes)
    : null;
}
