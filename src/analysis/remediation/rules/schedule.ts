import { fixJobs, jobsOf, runsAgain } from '../causes.ts';
import type { Case } from '../evidence.ts';
import { age, hours, stopped } from '../lateness.ts';
import { byId } from '../lookup.ts';
import { cites, type Rule, say } from '../rule.ts';
import { isSuspectedJob } from '../suspicion.ts';

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
      const isHeld = of.subject.jobIds.some((id) => isSuspectedJob(of.facts.risk, id));
      return {
        text: `Its jobs are disabled or deleted, and no other job protects ${machines === 1 ? 'the workload' : `its ${machines} workloads`}.${isHeld ? HELD : ''}`,
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
];

const HELD =
  ' What they hold is under suspicion: do not enable them before that case is closed, as retention would delete older points.';

/** A week of good runs. Of a disabled job only that nothing runs is judged; once enabled it is judged like any other. */
const RUNS_AGAIN_Q = 1 / 12;

function enableJobs(of: Case): ReturnType<NonNullable<Rule['options'][number]['effect']>> {
  const { jobs: known } = byId(of.facts.risk);
  const disabled = of.subject.jobIds.filter(
    (id) => known.get(id)?.isEnabled === false && !known.get(id)?.isDeleted,
  );
  if (disabled.length === 0 || disabled.some((id) => isSuspectedJob(of.facts.risk, id))) return null;
  if (of.scope === 'job') return { kind: 'hazard', q: RUNS_AGAIN_Q };
  return {
    kind: 'changes',
    changes: disabled.flatMap((jobId) => [
      { kind: 'enable_job' as const, jobId },
      { kind: 'fix_job' as const, jobId },
    ]),
  };
}
