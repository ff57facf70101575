import { causeRule, fixJobs, jobsOf, runsAgain } from './remediation-causes.ts';
import type { Case, JobState } from './remediation-evidence.ts';
import { cites, type MetricSpec, percent, type Rule, say } from './remediation-rule.ts';

const SCOPES = ['job', 'workload'] as const;

/** Jobs that do not run, run too seldom, or run without protecting anything. */
export const SCHEDULE_RULES: readonly Rule[] = [
  {
    id: 'gap.job-disabled',
    type: 'gap',
    scopes: SCOPES,
    title: 'Nothing makes new restore points',
    when: ({ item }) => (item.flags.includes('UNPROTECTED') ? 0.98 : null),
    hypothesis: (of) => {
      const machines = of.scope === 'job' ? of.item.affectedWorkloads.length : 1;
      return {
        text: `Its jobs are disabled or deleted, and no other job protects ${machines === 1 ? 'the workload' : `its ${machines} workloads`}.`,
        cites: jobsOf(of).flatMap((job) => cites(job, 'isDisabled', 'status', 'lastGoodAgeHours')),
      };
    },
    steps: [
      { text: 'Who disabled or deleted the job, when and why? Menu > History > System.', minutes: 15 },
      { text: 'Are its machines still in use, and does another product protect them?', minutes: 20 },
    ],
    options: [
      {
        id: 'enable-job',
        text: 'Enable the job and run it now',
        steps: [
          'Right-click the job > Disable (the mark goes away).',
          'Start it by hand and watch the first run.',
        ],
        prerequisites: [
          'The reason for disabling no longer holds',
          'Room in the repository for what has changed meanwhile',
        ],
        risks: ['After a long pause the first run reads much, and retention may remove many old points'],
        rollback: 'Disable the job again.',
        verification: 'A new restore point exists for each of its machines.',
        hours: [0.25, 1],
        effect: enableJobs,
      },
      {
        id: 'protect-elsewhere',
        text: 'Add the machines to a job that runs, or record that they need no backup',
        steps: [
          'Add them by tag or by name to a job of the same tier.',
          'Machines that are gone: delete the job, so that it is not taken for protection.',
        ],
        prerequisites: ['Word of the owner'],
        risks: ['A new chain starts with a full backup'],
        rollback: 'Remove them from that job.',
        verification: 'Each machine has a new restore point, or is no longer listed.',
        hours: [0.5, 2],
        effect: () => ({ kind: 'hazard', q: RUNS_AGAIN_Q }),
      },
    ],
    verify: () => [{ metric: 'unprotected', op: '<=', target: 0, windowHours: 24 }],
  },
  {
    id: 'gap.never-scheduled',
    type: 'gap',
    scopes: SCOPES,
    title: 'The job has no schedule',
    when: (of) => (stopped(of).some(({ isScheduled }) => isScheduled === false) ? 0.85 : null),
    hypothesis: (of) => ({
      text: `The job is enabled and has no schedule: it runs only when somebody starts it. Its last usable run is ${hours(jobsOf(of)[0])} old.`,
      cites: jobsOf(of).flatMap((job) => cites(job, 'isScheduled', 'lastGoodAgeHours', 'rpoHours')),
    }),
    steps: [{ text: 'Is it meant to be started by hand, by a script or after another job?', minutes: 15 }],
    options: [
      {
        id: 'set-schedule',
        text: 'Give the job a schedule that fits its RPO, with retries',
        steps: [
          'Job > Schedule > Run the job automatically, within the RPO.',
          'Retry failed items 3 times, 10 minutes apart.',
        ],
        prerequisites: ['A window that the storage can take'],
        risks: ['Collisions with other jobs at the same time'],
        rollback: 'Clear the schedule.',
        verification: 'The job starts by itself, and its newest point stays inside the RPO for three days.',
        hours: [0.25, 1],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
  {
    id: 'gap.never-ran',
    type: 'gap',
    scopes: SCOPES,
    title: 'There was never a usable restore point',
    when: (of) => {
      const never = jobsOf(of).some(
        ({ freshness, isDisabled }) => freshness === 'NEVER' && isDisabled !== true,
      );
      return never || of.workload?.rpoStatus === 'NEVER' ? 0.7 : null;
    },
    hypothesis: (of) => ({
      text: `No run of the job ever ended with a usable restore point, in ${say(jobsOf(of)[0]?.totalRuns, 'runs')}.`,
      cites: [
        ...jobsOf(of).flatMap((job) => cites(job, 'freshness', 'totalRuns')),
        ...cites(of.workload, 'rpoStatus', 'restorePoints'),
      ],
    }),
    steps: [
      { text: 'Was it ever started? Does its object list find anything?', minutes: 15 },
      { text: 'Watch a first run from start to end.', minutes: 60 },
    ],
    options: [
      {
        id: 'first-run',
        text: 'Start it by hand, mend what the first run shows, then leave it to its schedule',
        steps: ['Job > Statistics: watch the run.', 'Check that the number of machines is the expected one.'],
        prerequisites: ['Room for a full backup', 'A quiet hour'],
        risks: ['A first full backup loads source and network'],
        rollback: 'Stop the run; nothing is lost.',
        verification: 'Each machine has one usable restore point.',
        hours: [0.5, 3],
        effect: fixJobs,
      },
    ],
    verify: (of) => [...age(of), { metric: 'failure_streak', op: '<=', target: 0, windowHours: 24 }],
  },
  {
    id: 'gap.stopped-starting',
    type: 'gap',
    scopes: SCOPES,
    title: 'The job does not start any more',
    when: (of) => {
      const silent = stopped(of).filter(
        ({ failureStreak, isScheduled }) => failureStreak === 0 && isScheduled !== false,
      );
      if (silent.length === 0) return null;
      return silent.some(({ missedRuns }) => (missedRuns ?? 0) > 0) ? 0.8 : 0.5;
    },
    hypothesis: (of) => {
      const [job] = jobsOf(of);
      const chained = job?.isChained ? ' It starts after another job, so that one may be the cause.' : '';
      return {
        text: `${say(job?.missedRuns, 'runs')} are missing without a failure, and the last usable run is ${hours(job)} old.${chained}`,
        cites: jobsOf(of).flatMap((each) =>
          cites(each, 'missedRuns', 'lastGoodAgeHours', 'rpoHours', 'isChained'),
        ),
      };
    },
    steps: [
      { text: 'Next run in the list of jobs; the job it waits for; a run that never ended.', minutes: 15 },
      { text: 'Veeam Backup Service and its database; time and zone of the server.', minutes: 20 },
    ],
    options: [
      {
        id: 'restart-schedule',
        text: 'End what blocks it, save the schedule anew and start it by hand',
        steps: [
          'Stop a run that hangs (gracefully first).',
          'Edit the job and finish the wizard, which plans the next run.',
          'Chained jobs: rather give each its own time.',
        ],
        prerequisites: ['Nothing else runs on the same machines'],
        risks: ['A stopped run may leave a snapshot'],
        rollback: 'None needed.',
        verification: 'It starts by itself at the next planned time.',
        hours: [0.5, 1.5],
        effect: fixJobs,
      },
    ],
    verify: (of) => age(of),
  },
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
    when: ({ workload }) =>
      workload &&
      workload.hiddenByJob !== null &&
      (workload.rpoAgeHours ?? Number.POSITIVE_INFINITY) > workload.rpoTargetHours
        ? 0.95
        : null,
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
const pointAge: MetricSpec = { metric: 'point_age_over_rpo', op: '<=', target: 1, windowHours: 24 };

const isPattern = (kind: string | null) => kind === 'WEEKDAY_PATTERN' || kind === 'TIME_PATTERN';

/** Enabled jobs whose newest point is too old. */
function stopped(of: Case): readonly JobState[] {
  return jobsOf(of).filter(
    ({ freshness, isDisabled }) => (freshness === 'LATE' || freshness === 'BREACHED') && isDisabled !== true,
  );
}

function hours(job: JobState | undefined): string {
  return job?.lastGoodAgeHours == null ? 'of unknown age' : say(job.lastGoodAgeHours, 'hours');
}

function age({ subject }: Case): MetricSpec[] {
  const runs: MetricSpec = { metric: 'run_age_over_rpo', op: '<=', target: 1, windowHours: 24 };
  return subject.jobIds.length > 0 ? [runs] : [pointAge];
}

/** A week of good runs. Of a disabled job only that nothing runs is judged; once enabled it is judged like any other. */
const RUNS_AGAIN_Q = 1 / 12;

function enableJobs(of: Case): ReturnType<NonNullable<Rule['options'][number]['effect']>> {
  const known = new Map(of.facts.risk.jobs.map((job) => [job.id, job]));
  const disabled = of.subject.jobIds.filter(
    (id) => known.get(id)?.isEnabled === false && !known.get(id)?.isDeleted,
  );
  if (disabled.length === 0) return null;
  if (of.scope === 'job') return { kind: 'hazard', q: RUNS_AGAIN_Q };
  return {
    kind: 'changes',
    changes: disabled.flatMap((jobId) => [
      { kind: 'enable_job' as const, jobId },
      { kind: 'fix_job' as const, jobId },
    ]),
  };
}
