import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Collecting } from '../../workers/main.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');

export type Run = { rows: number; seconds: number; cpuSeconds: number; requests: number; peakMb: number };

export type Bench = AsyncDisposable & {
  /** Folder of the database. */
  dataDir: string;
  /** Seconds until the simulator answered. */
  readySeconds: number;
  /** One run of a worker in a process of its own, with the flags that `npm run worker:…` has. */
  run: (worker: Collecting) => Promise<Run>;
};

/** A simulated server and an empty database, each in a process of its own. */
export async function startBench(options: Record<string, string | number>): Promise<Bench> {
  const simulator = await startSimulator(options);
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-bench-'));
  chmodSync(dataDir, 0o755); // as root the database runs as another account
  return {
    dataDir,
    readySeconds: simulator.seconds,
    run: (worker) => measureWorker(worker, simulator.settings, dataDir),
    [Symbol.asyncDispose]: async () => {
      await simulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** One run of a worker in a process of its own. @param settings of the environment, besides the data folder */
export async function measureWorker(
  worker: string,
  settings: Record<string, string>,
  dataDir: string,
): Promise<Run> {
  const measured = join(import.meta.dirname, 'measured-worker.ts');
  const env = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'error', DR365_DATA_DIR: dataDir, ...settings };
  // As in package.json: what waits for the network trades speed for memory, what computes does not.
  const flags = worker === 'risk' ? [] : ['--max-semi-space-size=2', '--optimize-for-size'];
  const child = spawn(process.execPath, [...flags, measured, worker], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Run;
  throw new Error('the worker ended early');
}

export async function startSimulator(
  options: Record<string, string | number>,
): Promise<{ settings: Record<string, string>; seconds: number; stop: () => Promise<void> }> {
  const start = performance.now();
  const flags = Object.entries({ ...options, port: 0 }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const child = spawn(process.execPath, [DR365, 'simulator', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { veeam } = JSON.parse(line) as { veeam: Record<string, string> };
    const { hostname, port } = new URL(veeam.url ?? '');
    const settings = {
      VEEAM_SERVER: hostname,
      VEEAM_PORT: port,
      VEEAM_USERNAME: veeam.username ?? '',
      VEEAM_PASSWORD: veeam.password ?? '',
      VEEAM_TLS_FINGERPRINT: veeam.fingerprint ?? '',
    };
    return { settings, seconds: (performance.now() - start) / 1000, stop };
  }
  throw new Error('the simulator ended early');
}
