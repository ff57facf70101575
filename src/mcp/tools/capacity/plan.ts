import type { CapacityQuestion as EngineQuestion } from '../../../analysis/capacity/answer.ts';
import { forecastCapacity } from '../../../analysis/capacity/forecast.ts';
import type { CapacityPlan } from '../../../analysis/capacity/what-if.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import { type Forecast, listCapacitySummaries } from '../../../queries/capacity.ts';
import { listJobGrowth } from '../../../queries/capacity-extras.ts';
import { listBackupChains, listStoredBackups, type StoredBackup } from '../../../queries/capacity-jobs.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { findRepositories } from './find-repositories.ts';
import { findJobBackups, findTarget, getForecast, type JobBackups } from './plan-targets.ts';
import type { WhatIf } from './question.ts';
import { readForecastQuestion, readMembers } from './series.ts';

const TB = 2 ** 40;
const DAY_MS = 86_400_000;

/** One repository that a plan changes: the engine's question about it, and the plan in the engine's words. */
export type Change = { forecast: Forecast; question: EngineQuestion; plans: CapacityPlan[] };

export type ResolvedPlan = {
  changes: Change[];
  /** In our words; what the plan takes for granted. */
  assumptions: string[];
  job?: JobBackups;
  extent?: Forecast;
};

type Resolve = (db: MetricsReader, scope: CapacityScope, plan: WhatIf) => Promise<ResolvedPlan>;

/**
 * A plan as the engine takes it, from what the runs knew.
 * @throws AnswerError where something it names is not there, or what it needs is not known
 */
export function resolvePlan(db: MetricsReader, scope: CapacityScope, plan: WhatIf): Promise<ResolvedPlan> {
  return RESOLVE[plan.kind](db, scope, plan);
}

const RESOLVE: Record<WhatIf['kind'], Resolve> = {
  more_space: async (db, scope, plan) => {
    const change = await changeOf(db, scope, await targetOf(db, scope, plan));
    const bytes = Math.round((plan.add_tb ?? 0) * TB);
    return {
      changes: [{ ...change, plans: [{ kind: 'MORE_SPACE', bytes }] }],
      assumptions: ['A TB is 2^40 bytes, as Veeam counts; the space is there at once.'],
    };
  },
  lead_time: async (db, scope, plan) => ({
    changes: [await changeOf(db, scope, await targetOf(db, scope, plan))],
    assumptions: ['Nothing changes but the days until what is ordered can be used.'],
  }),
  new_machines: resolveMachines,
  extent_maintenance: resolveMaintenance,
  move_job: resolveMove,
  fewer_restore_points: resolvePoints,
};

const targetOf = (db: MetricsReader, scope: CapacityScope, { repository }: WhatIf) =>
  findTarget(db, scope, { wanted: repository ?? scope.question.repository, field: 'repository' });

async function changeOf(
  db: MetricsReader,
  scope: CapacityScope,
  forecast: Forecast,
  plans: CapacityPlan[] = [],
): Promise<Change> {
  return { forecast, question: await readForecastQuestion(db, scope, forecast), plans };
}

async function resolveMachines(db: MetricsReader, scope: CapacityScope, plan: WhatIf): Promise<ResolvedPlan> {
  const change = await changeOf(db, scope, await targetOf(db, scope, plan));
  const { count = 0, bytes_each: storedBytesEach = 0 } = plan;
  const given = plan.bytes_per_day_each;
  const bytesPerDayEach = given ?? growthOfOne(change.question, storedBytesEach);
  return {
    changes: [
      { ...change, plans: [{ kind: 'MORE_MACHINES', machines: count, storedBytesEach, bytesPerDayEach }] },
    ],
    assumptions: [
      given === undefined
        ? 'They grow as fast, for their size, as what the repository holds; where that shrinks, not at all.'
        : 'They grow by the bytes per day that were given.',
      'Their first full backups are there at once.',
    ],
  };
}

/** As much per stored byte as the repository grows. */
function growthOfOne(question: EngineQuestion, storedBytes: number): number {
  const { growthPerDay, usedBytes } = forecastCapacity(question);
  if (!growthPerDay || !usedBytes) {
    throw new AnswerError(
      'what_if: how the repository grows is not known, so how new machines would is not either: give bytes_per_day_each.',
    );
  }
  return Math.max(0, (growthPerDay.value / usedBytes) * storedBytes);
}

async function resolveMaintenance(
  db: MetricsReader,
  scope: CapacityScope,
  plan: WhatIf,
): Promise<ResolvedPlan> {
  const extent = await findTarget(db, scope, { wanted: plan.extent, field: 'extent' });
  const { sourceId, scaleOutRepositoryId, capacityBytes, useBytes: usedBytes } = extent;
  if (extent.kind !== 'EXTENT' || scaleOutRepositoryId === null) {
    throw new AnswerError(
      'what_if: that repository is no extent of a scale-out repository, so nothing takes its place in maintenance.',
    );
  }
  const forecast = await getForecast(db, scope, { sourceId, repositoryId: scaleOutRepositoryId });
  await assertSameRepository(db, scope, forecast);
  const members = await readMembers(db, runOf(scope, sourceId), forecast);
  if (!members.includes(extent.repositoryId)) {
    throw new AnswerError(
      'what_if: the space of that extent does not count now (offline, sealed or in maintenance already, not of the ' +
        'performance tier, or on the volume of another extent), so nothing changes without it.',
    );
  }
  if (capacityBytes === null || usedBytes === null) {
    throw new AnswerError('what_if: how much that extent holds, or its capacity, is not known.');
  }
  if (members.length === 1) {
    throw new AnswerError('what_if: it is the only extent that takes data: without it no job could write.');
  }
  return {
    changes: [
      await changeOf(db, scope, forecast, [{ kind: 'EXTENT_IN_MAINTENANCE', capacityBytes, usedBytes }]),
    ],
    assumptions: [
      'Its data stay on it and are not counted; what would have gone there goes to the other extents.',
    ],
    extent,
  };
}

/** Who names a repository beside the extent means that one. */
async function assertSameRepository(
  db: MetricsReader,
  { runs, question: { repository } }: CapacityScope,
  { repositoryId }: Forecast,
): Promise<void> {
  if (repository === undefined) return;
  const found = await findRepositories(db, runs, repository);
  if (found.some((one) => one.repositoryId === repositoryId)) return;
  throw new AnswerError(
    'what_if: that extent belongs to another scale-out repository than the one in repository.',
  );
}

const runOf = ({ runs }: CapacityScope, source: string) =>
  runs.find(({ sourceId }) => sourceId === source) as ScopeRun;

async function resolveMove(db: MetricsReader, scope: CapacityScope, plan: WhatIf): Promise<ResolvedPlan> {
  const job = await findJobBackups(db, scope, plan.job ?? '');
  const from = await sourceOfMove(db, scope, job, plan.repository ?? scope.question.repository);
  const to = await findTarget(db, scope, { wanted: plan.to, field: 'to', runs: [job.run] });
  if (to.repositoryId === from.repositoryId || from.sharedVolumeWith.includes(to.repositoryId)) {
    throw new AnswerError('what_if: the job lies on that space already: moving it there changes nothing.');
  }
  if (to.kind === 'EXTENT') {
    throw new AnswerError(
      'what_if: jobs write to scale-out repositories, not to extents: give the scale-out one as to.',
    );
  }
  const onSpace = spaceOf(from);
  const moved = job.backups.filter(({ repositoryId }) => onSpace.includes(repositoryId ?? ''));
  const storedBytes = storedOf(moved);
  const growth = await growthOfJob(db, scope, from, job.jobId);
  const bytesPerDay = Math.max(0, growth ?? 0);
  const isPart = moved.some((one) => one.storedBytes === null);
  return {
    changes: [
      await changeOf(db, scope, from, [{ kind: 'MOVED_JOB', storedBytes, bytesPerDay }]),
      await changeOf(db, scope, to, [
        { kind: 'MOVED_JOB', storedBytes: -storedBytes, bytesPerDay: -bytesPerDay },
      ]),
    ],
    assumptions: [
      'Its backups move at once with all their bytes; reduction in the new place is as in the old one.',
      growth === null
        ? 'How the job grows is not known: its growth stays in the old place, and the new place gets none.'
        : growth < 0
          ? 'The job shrank lately; that is not expected to go on.'
          : 'It goes on growing as in the last attribution.',
      ...(isPart ? ['Some of its backups were never read; their bytes are not counted.'] : []),
    ],
    job,
  };
}

/** Ids under which backups on the space of a forecast are booked. */
const spaceOf = ({ repositoryId, sharedVolumeWith }: Forecast) => [repositoryId, ...sharedVolumeWith];

function storedOf(backups: readonly StoredBackup[]): number {
  const known = backups.flatMap(({ storedBytes }) => storedBytes ?? []);
  if (known.length === 0) {
    throw new AnswerError('what_if: the files of that job were not read yet, so what it holds is not known.');
  }
  return known.reduce((sum, bytes) => sum + bytes, 0);
}

/** Where the job lies: the repository that was named, or the only one that has its backups. */
async function sourceOfMove(
  db: MetricsReader,
  scope: CapacityScope,
  { run, backups }: JobBackups,
  wanted: string | undefined,
): Promise<Forecast> {
  const places = [...new Set(backups.flatMap(({ repositoryId }) => repositoryId ?? []))];
  const found = wanted === undefined ? [] : await findRepositories(db, [run], wanted);
  const chosen = found.filter(({ repositoryId }) => places.includes(repositoryId));
  const [only] = wanted === undefined ? places : chosen.map(({ repositoryId }) => repositoryId);
  const count = wanted === undefined ? places.length : chosen.length;
  if (count === 1 && only !== undefined) {
    return getForecast(db, scope, { sourceId: run.sourceId, repositoryId: only });
  }
  throw new AnswerError(
    count === 0
      ? 'what_if: the job has no backups in that repository.'
      : 'what_if: the job has backups in several repositories: say which one as repository.',
  );
}

/** Bytes per day over the longest period that the job was there for; null: not known. */
async function growthOfJob(
  db: MetricsReader,
  scope: CapacityScope,
  from: Forecast,
  jobId: string,
): Promise<number | null> {
  const summaries = await listCapacitySummaries(db, [runOf(scope, from.sourceId)]);
  const runs = summaries.flatMap(({ sourceId, ledgerRunId }) =>
    ledgerRunId === null ? [] : [{ sourceId, runId: ledgerRunId }],
  );
  if (runs.length === 0) return null;
  const periods = await listJobGrowth(db, { runs, repositoryIds: spaceOf(from), jobId });
  // A job that came within the period brought its data; that is no growth.
  const usable = periods.find(
    ({ bytesBefore, sinceAt, untilAt }) => bytesBefore && untilAt.getTime() - sinceAt.getTime() >= DAY_MS,
  );
  if (!usable || usable.deltaBytes === null) return null;
  return usable.deltaBytes / ((usable.untilAt.getTime() - usable.sinceAt.getTime()) / DAY_MS);
}

async function resolvePoints(db: MetricsReader, scope: CapacityScope, plan: WhatIf): Promise<ResolvedPlan> {
  const job = plan.job === undefined ? undefined : await findJobBackups(db, scope, plan.job);
  const wanted = plan.repository ?? scope.question.repository;
  const from = job ? await sourceOfMove(db, scope, job, wanted) : await targetOf(db, scope, plan);
  const run = runOf(scope, from.sourceId);
  const known = job?.backups ?? (await listStoredBackups(db, { ...run, sampledAt: from.concludedAt }));
  const onSpace = spaceOf(from);
  const backupIds = known
    .filter(({ repositoryId }) => onSpace.includes(repositoryId ?? ''))
    .map(({ backupId }) => backupId);
  const chains = await listBackupChains(db, { ...run, backupIds });
  const sized = chains.flatMap(({ points, incrementBytes }) =>
    incrementBytes === null ? [] : [{ points, incrementBytes }],
  );
  if (sized.length === 0) {
    throw new AnswerError(
      'what_if: no increments are known there (files not read yet, or full backups only), so what fewer restore points free is not known.',
    );
  }
  const plans = sized.map(
    ({ points, incrementBytes }): CapacityPlan => ({
      kind: 'FEWER_RESTORE_POINTS',
      restorePoints: points,
      keep: plan.keep_points ?? Math.ceil(points * (1 - (plan.share ?? 0))),
      incrementBytes,
    }),
  );
  return {
    changes: [await changeOf(db, scope, from, plans)],
    assumptions: [
      'Each point that goes frees an increment of the usual (median) size of its chain; growth goes on.',
      'Points that GFS keeps stay, and do not count. Immutability may delay the release.',
      ...(sized.length < chains.length
        ? ['Chains without an increment of known size are left as they are.']
        : []),
    ],
    ...(job ? { job } : {}),
  };
}
