import type { Case, RepositoryState } from './remediation-evidence.ts';
import {
  bytes,
  cites,
  type Effect,
  type MetricSpec,
  type Option,
  percent,
  type Rule,
  type Step,
  say,
} from './remediation-rule.ts';

/** Growth and composition, retention, use of efficiency: the three questions of the original method, 95 minutes. */
const LOOK: readonly Step[] = [
  { text: 'Growth and composition: which jobs and which steps made the last 30 days?', minutes: 30 },
  {
    text: 'Retention: what is kept longer than asked for, for whom, and what immutability still holds?',
    minutes: 45,
  },
  { text: 'Block cloning, compression, and other data on the volume.', minutes: 20 },
];

const expand: Option = {
  id: 'expand-repository',
  text: 'Add capacity: extend the volume or add an extent',
  steps: [
    'Order what the forecast asks for (purchase_bytes in the evidence).',
    'Extend the volume and its file system, or add a performance extent and rebalance.',
    'Rescan; look at the forecast a week later.',
  ],
  prerequisites: ['Budget and delivery inside the lead time', 'Maintenance window for the volume'],
  risks: ['A pool that is over-provisioned fills unseen', 'A new extent without affinity splits chains'],
  rollback: 'An extent can be evacuated; a volume is rarely made smaller.',
  verification: 'Days to 90 % on the pessimistic path are beyond the lead time.',
  hours: [3, 8],
  touches: ['adds-space'],
  effect: ({ id }) => ({ kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id }] }),
};

const retention: Option = {
  id: 'shorten-retention',
  text: 'Shorten retention where more is kept than the business asks for',
  steps: [
    'Compare retention and GFS of each job with what was agreed.',
    'Change one job, let retention run, measure what came back.',
    'On block-cloned volumes count on less than the files say.',
  ],
  prerequisites: ['Written word of the data owners and of compliance', 'No legal hold, no open malware case'],
  risks: [
    'Restore points that are gone cannot be brought back',
    'Immutable points stay until their time is over, so the effect comes late',
  ],
  rollback: 'Set the former retention; what is deleted stays deleted.',
  verification: 'Days to 90 % on the pessimistic path are beyond the lead time.',
  hours: [2.5, 3],
  touches: ['deletes-points'],
  effect: freeing((repository) => repository.overRetainedBytes),
};

const reclaim: Option = {
  id: 'reclaim-orphaned',
  text: 'Delete backups that no job owns, and those of disabled jobs, after their owners agree',
  steps: [
    'Home > Backups > Disk (Orphaned): list by owner.',
    'Export or move what has to stay, delete the rest from disk.',
    'Rescan the repository.',
  ],
  prerequisites: ['Written word of the owners', 'No legal hold, no open malware case'],
  risks: ['Deleted restore points cannot be brought back'],
  rollback: 'None: export first what may be needed.',
  verification: 'Free space grew by what was expected.',
  hours: [2.5, 3],
  touches: ['deletes-points'],
  effect: freeing((repository) => sum(repository.orphanedBytes, repository.disabledJobBytes)),
};

const offload: Option = {
  id: 'offload-to-object-storage',
  text: 'Move older points to a capacity tier',
  steps: [
    'Add object storage as capacity tier of a scale-out repository.',
    'Move policy: points older than the operational restore window.',
    'Immutability in the bucket as on disk at least.',
  ],
  prerequisites: [
    'Object storage and line with room for the first offload',
    'Costs of requests and egress agreed',
  ],
  risks: [
    'Restores of moved points take longer and may cost egress',
    'Only closed chains move: active ones stay',
  ],
  rollback: 'Copy back to the performance tier, with time and egress.',
  verification: 'Use of the performance tier falls after the first offload.',
  hours: [4, 8],
  touches: ['moves-data'],
  effect: ({ id, repository }) =>
    repository?.isScaleOut || repository?.hasCapacityTier === false
      ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within: 0.08 }] }
      : null,
};

const moveTopJob: Option = {
  id: 'move-largest-job',
  text: 'Send the job that grows most to a repository with room',
  steps: [
    'Move backup (version 12 and newer) to the other repository, or let the job start a new chain there.',
    'Compare its daily bytes with what the other one has to spare.',
  ],
  prerequisites: [
    'The other repository keeps its own lead time with this job',
    'Immutability there is not weaker',
  ],
  risks: ['Moving takes long and loads both', 'The other repository fills sooner'],
  rollback: 'Move it back.',
  verification: 'Growth of this repository falls, and the other one keeps more days than the lead time.',
  hours: [2.5, 6],
  touches: ['moves-data'],
  effect: moveEffect,
};

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
    options: [reclaim, retention, moveTopJob, offload, expand],
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

/** What freeing these bytes does, by the days that the present growth takes to fill them. */
function freeing(amount: (repository: RepositoryState) => number | null) {
  return ({ id, repository, hazard, facts }: Case): Effect | null => {
    const freed = repository ? amount(repository) : null;
    if (!repository?.capacityBytes || !repository.useBytes || !hazard || freed === null || freed <= 0)
      return null;
    const room = 0.95 * repository.capacityBytes - (repository.useBytes - freed);
    const needed = Math.max(0, repository.slopeBytesPerDay ?? 0) * Math.max(30, facts.leadTimeDays);
    // Twice the growth of the lead time is as safe as new space; less is worth its share of it.
    const covered = needed > 0 ? Math.min(1, Math.max(0, room / (2 * needed))) : room > 0 ? 1 : 0;
    const p95Within = hazard.q + (0.05 - hazard.q) * covered;
    return p95Within < hazard.q
      ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within }] }
      : null;
  };
}

/** Only to a repository whose own risk is small, and only a job that is known. */
function moveEffect({ id, repository, facts }: Case): Effect | null {
  const job = facts.risk.jobs.find(({ id: jobId }) => jobId === repository?.topJobId);
  if (!repository || !job || job.isDeleted || !repository.topJobBytes || !repository.grownBytes) return null;
  const share = repository.topJobBytes / repository.grownBytes;
  const hasRoom = [...facts.repositories.values()].some(
    (other) =>
      other.id !== id &&
      other.isOnline !== false &&
      other.isDated &&
      (other.early80 ?? 365) > 2 * facts.leadTimeDays,
  );
  if (share < 0.4 || !hasRoom) return null;
  const q = facts.assessment.items.find(({ key }) => key === `repository:${id}`)?.contributions[0]?.q ?? 0;
  const p95Within = q + (0.05 - q) * Math.min(1, share);
  return p95Within < q
    ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within }] }
    : null;
}

function reclaimable(repository: RepositoryState | null): number | null {
  return repository
    ? sum(repository.orphanedBytes, repository.disabledJobBytes, repository.overRetainedBytes)
    : null;
}

function sum(...amounts: (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 ? null : known.reduce((total, amount) => total + amount, 0);
}
