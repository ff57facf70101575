import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { observedBandwidth } from '../../../src/analysis/recovery/bandwidth.ts';
import { normaliseTime } from '../../../src/analysis/recovery/normalise.ts';
import { GIB, throughputLine, throughputModels } from '../../../src/analysis/recovery/throughput.ts';
import { assessTrial, assessTrials } from '../../../src/analysis/recovery/trial.ts';
import { MINUTE, NOW } from '../builders.ts';
import { isNear, TEN_A_MINUTE, trial } from './builders.ts';

const WORKED = [
  [50, 7],
  [100, 12],
  [200, 22],
  [400, 42],
].map(([gib, minutes]) => ({ gib: gib as number, minutes: minutes as number }));

test('the line gives the worked numbers, and a wild restore does not move it', () => {
  for (const restores of [WORKED, [...WORKED, { gib: 100, minutes: 40 }]]) {
    const line = throughputLine(restores);
    assert.ok(isNear(line?.minutesPerGib, 0.1) && isNear(line?.overheadMinutes, 2), JSON.stringify(line));
  }
});

test('restores of one size, or where larger is not slower, give no line', () => {
  assert.equal(throughputLine([]), null);
  assert.equal(
    throughputLine([
      { gib: 5, minutes: 3 },
      { gib: 5, minutes: 4 },
    ]),
    null,
  );
  assert.equal(
    throughputLine([
      { gib: 5, minutes: 4 },
      { gib: 50, minutes: 3 },
    ]),
    null,
  );
});

test('a machine takes its own speed, else that of its repository, else that of all, else the default', () => {
  const sizes = [50, 100, 200, 400, 800];
  const own = sizes.map((gib) => trial({ gib, minutes: 2 + gib / 10 }));
  const fast = sizes.map((gib) =>
    trial({ workloadId: `fast-${gib}`, repositoryId: 'fast', gib, minutes: 2 + gib / 40 }),
  );
  const models = throughputModels(assessTrials([...own, ...fast], NOW));
  const of = (id: string, repositoryIds: string[]) => models.forWorkload(id, repositoryIds);
  assert.equal(of('vm', ['fast']).basis, 'OWN');
  assert.ok(isNear(of('vm', ['fast']).gibPerMinute, 10));
  assert.equal(of('other', ['none', 'fast']).basis, 'GROUP');
  assert.ok(isNear(of('other', ['none', 'fast']).gibPerMinute, 40));
  assert.equal(of('other', ['none']).basis, 'FLEET');
  const none = throughputModels([]).forWorkload('vm', ['repo']);
  assert.deepEqual([none.basis, none.overheadMinutes, none.gibPerMinute], ['ASSUMED', 5, 1.5]);
});

test('one to four restores say more than the default: their median rate, with a wide range', () => {
  const trials = [
    trial({ gib: 100, minutes: 25 }),
    trial({ gib: 300, minutes: 35, workloadId: 'near' }),
    trial({ gib: 200, minutes: 15, workloadId: 'far', repositoryId: 'far' }),
  ];
  const models = throughputModels(assessTrials(trials, NOW));
  const of = (id: string, repositoryIds: string[]) => {
    const { basis, gibPerMinute, lowGibPerMinute, highGibPerMinute, n } = models.forWorkload(
      id,
      repositoryIds,
    );
    return [basis, gibPerMinute, lowGibPerMinute, highGibPerMinute, n];
  };
  assert.deepEqual(of('vm', ['repo']), ['OWN', 5, 2.5, 10, 1]);
  assert.deepEqual(of('other', ['repo']), ['GROUP', 7.5, 2.5, 20, 2]);
  assert.deepEqual(of('other', ['none']), ['FLEET', 10, 2.5, 40, 3]);
  assert.equal(models.fleet.isRough, true);
});

test('five restores of nearly one size make no line, only a rough speed', () => {
  const trials = [100, 101, 102, 103, 199].map((gib) => trial({ gib, minutes: 2 + gib / 10 }));
  const { basis, isRough, n } = throughputModels(assessTrials(trials, NOW)).fleet;
  assert.deepEqual([basis, isRough, n], ['FLEET', true, 5]);
});

test('failed, unsized and instant restores do not make a speed', () => {
  const trials = [50, 100, 200, 400, 800].flatMap((gib) => [
    trial({ gib, minutes: 1, outcome: 'FAILED' }),
    trial({ gib: null }),
    trial({ gib, class: 'INSTANT', readyAt: NOW - MINUTE, startedAt: NOW - 2 * MINUTE }),
  ]);
  assert.equal(throughputModels(assessTrials(trials, NOW)).fleet.n, 0);
});

const normalised = (gib: number | null, targetGib: number | null, minutes = 12) =>
  normaliseTime(assessTrial(trial({ gib, minutes }), NOW), {
    workloadId: 'vm',
    sizeBytes: targetGib === null ? null : targetGib * GIB,
    throughput: TEN_A_MINUTE,
  });

test('a trial is scaled to the size of its machine, the overhead left as it is', () => {
  assert.deepEqual(normalised(100, 200), {
    minutes: 22,
    earliestMinutes: 22,
    isExtrapolated: false,
    isLowerBound: false,
  });
  assert.equal(normalised(100, 400)?.minutes, 42);
  assert.equal(normalised(100, 25)?.minutes, 4.5);
  assert.equal(normalised(100, 100)?.minutes, 12);
});

test('a trial of 20 GiB does not prove a server of 5 TiB', () => {
  const time = normalised(20, 5120, 4);
  assert.equal(time?.isExtrapolated, true);
  assert.equal(time?.minutes, 514);
});

test('beyond a quarter the time is extrapolated and keeps the careful side', () => {
  const time = normalised(1000, 10, 102);
  assert.deepEqual([time?.isExtrapolated, time?.minutes], [true, 27]);
});

test('without a size nothing is scaled, and a part of unknown size is a lower bound', () => {
  assert.equal(normalised(null, 100)?.minutes, 12);
  assert.equal(normalised(0, 100)?.minutes, 12);
  assert.equal(normalised(100, null)?.minutes, 12);
  const disk = assessTrial(trial({ class: 'DISK', gib: null }), NOW);
  const whole = { workloadId: 'vm', sizeBytes: 100 * GIB, throughput: TEN_A_MINUTE };
  assert.equal(normaliseTime(disk, whole)?.isLowerBound, true);
});

test('a larger machine is never restored faster by the same trial', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 5000, noNaN: true }),
      fc.double({ min: 1, max: 5000, noNaN: true }),
      fc.double({ min: 1, max: 5, noNaN: true }),
      fc.double({ min: 0.1, max: 2000, noNaN: true }),
      (size, machine, times, minutes) => {
        const smaller = normalised(size, machine, minutes)?.minutes ?? Number.NaN;
        const larger = normalised(size, machine * times, minutes)?.minutes ?? Number.NaN;
        // At the edges of the comparable sizes the careful side may step up, never down by more than that step.
        const comparable = machine / size >= 0.25 && (machine * times) / size <= 4;
        if (comparable) assert.ok(larger >= smaller - 1e-9);
        assert.ok(smaller >= 0 && larger >= 0);
      },
    ),
  );
});

test('restores that slow each other show the bandwidth; those that do not show no limit', () => {
  const together = (minutes: number) =>
    assessTrials(
      Array.from({ length: 6 }, (_, index) =>
        trial({ workloadId: `vm-${index}`, startedAt: NOW - 600 * MINUTE, gib: 100, minutes }),
      ),
      NOW,
    );
  const slowed = observedBandwidth(together(42), TEN_A_MINUTE);
  assert.equal(slowed.basis, 'OBSERVED');
  assert.ok(isNear(slowed.gibPerMinute, 15), String(slowed.gibPerMinute));
  const free = observedBandwidth(together(12), TEN_A_MINUTE);
  assert.deepEqual([free.gibPerMinute, free.basis], [null, 'UNKNOWN']);
  assert.equal(observedBandwidth([], TEN_A_MINUTE).gibPerMinute, null);
});
