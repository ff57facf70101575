import { type Measurement, round } from './measurement.ts';
import { startBench } from './processes.ts';

const DAYS = 90;
/** Jobs whose history of 90 days is about 20,000 and 200,000 sessions. */
const SIZES = [125, 1_250];

/** A first and a second run of the health worker, each a process of its own, against a simulated server. */
export async function* benchHealth(): AsyncGenerator<Measurement> {
  for (const jobs of SIZES) {
    await using bench = await startBench({ scenario: 'healthy', seed: 1, days: DAYS, jobs });
    const first = await bench.run('health');
    const second = await bench.run('health');
    const size = { jobs, days: DAYS };
    yield { what: 'simulator ready', value: round(bench.readySeconds, 1), unit: 's', ...size };
    yield {
      what: 'first run, end to end',
      value: round(first.rows / first.seconds),
      unit: 'rows/s',
      ...size,
      rows: first.rows,
      seconds: round(first.seconds, 1),
      requests: first.requests,
    };
    yield {
      what: 'first run, peak memory',
      value: first.peakMb,
      unit: 'MB',
      ...size,
      wanted: 'under 300, flat',
    };
    yield {
      what: 'second run',
      value: round(second.seconds, 2),
      unit: 's',
      ...size,
      rows: second.rows,
      requests: second.requests,
    };
  }
}
