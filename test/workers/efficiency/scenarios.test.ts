import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { type Results, resultsOf, runEfficiency, truthOf } from './helpers.ts';

type Truth = ReturnType<typeof truthOf>;

/** What one run over a scenario concluded, and what is true. */
async function runScenario(scenario: string): Promise<{ results: Results; truth: Truth }> {
  await using simulator = await simulate({ scenario, jobs: 4, days: 90 });
  await using database = await createTestDatabase();
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  return { results: await resultsOf(database), truth: truthOf(simulator) };
}

test('every kind of finding side by side: each is found, with exact bytes', async (t) => {
  const { results, truth } = await runScenario('efficiency-all');

  await t.test('the bytes of each job and kind are those of its files', () => {
    for (const { jobId, backupId, name, isMeasurable, ...kinds } of truth.jobs) {
      const own = results.jobs.filter(({ owner_id }) => owner_id === (jobId ?? backupId));
      for (const [kind, sums] of [
        ['FULL', kinds.full],
        ['INCREMENT', kinds.increment],
        ['ALL', kinds.all],
      ] as const) {
        if (sums.files === 0) continue;
        const row = own.find((one) => one.kind === kind);
        assert.deepEqual(
          [row?.files, row?.data_bytes, row?.stored_bytes],
          [sums.files, sums.dataBytes, sums.storedBytes],
          `${name} ${kind}`,
        );
        if (isMeasurable) assert.ok(Math.abs(Number(row?.factor) - Number(sums.factor)) < 1e-9, name);
        else assert.equal(row?.factor, null, name);
      }
      const { change_rate: rate } = own.find(({ kind }) => kind === 'ALL') ?? {};
      if (kinds.changeRate !== null) assert.ok(Math.abs(Number(rate) / kinds.changeRate - 1) < 1e-9, name);
    }
    assert.equal(results.summary.jobs, truth.jobs.length);
    assert.equal(results.summary.not_measurable_jobs, 2);
  });

  await t.test('trends that were put in are found', () => {
    for (const { jobId, name, trend } of truth.jobs) {
      if (!trend || trend.class === 'STABLE') continue;
      const row = results.jobs.find((one) => one.owner_id === jobId && one.kind === 'ALL');
      assert.equal(row?.trend, trend.class, name);
      const { trend_low: low, trend_high: high } = row ?? {};
      const isInside = Number(low) <= trend.percentIn30Days && trend.percentIn30Days <= Number(high);
      assert.ok(isInside || Math.abs(Number(row?.trend_percent) - trend.percentIn30Days) < 3, name);
    }
  });

  await t.test('each machine whose files became unlike those before is found, of a type that it is', () => {
    for (const { type, alsoAs, job, machine, since, until, files } of truth.anomalies) {
      const own = results.anomalies.filter(
        (row) =>
          row.owner_id === job.id &&
          row.workload_names.includes(machine.name) &&
          row.happened_at.getTime() >= Date.parse(since) &&
          row.happened_at.getTime() < (until ? Date.parse(until) : Number.POSITIVE_INFINITY),
      );
      assert.ok(own.length > 0, `${type} of ${machine.name}`);
      assert.ok(
        own.some((row) => [type, ...alsoAs].includes(row.type as typeof type)),
        `${own.map((row) => row.type).join()} for ${type} of ${machine.name}`,
      );
      assert.ok(files.some(({ id }) => own.some((row) => row.backup_file_id === id)));
    }
  });

  await t.test('an anomaly is resolved once two normal files have followed, and open until then', () => {
    for (const { type, job, machine, since, files, resolvedAt, isLasting } of truth.anomalies) {
      if (isLasting || type !== 'ENTROPY_SUSPECT') continue;
      const row = results.anomalies.findLast(
        (one) =>
          one.owner_id === job.id &&
          one.type === type &&
          one.happened_at.getTime() >= Date.parse(since) &&
          one.workload_names.includes(machine.name),
      );
      assert.ok(row, `${type} of ${machine.name}`);
      assert.equal(row.resolved_at?.toISOString() ?? null, resolvedAt, machine.name);
      assert.ok(files.length > 0);
    }
  });

  await t.test('what malware detection says of the machine stands beside its anomaly', () => {
    const noticed = truth.anomalies.filter(({ malware }) => malware.eventIds.length > 0);
    assert.equal(noticed.length, 2);
    for (const { job, malware } of noticed) {
      const row = results.anomalies.find(
        (one) => one.owner_id === job.id && one.malware_event_ids.length > 0,
      );
      assert.deepEqual(row?.malware_event_ids, malware.eventIds);
      assert.equal(row.malware_status, malware.status);
    }
    const others = results.anomalies.filter(
      (one) => !noticed.some(({ job }) => job.id === one.owner_id) && one.backup_file_id !== null,
    );
    assert.ok(others.every((row) => row.malware_status === 'Clean' && row.malware_event_ids.length === 0));
  });

  await t.test('nothing benign is open, and nothing benign is called a suspect', () => {
    const disturbed = new Set(truth.anomalies.map(({ job }) => job.id));
    const benign = results.anomalies.filter(({ owner_id }) => !disturbed.has(owner_id));
    assert.deepEqual(
      benign.filter(({ resolved_at, type }) => resolved_at === null || type === 'ENTROPY_SUSPECT'),
      [],
    );
  });

  await t.test('space that could be had back: each item with its owner and exact bytes, and no other', () => {
    const disturbed = new Set(truth.anomalies.map(({ job }) => job.id));
    const trending = truth.jobs.filter(({ trend }) => trend?.class !== 'STABLE');
    const unlike = new Set([...disturbed, ...trending.map(({ jobId }) => jobId)]);
    const seen = new Set<string>();
    for (const { category, owner, machine, bytes, files, between } of truth.reclaimable) {
      const own = results.reclaimable.filter(
        (row) => row.category === category && row.backup_id === owner.backupId,
      );
      const found = own.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
      const [low, high] = between ?? [bytes, bytes];
      assert.ok(low <= found && found <= high, `${category} of ${owner.name}: ${found} for ${bytes}`);
      if (category !== 'BELOW_PEERS') assert.equal(own[0]?.files, files, owner.name);
      assert.equal(own[0]?.owner_id, owner.jobId ?? owner.backupId);
      assert.equal(own[0].owner_name, owner.name);
      if (machine) assert.equal(own[0].workload_name, machine.name);
      for (const row of own) seen.add(row.item_id);
    }
    const more = results.reclaimable.filter(
      ({ item_id, owner_id }) => !seen.has(item_id) && !unlike.has(owner_id),
    );
    assert.deepEqual(
      more.map(({ item_id }) => item_id),
      [],
    );
  });

  await t.test('no byte is counted twice, and the parts add up', () => {
    const { summary, reclaimable } = results;
    const counted = reclaimable.reduce((sum, row) => sum + row.counted_bytes, 0);
    assert.equal(summary.reclaimable_bytes, counted);
    const categories = Object.values(summary.by_category as Record<string, { counted_bytes: number }>);
    assert.equal(
      categories.reduce((sum, one) => sum + one.counted_bytes, 0),
      counted,
    );
    assert.ok(Math.abs(Number(summary.reclaimable_cost) - (counted / 2 ** 40) * 100) < 1e-6);
    for (const [backupId, own] of Map.groupBy(reclaimable, ({ backup_id }) => backup_id)) {
      const stored = truth.jobs.find((one) => one.backupId === backupId)?.all.storedBytes ?? 0;
      assert.ok(own.reduce((sum, row) => sum + row.counted_bytes, 0) <= stored);
    }
    assert.ok(reclaimable.every(({ caution, reason }) => caution && reason));
  });

  await t.test('the bytes of the repositories are those of all files', () => {
    for (const one of truth.repositories) {
      const row = results.repositories.find(({ repository_id }) => repository_id === one.id);
      // Files name the scale-out repository and not its extent.
      if (!row) assert.match(one.name, /extent|tier/i);
      else {
        assert.deepEqual([row.files, row.stored_bytes], [one.files, one.listedBytes], one.name);
        assert.equal(row.reason === null, one.isMeasurable, one.name);
        assert.equal(row.factor === null, !one.isMeasurable, one.name);
        if (one.kind === 'repository') {
          assert.deepEqual([row.reported_bytes, row.used_bytes], [one.reportedBytes, one.usedBytes]);
          assert.equal(row.clone_saving_bytes, one.isMeasurable ? one.sharedBytes : null, one.name);
        }
      }
    }
    const stored = results.repositories.reduce((sum, row) => sum + (row.stored_bytes ?? 0), 0);
    assert.equal(
      stored,
      truth.jobs.reduce((sum, { all }) => sum + all.storedBytes, 0),
    );
  });

  await t.test('everything was read, so nothing but the appliances is unknown', () => {
    const { summary } = results;
    const completeness = summary.completeness as { outcome: string }[];
    assert.ok(completeness.every(({ outcome }) => outcome === 'complete'));
    assert.deepEqual(summary.not_known, [
      'reduction of 2 jobs: it happens on an appliance, behind the counters',
    ]);
    assert.deepEqual(
      [summary.price_per_tb_year, summary.price_basis, summary.currency],
      [100, 'DEFAULT', 'USD'],
    );
    assert.deepEqual(summary.files_read_at, summary.concluded_at);
    assert.ok(Number(summary.score) > 0 && Number(summary.factor) > 1);
  });
});

for (const scenario of ['migration', 'new-full', 'month-end', 'steady', 'patch-day']) {
  test(`${scenario} is nothing to report`, async () => {
    const { results, truth } = await runScenario(`efficiency-${scenario}`);
    const allowed = new Set(truth.benign.flatMap(({ mayBeReportedAs }) => mayBeReportedAs));
    const found = results.anomalies.filter(({ type }) => !allowed.has(type));
    assert.deepEqual(
      found.filter(({ resolved_at, type }) => resolved_at === null || type === 'ENTROPY_SUSPECT'),
      [],
    );
    assert.equal(results.summary.open_anomalies, 0);
    assert.deepEqual(results.reclaimable, []);
    for (const { since, until } of truth.benign) {
      const [from, to] = [Date.parse(since ?? ''), Date.parse(until ?? '')];
      const then = found.filter(({ happened_at: at }) => at.getTime() >= from && at.getTime() < to);
      assert.deepEqual(then, [], 'nothing is reported for the event itself');
    }
    if (scenario !== 'patch-day') return;
    const nights = results.anomalies.filter(({ type }) => type === 'FLEET_SURGE');
    assert.equal(nights.length, 1);
    assert.ok((nights[0]?.workload_names.length ?? 0) >= 12);
    assert.notEqual(nights[0]?.resolved_at, null);
  });
}
