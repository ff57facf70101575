import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedInterval, freshness } from '../../../src/analysis/health/freshness.ts';
import { DAY, HOUR, NOW, nightly, run } from '../builders.ts';

test('the interval is the median gap of the last 30 days', () => {
  assert.deepEqual(expectedInterval(nightly('SSSS.SSSSS'), NOW, 168), {
    hours: 24,
    basis: 'measured',
    gaps: 8,
  });
});

test('with fewer than three gaps the schedule decides, then older history, then a day', () => {
  assert.deepEqual(expectedInterval(nightly('SSS'), NOW, 12), { hours: 12, basis: 'schedule', gaps: 0 });
  const monthly = [100, 70, 40, 10].map((days) => run({ startedAt: NOW - days * DAY }));
  assert.deepEqual(expectedInterval(monthly, NOW, null), { hours: 720, basis: 'measured-long', gaps: 3 });
  assert.deepEqual(expectedInterval([], NOW, null), { hours: 24, basis: 'assumed', gaps: 0 });
});

test('the age of the last usable run is judged against the RPO', () => {
  const of = (hours: number) =>
    freshness({ runs: nightly('SSSSSSSS', {}, NOW - hours * HOUR - HOUR / 3), now: NOW });
  assert.deepEqual([of(35).class, of(35).rpoHours], ['OK', 36]);
  assert.equal(of(36).class, 'OK');
  assert.equal(of(37).class, 'LATE');
  assert.equal(of(72).class, 'LATE');
  assert.equal(of(73).class, 'BREACHED');
});

test('failed runs do not make a job fresh, and warnings do', () => {
  assert.equal(freshness({ runs: nightly('SSSSSFFFF'), now: NOW }).class, 'BREACHED');
  assert.equal(freshness({ runs: nightly('SSSSSFFFW'), now: NOW }).class, 'OK');
});

test('a job that never left anything usable is NEVER, with or without runs', () => {
  for (const runs of [[], nightly('FFFFF'), nightly('CR')]) {
    const result = freshness({ runs, now: NOW });
    assert.deepEqual([result.class, result.ageHours, result.lastGoodEnd], ['NEVER', null, null]);
  }
});

test('an hourly job has an RPO of a day unless a target says less', () => {
  const runs = Array.from({ length: 100 }, (_, index) => run({ startedAt: NOW - (index + 3) * HOUR }));
  assert.equal(freshness({ runs, now: NOW }).rpoHours, 24);
  const strict = freshness({ runs, now: NOW, rpoTargetHours: 1 });
  assert.deepEqual([strict.class, strict.rpoBasis], ['BREACHED', 'target']);
});

test('a usable run that only the inventory remembers counts', () => {
  const result = freshness({ runs: [], now: NOW, rememberedGoodEnd: NOW - 5 * DAY });
  assert.equal(result.class, 'BREACHED');
});

test('an end in the future of a clock that runs ahead is fresh, not negative', () => {
  const result = freshness({ runs: [run({ startedAt: NOW, endedAt: NOW + HOUR })], now: NOW });
  assert.equal(result.ageHours, 0);
});
