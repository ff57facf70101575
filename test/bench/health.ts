import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Measurement, round } from './measurement.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');
const DAYS = 90;
/** Jobs whose history of 90 days is about 20,000 and 200,000 sessions. */
const SIZES = [125, 1_250];

/** A first and a second run of the health worker, each a process of its own, against a simulated server. */
export async function* benchHealth(): AsyncGenerator<Measurement> {
  for (const jobs of SIZES) {
    const simulator = await startSimulator(jobs);
    const dataDir = mkdtempSync(join(tmpdir(), 'dr365-bench-'));
    chmodSync(dataDir, 0o755); // as root the database runs as another account
    try {
      const first = await runHealth(simulator.settings, dataDir);
      const second = await runHealth(simulator.settings, dataDir);
      const size = { jobs, days: DAYS };
      yield { what: 'simulator ready', value: round(simulator.seconds, 1), unit: 's', ...size };
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
    } finally {
      await simulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

type Run = { rows: number; seconds: number; requests: number; peakMb: number };

async function runHealth(settings: Record<string, string>, dataDir: string): Promise<Run> {
  const measured = join(import.meta.dirname, 'measured-worker.ts');
  const env = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'error', DR365_DATA_DIR: dataDir, ...settings };
  const child = spawn(process.execPath, ['--max-semi-space-size=2', '--optimize-for-size', measured], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Run;
  throw new Error('the worker ended early');
}

async function startSimulator(
  jobs: number,
): Promise<{ settings: Record<string, string>; seconds: number; stop: () => Promise<void> }> {
  const start = performance.now();
  const args = [
    'simulator',
    '--scenario',
    'healthy',
    '--seed',
    '1',
    '--days',
    String(DAYS),
    '--jobs',
    String(jobs),
    '--port',
    '0',
  ];
  const child = spawn(process.execPath, [DR365, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, username, password, fingerprint } = (JSON.parse(line) as { veeam: Record<string, string> })
      .veeam as Record<string, string>;
    const { hostname, port } = new URL(url ?? '');
    const settings = {
      VEEAM_SERVER: hostname,
      VEEAM_PORT: port,
      VEEAM_USERNAME: username ?? '',
      VEEAM_PASSWORD: password ?? '',
      VEEAM_TLS_FINGERPRINT: fingerprint ?? '',
    };
    return { settings, seconds: (performance.now() - start) / 1000, stop };
  }
  throw new Error('the simulator ended early');
}
