import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trailingScores } from '../../src/analysis/anomalies/baseline.ts';
import { detectAnomalies } from '../../src/analysis/detect-anomalies.ts';
import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 5, 22);

test('a job that takes three times as long once is an alarm, the runs around it are not', () => {
  const values = noise(80, 0.08).map((v, i) => 1000 * v * (i === 60 ? 3 : 1));
  assert.deepEqual(alarms(daily(values)), [60]);
});

test('the weekly full is no alarm once two have been seen, and its absence is one', () => {
  const isFull = (i: number) => i % 7 === 5;
  const values = noise(90, 0.08).map((v, i) => 1000 * v * (isFull(i) ? 6 : 1));
  assert.deepEqual(
    alarms(daily(values)).filter((i) => i >= 21),
    [],
  );
  const missed = values.map((v, i) => (i === 75 ? v / 6 : v));
  assert.deepEqual(
    alarms(daily(missed)).filter((i) => i >= 21),
    [75],
  );
});

test('a lasting change of level is told when it comes, and is normal after two weeks', () => {
  const values = noise(120, 0.05).map((v, i) => 500 * v * (i < 60 ? 1 : 2.5));
  const found = alarms(daily(values));
  assert.ok(found.includes(60));
  assert.deepEqual(
    found.filter((i) => i < 60 || i > 74),
    [],
  );
});

test('growth of a per cent a day is no alarm', () => {
  const values = noise(200, 0.05).map((v, i) => 500 * v * 1.01 ** i);
  assert.deepEqual(alarms(daily(values)), []);
});

test('a fall to zero of a series that was positive is an alarm', () => {
  const values = noise(60, 0.05).map((v, i) => (i === 50 ? 0 : 100 * v));
  assert.deepEqual(alarms(daily(values)), [50]);
});

test('constant, empty, short and missing series score 0, one score per value', () => {
  assert.deepEqual(detectAnomalies({ timestamps: [], values: [] }), []);
  const flat = detectAnomalies(daily(Array.from({ length: 40 }, () => 7)));
  assert.deepEqual([flat.length, Math.max(...flat)], [40, 0]);
  const zeros = detectAnomalies(daily(Array.from({ length: 40 }, () => 0)));
  assert.equal(Math.max(...zeros), 0);
  const short = detectAnomalies(daily([1, 100, 1, 100, 1]));
  assert.deepEqual(short, [0, 0, 0, 0, 0]);
  const missing = detectAnomalies(daily(Array.from({ length: 30 }, (_, i) => (i % 2 ? null : Number.NaN))));
  assert.equal(Math.max(...missing), 0);
});

test('gaps, repeated and unsorted times change nothing for the values that are there', () => {
  const series = daily(noise(80, 0.08).map((v, i) => 1000 * v * (i === 60 ? 3 : 1)));
  const order = [...series.values.keys()].sort((a, b) => ((a * 37) % 80) - ((b * 37) % 80));
  const shuffled = {
    timestamps: order.map((i) => series.timestamps[i] ?? 0),
    values: order.map((i) => series.values[i] ?? null),
  };
  const plain = detectAnomalies(series);
  assert.deepEqual(
    detectAnomalies(shuffled),
    order.map((i) => plain[i]),
  );
  const holes = { ...series, values: series.values.map((v, i) => (i % 9 === 4 ? null : v)) };
  assert.deepEqual(alarms(holes), [60]);
  const twice = {
    timestamps: series.timestamps.flatMap((t) => [t, t]),
    values: series.values.flatMap((v) => [v, v]),
  };
  assert.ok(detectAnomalies(twice).every((score) => score >= 0 && score <= 1));
});

test('times may be milliseconds, seconds, dates or text with or without a zone', () => {
  const values = noise(80, 0.08).map((v, i) => v * (i === 60 ? 3 : 1));
  const times = daily(values).timestamps;
  const wanted = detectAnomalies({ timestamps: times, values });
  const forms: ((t: number) => number | string | Date)[] = [
    (t) => t / 1000,
    (t) => new Date(t),
    (t) => new Date(t).toISOString(),
    (t) => new Date(t).toISOString().slice(0, 19).replace('T', ' '),
  ];
  for (const form of forms)
    assert.deepEqual(detectAnomalies({ timestamps: times.map(form), values }), wanted);
});

test('scores depend on the values before alone, and not on the unit', () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0.1, max: 1e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -3, null) },
  );
  const gap = fc.constantFrom(DAY, 6 * HOUR, HOUR, HOUR / 12);
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 220 }),
      gap,
      fc.double({ min: 0, max: 1 }),
      (values, apart, share) => {
        const timestamps = values.map((_, i) => MONDAY + i * apart);
        const whole = detectAnomalies({ timestamps, values });
        const length = Math.ceil(values.length * share);
        const part = detectAnomalies({
          timestamps: timestamps.slice(0, length),
          values: values.slice(0, length),
        });
        assert.deepEqual(part, whole.slice(0, length));
        const scaled = detectAnomalies({ timestamps, values: values.map((v) => v && v * 1024) });
        assert.ok(scaled.every((score, i) => Math.abs(score - (whole[i] ?? 0)) < 1e-6));
        assert.ok(whole.every((score) => score >= 0 && score <= 1));
      },
    ),
    { numRuns: 60 },
  );
});

test('a meter with a rhythm of the day is judged by the time of day', () => {
  const perDay = 288;
  const random = seededRandom(5);
  const values = Array.from({ length: 14 * perDay }, (_, i) => {
    const swing = 1 + 0.8 * Math.sin((2 * Math.PI * i) / perDay);
    return 100 * swing + 4 * (random() - 0.5);
  });
  const times = values.map((_, i) => MONDAY + i * 300_000);
  assert.deepEqual(alarms({ timestamps: times, values }), []);
  // The height of noon, at midnight.
  const at = 10 * perDay + Math.round(0.75 * perDay);
  const odd = values.map((v, i) => (i >= at && i < at + 6 ? 150 : v));
  const found = alarms({ timestamps: times, values: odd });
  assert.deepEqual(found, [at]);
});

test('a meter that is spiky by nature is left alone until it goes further than ever, or gets stuck', () => {
  const random = seededRandom(9);
  const values = Array.from(
    { length: 4000 },
    () => 5 + random() + (random() < 0.02 ? 30 + 20 * random() : 0),
  );
  const times = values.map((_, i) => MONDAY + i * 300_000);
  assert.deepEqual(alarms({ timestamps: times, values }), []);
  const far = values.map((v, i) => (i === 3000 ? 500 : v));
  assert.deepEqual(alarms({ timestamps: times, values: far }), [3000]);
  const stuck = values.map((v, i) => (i >= 3000 && i < 3030 ? 5.5 : v));
  assert.deepEqual(alarms({ timestamps: times, values: stuck }), [3011]);
});

test('METHODS 3.3: four halves after 26 constant values are all far out, judged by their past alone', () => {
  const values = [...Array.from({ length: 26 }, () => 2), 0.5, 0.5, 0.5, 0.5].map(Math.log);
  const scores = trailingScores(values, { floor: 0.02, newLevelAfter: 7 });
  assert.ok(scores.slice(26).every((score) => (score?.z ?? 0) <= -3.5));
  assert.deepEqual(
    scores.slice(0, 8),
    Array.from({ length: 8 }, () => null),
  );
});

test('METHODS 3.0 P7: after a constant 2, 1.9 is -2.56 and 1.98 is -0.50 on a log scale with floor 0.02', () => {
  const last = (value: number) =>
    trailingScores([...Array.from({ length: 10 }, () => 2), value].map(Math.log), { floor: 0.02 }).at(-1)?.z;
  assert.equal(last(1.9)?.toFixed(2), '-2.56');
  assert.equal(last(1.98)?.toFixed(2), '-0.50');
});

function daily(values: readonly (number | null)[]): { timestamps: number[]; values: (number | null)[] } {
  return { timestamps: values.map((_, i) => MONDAY + i * DAY), values: [...values] };
}

function alarms(series: Parameters<typeof detectAnomalies>[0]): number[] {
  return detectAnomalies(series).flatMap((score, i) => (score >= 0.5 ? [i] : []));
}

/** Log-normal noise around 1. */
function noise(n: number, size: number): number[] {
  const random = seededRandom(3);
  return Array.from({ length: n }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.exp(size * normal);
  });
}
