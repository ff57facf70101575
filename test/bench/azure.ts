import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Measurement, round } from './measurement.ts';
import { measureWorker, type Run } from './processes.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');
const SIZE = { vaults: 20, items: 250, days: 90 };
/** Requests that one run may send for one vault, by default. */
const BUDGET = 20_000;

/** First and second runs of health and capacity on many vaults, each run a process of its own. */
export async function* benchAzure(): AsyncGenerator<Measurement> {
  const simulator = await startAzureSimulator();
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-bench-'));
  chmodSync(dataDir, 0o755); // as root the database runs as another account
  try {
    for (const worker of ['health', 'capacity']) {
      for (const turn of ['first', 'second'])
        yield toMeasurement(
          `${worker}, ${turn} run`,
          await measureWorker(worker, simulator.settings, dataDir),
        );
    }
  } finally {
    await simulator.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function toMeasurement(what: string, { seconds, rows, requests, peakMb, cpuSeconds }: Run): Measurement {
  const share = round(requests / SIZE.vaults / BUDGET, 5);
  const more = {
    ...SIZE,
    rows,
    requests,
    'share of the budget': share,
    'peak MB': peakMb,
    'cpu s': round(cpuSeconds, 1),
  };
  return { what, value: round(seconds, 1), unit: 's', ...more };
}

async function startAzureSimulator(): Promise<{
  settings: Record<string, string>;
  stop: () => Promise<void>;
}> {
  const flags = [
    '--scenario',
    'azure-all',
    '--seed',
    '1',
    '--days',
    '30',
    '--jobs',
    '4',
    '--port',
    '0',
    '--azure-port',
    '0',
  ];
  const azure = ['--azure-vaults', SIZE.vaults, '--azure-items', SIZE.items, '--azure-days', SIZE.days].map(
    String,
  );
  const child = spawn(process.execPath, [DR365, 'simulator', ...flags, ...azure], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  for await (const line of createInterface({ input: child.stdout })) {
    const { azure: one, veeam } = JSON.parse(line) as Record<
      string,
      Record<string, string> & { subscriptions: string[] }
    >;
    const settings = {
      AZURE_SUBSCRIPTION_ID: one?.subscriptions.join(',') ?? '',
      AZURE_CREDENTIAL: 'static',
      AZURE_ACCESS_TOKEN: one?.token ?? '',
      AZURE_RESOURCE_MANAGER_URL: one?.url ?? '',
      AZURE_CA_FILE: one?.caFile ?? veeam?.caFile ?? '',
    };
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    return { settings, stop };
  }
  throw new Error('the simulator ended early');
}
