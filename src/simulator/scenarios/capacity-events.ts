import { MINUTE } from '../zone.ts';
import { addJob, addRepository, hourOf } from './capacity-bench.ts';
import type { Draft } from './draft.ts';
import { addSession } from './estate-wide.ts';
import { affectRuns, iso, record } from './inject.ts';

/** Something happens to these repositories some weeks after the start, on a morning. */

const STEADY = { machines: 3, gib: 600, changeRate: 0.02 };

export function deleteMuch(draft: Draft): void {
  const at = hourOf(draft, 25, 9);
  const { index } = addRepository(
    draft,
    { name: 'Cleaned up' },
    { regime: 'mass-deletion', size: { share: 0.8, day: 110 }, surprises: [at] },
  );
  addJob(draft, { name: 'Cleaned up files', repository: index, ...STEADY });
  const retired = addJob(draft, {
    name: 'Retired servers',
    repository: index,
    machines: 4,
    gib: 500,
    changeRate: 0.002,
  });
  retired.disabledSince = at - 60 * MINUTE;
  retired.purgedAt = at;
  const about = { job: -1, slot: 0, attempt: 0, result: 'Success', tasks: 0 } as const;
  addSession(draft, { ...about, start: at - 20 * MINUTE, end: at, kind: 'deletion' });
  record(draft, { kind: 'backups-deleted', at: iso(at), jobs: [retired.id], note: 'intended' });
}

/** A job and its backups move from one repository to another: what one of them loses the other one gets. */
export function migrate(draft: Draft): void {
  const at = hourOf(draft, 25, 9);
  const source = addRepository(
    draft,
    { name: 'Old site' },
    { regime: 'migration-source', size: { share: 0.6, day: 0 }, surprises: [at] },
  );
  const target = addRepository(
    draft,
    { name: 'New site' },
    { regime: 'migration', size: { share: 0.8, day: 110 }, surprises: [at] },
  );
  addJob(draft, {
    name: 'Old site files',
    repository: source.index,
    machines: 2,
    gib: 500,
    changeRate: 0.004,
  });
  addJob(draft, { name: 'New site files', repository: target.index, ...STEADY });
  const moving = addJob(draft, {
    name: 'Moving servers',
    repository: source.index,
    machines: 4,
    gib: 500,
    changeRate: 0.004,
  });
  moving.moved = { at, repository: target.index };
  record(draft, { kind: 'backups-moved', at: iso(at), jobs: [moving.id], note: 'intended' });
}

export function expand(draft: Draft): void {
  const at = hourOf(draft, 30, 9);
  const { index, id, name } = addRepository(
    draft,
    { name: 'Expanded' },
    {
      regime: 'expansion',
      size: { share: 0.8, day: 60 },
      expansion: { at, factor: 1.3 },
      surprises: [at],
    },
  );
  addJob(draft, { name: 'Expanded files', repository: index, ...STEADY });
  record(draft, { kind: 'capacity-added', at: iso(at), entity: { kind: 'repository', id, name } });
}

/** Retention is cut to a week, but what is stored cannot be deleted for a month: only that much is freed. */
export function cutAboveTheFloor(draft: Draft): void {
  const at = hourOf(draft, 20, 9);
  const immutableDays = 30;
  const { index } = addRepository(
    draft,
    { name: 'Hardened', kind: 'LinuxHardened', immutableDays },
    { regime: 'immutability-floor', size: { share: 0.8, day: 110 }, surprises: [at] },
  );
  const growth = { kind: 'linear', from: draft.now, perDay: 0.008 } as const;
  const jobs = [1, 3, 5].map((fullWeekday, i) =>
    addJob(draft, {
      name: `Hardened tier ${i + 1}`,
      repository: index,
      machines: 2,
      gib: 400,
      changeRate: 0.02,
      growth,
      fullWeekday,
      retentionDays: 60,
      immutableDays,
    }),
  );
  draft.retentionCuts.push({ jobs: jobs.map((job) => job.index), at, days: 7 });
  record(draft, {
    kind: 'retention-shortened',
    at: iso(at),
    jobs: jobs.map(({ id }) => id),
    note: 'intended',
  });
}

/** For a week the server does not answer; its jobs run all the same. */
export function answerNothing(draft: Draft): void {
  const [from, to] = [hourOf(draft, 30, 6), hourOf(draft, 37, 6)];
  const { index } = addRepository(
    draft,
    { name: 'Linear' },
    { regime: 'gaps', size: { share: 0.8, day: 105 } },
  );
  addJob(draft, { name: 'Linear files', repository: index, ...STEADY });
  draft.outages.push({ from, to }, { from: hourOf(draft, 44, 6), to: hourOf(draft, 46, 6) });
  record(draft, { kind: 'no-answer', at: iso(from), until: iso(to) });
}

export function goOffline(draft: Draft): void {
  const [from, to] = [hourOf(draft, 30, 9), hourOf(draft, 37, 9)];
  const { index, id, name } = addRepository(
    draft,
    {
      name: 'Branch',
      changes: [
        { at: from, isOnline: false },
        { at: to, isOnline: true },
      ],
    },
    { regime: 'offline-week', size: { share: 0.8, day: 110 }, surprises: [from, to] },
  );
  const job = addJob(draft, { name: 'Branch files', repository: index, ...STEADY });
  const cause = { kind: 'repository', id, text: name } as const;
  affectRuns(draft, [job], {
    kind: 'repository-offline',
    from,
    to,
    effect: { result: 'Failed', cause: 'networkPath' },
    cause,
  });
}

/** Somebody puts something else on the volume. */
export function fillSuddenly(draft: Draft): void {
  const at = hourOf(draft, 45, 9);
  const { index, id, name } = addRepository(
    draft,
    { name: 'Misused' },
    { regime: 'sudden-fill', size: { share: 0.7, day: 105 }, fill: { at, share: 0.93 }, surprises: [at] },
  );
  addJob(draft, { name: 'Misused files', repository: index, ...STEADY, changeRate: 0.004 });
  record(draft, {
    kind: 'volume-filled',
    at: iso(at),
    entity: { kind: 'repository', id, name },
    note: 'other data',
  });
}
