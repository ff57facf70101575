import { isTooSlow, minutesExpected, quick, restoreTest, sureBackup, tested } from '../restore-options.ts';
import { cites, type MetricSpec, percent, type Rule, type Step, say } from '../rule.ts';

/** Frequency and coverage, procedures, a real test: the questions of the original method, 180 minutes. */
const LOOK: readonly Step[] = [
  { text: 'Which tests were there, of what, how long ago, with which result?', minutes: 20 },
  {
    text: 'Procedure of this workload: who decides, order of services, network, accounts, licences?',
    minutes: 40,
  },
  {
    text: 'Prepare a real test: isolated network, host with room, somebody who can say whether the application works.',
    minutes: 120,
  },
];

/** Restores that were never tried, fail, take too long, or have no safe point. */
export const RECOVER_RULES: readonly Rule[] = [
  {
    id: 'recover.untested',
    type: 'recover',
    scopes: ['workload', 'job'],
    title: 'Nobody knows whether it can be restored',
    when: ({ workload, hazard, scope, groupOf }) => {
      if (scope === 'job') return groupOf === 'recover.untested' ? 0.9 : null;
      if (workload === null) return hazard && hazard.basis !== 'measured' ? 0.6 : null;
      return workload.trials === 0 && workload.verifications === 0 ? 0.9 : null;
    },
    hypothesis: (of) => {
      const { members = [], workload, hazard } = of;
      const who = members.length > 1 ? `${members.length} workloads of the job were` : 'It was';
      const p = percent(hazard ? 1 - hazard.q : null);
      return {
        text: `${who} never restored or verified; the probability of a restore inside the RTO, ${p}, is that of others or assumed.`,
        cites: [...(workload ? [workload] : []), ...members.slice(0, MOST_CITED)].flatMap((one) =>
          cites(one, 'trials', 'verifications', 'pMean', 'basis', 'rtoTargetMinutes'),
        ),
      };
    },
    steps: LOOK,
    options: [restoreTest, sureBackup],
    verify: () => [
      { metric: 'days_since_test', op: '<=', target: 90, windowHours: 48 },
      { metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 },
    ],
  },
  {
    id: 'recover.stale-test',
    type: 'recover',
    scopes: ['workload'],
    title: 'The last test is too old to say anything',
    when: ({ workload }) =>
      workload?.lastTestAt != null && (workload.recency === 'STALE' || workload.recency === 'CRITICAL')
        ? 0.7
        : null,
    hypothesis: ({ workload, facts }) => ({
      text: `The last test is ${say(workload?.lastTestAt == null ? null : (facts.assessment.now - workload.lastTestAt) / 86_400_000, 'days')} old; after 45 days half of what it showed is gone.`,
      cites: cites(workload, 'lastTestAt', 'recency', 'pMean'),
    }),
    steps: LOOK.slice(0, 2),
    options: [restoreTest, sureBackup],
    verify: () => [{ metric: 'days_since_test', op: '<=', target: 30, windowHours: 48 }, lastPassed],
  },
  {
    id: 'recover.failed-test',
    type: 'recover',
    scopes: ['workload'],
    title: 'The last restore test failed',
    when: ({ workload }) =>
      workload?.lastFailureAt != null &&
      (workload.lastTestAt === null || workload.lastFailureAt >= workload.lastTestAt)
        ? 0.92
        : null,
    hypothesis: ({ workload }) => ({
      text: `The last of ${say((workload?.trials ?? 0) + (workload?.verifications ?? 0))} tests failed (${causeText(workload?.lastFailureCause ?? null)}); ${say(workload?.failedTrials)} restores failed in all.`,
      cites: cites(
        workload,
        'lastFailureAt',
        'lastFailureCause',
        'trials',
        'failedTrials',
        'verifications',
        'pMean',
      ),
    }),
    steps: [
      { text: 'Read the log of the failed restore or verification to its first error.', minutes: 30 },
      {
        text: 'Does another point of the chain restore? Does another machine restore to the same place?',
        minutes: 60,
      },
    ],
    options: [
      {
        ...restoreTest,
        id: 'mend-and-repeat',
        text: 'Remove the cause and repeat the test until it passes, from two different points',
        steps: [
          'Target, network mapping, accounts, boot order or a damaged point: mend the first error.',
          'Repeat from the newest and from an older point.',
          'Write down what had to be done.',
        ],
        hours: [2, 6],
        effect: tested(2),
      },
      sureBackup,
    ],
    verify: () => [lastPassed, { metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 }],
  },
  {
    id: 'recover.too-slow',
    type: 'recover',
    scopes: ['workload', 'job'],
    title: 'A restore takes longer than the RTO',
    when: ({ workload, scope, groupOf }) => {
      if (scope === 'job') return groupOf === 'recover.too-slow' ? 0.85 : null;
      if (workload === null || !isTooSlow(workload)) return null;
      return workload.trials > 0 ? 0.85 : 0.6;
    },
    hypothesis: ({ workload, members = [] }) => {
      const slowest =
        workload ??
        members.toSorted((a, b) => (minutesExpected(b) ?? 0) - (minutesExpected(a) ?? 0))[0] ??
        null;
      const others =
        members.length > 1 ? ` It is the slowest of ${members.length} workloads that miss theirs.` : '';
      return {
        text: `A restore is expected to take ${say(slowest && minutesExpected(slowest), 'minutes')}, allowed are ${say(slowest?.rtoTargetMinutes, 'minutes')}, at ${say(slowest?.gibPerMinute)} GiB a minute.${others}`,
        cites: cites(
          slowest,
          'q90Minutes',
          'rtoTargetMinutes',
          'sizeBytes',
          'gibPerMinute',
          'overheadMinutes',
          'slaStatus',
        ),
      };
    },
    steps: [
      { text: 'Bottleneck of the last restore: repository, proxy, network or target storage?', minutes: 30 },
      { text: 'Is the target of the business right, and for which parts of the workload?', minutes: 30 },
    ],
    options: [
      {
        id: 'instant-recovery',
        text: 'Plan Instant Recovery for it, and test it',
        steps: [
          'Instant Recovery of the newest point into an isolated network; take the time until users could work.',
          'Then migrate to production storage and take that time too.',
          'Write it into the procedure.',
        ],
        prerequisites: ['Repository whose disks can run a machine', 'Mount server near the host'],
        risks: [
          'Deduplicated or object storage is slow as a running disk',
          'Changes are lost if it ends before the migration',
        ],
        rollback: 'Stop publishing; production is not touched.',
        verification: 'The instant recovery was ready inside the RTO.',
        hours: [2, 4],
        effect: quick,
      },
      {
        id: 'faster-path',
        text: 'Widen the bottleneck: more task slots, another proxy, storage access instead of network',
        steps: [
          'Raise slots of repository and proxy to what the hardware carries.',
          'Hot-add or direct storage access for restores.',
          'Repeat the restore and take the time.',
        ],
        prerequisites: ['The bottleneck is known'],
        risks: ['More load on storage during a restore'],
        rollback: 'Set the former values.',
        verification: 'A restore of it ended inside the RTO.',
        hours: [3, 8],
        effect: quick,
      },
      {
        id: 'replica',
        text: 'Keep a replica of it ready',
        steps: [
          'Replication job at the pace of the RPO, to a host that is not the one of production.',
          'Test the failover plan.',
        ],
        prerequisites: ['Host and storage for a second copy'],
        risks: ['Costs of a second machine', 'A replica carries malware along: keep points of it'],
        rollback: 'Remove the replication job.',
        verification: 'A test failover was ready inside the RTO.',
        hours: [4, 8],
        effect: quick,
      },
    ],
    verify: () => [{ metric: 'restore_p', op: '>=', target: 0.5, windowHours: 48 }, lastPassed],
  },
  {
    id: 'recover.no-safe-point',
    type: 'recover',
    scopes: ['workload'],
    title: 'No point is both clean and verified',
    when: ({ workload }) =>
      workload && workload.lastSafeAt === null && workload.restorePoints > 0 ? 0.5 : null,
    hypothesis: ({ workload }) => ({
      text: `Of ${say(workload?.restorePoints)} restore points none is both scanned clean and verified: after an attack nobody knows which to take.`,
      cites: cites(workload, 'restorePoints', 'lastSafeAt', 'lastCleanAt'),
    }),
    steps: [
      { text: 'Are points scanned, and which of them was started or restored?', minutes: 20 },
      ...LOOK.slice(1),
    ],
    options: [{ ...sureBackup, text: 'Verify and scan the newest point in one SureBackup run' }],
    verify: () => [{ metric: 'days_since_safe_point', op: '<=', target: 30, windowHours: 48 }],
  },
  {
    id: 'recover.no-points',
    type: 'recover',
    scopes: ['workload'],
    title: 'There is nothing to restore from',
    when: ({ workload }) =>
      workload && workload.restorePoints === 0 && workload.replicas === 0 ? 0.95 : null,
    hypothesis: ({ workload }) => ({
      text: 'No restore point and no replica of it is known.',
      cites: cites(workload, 'restorePoints', 'replicas', 'rpoStatus'),
    }),
    steps: [{ text: 'Which job should protect it, and was it ever part of a run?', minutes: 20 }],
    options: [
      {
        id: 'first-point',
        text: 'Make a first restore point and restore it once',
        steps: ['Add it to a job, run it, then a restore test.'],
        prerequisites: ['Room for a full backup'],
        risks: ['Load of a full backup'],
        rollback: 'Remove it from the job.',
        verification: 'A point exists, and a restore of it succeeded.',
        hours: [2, 4],
        effect: tested(1),
      },
    ],
    verify: () => [
      { metric: 'point_age_over_rpo', op: '<=', target: 1, windowHours: 24 },
      { metric: 'days_since_test', op: '<=', target: 90, windowHours: 48 },
    ],
  },
  {
    id: 'recover.unlikely',
    type: 'recover',
    scopes: ['workload'],
    title: 'Tests speak against a restore in time',
    when: ({ workload }) => (workload && workload.trials + workload.verifications > 0 ? 0.3 : null),
    hypothesis: ({ workload }) => ({
      text: `By ${say(workload?.trials)} restores and ${say(workload?.verifications)} verifications a restore inside the RTO has a probability of ${percent(workload?.pMean)}.`,
      cites: cites(workload, 'trials', 'okTrials', 'verifications', 'pMean', 'slaStatus'),
    }),
    steps: LOOK.slice(0, 2),
    options: [restoreTest, sureBackup],
    verify: () => [lastPassed, { metric: 'restore_p', op: '>=', target: 0.6, windowHours: 48 }],
  },
];

/** Of many workloads these are enough to look at; all are in the subject of the plan. */
const MOST_CITED = 5;

const lastPassed: MetricSpec = { metric: 'last_test_passed', op: '>=', target: 1, windowHours: 48 };

const causeText = (cause: string | null) => (cause === null ? 'cause not known' : `cause ${cause}`);
