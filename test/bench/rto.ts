import { type Measurement, round } from './measurement.ts';
import { startBench } from './processes.ts';

/** About 5,000 machines. */
const ESTATE = { scenario: 'recovery-healthy', seed: 5, days: 60, jobs: 1_550 };

/** The rto worker on a large estate: everything for the first time, then what is new. */
export async function* benchRto(): AsyncGenerator<Measurement> {
  await using bench = await startBench(ESTATE);
  const first = await bench.run('rto');
  const again = await bench.run('rto');
  for (const [what, run] of [
    ['first run', first],
    ['second run', again],
  ] as const) {
    yield { what: `rto, ${what}`, value: round(run.seconds, 1), unit: 's', rows: run.rows };
    yield { what: `rto, ${what}: requests`, value: run.requests, unit: 'requests' };
    yield {
      what: `rto, ${what}: peak memory of the worker`,
      value: run.peakMb,
      unit: 'MB',
      wanted: 'below 400',
    };
  }
}
