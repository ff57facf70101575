import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveryTruth, WorkloadTruth } from '../../../src/simulator/truth/recovery.ts';
import type { TrialTruth } from '../../../src/simulator/truth/recovery-trials.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { type Results, resultsOf, rowOf, runRto, truthNow } from './helpers.ts';

const REVISIONS = ['1.3-rev0', '1.3-rev1', '1.3-rev2'] as const;
const SCENARIOS = [
  'recovery-healthy',
  'recovery-untested-tier1',
  'recovery-failing-surebackup',
  'recovery-slow-large',
  'recovery-rpo-hidden',
  'recovery-failed-restores',
  'recovery-instant-mount',
  'recovery-copies',
  'recovery-infected-newest',
  'recovery-immutable',
  'recovery-replicas',
  'recovery-misleading-names',
  'recovery-odd-rows',
];

for (const [index, scenario] of SCENARIOS.entries()) {
  const revision = REVISIONS[index % REVISIONS.length] as (typeof REVISIONS)[number];
  test(`${scenario} on ${revision}: every machine is judged as the truth has it`, async () => {
    await using simulator = await simulate({ scenario, revision, jobs: 8 });
    await using database = await createTestDatabase();
    const summary = await runRto(simulator, database);
    assert.equal(summary.status, 'succeeded', JSON.stringify(summary));
    const truth = truthNow(simulator);
    const results = await resultsOf(database);
    holdPoints(truth, results);
    await holdTrials(truth, database);
    holdTests(truth, results);
    holdBreaches(truth, results);
    holdReplicas(truth, results);
  });
}

const stored = ({ workloads }: RecoveryTruth) =>
  workloads.filter(({ locations }) => locations.some(({ points }) => points > 0));

/** Every machine in a backup is a workload, with points or without, and nothing else is. */
function holdPoints(truth: RecoveryTruth, { workloads, locations, summary }: Results): void {
  for (const one of truth.workloads) assert.ok(rowOf(workloads, one), `${one.platform} ${one.name}`);
  for (const one of stored(truth)) {
    const row = rowOf(workloads, one);
    assert.ok(row, `${one.platform} ${one.name} ${one.platformObjectId}`);
    assert.equal(row.size_bytes, one.sizeBytes, one.name);
    holdLocations(one, locations, row.workload_id);
    const usable = one.locations.flatMap(({ newest }) => newest ?? []);
    assert.ok(row.newest_point_at || row.rpo_status === 'NEVER', one.name);
    if (row.newest_point_at?.toISOString() === one.newest?.at)
      assert.ok(Math.abs((row.rpo_age_hours ?? -1) - (one.rpoAgeHours ?? 0)) < 1e-6, one.name);
    // A newer point is there that cannot be used, as it is infected.
    else
      assert.ok(
        usable.length > 0 && row.reasons.some((reason) => /infected|suspicious/.test(reason)),
        one.name,
      );
    assert.equal(row.last_clean_at?.toISOString() ?? null, one.lastClean?.at ?? null, one.name);
  }
  for (const one of truth.workloads.filter((each) => !stored(truth).includes(each))) {
    const row = rowOf(workloads, one);
    assert.deepEqual([row?.rpo_status, row?.recency, row?.restore_points], ['NEVER', 'NEVER', 0], one.name);
  }
  assert.equal(workloads.length, truth.workloads.length);
  assert.equal(summary.workloads, truth.workloads.length);
}

function holdLocations(one: WorkloadTruth, locations: Results['locations'], workloadId: string): void {
  const own = locations.filter((row) => row.workload_id === workloadId && row.kind === 'REPOSITORY');
  for (const [repositoryId, held] of Map.groupBy(
    one.locations.filter(({ points }) => points > 0),
    (location) => location.repositoryId,
  )) {
    const row = own.find(({ location_id }) => location_id === repositoryId);
    assert.ok(row, `${one.name} in ${repositoryId}`);
    const newest = held
      .flatMap(({ newestClean }) => newestClean?.at ?? [])
      .sort()
      .at(-1);
    if (newest) assert.equal(row.newest_point_at?.toISOString(), newest, `${one.name} in ${repositoryId}`);
    assert.equal(
      row.is_copy,
      held.every(({ isCopy }) => isCopy),
      one.name,
    );
    const until =
      held
        .flatMap(({ immutableUntil }) => immutableUntil ?? [])
        .sort()
        .at(-1) ?? null;
    if (held.length === 1 && newest === held[0]?.newest?.at)
      assert.equal(row.immutable_until?.toISOString() ?? null, until, `${one.name} in ${repositoryId}`);
  }
}

/** A trial that an id leads to is its machine's as long as the point is there, and no trial is another machine's. */
async function holdTrials(truth: RecoveryTruth, database: TestDatabase): Promise<void> {
  const { db } = database.metrics;
  const rows = await db.selectFrom('restore_trial').selectAll().where('vanished_at', 'is', null).execute();
  const byId = new Map(rows.map((row) => [row.trial_id, row]));
  const workloads = await db.selectFrom('workload').select(['workload_id', 'name', 'platform']).execute();
  const points = new Set(
    (await db.selectFrom('restore_point').select('restore_point_id').execute()).map(
      (row) => row.restore_point_id,
    ),
  );
  for (const one of truth.workloads)
    for (const trial of one.trials) {
      const row = byId.get(trial.taskId ?? trial.sessionId);
      assert.ok(row, `${one.name} ${trial.sessionType} ${trial.startedAt}`);
      const found = workloads.find(({ workload_id }) => workload_id === row.workload_id);
      if (row.workload_id !== null)
        assert.deepEqual([found?.name, found?.platform], [one.name, one.platform], trial.startedAt);
      const isThere = trial.point !== null && points.has(trial.point.id);
      if (trial.ledBy === 'POINT' && isThere) assert.equal(row.mapped_by, 'RESTORE_POINT', one.name);
      if (trial.ledBy === 'NAME')
        assert.ok(['NAME', 'RESTORE_POINT', 'REPLICA_POINT'].includes(row.mapped_by), one.name);
      assert.equal(row.class, trial.class, one.name);
      assert.equal(row.started_at.toISOString(), trial.startedAt);
      assert.equal(row.outcome, outcomeSeen(trial, row), `${one.name} ${trial.class} ${trial.startedAt}`);
      if (['NOT_POSITIVE', 'TOO_LONG'].includes(trial.excluded ?? '') && trial.class === 'FULL_VM')
        assert.ok(row.excluded, `${one.name} ${trial.startedAt}`);
    }
}

/** A session goes on as long as its mount, and a scan that finds something has done its work: what it shows is another matter. */
function outcomeSeen(trial: TrialTruth, row: { ready_at: Date | null; outcome: string }): string {
  if (trial.class === 'INSTANT' && trial.outcome === 'RUNNING')
    return trial.readyMinutes === null && row.outcome !== 'FAILED' ? 'RUNNING' : row.outcome;
  return trial.class === 'CONTENT_SCAN' && trial.scanResult === 'Infected' ? 'FAILED' : trial.outcome;
}

function holdTests(truth: RecoveryTruth, { workloads, summary }: Results): void {
  for (const one of stored(truth)) {
    const row = rowOf(workloads, one);
    const hasPassed = (row?.ok_trials ?? 0) + (row?.ok_verifications ?? 0) > 0;
    const isUnclear = one.trials.some(({ ledBy }) => ledBy === 'NOTHING');
    if (!isUnclear) assert.equal(hasPassed, one.isTested, one.name);
    if (row?.recency === 'NEVER') assert.equal(row.sla_status, 'UNTESTED', one.name);
  }
  assert.equal(summary.never_tested, workloads.filter(({ recency }) => recency === 'NEVER').length);
}

function holdBreaches(truth: RecoveryTruth, { workloads }: Results): void {
  const hidden = new Set(truth.breaches.filter(({ isHidden }) => isHidden).map(({ name }) => name));
  const found = workloads.filter(
    ({ hidden_by_job, rpo_status }) => hidden_by_job !== null && ['BREACHED', 'NEVER'].includes(rpo_status),
  );
  // New points that are infected cannot be used: that is hidden by a green job, too.
  const isInfected = (name: string) =>
    truth.workloads.some((one) => one.name === name && one.newest?.at !== one.lastClean?.at);
  const names = found.map(({ name }) => name).filter((name) => hidden.has(name) || !isInfected(name));
  assert.deepEqual(names.toSorted(), [...hidden].toSorted());
}

function holdReplicas(truth: RecoveryTruth, { workloads, locations }: Results): void {
  for (const replica of truth.replicas) {
    const row = locations.find(({ location_id }) => location_id === replica.id);
    assert.ok(row, replica.name);
    assert.equal(workloads.find(({ workload_id }) => workload_id === row.workload_id)?.name, replica.machine);
    assert.equal(row.newest_point_at?.toISOString(), replica.newest?.at);
  }
}
