import { AZURE } from '../azure.ts';
import { isTooSlow, minutesExpected, quick, tested } from '../restore-options.ts';
import { cites, type MetricSpec, type Option, percent, type Rule, type Step, say } from '../rule.ts';

const LOOK: readonly Step[] = [
  { text: 'Which restores were there? Portal > vault > Backup jobs > operation Restore.', minutes: 10 },
  {
    text: 'Newest points and their tiers: a snapshot beside the machine is quick, the vault copies everything, the archive takes hours first.',
    minutes: 10,
  },
  {
    text: 'Prepare a real test: an isolated virtual network, a quota for the machine, somebody who can say whether it works.',
    minutes: 60,
  },
];

/** As for any machine: in full, beside the original, and timed. */
const restoreBeside: Option = {
  id: 'azure-restore-test',
  text: 'Restore it once as a new machine in an isolated virtual network and take the time',
  steps: [
    'Portal > item > Restore VM > Create new > Create new virtual machine, in a virtual network without a peering. Never Replace existing for a test.',
    'Databases: restore under another name to another server. Shares: to another share.',
    'Note start and end; let the owner confirm that it works, then delete the copy.',
  ],
  prerequisites: [
    'A staging storage account in the region of the vault',
    'An isolated virtual network, and a quota for its size',
    'The owner of the application is there',
  ],
  risks: ['A copy that reaches the production network has the name and accounts of the original'],
  rollback: 'Delete the restored resources.',
  verification: 'The restore job ended with Completed inside the RTO and is in the history.',
  hours: [2, 4],
  effect: tested(1),
};

const lastPassed: MetricSpec = { metric: 'last_test_passed', op: '>=', target: 1, windowHours: 48 };
const MOST_CITED = 5;

/** Restores from vaults that were never tried, fail or take too long. */
export const AZURE_RECOVER_RULES: readonly Rule[] = [
  {
    id: 'azure.untested',
    type: 'recover',
    scopes: ['workload'],
    platforms: AZURE,
    title: 'Nobody knows whether it can be restored',
    when: ({ workload, hazard }) => {
      if (workload === null) return hazard && hazard.basis !== 'measured' ? 0.6 : null;
      return workload.trials === 0 && workload.verifications === 0 ? 0.9 : null;
    },
    hypothesis: ({ workload, members = [], hazard }) => ({
      text: `${members.length > 1 ? `${members.length} workloads of the vault were` : 'It was'} never restored; the probability of a restore inside the RTO, ${percent(hazard ? 1 - hazard.q : null)}, is that of others or assumed.`,
      cites: (members.length > 0 ? members.slice(0, MOST_CITED) : workload ? [workload] : []).flatMap((one) =>
        cites(one, 'trials', 'pMean', 'basis', 'rtoTargetMinutes'),
      ),
    }),
    steps: LOOK,
    options: [restoreBeside],
    verify: () => [
      { metric: 'days_since_test', op: '<=', target: 90, windowHours: 48 },
      { metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 },
    ],
  },
  {
    id: 'azure.stale-test',
    type: 'recover',
    scopes: ['workload'],
    platforms: AZURE,
    title: 'The last restore is too long ago to say anything',
    when: ({ workload }) =>
      workload?.lastTestAt != null && (workload.recency === 'STALE' || workload.recency === 'CRITICAL')
        ? 0.7
        : null,
    hypothesis: ({ workload, facts }) => ({
      text: `The last restore is ${say(workload?.lastTestAt == null ? null : (facts.assessment.now - workload.lastTestAt) / 86_400_000, 'days')} old; after 45 days half of what it showed is gone.`,
      cites: cites(workload, 'lastTestAt', 'recency', 'pMean'),
    }),
    steps: LOOK,
    options: [restoreBeside],
    verify: () => [{ metric: 'days_since_test', op: '<=', target: 30, windowHours: 48 }, lastPassed],
  },
  {
    id: 'azure.failed-test',
    type: 'recover',
    scopes: ['workload'],
    platforms: AZURE,
    title: 'The last restore failed',
    when: ({ workload }) =>
      workload?.lastFailureAt != null &&
      (workload.lastTestAt === null || workload.lastFailureAt >= workload.lastTestAt)
        ? 0.92
        : null,
    hypothesis: ({ workload }) => ({
      text: `The last of ${say(workload?.trials)} restores failed; ${say(workload?.failedTrials)} failed in all.`,
      cites: cites(workload, 'lastFailureAt', 'lastFailureCause', 'trials', 'failedTrials', 'pMean'),
    }),
    steps: [
      {
        text: 'Read code, message and recommendations of the failed restore job in the portal.',
        minutes: 15,
      },
      ...LOOK,
    ],
    options: [
      {
        ...restoreBeside,
        id: 'azure-mend-and-repeat',
        text: 'Remove the cause and repeat the restore until it passes, from two different points',
        steps: [
          'Quota, virtual network, staging account, key vault or lock: mend what the code names.',
          'Repeat from the newest and from an older point, as a new machine in an isolated virtual network.',
          'Write down what had to be done.',
        ],
        hours: [2, 6],
        effect: tested(2),
      },
    ],
    verify: () => [lastPassed, { metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 }],
  },
  {
    id: 'azure.too-slow',
    type: 'recover',
    scopes: ['workload'],
    platforms: AZURE,
    title: 'A restore takes longer than the RTO',
    when: ({ workload }) => (workload && isTooSlow(workload) ? (workload.trials > 0 ? 0.85 : 0.6) : null),
    hypothesis: ({ workload }) => ({
      text: `A restore is expected to take ${say(workload && minutesExpected(workload), 'minutes')}, allowed are ${say(workload?.rtoTargetMinutes)}.`,
      cites: cites(workload, 'q90Minutes', 'sizeBytes', 'gibPerMinute', 'rtoTargetMinutes', 'basis'),
    }),
    steps: LOOK,
    options: [
      {
        id: 'keep-snapshots-longer',
        text: 'Keep snapshots beside the machine for longer, and restore from them',
        steps: [
          'Portal > Backup policies: Retain instant recovery snapshots for up to 5 days, with the enhanced policy up to 30.',
          'Restore with a target resource group, so that managed disks are made at once.',
          'Test it once and take the time.',
        ],
        prerequisites: ['Price of the snapshots', 'The enhanced policy for more than 5 days'],
        risks: [
          'Snapshots are in the region of the machine: against the loss of the region only the vault helps',
        ],
        rollback: 'Set the former number of days.',
        verification: 'A restore from a snapshot ended inside the RTO.',
        hours: [1, 4],
        effect: quick,
      },
    ],
    verify: () => [lastPassed, { metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 }],
  },
];
