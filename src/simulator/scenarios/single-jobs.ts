import { DAY, HOUR } from '../zone.ts';
import { type Draft, isNightly, type Scenario, takeJobs } from './draft.ts';
import { affectRuns, FOREVER, failNights, iso, lastSlot, noonBefore, record } from './inject.ts';

export const vssOneGuest: Scenario = {
  name: 'vss-one-guest',
  summary:
    'one machine of a job fails each night because of its VSS writer, and with it the job; the other machines are fine',
  inject: (draft) => failOneGuest(draft, 12),
};

export function failOneGuest(draft: Draft, nights: number): void {
  const jobs = takeJobs(draft, 1, (job) => isNightly(job) && job.count >= 3);
  const [job] = jobs.length > 0 ? jobs : takeJobs(draft, 1);
  if (!job) return;
  const machine = draft.estate.machines[draft.estate.protected[job.first + 1]?.machine ?? -1];
  failNights(draft, [job], nights, 'vssTimeout', {
    kind: 'vss-one-guest',
    effect: { result: 'Failed', cause: 'vssTimeout', slots: [Math.min(1, job.count - 1)] },
    cause: { kind: 'message', text: 'VSS' },
    note: `only ${machine?.name ?? 'one machine'} fails`,
  });
}

export const silentJob: Scenario = {
  name: 'silent-job',
  summary: 'two jobs are enabled and scheduled, but nothing has started them for nine days',
  inject: (draft) => silence(draft, 2, 9),
};

export function silence(draft: Draft, count: number, days: number): void {
  affectRuns(draft, takeJobs(draft, count), {
    kind: 'silent',
    from: noonBefore(draft, days),
    effect: { isSkipped: true },
  });
}

export const neverRan: Scenario = {
  name: 'never-ran',
  summary:
    'two jobs were never started, one new job has failed since it was made, and the security analyser has never run',
  inject: (draft) => {
    const [first, second, third] = takeJobs(draft, 3);
    for (const job of [first, second]) {
      if (!job) continue;
      job.neverRan = true;
      record(draft, { kind: 'never-ran', jobs: [job.id] });
    }
    if (third) {
      third.createdAt = noonBefore(draft, 6);
      failNights(draft, [third], 6, 'hostUnavailable', { kind: 'never-succeeded' });
    }
    draft.posture.analyzerHasRun = false;
    record(draft, { kind: 'analyzer-never-ran' });
  },
};

export const disabledJobs: Scenario = {
  name: 'disabled-jobs',
  summary: 'several jobs were disabled three weeks ago on purpose',
  inject: (draft) => {
    for (const job of takeJobs(draft, 6)) {
      job.disabledSince = draft.now - 20 * DAY;
      record(draft, { kind: 'disabled', at: iso(job.disabledSince), jobs: [job.id] });
    }
  },
};

export const retryStorm: Scenario = {
  name: 'retry-storm',
  summary: 'three jobs succeed, but two runs in three only after retries',
  inject: (draft) => needRetries(draft, 3),
};

export function needRetries(draft: Draft, count: number): void {
  affectRuns(draft, takeJobs(draft, count), {
    kind: 'retry-storm',
    from: noonBefore(draft, 40),
    share: 0.7,
    effect: { failedAttempts: 2, cause: 'snapshot' },
  });
}

export const weekdayPattern: Scenario = {
  name: 'weekday-pattern',
  summary: 'two jobs fail every Sunday and at no other time',
  inject: (draft) => failOnSundays(draft, 2),
};

export function failOnSundays(draft: Draft, count: number): void {
  const jobs = takeJobs(draft, count);
  for (const job of jobs) job.schedule = { kind: 'daily', minute: 21 * 60 + (job.index % 60) };
  affectRuns(draft, jobs, {
    kind: 'weekday-pattern',
    from: draft.historyStart,
    weekdays: [6],
    effect: { result: 'Failed', cause: 'networkPath' },
  });
}

export const degrading: Scenario = {
  name: 'degrading',
  summary: 'two jobs that were reliable fail every second night since two weeks',
  inject: (draft) => {
    for (const job of takeJobs(draft, 2)) {
      affectRuns(draft, [job], {
        kind: 'degrading',
        from: noonBefore(draft, 14),
        everyNth: 2,
        nthOffset: (lastSlot(draft, job) + 1) % 2,
        effect: { result: 'Failed', cause: 'timeout' },
      });
    }
  },
};

export const runningOverdue: Scenario = {
  name: 'running-overdue',
  summary: 'a run hangs since the night before last, and the job cannot start again',
  inject: (draft) => {
    const jobs = takeJobs(draft, 1);
    const from = noonBefore(draft, 2);
    affectRuns(draft, jobs, { kind: 'hangs', from, to: from + 20 * HOUR, effect: { hangs: true } });
    affectRuns(draft, jobs, {
      kind: 'not-started-while-running',
      from: from + 20 * HOUR,
      to: FOREVER,
      effect: { isSkipped: true },
    });
  },
};

export const copyAndChildren: Scenario = {
  name: 'copy-and-children',
  summary: 'copy jobs have parent and child sessions; one copy job fails, three days now, and counts once',
  inject: (draft) => {
    const [copy] = takeJobs(draft, 1, ({ kind, count }) => kind === 'copyPeriodic' && count > 0);
    if (copy)
      failNights(draft, [copy], 3, 'networkPath', {
        kind: 'copy-fails',
        from: noonBefore(draft, 3) - 11 * HOUR,
      });
  },
};
