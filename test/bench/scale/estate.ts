import { chmodSync, mkdirSync } from 'node:fs';
import { type EmbeddedServer, openEmbedded } from '../../../src/db/embedded.ts';
import { measureWorker, startSimulator } from '../processes.ts';

/** Days of the simulated history. */
export const DAYS = 10;

/** What it holds is made in minutes and thrown away: nothing has to survive a crash. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=2GB',
  'shared_buffers=1GB',
  'maintenance_work_mem=512MB',
  'work_mem=16MB',
  'max_connections=60',
  'autovacuum=off',
];

/** The server of all databases of the bench; whoever works on the folder meanwhile uses the same. */
export function openServer(dataDir: string): Promise<EmbeddedServer> {
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o755); // as root the database runs as another account
  return openEmbedded(dataDir, { settings: SETTINGS });
}

/** What the collectors make of a simulated server with several troubles, each run once, so that every table holds what it would hold. */
export async function collectEstate(dataDir: string, jobs: number, say: Say): Promise<void> {
  const simulator = await startSimulator({ scenario: 'demo', seed: 3, days: DAYS, jobs });
  try {
    for (const worker of ['health', 'capacity', 'efficiency', 'rto'])
      await runWorker(worker, simulator.settings, dataDir, say);
  } finally {
    await simulator.stop();
  }
}

/** What the advisors conclude from that, widened as it is. */
export async function adviseEstate(dataDir: string, say: Say): Promise<void> {
  for (const worker of ['risk', 'remediation']) await runWorker(worker, {}, dataDir, say);
}

type Say = (line: string) => void;

async function runWorker(
  worker: string,
  settings: Record<string, string>,
  dataDir: string,
  say: Say,
): Promise<void> {
  const { rows, seconds, cpuSeconds, peakMb } = await measureWorker(worker, settings, dataDir);
  say(`${worker}: ${rows} rows, ${seconds.toFixed(0)} s, CPU ${cpuSeconds.toFixed(0)} s, ${peakMb} MB`);
}
