import { causeRule, fixJobs, jobsOf, runsAgain } from '../causes.ts';
import { age, hours, pointAge, stopped } from '../lateness.ts';
import { cites, percent, type Rule, say } from '../rule.ts';
import { hasUnusablePoints } from '../signals.ts';

const SCOPES = ['job', 'workload'] as const;

/** Jobs that run and protect less than they seem to. */
export const PROTECTION_RULES: readonly Rule[] = [
  {
    id: 'gap.copy-lagging',
    type: 'gap',
    scopes: SCOPES,
    title: 'The copy falls behind',
    when: (of) => (stopped(of).some(({ isCopy }) => isCopy) ? 0.82 : null),
    hypothesis: (of) => ({
      text: `The newest copied point is ${hours(jobsOf(of)[0])} old, allowed are ${say(jobsOf(of)[0]?.rpoHours, 'hours')}.`,
      cites: jobsOf(of).flatMap((job) =>
        cites(job, 'lastGoodAgeHours', 'rpoHours', 'failureStreak', 'medianDurationSeconds'),
      ),
    }),
    steps: [
      {
        text: 'Bottleneck of the copy; daily change against what the line carries in its window.',
        minutes: 25,
      },
      { text: 'Is the source job late, or are its points locked by merges?', minutes: 15 },
    ],
    options: [
      {
        id: 'widen-copy-window',
        text: 'Widen the window of the copy and lift throttling at night',
        steps: [
          'Copy job > Schedule: allow the whole day or more of the night.',
          'Network traffic rules: throttle in office hours only.',
          'WAN accelerator or compression where the line is the bottleneck.',
        ],
        prerequisites: ['Word of the network team'],
        risks: ['Copies in office hours slow the line'],
        rollback: 'Set the former window.',
        verification: 'The newest copied point stays inside its RPO for three days.',
        hours: [0.5, 2],
        effect: fixJobs,
      },
      {
        id: 'seed-copy',
        text: 'Seed the copy: bring one full backup to the target by other means, and map it',
        steps: ['Copy the newest full to a disk, import it at the target, map the copy job to it.'],
        prerequisites: ['Encrypted transport disk', 'Room at the target'],
        risks: ['The disk in transit holds production data'],
        rollback: 'Delete the seed, the copy goes on as before.',
        verification: 'The next copy is incremental.',
        hours: [3, 8],
        effect: fixJobs,
      },
    ],
    verify: (of) => age(of),
  },
  {
    id: 'gap.log-backup',
    type: 'gap',
    scopes: SCOPES,
    title: 'Log backups have gaps',
    when: (of) => (stopped(of).some(({ isLogBackup }) => isLogBackup) ? 0.84 : null),
    hypothesis: (of) => ({
      text: `The last log backup that ended well is ${hours(jobsOf(of)[0])} old: changes since then cannot be restored.`,
      cites: jobsOf(of).flatMap((job) => cites(job, 'type', 'lastGoodAgeHours', 'failureStreak')),
    }),
    steps: [
      {
        text: 'Recovery model of the databases (full), a second product that truncates logs, and whether the image backup of the machine runs: logs need one.',
        minutes: 25,
      },
      {
        text: 'Log shipping server: free space, ports, rights of the guest account in the database.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'restart-log-chain',
        text: 'Run the image backup, which starts a new log chain, and leave truncation to one product',
        steps: [
          'Switch truncation off in the other product, or choose copy-only there.',
          'Run the image job, then watch two log intervals.',
        ],
        prerequisites: ['Word of the database administrator'],
        risks: ['Logs that nobody truncates fill the volume of the database'],
        rollback: 'Give truncation back to the other product.',
        verification: 'Log backups end well for a day without a gap.',
        hours: [0.5, 2],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
  {
    id: 'gap.hidden-breach',
    type: 'gap',
    scopes: ['workload'],
    title: 'The job is green and the workload gets no new point',
    when: (of) => {
      const { workload } = of;
      // Points that are made and are infected are no missing points: making more of them helps nobody.
      if (!workload || workload.hiddenByJob === null || hasUnusablePoints(of)) return null;
      return (workload.rpoAgeHours ?? Number.POSITIVE_INFINITY) > workload.rpoTargetHours ? 0.95 : null;
    },
    hypothesis: ({ workload }) => ({
      text: `Its job ended well, but its newest restore point is ${say(workload?.rpoAgeHours, 'hours')} old, and ${say(workload?.rpoTargetHours, 'hours')} are allowed.`,
      cites: cites(workload, 'hiddenByJob', 'rpoAgeHours', 'rpoTargetHours', 'rpoStatus'),
    }),
    steps: [
      {
        text: 'Is the workload still in the object list: excluded, moved out of folder or tag, powered off, template?',
        minutes: 15,
      },
      { text: 'Task list of the last run: was it processed, skipped or ended with a warning?', minutes: 15 },
    ],
    options: [
      {
        id: 'include-again',
        text: 'Include the workload again and run the job for it',
        steps: ['Mend tag, folder or exclusion.', 'Start the job for this machine (Retry or Quick Backup).'],
        prerequisites: ['It is still to be protected'],
        risks: ['A recreated machine starts a new chain'],
        rollback: 'Set the exclusion again.',
        verification: 'Its newest restore point is inside the RPO for three days.',
        hours: [0.25, 1],
        effect: fixJobs,
      },
    ],
    verify: () => [pointAge],
  },
  {
    id: 'gap.retry-dependent',
    type: 'gap',
    scopes: SCOPES,
    title: 'The job succeeds only by retries',
    when: (of) => {
      const share = Math.max(0, ...jobsOf(of).map(({ recoveredShare }) => recoveredShare ?? 0));
      return share >= 0.25 ? Math.min(0.6, share) : null;
    },
    hypothesis: (of) => ({
      text: `${percent(jobsOf(of)[0]?.recoveredShare)} of its usable runs needed a retry.`,
      cites: jobsOf(of).flatMap((job) => cites(job, 'recoveredShare', 'attemptsPerRun')),
    }),
    steps: [
      {
        text: 'What does the first attempt meet that the second does not: locks, load, a machine that is starting?',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'mend-first-attempt',
        text: 'Shift the start behind what the first attempt collides with',
        steps: [
          'Start an hour later for a week and compare.',
          'Fewer machines at a time if the load is the cause.',
        ],
        prerequisites: ['Overlay of the schedules'],
        risks: ['The window ends later'],
        rollback: 'Set the former start.',
        verification: 'The share of retries falls below a fifth.',
        hours: [0.5, 2],
        effect: fixJobs,
      },
    ],
    verify: () => [{ metric: 'retry_share', op: '<=', target: 0.2, windowHours: 336 }],
  },
  {
    id: 'gap.timing-pattern',
    type: 'gap',
    scopes: SCOPES,
    title: 'It fails at a fixed time',
    when: (of) => (jobsOf(of).some(({ patternKind }) => isPattern(patternKind)) ? 0.55 : null),
    hypothesis: (of) => {
      const job = jobsOf(of).find(({ patternKind }) => isPattern(patternKind)) ?? null;
      const slot =
        job?.patternKind === 'WEEKDAY_PATTERN'
          ? `on ${DAYS[job.patternSlot ?? 0]}`
          : `at ${say(job?.patternSlot)} o'clock`;
      return {
        text: `It fails ${say(job?.patternLift)} times as often ${slot} as at other times (${say(job?.patternFailures)} failures).`,
        cites: cites(job, 'patternKind', 'patternSlot', 'patternLift', 'patternFailures'),
      };
    },
    steps: [
      {
        text: 'What else runs then: fulls, patches, scans, storage snapshots, maintenance of the database?',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'avoid-slot',
        text: 'Move the job out of that time for two weeks and compare',
        steps: ['Change the start on that day or hour.', 'If it helps, move the other one back instead.'],
        prerequisites: ['A free window'],
        risks: ['Collision at the new time'],
        rollback: 'Set the former start.',
        verification: 'No failure at the new time in two weeks.',
        hours: [0.5, 1.5],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
  causeRule({
    id: 'gap.canceled',
    title: 'Runs are stopped by people or by the window',
    cause: 'CANCELED',
    meaning: 'Runs do not fail, they are stopped',
    steps: [
      { text: 'Who or what stops them? Menu > History: user; Job > Schedule: backup window.', minutes: 15 },
    ],
    options: [
      {
        id: 'fit-window',
        text: 'Agree on a window that the job fits in, and start it earlier',
        steps: ['Compare the usual duration with the window.', 'Start earlier or split the job.'],
        prerequisites: ['Word of those who stop it'],
        risks: ['Load at another time'],
        rollback: 'Set the former window.',
        verification: 'Three runs end by themselves.',
        hours: [0.5, 1.5],
      },
    ],
  }),
];

const DAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

const isPattern = (kind: string | null) => kind === 'WEEKDAY_PATTERN' || kind === 'TIME_PATTERN';
