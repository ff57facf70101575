import { forecastCapacity } from '../../src/analysis/capacity/forecast.ts';
import { generateSeries, REGIMES } from './forecast-generators.ts';
import { measureRegimes } from './forecast-regimes.ts';
import { type Measurement, median, round } from './measurement.ts';

const REPOSITORIES = 10_000;
const DAYS = 400;
const PER_REGIME = 100;
const TODAY = 20_500;

/** The forecast of many repositories, and how good it is on series of known future. */
export async function* benchCapacity(): AsyncGenerator<Measurement> {
  yield* speed();
  for (const { regime, series, coverage80, medianDays, falseFull30 } of measureRegimes(PER_REGIME)) {
    yield {
      what: `${regime}: days in the 80 % band, to 90 days`,
      value: round(coverage80.quarter, 3),
      unit: 'share',
      series,
    };
    yield {
      what: `${regime}: median error of the day`,
      value: round(medianDays.ours, 1),
      unit: 'days',
      predecessor: round(medianDays.predecessor, 1),
      'line of 7 days': round(medianDays.sevenDayLine, 1),
    };
    yield {
      what: `${regime}: said to be full within 30 days and is not`,
      value: round(falseFull30.ours, 3),
      unit: 'share',
      predecessor: round(falseFull30.predecessor, 3),
    };
  }
}

function* speed(): Generator<Measurement> {
  const times: number[] = [];
  let memory = 0;
  for (let index = 0; index < REPOSITORIES; index += 1) {
    const samples = toSamples(index);
    const start = performance.now();
    forecastCapacity({ samples, today: TODAY });
    times.push(performance.now() - start);
    if (index % 500 === 0) memory = Math.max(memory, process.memoryUsage().rss);
  }
  const size = { repositories: REPOSITORIES, days: DAYS };
  yield { what: 'forecast of one repository, median', value: round(median(times), 2), unit: 'ms', ...size };
  yield {
    what: 'forecast of one repository, 95 of 100',
    value: round(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0, 2),
    unit: 'ms',
    ...size,
  };
  yield { what: 'peak memory over all of them', value: round(memory / 2 ** 20), unit: 'MB', ...size };
}

/** A history of 400 days: the series of one regime, repeated backwards with its own growth where it is shorter. */
function toSamples(index: number) {
  const { values, capacity } = generateSeries(REGIMES[index % REGIMES.length] ?? REGIMES[0], index + 1);
  const missing = Math.max(0, DAYS - values.length);
  const first = values.find((value) => value !== null) ?? 0;
  const earlier = Array.from({ length: missing }, (_, day) => (first * (day + 1)) / (missing + 1));
  return [...earlier, ...values].slice(-DAYS).map((usedBytes, day, all) => ({
    day: TODAY - (all.length - 1 - day),
    usedBytes,
    capacityBytes: capacity,
  }));
}
