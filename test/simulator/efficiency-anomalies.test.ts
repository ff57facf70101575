import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileOf } from '../../src/simulator/truth/efficiency-files.ts';
import { startWithClient } from './client.ts';
import { anomalyIn, bytesOf, factorOf, filesIn, median, truthOf, worldOf } from './efficiency-truth.ts';

const ofKind = (files: FileOf[], kind: FileOf['kind']) => files.filter((file) => file.kind === kind);
const since = (files: FileOf[], at: string) => files.filter(({ created }) => created >= Date.parse(at));
const before = (files: FileOf[], at: string) => files.filter(({ created }) => created < Date.parse(at));
const day = (at: string) => at.slice(0, 10);

test('the reduction of one job falls and stays there, that of the other stays as it was', () => {
  const world = worldOf('efficiency-dedupe-drop');
  const { anomalies } = truthOf(world);
  const { since: from, isLasting, resolvedAt, until } = anomalies[0] ?? assert.fail('an anomaly');
  assert.deepEqual([anomalies.length, isLasting, resolvedAt, until], [4, true, null, null]);
  const change = (name: string, kind: FileOf['kind']) => {
    const files = ofKind(filesIn(world, name), kind);
    return median(before(files, from).map(factorOf)) / median(since(files, from).map(factorOf));
  };
  for (const kind of ['FULL', 'INCREMENT'] as const) {
    assert.ok(change('Dedupe files', kind) > 1.35, kind);
    assert.ok(Math.abs(change('Dedupe control', kind) - 1) < 0.15, kind);
  }
});

test('encrypted increments are large and do not shrink; malware detection noticed some', () => {
  const world = worldOf('efficiency-encryption-burst');
  const truth = truthOf(world);
  assert.equal(truth.anomalies.length, 4);
  for (const { job, machine, files, type } of truth.anomalies) {
    assert.equal(type, 'ENTROPY_SUSPECT');
    assert.ok(files.every(({ kind }) => kind === 'INCREMENT'));
    const ids = new Set(files.map(({ id }) => id));
    const increments = ofKind(filesIn(world, job.name), 'INCREMENT').filter(
      ({ place }) => world.ids.of('object', place.index) === machine.backupObjectId,
    );
    const usual = increments.filter(({ id }) => !ids.has(id));
    for (const { dataBytes, storedBytes } of files) {
      assert.ok(dataBytes / storedBytes < 1.35, job.name);
      assert.ok(dataBytes > 1.5 * median(usual.map(bytesOf)), job.name);
    }
    assert.ok(usual.every((file) => factorOf(file) > 1.5));
  }
  const noticed = truth.anomalies.map(({ job, malware }) => [
    job.name,
    malware.status,
    malware.eventIds.length,
  ]);
  assert.deepEqual(noticed, [
    ['Burst unnoticed', 'Clean', 0],
    ['Burst partial', 'Clean', 0],
    ['Burst noticed', 'Infected', 1],
    ['Burst suspicious', 'Suspicious', 1],
  ]);
});

test('an anomaly is resolved by the second normal file after it', () => {
  const truth = truthOf(worldOf('efficiency-encryption-burst'));
  assert.equal(anomalyIn(truth, 'Burst noticed').resolvedAt, null);
  const { until, resolvedAt } = anomalyIn(truth, 'Burst unnoticed');
  assert.ok(until && resolvedAt);
  // It ends at noon of the 26th: the files of that night and of the next are normal.
  assert.deepEqual([day(until), day(resolvedAt)], ['2026-02-26', '2026-02-27']);
});

test('points and events of the server say what the truth says about malware', async () => {
  await using client = await startWithClient({ scenario: 'efficiency-encryption-burst', jobs: 4, days: 60 });
  const { efficiency } = client.simulator.truth.findings;
  const events = await client.list('/api/v1/malwareDetection/events');
  for (const { malware, files, machine } of efficiency?.anomalies ?? []) {
    for (const id of malware.eventIds) {
      const event = events.find((one) => one.id === id) as
        | { machine?: { backupObjectId: string } }
        | undefined;
      assert.equal(event?.machine?.backupObjectId, machine.backupObjectId);
    }
    const points = await client.list('/api/v1/restorePoints', {
      backupObjectIdFilter: machine.backupObjectId,
    });
    const ofFiles = points.filter(({ backupFileId }) => files.some(({ id }) => id === backupFileId));
    assert.equal(ofFiles.length, files.length);
    assert.ok(ofFiles.some(({ malwareStatus }) => malwareStatus === malware.status));
  }
});

test('slow encryption takes a little of the reduction each night', () => {
  const world = worldOf('efficiency-slow-encryption');
  const anomaly = anomalyIn(truthOf(world), 'Slow files');
  const factors = anomaly.files
    .filter(({ kind }) => kind === 'INCREMENT')
    .map(({ dataBytes, storedBytes }) => dataBytes / storedBytes);
  const week = (from: number) => median(factors.slice(from, from + 5));
  assert.ok(
    factors.length >= 16 && week(0) > week(6) && week(6) > week(12) && week(12) < 1.7,
    String(factors),
  );
  const steps = factors.slice(1).map((factor, i) => (factors[i] ?? factor) / factor);
  assert.ok(Math.max(...steps) < 1.2, 'no night is much unlike the one before');
});

test('a machine that backs up almost nothing shrinks as ever', () => {
  const world = worldOf('efficiency-volume-collapse');
  const truth = truthOf(world);
  for (const [name, isOver] of [
    ['Collapse open', false],
    ['Collapse repaired', true],
  ] as const) {
    const { files, since: from, resolvedAt, type } = anomalyIn(truth, name);
    const ids = new Set(files.map(({ id }) => id));
    const place = filesIn(world, name).find(({ id }) => ids.has(id))?.place;
    const own = filesIn(world, name).filter((file) => file.place === place);
    for (const kind of ['FULL', 'INCREMENT'] as const) {
      const usual = median(ofKind(before(own, from), kind).map(bytesOf));
      const low = files.filter((file) => file.kind === kind).map(({ dataBytes }) => dataBytes);
      assert.ok(low.every((bytes) => bytes < usual * 0.05));
    }
    assert.deepEqual([type, resolvedAt !== null], ['VOLUME_COLLAPSE', isOver]);
    assert.ok(files.every(({ dataBytes, storedBytes }) => dataBytes / storedBytes > 1.4));
  }
});

test('reduction drifts by as much as the truth says', () => {
  const world = worldOf('efficiency-degrading-trend');
  const trends = truthOf(world).jobs.filter(({ name }) => name.endsWith('archive'));
  assert.deepEqual(
    trends.map((one) => one.trend?.class),
    ['DEGRADING', 'IMPROVING', 'STABLE'],
  );
  for (const { name, trend } of trends) {
    const files = ofKind(filesIn(world, name), 'INCREMENT');
    const [first, last] = [files.slice(0, 3), files.slice(-3)].map((few) => few[0]?.created ?? 0);
    const middle = ((first ?? 0) + (last ?? 0)) / 2;
    const half = (isLate: boolean) => files.filter(({ created }) => created > middle === isLate);
    const days =
      (median(half(true).map(({ created }) => created)) - median(half(false).map(({ created }) => created))) /
      86_400_000;
    const logs = (list: FileOf[]) =>
      list.reduce((total, file) => total + Math.log(factorOf(file)), 0) / list.length;
    const in30Days = 100 * Math.expm1(((logs(half(true)) - logs(half(false))) * 30) / days);
    assert.ok(Math.abs(in30Days - (trend?.percentIn30Days ?? 99)) < 1.5, `${name}: ${in30Days}`);
  }
});
