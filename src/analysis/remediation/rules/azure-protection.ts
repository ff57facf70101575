import { AZURE, BACKUP_NOW, citesOfItems, itemsOf, lostForGoodAt, SHOW_ITEM } from '../azure.ts';
import { failingJobs, fixJobs, jobsOf, runsAgain } from '../causes.ts';
import type { AzureItemState, Case } from '../evidence.ts';
import { age, hours, pointAge, stopped } from '../lateness.ts';
import type { Effect, MetricSpec, Rule, Step } from '../rule.ts';
import { say } from '../rule.ts';

const SCOPES = ['job', 'workload'] as const;
/** As seven good runs leave it. */
const RUNS_AGAIN_Q = 1 / 12;

const LOOK: readonly Step[] = [
  { text: `State, policy and newest restore point of the item: ${SHOW_ITEM}.`, minutes: 5 },
  { text: 'Who changed it, and when? Portal > vault > Activity log.', minutes: 10 },
];

const isProtected: MetricSpec = { metric: 'item_protected', op: '>=', target: 1, windowHours: 24 };

/** Items that are stopped, deleted, never backed up, late or not as their policy says. */
export const AZURE_PROTECTION_RULES: readonly Rule[] = [
  {
    id: 'azure.soft-deleted',
    type: 'gap',
    scopes: SCOPES,
    platforms: AZURE,
    title: 'Its backups were deleted and are kept for a few days only',
    when: (of) => (itemsOf(of).some(({ isSoftDeleted }) => isSoftDeleted) ? 0.99 : null),
    hypothesis: (of) => {
      const until = lostForGoodAt(of);
      const left = until === null ? null : Math.max(0, (until - of.facts.assessment.now) / 86_400_000);
      const when =
        until === null || left === null
          ? 'at a time that Azure does not say'
          : `in ${say(left, 'days')}, on ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
      return {
        text: `Protection was stopped and its backups were deleted. Soft delete gives them up ${when}; after that nothing brings them back.`,
        cites: citesOfItems(of),
      };
    },
    steps: [
      ...LOOK,
      {
        text: 'Meant by its owner? If nobody knows of it, treat it as an attack and tell the security team first.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'undelete-item',
        text: 'Undelete it, then resume protection',
        steps: [
          'az backup protection undelete --vault-name <vault> -g <group> --container-name <container> --item-name <item> --backup-management-type AzureIaasVM --workload-type VM',
          'Portal > item > Resume backup with the policy that it had.',
          `Start a backup: ${BACKUP_NOW}.`,
        ],
        prerequisites: ['Before soft delete ends', 'With a resource guard: the second person'],
        risks: ['Retention goes on from where it stopped: old points may expire at once'],
        rollback: 'Stop protection again, and keep the data.',
        verification: 'The item is protected and has a new restore point.',
        hours: [0.25, 1],
        effect: resume,
      },
      {
        id: 'record-retirement',
        text: 'Meant: record who decided it, and let soft delete end',
        steps: ['Write down owner, date and reason.'],
        prerequisites: ['Word of its owner in writing'],
        risks: ['After that nothing brings the data back'],
        rollback: 'Undelete, as long as soft delete holds.',
        verification: 'The item is no longer listed.',
        hours: [0.25, 0.5],
        effect: () => ({ kind: 'unscored' }),
      },
    ],
    verify: () => [isProtected],
  },
  {
    id: 'azure.stopped',
    type: 'gap',
    scopes: SCOPES,
    platforms: AZURE,
    title: 'Protection was stopped, its data are kept',
    when: (of) => (itemsOf(of).some(isStopped) ? 0.97 : null),
    hypothesis: (of) => ({
      text: 'Azure Backup makes no new restore points of it. What there is stays and costs as before.',
      cites: citesOfItems(of),
    }),
    steps: [...LOOK, { text: 'Is it still in use, and does something else protect it?', minutes: 15 }],
    options: [
      {
        id: 'resume-protection',
        text: 'Resume protection with a policy of its tier',
        steps: [
          'az backup protection resume --vault-name <vault> -g <group> --container-name <container> --item-name <item> --policy-name <policy> --backup-management-type AzureIaasVM',
          `Start a backup: ${BACKUP_NOW}.`,
        ],
        prerequisites: ['The reason for stopping no longer holds'],
        risks: ['Old points beyond the retention of the policy are removed'],
        rollback: 'Stop protection again, and keep the data.',
        verification: 'The item is protected and has a new restore point.',
        hours: [0.25, 1],
        effect: resume,
      },
      {
        id: 'retire-kept-data',
        text: 'Retired: agree until when its data are kept, and delete them then',
        steps: [
          'Write down owner and date.',
          'On that day: portal > item > Delete backup data; soft delete holds it for its days.',
        ],
        prerequisites: ['Word of its owner in writing'],
        risks: ['Data that are deleted are gone after soft delete'],
        rollback: 'Undelete, as long as soft delete holds.',
        verification: 'The item is no longer listed.',
        hours: [0.25, 1],
        effect: () => ({ kind: 'unscored' }),
      },
    ],
    verify: () => [isProtected],
  },
  {
    id: 'azure.never-backed-up',
    type: 'gap',
    scopes: SCOPES,
    platforms: AZURE,
    title: 'There was never a backup of it',
    when: (of) =>
      itemsOf(of).some((item) => item.lastPointAt === null && !isStopped(item) && !item.isSoftDeleted) &&
      failingJobs(of).length === 0
        ? 0.93
        : null,
    hypothesis: (of) => ({
      text: 'It is set up to be protected, and no restore point was ever made. It looks protected and is not.',
      cites: citesOfItems(of),
    }),
    steps: [
      ...LOOK,
      { text: 'Does its policy have a time in the last days, and did a job start then?', minutes: 10 },
    ],
    options: [
      {
        id: 'first-backup',
        text: 'Make the first backup now',
        steps: [`${BACKUP_NOW}`, 'If it fails, its error code names the next step.'],
        prerequisites: ['The machine runs, or is deallocated'],
        risks: ['The first backup reads everything: start it outside of busy hours'],
        rollback: 'None needed.',
        verification: 'The item has a restore point.',
        hours: [0.25, 1],
        effect: fixJobs,
      },
    ],
    verify: () => [pointAge],
  },
  {
    id: 'azure.not-starting',
    type: 'gap',
    scopes: SCOPES,
    platforms: AZURE,
    title: 'Backups are not started any more, and nothing has failed',
    when: (of) =>
      stopped(of).length > 0 && failingJobs(of).length === 0 && !itemsOf(of).some(isStopped) ? 0.8 : null,
    hypothesis: (of) => ({
      text: `The newest usable backup is ${hours(jobsOf(of)[0])} old, the target is ${say(jobsOf(of)[0]?.rpoHours, 'hours')}, and no backup failed: none was started, or none was finished.`,
      cites: citesOfItems(of),
    }),
    steps: [
      ...LOOK,
      {
        text: 'Its policy: days and times, and in which time zone? az backup policy show --vault-name <vault> -g <group> -n <policy>',
        minutes: 10,
      },
      {
        text: 'A job that has been running for days holds back the next: portal > Backup jobs > In progress.',
        minutes: 5,
      },
    ],
    options: [
      {
        id: 'start-and-reassign',
        text: 'Back it up now, and assign its policy anew',
        steps: [
          `${BACKUP_NOW}`,
          'az backup item set-policy --vault-name <vault> -g <group> --container-name <container> --name <item> --policy-name <policy>',
          'Cancel a job that has been stuck for a day.',
        ],
        prerequisites: ['None'],
        risks: ['A policy with a shorter retention removes old points'],
        rollback: 'Assign the former policy.',
        verification: 'Two backups in a row were started by schedule.',
        hours: [0.25, 1],
        effect: fixJobs,
      },
    ],
    verify: (of) => [...age(of), pointAge],
  },
  {
    id: 'azure.policy-inconsistent',
    type: 'gap',
    scopes: SCOPES,
    platforms: AZURE,
    title: 'The item does not keep to its policy',
    when: (of) => (itemsOf(of).some(({ policyInconsistent }) => policyInconsistent) ? 0.6 : null),
    hypothesis: (of) => ({
      text: 'A change of the policy did not reach the item: it is backed up or kept otherwise than the policy says.',
      cites: citesOfItems(of),
    }),
    steps: LOOK,
    options: [
      {
        id: 'reapply-policy',
        text: 'Assign the policy again',
        steps: [
          'az backup item set-policy --vault-name <vault> -g <group> --container-name <container> --name <item> --policy-name <policy>',
        ],
        prerequisites: ['The retention of the policy is the one that is wanted'],
        risks: ['Points beyond the retention of the policy are removed'],
        rollback: 'Assign another policy; removed points do not come back.',
        verification: 'The item no longer says that it is inconsistent.',
        hours: [0.25, 0.5],
        effect: fixJobs,
      },
    ],
    verify: (of) => [
      { metric: 'item_policy_consistent', op: '>=', target: 1, windowHours: 24 },
      ...runsAgain(of),
    ],
  },
];

const STOPPED = new Set(['ProtectionStopped', 'ProtectionPaused', 'BackupsSuspended']);
const isStopped = ({ protectionState, isSoftDeleted }: AzureItemState) =>
  !isSoftDeleted && STOPPED.has(protectionState ?? '');

/** As if its job made points again. */
function resume(of: Case): Effect | null {
  const ids = itemsOf(of).map(({ id }) => id);
  if (of.scope === 'job' || ids.length === 0) return { kind: 'hazard', q: RUNS_AGAIN_Q };
  return {
    kind: 'changes',
    changes: ids.flatMap((jobId) => [
      { kind: 'enable_job' as const, jobId },
      { kind: 'fix_job' as const, jobId },
    ]),
  };
}
