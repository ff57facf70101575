import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  confidenceWithRecord,
  type StoredBand,
  scoreBands,
  trackRecord,
} from '../../../src/analysis/capacity/track-record.ts';

test('a forecast is scored on its day: inside or not, and how far off on which side', () => {
  const bands = [band({ madeOn: 1 }), band({ madeOn: 2 }), band({ madeOn: 3 })];
  const scored = scoreBands(
    bands,
    new Map([
      [8, 110],
      [9, 85],
    ]),
  );
  assert.deepEqual(
    scored.map(({ isInside, signedError, scaledError }) => [isInside, signedError, scaledError]),
    [
      [true, 10, 0.5],
      [false, -15, -1.5],
    ],
  );
});

test('forecasts that are not due are left out, due ones without a reading are counted as such', () => {
  const record = trackRecord(
    [band({ madeOn: 1 }), band({ madeOn: 2 }), band({ madeOn: 50 })],
    new Map([[8, 100]]),
    20,
  );
  assert.equal(record.scored, 1);
  assert.equal(record.unscored, 1);
  assert.equal(record.coverage, 1);
  assert.equal(record.confidence, null);
});

test('no forecast due is no record, and lowers nothing', () => {
  const record = trackRecord([], new Map(), 20);
  assert.equal(record.coverage, null);
  assert.equal(record.medianSignedError, null);
  assert.equal(confidenceWithRecord('HIGH', record), 'HIGH');
});

test('a record that is poor lowers the word, one that is good does not raise it', () => {
  const poor = trackRecord(
    many(12),
    actual(12, () => 200),
    100,
  );
  assert.equal(poor.coverage, 0);
  assert.equal(poor.bias, 'TOO_LOW');
  assert.equal(poor.medianSignedError, 100);
  assert.equal(confidenceWithRecord('HIGH', poor), 'LOW');
  const good = trackRecord(
    many(24),
    actual(24, (day) => 95 + (day % 3) * 5),
    100,
  );
  assert.equal(good.confidence, 'HIGH');
  assert.equal(good.bias, 'NONE');
  assert.equal(confidenceWithRecord('LOW', good), 'LOW');
});

test('a band without width is scored without dividing by it', () => {
  const [scored] = scoreBands([band({ madeOn: 1, low: 100, high: 100 })], new Map([[8, 101]]));
  assert.equal(scored?.isInside, false);
  assert.equal(scored?.scaledError, null);
});

function band(given: Partial<StoredBand>): StoredBand {
  return { madeOn: 0, ahead: 7, low: 90, mid: 100, high: 120, ...given };
}

function many(count: number): StoredBand[] {
  return Array.from({ length: count }, (_, madeOn) => band({ madeOn }));
}

function actual(count: number, usedAt: (day: number) => number): Map<number, number> {
  return new Map(Array.from({ length: count }, (_, madeOn) => [madeOn + 7, usedAt(madeOn)]));
}
