import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { round } from './measurement.ts';
import { measureWorker, startSimulator } from './processes.ts';
import { openServer } from './scale/estate.ts';

const YEAR = { scenario: 'demo', seed: 7, days: 365, jobs: 1_000, 'retention-days': 400 };
const WORKERS = ['health', 'capacity', 'efficiency', 'rto', 'risk', 'remediation'] as const;

export const ALL_WORKERS = 'all six workers';
/** All of them together have less. */
export const YEAR_SECONDS = 300;

/**
 * A year of 1,000 jobs: the first run of each of the six workers, each a process of its own, over TLS into an empty database, with the
 * whole year as back-fill. That the simulator gets ready is not counted, that it answers is.
 */
export async function* benchYear(
  say: (line: string) => void,
): AsyncGenerator<Record<string, string | number>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-year-'));
  const server = await openServer(dataDir);
  const simulator = await startSimulator(YEAR);
  say(`simulator ready after ${round(simulator.seconds)} s`);
  try {
    const settings = { ...simulator.settings, VEEAM_BACKFILL_DAYS: '400', VEEAM_REQUEST_BUDGET: '1000000' };
    let [total, cpu] = [0, 0];
    for (const worker of WORKERS) {
      const begun = performance.now();
      const run = await measureWorker(worker, settings, dataDir);
      const seconds = (performance.now() - begun) / 1000;
      total += seconds;
      cpu += run.cpuSeconds;
      yield {
        year: worker,
        seconds: round(seconds, 1),
        'CPU seconds': round(run.cpuSeconds, 1),
        rows: run.rows,
        requests: run.requests,
        'peak MB': run.peakMb,
      };
    }
    const wanted = `under ${YEAR_SECONDS}`;
    yield { year: ALL_WORKERS, seconds: round(total), 'CPU seconds': round(cpu), wanted };
  } finally {
    await simulator.stop();
    await server.release();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
