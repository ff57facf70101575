import { type Measurement, round } from './measurement.ts';
import { startBench } from './processes.ts';

const SIZE = { backups: 500, files: 200_000, workloads: 5_000 };

/** The efficiency worker at 500 backups with 400 files each: with everything to read, and with nothing new to read. */
export async function* benchEfficiency(): AsyncGenerator<Measurement> {
  await using bench = await startBench({ scenario: 'efficiency-bench', seed: 1, days: 60, jobs: 1 });
  const first = await bench.run('efficiency');
  const second = await bench.run('efficiency');
  yield { what: 'simulator ready', value: round(bench.readySeconds, 1), unit: 's', ...SIZE };
  yield {
    what: 'first run, end to end',
    value: round(first.seconds, 1),
    unit: 's',
    ...SIZE,
    rows: first.rows,
    requests: first.requests,
  };
  yield {
    what: 'first run, peak memory',
    value: first.peakMb,
    unit: 'MB',
    ...SIZE,
    wanted: 'under 300, flat',
  };
  yield {
    what: 'second run, all but conclusions done',
    value: round(second.seconds, 1),
    unit: 's',
    ...SIZE,
    rows: second.rows,
    requests: second.requests,
    'peak MB': second.peakMb,
  };
}
